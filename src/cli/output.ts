// Writes the body of a response to a file or a stream, unchanged, and reads it no faster than it is written.

import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { FileError } from './errors.ts';

interface FileOptions {
	/** Where to begin in a file that exists; 0: the file is created or truncated. */
	from?: number;
	/** Called with the length of each chunk once it is written. */
	onWritten?: (bytes: number) => void;
}

/** Throws FileError for a folder, and for a file in a missing one, before a request is sent in vain. */
export async function checkOutputFile(file: string): Promise<void> {
	try {
		if (!(await isFolder(file)) && (await isFolder(dirname(file)))) return;
	} catch (error) {
		throw new FileError('write to', file, error as Error);
	}
	throw new FileError(
		'write to',
		file,
		new Error((await isFolder(file)) ? 'it is a folder' : 'its folder does not exist'),
	);
}

async function isFolder(path: string): Promise<boolean> {
	try {
		return (await stat(path)).isDirectory();
	} catch (error) {
		if ((error as { code?: string }).code === 'ENOENT') return false;
		throw error;
	}
}

/** Writes the body to a file. Throws FileError; what was written before it stays in the file. */
export async function writeToFile(
	body: AsyncIterable<Uint8Array>,
	path: string,
	{ from = 0, onWritten }: FileOptions = {},
): Promise<void> {
	const file = createWriteStream(path, from > 0 ? { flags: 'r+', start: from } : { flags: 'w' });
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
