// Content codings (RFC 9110 §8.4): reads the codings of a message, and decodes its content in order and within limits. The
// platform does the decompression. Used by the responses of both versions of HTTP.

import { ByteInput, decodedFrom } from '../base/byte-input.ts';
import { ContentDecodingError, HyperError } from '../base/errors.ts';
import type { Compression, Runtime } from '../runtime/runtime.ts';

/** The connection's `limits` that apply to decoding; Infinity: no limit. */
export interface DecodingLimits {
	/** Codings of one message. */
	contentCodings: number;
	/** Bytes of content after decoding, for each coding. */
	decodedBody: number;
}

/** RFC 9110 §8.4.1, RFC 7932, RFC 8878. Not compress, which servers do not use. */
const CODINGS: ReadonlySet<string> = new Set(['gzip', 'deflate', 'br', 'zstd']);

/** The codings in the values of Content-Encoding, in lower case and in the order in which they were applied. */
export function contentCodings(values: readonly string[]): string[] {
	return values
		.flatMap((value) => value.split(','))
		.map((coding) => coding.trim().toLowerCase())
		.filter((coding) => coding !== '' && coding !== 'identity')
		.map((coding) => (coding === 'x-gzip' ? 'gzip' : coding));
}

/** False if a coding is unknown; the content is then left encoded. */
export function canDecode(codings: readonly string[]): boolean {
	return codings.every((coding) => CODINGS.has(coding));
}

/**
 * Decodes content; returns it unchanged if `canDecode` is false. Rejects with ContentDecodingError for invalid data, with
 * the source's own error, and with LocalProtocolError if the platform lacks the decoder. `return` and errors release the
 * source at once.
 */
export function decodeContent(
	source: AsyncIterator<Uint8Array>,
	codings: readonly string[],
	limits: DecodingLimits,
	runtime: Pick<Runtime, 'decompress'>,
): AsyncIterator<Uint8Array> {
	if (codings.length === 0 || !canDecode(codings)) return source;
	const input = new ByteInput(source);
	return decodedFrom(input, decodeAll(input, codings, limits, runtime));
}

async function* decodeAll(
	input: ByteInput,
	codings: readonly string[],
	limits: DecodingLimits,
	runtime: Pick<Runtime, 'decompress'>,
): AsyncGenerator<Uint8Array, void, undefined> {
	if (codings.length > limits.contentCodings) {
		throw new ContentDecodingError(
			`The content has ${codings.length} codings, but limits.contentCodings is ${limits.contentCodings}`,
		);
	}
	let content: AsyncIterator<Uint8Array> = input;
	for (const coding of [...codings].reverse()) content = decodeOne(coding, content, limits, runtime);
	try {
		yield* { [Symbol.asyncIterator]: () => content };
	} catch (error) {
		throw input.state === 'failed' ? input.error : error;
	}
}

async function* decodeOne(
	coding: string,
	content: AsyncIterator<Uint8Array>,
	limits: DecodingLimits,
	runtime: Pick<Runtime, 'decompress'>,
): AsyncGenerator<Uint8Array, void, undefined> {
	const head = await readHead(content, coding === 'deflate' ? 2 : 1);
	// Without content there is nothing to decode: responses to HEAD, 204 and 304.
	if (head.length === 0) return;
	const compression = coding === 'deflate' && !isZlib(head) ? 'deflate-raw' : (coding as Compression);
	let decoded: AsyncIterator<Uint8Array> | undefined;
	let length = 0;
	try {
		decoded = await runtime.decompress(compression, joined(head, content));
		for (let chunk = await decoded.next(); chunk.done !== true; chunk = await decoded.next()) {
			length += chunk.value.length;
			if (length > limits.decodedBody) {
				throw new ContentDecodingError(`The decoded content exceeds limits.decodedBody, ${limits.decodedBody} bytes`);
			}
			yield chunk.value;
		}
	} catch (cause) {
		if (cause instanceof HyperError) throw cause;
		// Some platforms throw errors without a message.
		const reason = cause instanceof Error && cause.message !== '' ? `: ${cause.message}` : '';
		throw new ContentDecodingError(`The content cannot be decoded as ${coding}${reason}`, { cause });
	} finally {
		// All output has been read, or an error has its cause already.
		await decoded?.return?.().catch(() => undefined);
	}
}

/** The first chunks, with at least `length` bytes in all unless the content ends first. */
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
 * The wrapper starts with method 8, a window of at most 2 ** 15, and two bytes that are a multiple of 31 (RFC 1950 §2.2).
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
