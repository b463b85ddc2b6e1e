// Turns every kind of request body into bytes that a pump can pull. Leaf: no HTTP; the connections decide on
// content-length, content-type and sending again. A body is taken without a copy and must not change until it is sent.

import { type AnyIterable, BodySource, isArrayBuffer, toBytes } from './body-source.ts';
import { encodeMultipart } from './multipart.ts';
import { StreamedBody } from './streamed-body.ts';

/** One item of an iterable body; a string is encoded as UTF-8. */
export type BodyItem = string | ArrayBuffer | ArrayBufferView;

/** A Node `Readable` is the async iterable that it is. An array of items is a body in memory, and can be sent again. */
export type RequestBodyInit =
	| BodyItem
	| Blob
	| FormData
	| URLSearchParams
	| ReadableStream<BodyItem>
	| AsyncIterable<BodyItem>
	| Iterable<BodyItem>;

export interface RequestBody {
	/** In octets; null when only the source knows. */
	readonly length: number | null;
	/** What the Fetch Standard would send; null for bytes, streams and iterables. */
	readonly contentType: string | null;
	/** `source` may be called again at any time. */
	readonly replayable: boolean;
	/** `source` may be called now: also again, while all that was read of a small source is kept. */
	readonly rereadable: boolean;
	/** The whole body when it is in memory as one piece; null otherwise. */
	readonly bytes: Uint8Array | null;
	/**
	 * The octets, in chunks that are never empty. An error of the user's source comes through unchanged; an item that is
	 * not bytes is a TypeError. A call ends the reading before it, as `return()` does. LocalProtocolError when the body is
	 * not `rereadable`.
	 */
	source(): AsyncIterator<Uint8Array, undefined>;
	/**
	 * The body is not wanted any more, read or not: cancels a stream, destroys a Readable and returns a generator. Its
	 * faults are nobody's from now on.
	 */
	release(): void;
}

/** Null for no body; TypeError for what cannot be one, and for a stream that somebody else is reading. */
export function openBody(body: RequestBodyInit | null | undefined): RequestBody | null {
	if (body === null || body === undefined) return null;
	if (typeof body === 'string') return wholeBody(toBytes(body), 'text/plain;charset=UTF-8');
	if (isArrayBuffer(body) || ArrayBuffer.isView(body)) return wholeBody(toBytes(body), null);
	if (typeof body !== 'object') throw notBody(typeof body);
	if (isURLSearchParams(body)) {
		return wholeBody(toBytes(body.toString()), 'application/x-www-form-urlencoded;charset=UTF-8');
	}
	if (isBlob(body)) return partedBody([body], body.type === '' ? null : body.type);
	if (isFormData(body)) {
		const { parts, contentType } = encodeMultipart(body);
		return partedBody(parts, contentType);
	}
	// Not `.map(toBytes)`: map leaves the holes of a sparse array as they are.
	if (Array.isArray(body)) return partedBody(Array.from(body, toBytes), null);
	return new StreamedBody(opener(body));
}

/** Of bodies that can be read as often as one likes; each reading lets go of what it holds. */
const IN_MEMORY = { replayable: true, rereadable: true, release: (): void => undefined };

function wholeBody(bytes: Uint8Array, contentType: string | null): RequestBody {
	return { ...IN_MEMORY, length: bytes.length, contentType, bytes, source: () => BodySource.ofIterable([bytes]) };
}

function partedBody(parts: readonly (Uint8Array | Blob)[], contentType: string | null): RequestBody {
	let length = 0;
	for (const part of parts) length += part instanceof Uint8Array ? part.length : part.size;
	return { ...IN_MEMORY, length, contentType, bytes: null, source: () => BodySource.ofIterable(readParts(parts)) };
}

async function* readParts(parts: readonly (Uint8Array | Blob)[]): AsyncGenerator<Uint8Array, undefined> {
	for (const part of parts) {
		if (part instanceof Uint8Array) yield part;
		else yield* BodySource.ofStream(part.stream());
	}
}

function opener(body: object): () => BodySource {
	if (isReadableStream(body)) {
		if (body.locked) throw new TypeError('Cannot send the body: the stream is locked, it must have no reader');
		return () => BodySource.ofStream(body);
	}
	if (!isIterable(body)) throw notBody(tagOf(body));
	// A Readable that fails before the pump reads it (a missing file, say) would end the process for want of a listener;
	// it keeps its error, and iteration throws it.
	if (isEmitter(body)) body.on('error', () => {});
	return () => BodySource.ofIterable(body);
}

function notBody(kind: string): TypeError {
	return new TypeError(
		`Body must be a string, bytes, Blob, FormData, URLSearchParams, stream or iterable, not ${kind}`,
	);
}

// By shape and tag instead of `instanceof`: implementations from packages and other realms are as good as our own.

function isURLSearchParams(body: object): body is URLSearchParams {
	return tagOf(body) === 'URLSearchParams';
}

function isBlob(body: object): body is Blob {
	return (tagOf(body) === 'Blob' || tagOf(body) === 'File') && hasMethod(body, 'stream');
}

function isFormData(body: object): body is FormData {
	return tagOf(body) === 'FormData' && hasMethod(body, 'entries');
}

function isReadableStream(body: object): body is ReadableStream<unknown> {
	return hasMethod(body, 'getReader');
}

function isIterable(body: object): body is AnyIterable {
	return hasMethod(body, Symbol.asyncIterator) || hasMethod(body, Symbol.iterator);
}

function isEmitter(body: object): body is { on(event: 'error', listener: () => void): void } {
	return hasMethod(body, 'on') && hasMethod(body, 'destroy');
}

function hasMethod(body: object, name: string | symbol): boolean {
	return typeof (body as Record<string | symbol, unknown>)[name] === 'function';
}

function tagOf(body: object): string {
	return Object.prototype.toString.call(body).slice(8, -1);
}
