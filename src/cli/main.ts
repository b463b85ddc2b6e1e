// The program `hyper`: arguments in, one request, the body out. The exit status is set, and the process ends by itself
// when all is written.

import { version } from '../index.ts';
import { type Command, parseArguments, type RequestCommand } from './arguments.ts';
import { UsageError } from './errors.ts';
import { describeFailure } from './failure.ts';
import { formatHelp } from './help.ts';
import { writeToStream } from './output.ts';
import { performRequest } from './perform.ts';

const INTERRUPTED = 130;

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
	// Nobody may be listening any more, which is no failure of its own.
	process.stderr.on('error', () => {});
	let command: Command;
	try {
		command = parseArguments(args);
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		return fail(`${error.message} (hyper --help tells more)`, 2);
	}
	if (command.kind === 'request') return request(command);
	await writeToStream(lines(command.kind === 'help' ? formatHelp() : `hyper ${version}`), process.stdout);
	return 0;
}

async function request(command: RequestCommand): Promise<number> {
	const interruption = new AbortController();
	// A second Ctrl-C finds no listener, and ends the process at once.
	process.once('SIGINT', () => {
		interruption.abort(new Error('interrupted'));
		// Whoever reads our output, or writes our input, may never come back.
		setTimeout(() => process.exit(INTERRUPTED), 1000).unref();
	});
	try {
		const status = await performRequest(command, interruption.signal);
		if (!command.checkStatus || status < 400) return 0;
		return await fail(`the server answered ${status}`, status < 500 ? 4 : 5);
	} catch (error) {
		if (interruption.signal.aborted) return INTERRUPTED;
		return fail(describeFailure(error, command), 1);
	}
}

async function* lines(text: string): AsyncGenerator<Uint8Array> {
	yield Buffer.from(`${text}\n`);
}

async function fail(text: string, status: number): Promise<number> {
	await writeToStream(lines(`hyper: ${text}`), process.stderr);
	return status;
}
