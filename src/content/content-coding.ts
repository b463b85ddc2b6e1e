// Content codings (RFC 9110 §8.4): which ones a message has, and its content with them undone. The platform does the
// work; here is the order, what bounds it, and what a fault is called. Used by responses of both versions of HTTP.

import { ByteInput, decodedFrom } from '../base/byte-input.ts';
import { ContentDecodingError, HyperError } from '../base/errors.ts';
import type { Compression, Runtime } from '../runtime/runtime.ts';

/** Two of a connection's `limits`. */
export interface DecodingLimits {
	/** Codings of one message. */
	contentCodings: number;
	/** Octets after each coding is undone; 0: no bound. */
	decodedBody: number;
}

/** RFC 9110 §8.4.1, RFC 7932, RFC 8878. compress is not among them: nobody sends it. */
const CODINGS: ReadonlySet<string> = new Set(['gzip', 'deflate', 'br', 'zstd']);

/** The codings that the values of Content-Encoding name, in lower case and in the order in which they were applied. */
export function contentCodings(values: readonly string[]): string[] {
	return values
		.flatMap((value) => value.split(','))
		.map((coding) => coding.trim().toLowerCase())
		.filter((coding) => coding !== '' && coding !== 'identity')
		.map((coding) => (coding === 'x-gzip' ? 'gzip' : coding));
}

/** False with a coding that is unknown here: then the content is given as it is. */
export function canDecode(codings: readonly string[]): boolean {
	return codings.every((coding) => CODINGS.has(coding));
}

/**
 * The content before these codings were applied; what `canDecode` refuses is given as it is. Faults of the data reject
 * with ContentDecodingError, those of the source as they are, and a platform without the decoder with LocalProtocolError.
 * `return` lets go of the source at once; so does a fault.
 */
export function decodeContent(
	source: AsyncIterator<Uint8Array>,
	codings: readonly string[],
	limits: DecodingLimits,
	runtime: Pick<Runtime, 'decompress'>,
): AsyncIterator<Uint8Array> {
	if (codings.length === 0 || !canDecode(codings)) return source;
	const input = new ByteInput(source);
	return decodedFrom(input, undoAll(input, codings, limits, runtime));
}

async function* undoAll(
	input: ByteInput,
	codings: readonly string[],
	limits: DecodingLimits,
	runtime: Pick<Runtime, 'decompress'>,
): AsyncGenerator<Uint8Array, void, undefined> {
	if (codings.length > limits.contentCodings) {
		throw new ContentDecodingError(
			`The content has ${codings.length} codings, more than the ${limits.contentCodings} of limits.contentCodings`,
		);
	}
	let content: AsyncIterator<Uint8Array> = input;
	for (const coding of [...codings].reverse()) content = undo(coding, content, limits, runtime);
	try {
		yield* { [Symbol.asyncIterator]: () => content };
	} catch (error) {
		throw input.state === 'failed' ? input.error : error;
	}
}

async function* undo(
	coding: string,
	content: AsyncIterator<Uint8Array>,
	limits: DecodingLimits,
	runtime: Pick<Runtime, 'decompress'>,
): AsyncGenerator<Uint8Array, void, undefined> {
	const head = await readHead(content, coding === 'deflate' ? 2 : 1);
	// Not even a coding was applied to no content: responses to HEAD, 204 and 304.
	if (head.length === 0) return;
	const compression = coding === 'deflate' && !isZlib(head) ? 'deflate-raw' : (coding as Compression);
	const decoded = await runtime.decompress(compression, joined(head, content));
	let length = 0;
	try {
		for (let octets = await decoded.next(); octets.done !== true; octets = await decoded.next()) {
			length += octets.value.length;
			if (limits.decodedBody > 0 && length > limits.decodedBody) {
				const limit = `limits.decodedBody, which is ${limits.decodedBody}`;
				throw new ContentDecodingError(`The decoded content has more octets than ${limit}`);
			}
			yield octets.value;
		}
	} catch (cause) {
		if (cause instanceof HyperError) throw cause;
		// Some platforms say nothing.
		const reason = cause instanceof Error && cause.message !== '' ? `: ${cause.message}` : '';
		throw new ContentDecodingError(`The content cannot be decoded as ${coding}${reason}`, { cause });
	} finally {
		await decoded.return?.();
	}
}

/** Chunks with so many octets together, or all that there are. */
async function readHead(content: AsyncIterator<Uint8Array>, length: number): Promise<Uint8Array[]> {
	const chunks: Uint8Array[] = [];
	for (let left = length; left > 0; ) {
		const chunk = await content.next();
		if (chunk.done === true) break;
		if (chunk.value.length > 0) chunks.push(chunk.value);
		left -= chunk.value.length;
	}
	return chunks;
}

/**
 * RFC 9110 §8.4.1.2: "Some non-conformant implementations send the "deflate" compressed data without the zlib wrapper."
 * The wrapper begins with method 8, a window of at most 2 to the power 15, and a multiple of 31 (RFC 1950 §2.2).
 */
function isZlib(head: readonly Uint8Array[]): boolean {
	const [first = 0, second] = head.flatMap((chunk) => [...chunk.subarray(0, 2)]);
	if (second === undefined) return true;
	return (first & 0x0f) === 8 && first >> 4 <= 7 && (first * 256 + second) % 31 === 0;
}

function joined(head: Uint8Array[], content: AsyncIterator<Uint8Array>): AsyncIterator<Uint8Array> {
	return {
		next: async () => {
			const value = head.shift();
			return value === undefined ? await content.next() : { done: false, value };
		},
		return: async () => (await content.return?.()) ?? { done: true, value: undefined },
	};
}
