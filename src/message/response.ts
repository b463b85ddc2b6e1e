// HTTPResponse: the public class of a response, for both HTTP versions. RFC 9110 §6.

import { runtime } from '#runtime';
import { BodyLimitError, LocalProtocolError } from '../base/errors.ts';
import { showInConsole } from '../base/inspection.ts';
import type { HTTPVersion } from '../base/version.ts';
import { canDecode, contentCodings, decodeContent } from '../content/content-coding.ts';
import { type Content, type ContentItem, DecodedContent } from '../content/decoded-content.ts';
import { HTTPHeaderMap } from '../fields/header-map.ts';
import type { BufferedResponse, ResponseControl } from './buffered-response.ts';
import { checkReadOptions } from './request-options.ts';

/** Times in milliseconds on the runtime's monotonic clock; null for events that have not happened. */
export interface Timings {
	/** The request was made. */
	queued: number;
	/** Its connection was established, and the TLS handshake of that connection was complete. */
	dialled: number | null;
	secured: number | null;
	/** The request's head was written. */
	sent: number | null;
	/** The response began. */
	firstByte: number | null;
	/** The response ended. */
	end: number | null;
}

/** The head of a 1xx response. */
export interface InformationalResponse {
	readonly status: number;
	readonly headers: HTTPHeaderMap;
}

export interface ReadOptions {
	/** Whether to decode content codings. The first read decides for all. Default: the request's option. */
	decodeContent?: boolean;
}

const NO_VALUES: readonly string[] = [];

/**
 * A response whose head has arrived and whose body may still be arriving. Read the body in one way, or `close` it; a
 * response that is neither read nor closed is reset when it is garbage-collected.
 *
 * @example
 * const response = await conn.roundTrip('GET', '/');
 * for await (const chunk of response) console.log(chunk.length);
 */
export abstract class HTTPResponse {
	abstract readonly version: HTTPVersion;
	readonly #source: BufferedResponse;
	readonly #head: ResponseHead;
	#content: Content | null = null;
	/** Whether to decode the body if its codings are known: the request's option, until the first read overrides it. */
	#decodes: boolean;
	#decodedHeaders: HTTPHeaderMap | null = null;
	#body: ReadableStream<Uint8Array> | null = null;

	/** @internal */
	constructor(source: BufferedResponse, head: ResponseHead) {
		this.#source = source;
		this.#head = head;
		this.#decodes = source.decodeContent;
	}

	get status(): number {
		return this.#head.status;
	}

	/** Whether the status is from 200 to 299. */
	get ok(): boolean {
		return this.status >= 200 && this.status < 300;
	}

	/** The reason phrase; empty on HTTP/2, which has no reason phrases. */
	get reason(): string {
		return this.#head.reason;
	}

	/** The header section as the server sent it, without pseudo-header fields. */
	get rawHeaders(): HTTPHeaderMap {
		return this.#head.headers;
	}

	/**
	 * The header section, without pseudo-header fields. If the body is read decoded, content-encoding and content-length are
	 * left out, because they do not describe the decoded body.
	 */
	get headers(): HTTPHeaderMap {
		if (!this.#decodes || this.#knownCodings().length === 0) return this.rawHeaders;
		this.#decodedHeaders ??= withoutCodings(this.rawHeaders);
		return this.#decodedHeaders;
	}

	/**
	 * Resolves with the trailer section at the end of the body; empty if the response has no trailers. Buffers an unread
	 * body up to 16 MiB, and rejects with LocalProtocolError beyond.
	 */
	get trailers(): Promise<HTTPHeaderMap> {
		return this.#source.waitForEnd(this).then(() => this.#source.trailers ?? new HTTPHeaderMap());
	}

	/** Heads of the 1xx responses that preceded this one. */
	get informational(): readonly InformationalResponse[] {
		return this.#source.informational;
	}

	get timings(): Readonly<Timings> {
		return this.#control.timings;
	}

	/** The id of the stream, for logs and traces; null on HTTP/1.1. */
	get streamId(): number | null {
		return this.#control.id;
	}

	/** Exactly `amount` bytes, or fewer if the body ends first; empty at the end. Without an amount, all of the rest. */
	async read(amount?: number | null, options?: ReadOptions): Promise<Uint8Array> {
		checkReadOptions(options);
		const content = this.#open(options?.decodeContent);
		if (amount === undefined || amount === null) return content.readAll(this);
		if (!Number.isInteger(amount) || amount < 0) {
			throw new RangeError(`Cannot read ${amount} bytes: the amount must be a non-negative integer`);
		}
		return content.readExactly(this, amount);
	}

	/**
	 * Yields the content of each DATA frame, including empty ones. For a decoded body, yields each chunk of the decoder; on
	 * HTTP/1.1, the bytes received at once. Leaving the loop closes the response.
	 */
	readChunked(options?: ReadOptions): AsyncIterableIterator<Uint8Array> {
		checkReadOptions(options);
		return this.#iterate(() => {
			try {
				return this.#open(options?.decodeContent).readFrame(this);
			} catch (error) {
				return Promise.reject(error);
			}
		});
	}

	/** Yields the body as it arrives. Leaving the loop closes the response. */
	[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
		return this.#iterate(() => this.#readSome());
	}

	bytes(): Promise<Uint8Array> {
		try {
			return this.#open().readAll(this, this.#source.limits.body);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	/** The body decoded as UTF-8. */
	async text(): Promise<string> {
		const bytes = await this.#open().readAll(this, this.#source.limits.body);
		try {
			return new TextDecoder().decode(bytes);
		} catch (cause) {
			throw new BodyLimitError(`The body does not fit into a string: it has ${bytes.length} bytes`, { cause });
		}
	}

	async json(): Promise<unknown> {
		return JSON.parse(await this.text());
	}

	/** The body as a stream of the platform, created at first use. Cancelling it closes the response. */
	get body(): ReadableStream<Uint8Array> {
		this.#body ??= new ReadableStream<Uint8Array>(
			{
				pull: async (controller) => {
					const item = await this.#readSome();
					if (item.done) controller.close();
					else controller.enqueue(item.value);
				},
				cancel: () => this.close(),
			},
			{ highWaterMark: 0 },
		);
		return this.#body;
	}

	/** Closes the response: ends the request if it is still open in either direction, and discards unread content. */
	async close(): Promise<void> {
		this.#source.checkOwner?.();
		this.#source.abandon();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	static {
		showInConsole(HTTPResponse.prototype, (response) => ({
			status: response.status,
			...(response.reason === '' ? {} : { reason: response.reason }),
			version: response.version,
			...(response.streamId === null ? {} : { streamId: response.streamId }),
			headers: response.headers,
			body: response.#bodyState,
		}));
	}

	/** For the console; an empty body counts as read once it has ended. */
	get #bodyState(): string {
		if (this.#source.failure !== null) return 'failed';
		if (this.#source.isRead) return 'read';
		return this.#content === null ? 'unread' : 'partly read';
	}

	#readSome(): Promise<ContentItem> {
		try {
			return this.#open().readSome(this);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	/** The body as it was sent, or decoded. */
	#open(decode: boolean = this.#decodes): Content {
		if (this.#content === null) {
			this.#decodes = decode;
			const codings = decode ? this.#knownCodings() : NO_VALUES;
			this.#content = codings.length === 0 ? this.#source : this.#openDecoded(codings);
		} else if (decode !== this.#decodes) {
			const before = this.#decodes ? 'decoded' : 'as it was sent';
			throw new LocalProtocolError(`Cannot change decodeContent: the body has been read ${before}`);
		}
		return this.#content;
	}

	/** The content codings of the body; empty if there is no content or a coding is unknown. */
	#knownCodings(): readonly string[] {
		if (this.#source.contentLength === 0) return NO_VALUES;
		const values = this.#head.valuesOf('content-encoding');
		if (values.length === 0) return NO_VALUES;
		const codings = contentCodings(values);
		return canDecode(codings) ? codings : NO_VALUES;
	}

	#openDecoded(codings: readonly string[]): Content {
		const source = this.#source;
		const raw: AsyncIterator<Uint8Array> = {
			next: () => source.readSome(this),
			return: async () => {
				await this.close();
				return { done: true, value: undefined };
			},
		};
		return new DecodedContent(decodeContent(raw, codings, source.limits, runtime));
	}

	get #control(): ResponseControl {
		return this.#source.control as ResponseControl;
	}

	/** Not an async generator, which takes three turns of the promise queue for each item. */
	#iterate(next: () => Promise<ContentItem>): AsyncIterableIterator<Uint8Array> {
		return {
			next,
			return: async () => {
				await this.close();
				return { done: true, value: undefined };
			},
			[Symbol.asyncIterator]() {
				return this;
			},
		};
	}
}

/** A response of HTTP/2: RFC 9113 §8.1. */
export class HTTP20Response extends HTTPResponse {
	get version(): 'HTTP/2' {
		return 'HTTP/2';
	}
}

/** A response of HTTP/1.1: RFC 9112 §4. */
export class HTTP11Response extends HTTPResponse {
	get version(): 'HTTP/1.1' {
		return 'HTTP/1.1';
	}
}

function withoutCodings(headers: HTTPHeaderMap): HTTPHeaderMap {
	const decoded = new HTTPHeaderMap(headers);
	decoded.delete('content-encoding');
	decoded.delete('content-length');
	return decoded;
}

/** The head of a final response. */
export class ResponseHead {
	readonly version: HTTPVersion;
	readonly status: number;
	/** The reason phrase; empty on HTTP/2, which has no reason phrases. */
	readonly reason: string;
	/** The declared content length; -1 if it is unknown. */
	readonly contentLength: number;
	readonly #fields: readonly string[];
	readonly #neverIndexed: ReadonlySet<number> | null;
	#headers: HTTPHeaderMap | null = null;

	/** Names and values alternate in `fields`, which begin with `:status` on HTTP/2. `contentLength` null: read it from them. */
	constructor(
		version: HTTPVersion,
		status: number,
		reason: string,
		contentLength: number | null,
		fields: readonly string[],
		neverIndexed: ReadonlySet<number> | null = null,
	) {
		this.version = version;
		this.status = status;
		this.reason = reason;
		this.#fields = fields;
		this.#neverIndexed = neverIndexed;
		this.contentLength = contentLength ?? Number(this.valuesOf('content-length')[0] ?? -1);
	}

	/** The header section as it was sent, without pseudo-header fields. */
	get headers(): HTTPHeaderMap {
		this.#headers ??= HTTPHeaderMap.fromFlat(this.#fields, this.#neverIndexed, this.version === 'HTTP/2' ? 2 : 0);
		return this.#headers;
	}

	/** The values of the field lines with this lower-case name, without building the map of all fields. */
	valuesOf(name: string): readonly string[] {
		const fields = this.#fields;
		let values: string[] | null = null;
		for (let i = 0; i < fields.length; i += 2) {
			const each = fields[i] as string;
			if (each.length !== name.length || (each !== name && each.toLowerCase() !== name)) continue;
			values ??= [];
			values.push(fields[i + 1] as string);
		}
		return values ?? NO_VALUES;
	}
}
