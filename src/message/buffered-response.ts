// The consumer of a response that promises and body buffers stand on: it settles what `roundTrip`, `request` and
// `getResponse` gave, and keeps content until it is read.

import { BodyBuffer, type ContentControl } from '../content/body-buffer.ts';
import type { DecodingLimits } from '../content/content-coding.ts';
import type { HTTPHeaderMap } from '../fields/header-map.ts';
import type { Runtime } from '../runtime/runtime.ts';
import {
	HTTP11Response,
	HTTP20Response,
	type HTTPResponse,
	type InformationalResponse,
	type ResponseHead,
	type Timings,
} from './response.ts';
import type { ResponseSink } from './response-sink.ts';

/** The request that the response belongs to, as its reader sees it. */
export interface ResponseControl extends ContentControl {
	/** The stream; null on HTTP/1.1, and before the request is sent. */
	readonly id: number | null;
	readonly timings: Readonly<Timings>;
	/** Nothing is left to give up. */
	readonly isClosed: boolean;
	/** Gives up a response that will not be read to its end. */
	abandon(): void;
	/** The connection that carries the request: it watches a response that the caller has from now on. */
	readonly carrier: { handOut(response: object, source: BufferedResponse): void } | null;
}

const NONE: readonly InformationalResponse[] = [];

export class BufferedResponse extends BodyBuffer implements ResponseSink {
	declare control: ResponseControl | null;
	/** Whether content codings are undone, unless a reading says otherwise. */
	readonly decodeContent: boolean;
	readonly decodingLimits: DecodingLimits;
	informational: readonly InformationalResponse[] = NONE;
	head: ResponseHead | null = null;
	trailers: HTTPHeaderMap | null = null;
	#failure: { reason: unknown } | null = null;
	#resolve: ((response: HTTPResponse) => void) | null = null;
	#reject: ((reason: unknown) => void) | null = null;
	/** What `started` gave, until it is settled. */
	#started: { resolve(streamId: number | null): void; reject(reason: unknown): void } | null = null;

	constructor(decodeContent: boolean, decodingLimits: DecodingLimits) {
		super();
		this.decodeContent = decodeContent;
		this.decodingLimits = decodingLimits;
	}

	/** Whether the reader waits for bytes that the server owes: none lie here unread. */
	get isReading(): boolean {
		return this.unread === 0 || this.isAwaited;
	}

	/** Resolves with the response once its head is there. To be called once. */
	response(): Promise<HTTPResponse> {
		if (this.head !== null) return Promise.resolve(this.#createResponse(this.head));
		if (this.#failure !== null) return Promise.reject(this.#failure.reason);
		return new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
	}

	/** Resolves with the stream id, null on HTTP/1.1, once the request's head is written. To be called once, before that. */
	started(): Promise<number | null> {
		return new Promise((resolve, reject) => {
			this.#started = { resolve, reject };
		});
	}

	onStart(streamId: number | null): void {
		this.#started?.resolve(streamId);
		this.#started = null;
	}

	onInformational(status: number, headers: HTTPHeaderMap): void {
		this.informational = [...this.informational, { status, headers }];
	}

	onHead(head: ResponseHead): void {
		this.head = head;
		this.contentLength = head.contentLength;
		const resolve = this.#resolve;
		if (resolve === null) return;
		this.#resolve = null;
		this.#reject = null;
		resolve(this.#createResponse(head));
	}

	onTrailers(trailers: HTTPHeaderMap): void {
		this.trailers = trailers;
	}

	onError(reason: unknown): void {
		this.#failure = { reason };
		this.#reject?.(reason);
		this.#resolve = null;
		this.#reject = null;
		this.#started?.reject(reason);
		this.#started = null;
		this.fail(reason);
	}

	/** Throws away what was not read, and gives up the rest. */
	abandon(): void {
		this.discard();
		this.control?.abandon();
	}

	#createResponse(head: ResponseHead): HTTPResponse {
		const response = head.version === 'HTTP/2' ? new HTTP20Response(this, head) : new HTTP11Response(this, head);
		this.control?.carrier?.handOut(response, this);
		return response;
	}
}

// A response that is neither read nor closed: when it is garbage, its stream is reset, or its connection dropped, with a
// warning.

interface Watched {
	source: BufferedResponse;
	runtime: Runtime;
}

let registry: FinalizationRegistry<Watched> | null = null;

/** Responses that were handed out in this turn: those that have not been read by its end are watched. */
export class HandedOut {
	/** Responses and their sources alternate. */
	#responses: (object | BufferedResponse)[] = [];

	/** `response` must not be reachable from its source. */
	add(response: object, source: BufferedResponse): void {
		this.#responses.push(response, source);
	}

	watch(runtime: Runtime): void {
		const responses = this.#responses;
		if (responses.length === 0) return;
		for (let i = 0; i < responses.length; i += 2) {
			const source = responses[i + 1] as BufferedResponse;
			if (source.isRead) continue;
			registry ??= new FinalizationRegistry<Watched>(onGarbage);
			registry.register(responses[i] as object, { source, runtime });
		}
		this.#responses = [];
	}
}

function onGarbage({ source, runtime }: Watched): void {
	// Nothing is left to reset, but unread bytes still take window of the connection.
	if (source.control?.isClosed || source.ended) return source.discard();
	const id = source.control?.id ?? null;
	const [which, consequence] = id === null ? ['', 'connection is dropped'] : [` of stream ${id}`, 'stream is reset'];
	runtime.warn(`Response${which} was neither read nor closed: its ${consequence}`);
	source.abandon();
}
