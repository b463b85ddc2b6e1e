// Turns every kind of request body into chunks of bytes. Knows no HTTP: the connections decide on content-length,
// content-type and replay. A body is not copied and must not change until it is sent.

import { type AnyIterable, BodySource, isArrayBuffer, toBytes } from './body-source.ts';
import { encodeMultipart } from './multipart.ts';
import { isOldStream, type OldStream, OldStreamReader } from './old-stream.ts';
import { StreamedBody } from './streamed-body.ts';

/** One item of an iterable body; a string is encoded as UTF-8. */
export type BodyItem = string | ArrayBuffer | ArrayBufferView;

/** A Node `Readable` counts as an async iterable, the npm package form-data as an old stream. An array of items is a body in memory, which can be sent again. */
export type RequestBodyInit =
	| BodyItem
	| Blob
	| FormData
	| URLSearchParams
	| ReadableStream<BodyItem>
	| AsyncIterable<BodyItem>
	| Iterable<BodyItem>
	| OldStream;

export interface RequestBody {
	/** In bytes; null if unknown. */
	readonly length: number | null;
	/** The content-type that the Fetch Standard assigns; null for bytes, streams and iterables. */
	readonly contentType: string | null;
	/** `source` can be called any number of times. */
	readonly replayable: boolean;
	/** `source` can be called now. A small source that yields its bytes once is kept, so that it can be read again. */
	readonly rereadable: boolean;
	/** The whole body if it is in memory as one array; null otherwise. */
	readonly bytes: Uint8Array | null;
	/**
	 * Starts a reading and ends the previous one. Its chunks are never empty. An error of the user's source is passed on
	 * unchanged; an item that is not bytes is a TypeError. LocalProtocolError unless the body is `rereadable`.
	 */
	source(): AsyncIterator<Uint8Array, undefined>;
	/** Gives up the body, read or not: cancels a stream, destroys a Readable, returns a generator, and ignores errors. */
	release(): void;
}

/** Null for no body. TypeError for a value that is not a body and for a locked stream. */
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
	// Not `.map(toBytes)`, which would skip the holes of a sparse array.
	if (Array.isArray(body)) return partedBody(Array.from(body, toBytes), null);
	return new StreamedBody(opener(body), multipartTypeOf(body));
}

/** Releases the body of a request that was refused before anything read it. Ignores whatever is not a body. */
export function releaseBodyOf(options: { readonly body?: RequestBodyInit | null } | null | undefined): void {
	try {
		openBody(options?.body)?.release();
	} catch {
		// Not a body, or a stream that the caller is reading.
	}
}

/** Shared by the bodies that can be read any number of times; there is nothing to release between readings. */
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
		if (body.locked) throw new TypeError('Cannot send the body: its stream is locked by another reader');
		return () => BodySource.ofStream(body);
	}
	if (!isIterable(body)) {
		if (!isOldStream(body)) throw notBody(tagOf(body));
		const reader = new OldStreamReader(body);
		return () => BodySource.ofIterable(reader);
	}
	// A Readable that fails before it is read, for example because a file is missing, would crash the process without a
	// listener. It keeps its error, which iteration throws.
	if (isEmitter(body)) body.on('error', () => {});
	return () => BodySource.ofIterable(body);
}

function notBody(kind: string): TypeError {
	return new TypeError(
		`Body must be a string, bytes, Blob, FormData, URLSearchParams, stream or iterable, not ${kind}`,
	);
}

/** The content-type of a form of the npm package form-data. */
function multipartTypeOf(body: object): string | null {
	if (!hasMethod(body, 'getBoundary')) return null;
	return `multipart/form-data; boundary=${(body as { getBoundary(): string }).getBoundary()}`;
}

// Checks of shape and tag instead of `instanceof`, so that classes of packages and other realms work too.

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
