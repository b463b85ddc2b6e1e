// Where the body of a response goes, octet for octet, at the pace of whoever takes it.

import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { FileError } from './errors.ts';

interface FileOptions {
	/** Behind what the file has; else it is made or emptied. */
	append?: boolean;
	/** Called with the length of each piece that is written. */
	onWritten?: (octets: number) => void;
}

/** Writes the body to a file. Throws FileError; what was written stays. */
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
 * Writes the body to a stream that stays open. Whoever reads it may leave early, as `head` does: that is no failure.
 * Resolves with whether the whole body was taken.
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

/** One chunk at a time: the body is read no faster than it is taken. Leaving the loop closes the body. */
async function writeTo(
	body: AsyncIterable<Uint8Array>,
	destination: Writable,
	name: string,
	onWritten?: (octets: number) => void,
): Promise<void> {
	// Stays: an error that the callback of a write has told is emitted after that.
	destination.on('error', () => {});
	for await (const chunk of body) {
		await settle(name, (done) => destination.write(chunk, done));
		onWritten?.(chunk.length);
	}
}

/** Rejects with FileError when the step, or what was written before it, fails. */
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
