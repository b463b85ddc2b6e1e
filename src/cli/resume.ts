// The rest of a file of which the beginning is there: RFC 9110 §14. What a server's answer to the range means.

import { stat } from 'node:fs/promises';
import type { HTTPHeaderMap } from '../index.ts';
import { FileError, ResponseError } from './errors.ts';

/** Octets that are there; 0 when there is no file. Throws FileError for what is not a file to continue. */
export async function lengthOfBeginning(file: string): Promise<number> {
	try {
		const stats = await stat(file);
		if (!stats.isFile()) throw new Error('it is not a regular file, which --continue needs');
		return stats.size;
	} catch (error) {
		if ((error as { code?: string }).code === 'ENOENT') return 0;
		throw new FileError('write to', file, error as Error);
	}
}

/** `total` is the length of the whole, null when the server does not tell. */
export type Resumption = { kind: 'append'; total: number | null } | { kind: 'start over' } | { kind: 'complete' };

/**
 * What to do with the response to a request for what follows `length` octets; `headers` as the server sent them. Throws ResponseError when it has neither
 * the rest nor the whole, so that what is there stays.
 */
export function judgeResumption(status: number, headers: HTTPHeaderMap, length: number): Resumption {
	if (status === 416) return judgeUnsatisfiable(headers, length);
	if (status === 206) return judgePartial(headers, length);
	if (status >= 200 && status < 300) return { kind: 'start over' };
	throw new ResponseError(`cannot continue: the server answered ${status}`);
}

// §14.4: `bytes 0-9/10`; a star for a length that is not known, and, in a 416, for the range.
const CONTENT_RANGE = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/i;

function judgePartial(headers: HTTPHeaderMap, length: number): Resumption {
	const [range = 'nothing'] = headers.getRaw('content-range');
	const [, first, last, total] = CONTENT_RANGE.exec(range.trim()) ?? [];
	if (first === undefined || Number(first) !== length || Number(last) < length) {
		throw new ResponseError(`cannot continue at octet ${length}: the server sends ${JSON.stringify(range)}`);
	}
	const [coding = 'identity'] = headers.getRaw('content-encoding');
	if (coding.trim().toLowerCase() !== 'identity') {
		throw new ResponseError(`cannot continue: the server sends the rest as ${JSON.stringify(coding)}`);
	}
	return { kind: 'append', total: total === undefined || total === '*' ? null : Number(total) };
}

function judgeUnsatisfiable(headers: HTTPHeaderMap, length: number): Resumption {
	const [range = ''] = headers.getRaw('content-range');
	const [, , , total] = CONTENT_RANGE.exec(range.trim()) ?? [];
	if (total === String(length)) return { kind: 'complete' };
	const why = total === undefined || total === '*' ? 'has nothing there' : `has ${total} octets in all`;
	throw new ResponseError(`cannot continue at octet ${length}: the server ${why}`);
}
