// Writes the body of a response to a file or a stream, unchanged, and reads it no faster than it is written.

import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { FileError } from './errors.ts';

interface FileOptions {
	/** Appends to the file. Otherwise the file is created or truncated. */
	append?: boolean;
	/** Called with the length of each chunk once it is written. */
	onWritten?: (bytes: number) => void;
}

/** Writes the body to a file. Throws FileError; what was written before it stays in the file. */
export async function writeToFile(
	body: AsyncIterable<Uint8Array>,
	path: string,
	{ append = false, onWritten }: FileOptions = {},
): Promise<void> {
	const file = createWriteStream(path, { flags: append ? 'a' : 'w' });
	try {
		await writeTo(body, file, path, onWritten);
	} catch (error) {
		file.destroy();
		throw error;
	}
	await settle(path, (done) => file.end(done));
}

/**
 * Writes the body to a stream, which stays open. A reader that closes its end early, as `head` does, is not an error.
 * Resolves with whether the whole body was written.
 */
export async function writeToStream(
	body: AsyncIterable<Uint8Array>,
	destination: Writable,
	name = 'standard output',
): Promise<boolean> {
	try {
		await writeTo(body, destination, name);
		return true;
	} catch (error) {
		if (!isBrokenPipe(error)) throw error;
		return false;
	}
}

/** Reads the next chunk when the last one is written. Leaving the loop closes the body. */
async function writeTo(
	body: AsyncIterable<Uint8Array>,
	destination: Writable,
	name: string,
	onWritten?: (bytes: number) => void,
): Promise<void> {
	// Never removed: the stream emits an error after it has passed it to the callback of a write.
	destination.on('error', () => {});
	for await (const chunk of body) {
		await settle(name, (done) => destination.write(chunk, done));
		onWritten?.(chunk.length);
	}
}

/** Rejects with FileError if the step, or an earlier write, fails. */
function settle(name: string, step: (done: (error?: Error | null) => void) => void): Promise<void> {
	return new Promise((resolve, reject) => {
		step((error) => {
			if (!error) resolve();
			else reject(new FileError('write to', name, error));
		});
	});
}

function isBrokenPipe(error: unknown): boolean {
	return error instanceof FileError && (error.cause as { code?: string }).code === 'EPIPE';
}
