// HTTP20Response: what a caller sees of a response. RFC 9113 §8.1.

import { HTTPHeaderMap } from '../headers.ts';
import type { ResponseEvent, TrailersEvent } from '../session/events.ts';
import type { BodyBuffer, BodyItem } from './body-buffer.ts';

/** Times in milliseconds of the runtime's monotonic clock; null for what has not happened. */
export interface Timings {
	/** The request was made. */
	queued: number;
	/** The connection that carried it was made, and its TLS handshake done. */
	dialled: number | null;
	secured: number | null;
	/** HEADERS was written. */
	sent: number | null;
	/** The response began. */
	firstByte: number | null;
	/** The response ended. */
	end: number | null;
}

/** What a response reads from: its stream. */
export interface ResponseSource {
	readonly id: number;
	readonly body: BodyBuffer;
	readonly trailers: TrailersEvent | null;
	readonly informational: readonly { status: number; headers: HTTPHeaderMap }[];
	readonly timings: Readonly<Timings>;
	/** Nobody will read the rest. */
	abandon(): void;
}

/**
 * A response whose head is there and whose body may be on its way. Read the body in one way, or `close` it; a response
 * that is neither read nor closed is reset when it is garbage.
 *
 * @example
 * const response = await conn.roundTrip('GET', '/');
 * for await (const chunk of response) console.log(chunk.length);
 */
export class HTTP20Response {
	readonly version = 'HTTP/2';
	readonly status: number;
	readonly #stream: ResponseSource;
	readonly #head: ResponseEvent;
	#headers: HTTPHeaderMap | null = null;
	#body: ReadableStream<Uint8Array> | null = null;

	constructor(stream: ResponseSource, head: ResponseEvent) {
		this.status = head.status;
		this.#stream = stream;
		this.#head = head;
	}

	/** HTTP/2 has no reason phrase. */
	get reason(): string {
		return '';
	}

	/** The header section, without pseudo-header fields. */
	get headers(): HTTPHeaderMap {
		this.#headers ??= HTTPHeaderMap.fromFlat(this.#head.fields, this.#head.neverIndexed, 2);
		return this.#headers;
	}

	/**
	 * The trailer section, empty when there is none; settles at the end of the body. An unread body is kept meanwhile, up
	 * to 16 MiB: LocalProtocolError beyond.
	 */
	get trailers(): Promise<HTTPHeaderMap> {
		return this.#stream.body.waitForEnd(this).then(() => {
			const section = this.#stream.trailers;
			return section === null ? new HTTPHeaderMap() : HTTPHeaderMap.fromFlat(section.fields, section.neverIndexed);
		});
	}

	/** Heads of the 1xx responses that came before. */
	get informational(): readonly { status: number; headers: HTTPHeaderMap }[] {
		return this.#stream.informational;
	}

	get timings(): Readonly<Timings> {
		return this.#stream.timings;
	}

	/** The number of the stream, for logs and traces. */
	get streamId(): number {
		return this.#stream.id;
	}

	/** Exactly `amount` octets unless the body ended, then an empty array; without an amount, the whole rest. */
	read(amount?: number): Promise<Uint8Array> {
		if (amount === undefined) return this.#stream.body.readAll(this);
		if (!Number.isInteger(amount) || amount < 0) {
			return Promise.reject(new RangeError(`Cannot read ${amount} octets: must be an integer from 0`));
		}
		return this.#stream.body.readExactly(this, amount);
	}

	/** One item per DATA frame, empty frames too. Leaving the loop closes the response. */
	readChunked(): AsyncIterableIterator<Uint8Array, undefined> {
		return this.#iterate(() => this.#stream.body.readFrame(this));
	}

	/** The body as it comes. Leaving the loop closes the response. */
	[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array, undefined> {
		return this.#iterate(() => this.#stream.body.readSome(this));
	}

	bytes(): Promise<Uint8Array> {
		return this.#stream.body.readAll(this);
	}

	/** The body as UTF-8. */
	text(): Promise<string> {
		return this.bytes().then((bytes) => new TextDecoder().decode(bytes));
	}

	json(): Promise<unknown> {
		return this.text().then((text) => JSON.parse(text));
	}

	/** The body as a stream of the platform, made when asked for; cancelling it closes the response. */
	get body(): ReadableStream<Uint8Array> {
		this.#body ??= new ReadableStream<Uint8Array>(
			{
				pull: async (controller) => {
					const item = await this.#stream.body.readSome(this);
					if (item.done) controller.close();
					else controller.enqueue(item.value);
				},
				cancel: () => this.close(),
			},
			{ highWaterMark: 0 },
		);
		return this.#body;
	}

	/** Ends the response: a stream that has not ended, in either direction, is reset with CANCEL; what is unread is thrown away. */
	async close(): Promise<void> {
		this.#stream.abandon();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	/** By hand: an async generator takes three turns of the promise queue for each item. */
	#iterate(next: () => Promise<BodyItem>): AsyncIterableIterator<Uint8Array, undefined> {
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
