// The program `hyper`: arguments in, one request, the body out. The exit status is set, and the process ends by itself
// when all is written.

import { readFile } from 'node:fs/promises';
import { HTTP20Connection, type HTTP20Response, type TLSOptions, version } from '../index.ts';
import { type Command, HELP, parseArguments, type RequestCommand, UsageError } from './arguments.ts';
import { describeFailure } from './failure.ts';
import { writeToFile, writeToStream } from './output.ts';

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
	let command: Command;
	try {
		command = parseArguments(args);
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		return fail(`${error.message} (hyper --help tells more)`, 2);
	}
	if (command.kind !== 'request') return print(command.kind === 'help' ? HELP : `hyper ${version}`);
	try {
		await request(command);
		return 0;
	} catch (error) {
		return fail(describeFailure(error, command), 1);
	}
}

async function request(command: RequestCommand): Promise<void> {
	await using conn = new HTTP20Connection(command.origin, {
		tls: await tlsOptions(command),
		...(command.h2 ? { forceProtocol: 'h2' } : {}),
	});
	const { headers } = command;
	if (!headers.has('user-agent')) headers.append('user-agent', `hyper/${version}`);
	if (!headers.has('accept')) headers.append('accept', '*/*');
	await write(await conn.roundTrip(command.method, command.path, { headers }), command.outputFile);
}

async function tlsOptions({ caFile, insecure }: RequestCommand): Promise<TLSOptions> {
	return {
		...(caFile === null ? {} : { ca: await readFile(caFile) }),
		...(insecure ? { rejectUnauthorized: false } : {}),
	};
}

function write(response: HTTP20Response, file: string | null): Promise<void> {
	return file === null ? writeToStream(response, process.stdout) : writeToFile(response, file);
}

async function print(text: string): Promise<number> {
	await writeToStream(lines(text), process.stdout);
	return 0;
}

async function* lines(text: string): AsyncGenerator<Uint8Array> {
	yield Buffer.from(`${text}\n`);
}

/** Nobody may be listening any more, which is no failure of its own. */
async function fail(text: string, status: number): Promise<number> {
	await writeToStream(lines(`hyper: ${text}`), process.stderr);
	return status;
}
