// Resuming a download by a range request, RFC 9110 §14: what the file has, and what the response means for it. The validator of
// an interrupted download is kept beside the file, because bytes of two versions must not be joined.

import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { HTTPHeaderMap } from '../index.ts';
import { FileError, ResponseError } from './errors.ts';

export interface PartialFile {
	/** 0 if the file does not exist. */
	readonly length: number;
	/** Milliseconds since it was last written. */
	readonly age: number;
	/** The strong validator of the version that it is a part of; null if unknown. */
	readonly validator: string | null;
}

/** Throws FileError if it is not a regular file. */
export async function readPartialFile(file: string): Promise<PartialFile> {
	try {
		const stats = await stat(file);
		if (!stats.isFile()) throw new Error('--continue needs a regular file');
		return { length: stats.size, age: Date.now() - stats.mtimeMs, validator: await readValidator(file) };
	} catch (error) {
		if (isMissing(error)) return { length: 0, age: 0, validator: null };
		throw new FileError('write to', file, error as Error);
	}
}

/** The download of the file was interrupted: keeps its validator for `--continue`. */
export async function rememberValidator(file: string, validator: string | null): Promise<void> {
	try {
		if (validator === null) return await forgetValidator(file);
		if ((await stat(file)).isFile()) await writeFile(validatorFile(file), `${validator}\n`);
	} catch {
		// The error of the download matters more. Without a validator, `--continue` compares dates.
	}
}

/** The file is complete. */
export async function forgetValidator(file: string): Promise<void> {
	await rm(validatorFile(file), { force: true });
}

/** RFC 9110 §8.8: an entity tag that is not weak; without any, a date if the resource was not changed in the same second. */
export function strongValidator(headers: HTTPHeaderMap): string | null {
	const [tag] = headers.getRaw('etag');
	if (tag !== undefined) return tag.startsWith('"') ? tag : null;
	const [modified] = headers.getRaw('last-modified');
	const age = ageOf(headers);
	return modified === undefined || age === null || age < 1000 ? null : modified;
}

/** For how many milliseconds the resource had not changed when the response was made; null if the server does not say. */
function ageOf(headers: HTTPHeaderMap): number | null {
	const [made = ''] = headers.getRaw('date');
	const [modified = ''] = headers.getRaw('last-modified');
	const age = Date.parse(made) - Date.parse(modified);
	return Number.isNaN(age) ? null : age;
}

function validatorFile(file: string): string {
	return `${file}.hyper-etag`;
}

async function readValidator(file: string): Promise<string | null> {
	try {
		return (await readFile(validatorFile(file), 'latin1')).trimEnd();
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
}

function isMissing(error: unknown): boolean {
	return (error as { code?: string }).code === 'ENOENT';
}

/** `length`: the bytes of the range. `total` is the length of the complete file, null if the server does not say. */
export type Resumption =
	| { kind: 'append'; length: number; total: number | null }
	| { kind: 'start over' }
	| { kind: 'complete' };

/**
 * Decides what to do with the response to a range request for the rest of `part`. `headers` are those the server sent. Throws
 * ResponseError if the response has neither the missing part nor the complete file, or is of another version, so that the
 * file is left unchanged.
 */
export function judgeResumption(status: number, headers: HTTPHeaderMap, part: PartialFile): Resumption {
	const isAnswer = status === 416 || (status >= 200 && status < 300);
	if (!isAnswer) throw new ResponseError(`cannot continue: the server responded with status ${status}`);
	if (hasChanged(status, headers, part)) {
		throw new ResponseError(
			`cannot continue at byte ${part.length}: the file has changed on the server; omit --continue to download it again`,
		);
	}
	if (status === 416) return judgeUnsatisfiable(headers, part.length);
	if (status === 206) return judgePartial(headers, part.length);
	return { kind: 'start over' };
}

/** Without a validator, only the rest of a file is compared: a resource that changed after the file was written is another. */
function hasChanged(status: number, headers: HTTPHeaderMap, { age, validator }: PartialFile): boolean {
	if (validator === null) {
		const unchanged = ageOf(headers);
		// The dates of HTTP have seconds.
		return status === 206 && unchanged !== null && unchanged + 1000 < age;
	}
	const [current] = headers.getRaw(validator.startsWith('"') ? 'etag' : 'last-modified');
	// §13.1.5: the server sends the complete file if the validator does not match; it may omit fields of a 206 and a 416.
	return current === undefined ? status < 206 : current !== validator;
}

// §14.4: `bytes 0-9/10`. A star stands for an unknown length and, in a 416, for the range.
const CONTENT_RANGE = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/i;

function judgePartial(headers: HTTPHeaderMap, length: number): Resumption {
	const [range] = headers.getRaw('content-range');
	const [, first, last, size] = CONTENT_RANGE.exec(range?.trim() ?? '') ?? [];
	const total = size === undefined || size === '*' ? null : Number(size);
	const isRest = Number(first) === length && Number(last) >= length && (total === null || Number(last) < total);
	if (!isRest) {
		const sent = range === undefined ? 'no content-range' : `content-range ${JSON.stringify(range)}`;
		throw new ResponseError(`cannot continue at byte ${length}: the server sent ${sent}`);
	}
	const [coding = 'identity'] = headers.getRaw('content-encoding');
	if (coding.trim().toLowerCase() !== 'identity') {
		throw new ResponseError(
			`cannot continue: the server sent the range with content-encoding ${JSON.stringify(coding)}`,
		);
	}
	return { kind: 'append', length: Number(last) - length + 1, total };
}

/** Yields `length` bytes. Throws ResponseError if the body has fewer or more, after the bytes that are in the range. */
export async function* withinRange(body: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array, void> {
	let left = length;
	for await (const chunk of body) {
		if (chunk.length > left) {
			if (left > 0) yield chunk.subarray(0, left);
			throw new ResponseError(`the server sent more than the ${length} bytes of its range`);
		}
		left -= chunk.length;
		yield chunk;
	}
	if (left === 0) return;
	const sent = length - left;
	throw new ResponseError(`the server sent ${sent} of ${length} bytes; use --continue again to get more`);
}

function judgeUnsatisfiable(headers: HTTPHeaderMap, length: number): Resumption {
	const [range = ''] = headers.getRaw('content-range');
	const [, , , total] = CONTENT_RANGE.exec(range.trim()) ?? [];
	if (total === String(length)) return { kind: 'complete' };
	const why = total === undefined || total === '*' ? 'has no bytes there' : `has ${total} bytes in total`;
	throw new ResponseError(`cannot continue at byte ${length}: the server ${why}`);
}
