// The program `hyper`: parses the arguments, performs the request and sets the exit status. The process ends by itself when
// everything is written.

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
	// A closed standard error must not end the process.
	process.stderr.on('error', () => {});
	let command: Command;
	try {
		command = parseArguments(args);
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		return fail(`${error.message} (see hyper --help)`, 2);
	}
	if (command.kind === 'request') return request(command);
	await writeToStream(lines(command.kind === 'help' ? formatHelp() : `hyper ${version}`), process.stdout);
	return 0;
}

async function request(command: RequestCommand): Promise<number> {
	const interruption = new AbortController();
	// Only once: a second Ctrl-C ends the process at once.
	process.once('SIGINT', () => {
		interruption.abort(new Error('interrupted'));
		// Writes to standard output or reads from standard input may be blocked for good.
		setTimeout(() => process.exit(INTERRUPTED), 1000).unref();
	});
	try {
		const status = await performRequest(command, interruption.signal);
		if (!command.checkStatus || status < 400) return 0;
		return await fail(`the server responded with status ${status}`, status < 500 ? 4 : 5);
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
