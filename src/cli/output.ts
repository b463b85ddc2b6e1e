// Where the body of a response goes, octet for octet, at the pace of whoever takes it.

import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';

/** What was to be written could not be; the message names the destination. */
export class OutputError extends Error {
	override readonly name = 'OutputError';
}

/** Writes the body to a file, which is made or emptied. */
export async function writeToFile(body: AsyncIterable<Uint8Array>, path: string): Promise<void> {
	const file = createWriteStream(path);
	await writeTo(body, file, path);
	await settle(path, (done) => file.end(done));
}

/** Writes the body to a stream that stays open. Whoever reads it may leave early, as `head` does: that is no failure. */
export async function writeToStream(body: AsyncIterable<Uint8Array>, destination: Writable): Promise<void> {
	try {
		await writeTo(body, destination, 'standard output');
	} catch (error) {
		if (!isBrokenPipe(error)) throw error;
	}
}

/** One chunk at a time: the body is read no faster than it is taken. Leaving the loop closes the body. */
async function writeTo(body: AsyncIterable<Uint8Array>, destination: Writable, name: string): Promise<void> {
	// Stays: an error that the callback of a write has told is emitted after that.
	destination.on('error', () => {});
	for await (const chunk of body) await settle(name, (done) => destination.write(chunk, done));
}

/** Rejects with OutputError when the step, or what was written before it, fails. */
function settle(name: string, step: (done: (error?: Error | null) => void) => void): Promise<void> {
	return new Promise((resolve, reject) => {
		step((error) => {
			if (!error) resolve();
			else reject(new OutputError(`cannot write to ${name}: ${error.message}`, { cause: error }));
		});
	});
}

function isBrokenPipe(error: unknown): boolean {
	return error instanceof OutputError && (error.cause as { code?: string }).code === 'EPIPE';
}
