// Resuming a download by a range request, RFC 9110 §14: what the file has, and what the response means for it.

import { stat } from 'node:fs/promises';
import type { HTTPHeaderMap } from '../index.ts';
import { FileError, ResponseError } from './errors.ts';

/** The length of the partial file, or 0 if it does not exist. Throws FileError if it is not a regular file. */
export async function lengthOfPartialFile(file: string): Promise<number> {
	try {
		const stats = await stat(file);
		if (!stats.isFile()) throw new Error('--continue needs a regular file');
		return stats.size;
	} catch (error) {
		if ((error as { code?: string }).code === 'ENOENT') return 0;
		throw new FileError('write to', file, error as Error);
	}
}

/** `total` is the length of the complete file, null if the server does not say. */
export type Resumption = { kind: 'append'; total: number | null } | { kind: 'start over' } | { kind: 'complete' };

/**
 * Decides what to do with the response to a range request from `length` on. `headers` are those the server sent. Throws
 * ResponseError if the response has neither the missing part nor the complete file, so that the file is left unchanged.
 */
export function judgeResumption(status: number, headers: HTTPHeaderMap, length: number): Resumption {
	if (status === 416) return judgeUnsatisfiable(headers, length);
	if (status === 206) return judgePartial(headers, length);
	if (status >= 200 && status < 300) return { kind: 'start over' };
	throw new ResponseError(`cannot continue: the server responded with status ${status}`);
}

// §14.4: `bytes 0-9/10`. A star stands for an unknown length and, in a 416, for the range.
const CONTENT_RANGE = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/i;

function judgePartial(headers: HTTPHeaderMap, length: number): Resumption {
	const [range] = headers.getRaw('content-range');
	const [, first, last, total] = CONTENT_RANGE.exec(range?.trim() ?? '') ?? [];
	if (first === undefined || Number(first) !== length || Number(last) < length) {
		const sent = range === undefined ? 'no content-range' : `content-range ${JSON.stringify(range)}`;
		throw new ResponseError(`cannot continue at byte ${length}: the server sent ${sent}`);
	}
	const [coding = 'identity'] = headers.getRaw('content-encoding');
	if (coding.trim().toLowerCase() !== 'identity') {
		throw new ResponseError(
			`cannot continue: the server sent the range with content-encoding ${JSON.stringify(coding)}`,
		);
	}
	return { kind: 'append', total: total === undefined || total === '*' ? null : Number(total) };
}

function judgeUnsatisfiable(headers: HTTPHeaderMap, length: number): Resumption {
	const [range = ''] = headers.getRaw('content-range');
	const [, , , total] = CONTENT_RANGE.exec(range.trim()) ?? [];
	if (total === String(length)) return { kind: 'complete' };
	const why = total === undefined || total === '*' ? 'has no bytes there' : `has ${total} bytes in total`;
	throw new ResponseError(`cannot continue at byte ${length}: the server ${why}`);
}
