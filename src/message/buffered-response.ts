// A ResponseSink for promises and body buffers: it settles the promises of `roundTrip`, `request` and
// `getResponse`, and keeps content until it is read.

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

/** The part of a pending request that its response uses. */
export interface ResponseControl extends ContentControl {
	/** The stream id; null on HTTP/1.1, and before the request is sent. */
	readonly id: number | null;
	readonly timings: Readonly<Timings>;
	/** Whether the request has ended, so that nothing is left to abandon. */
	readonly isClosed: boolean;
	/** Gives up a response that will not be read to its end. */
	abandon(): void;
	/** The connection of the request. `handOut` is called when the caller gets the response. */
	readonly carrier: { handOut(response: object, source: BufferedResponse): void } | null;
}

/** The connection's `limits` that apply to the content of a response. */
interface ContentLimits extends DecodingLimits {
	/** Bytes of a body that is read as a whole. */
	body: number;
}

const NONE: readonly InformationalResponse[] = [];

export class BufferedResponse extends BodyBuffer implements ResponseSink {
	declare control: ResponseControl | null;
	/** Whether to decode content codings, unless the options of a read say otherwise. */
	readonly decodeContent: boolean;
	readonly limits: ContentLimits;
	informational: readonly InformationalResponse[] = NONE;
	head: ResponseHead | null = null;
	trailers: HTTPHeaderMap | null = null;
	#resolve: ((response: HTTPResponse) => void) | null = null;
	#reject: ((reason: unknown) => void) | null = null;
	/** Where the response is registered while its garbage collection would leave something to do. */
	registry: FinalizationRegistry<Watched> | null = null;
	/** The unsettled promise that `started` returned. */
	#started: { resolve(streamId: number | null): void; reject(reason: unknown): void } | null = null;

	constructor(decodeContent: boolean, limits: ContentLimits) {
		super();
		this.decodeContent = decodeContent;
		this.limits = limits;
	}

	/** Whether the reader needs more bytes from the server: a read is pending, or everything received has been read. */
	get isReading(): boolean {
		return this.unread === 0 || this.isAwaited;
	}

	/** Resolves with the response once its head has arrived. Call it once. */
	response(): Promise<HTTPResponse> {
		if (this.head !== null) return Promise.resolve(this.#createResponse(this.head));
		if (this.failure !== null) return Promise.reject(this.failure.reason);
		return new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
	}

	/** Resolves with the stream id, or null on HTTP/1.1, once the request's head is written. Call it once, before that. */
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

	override onEnd(): void {
		super.onEnd();
		if (this.registry !== null && this.isRead) this.#unwatch();
	}

	onError(reason: unknown): void {
		this.#reject?.(reason);
		this.#resolve = null;
		this.#reject = null;
		this.#started?.reject(reason);
		this.#started = null;
		this.fail(reason);
		this.#unwatch();
	}

	/** Discards unread content, and abandons the rest of the response. */
	abandon(): void {
		this.#unwatch();
		this.discard();
		this.control?.abandon();
	}

	/**
	 * The registry keeps this object alive, and with it the error that ended the response. V8 keeps the receivers of an
	 * error's stack, and if the error was made inside a method of the response, the response is one of them.
	 */
	#unwatch(): void {
		this.registry?.unregister(this);
		this.registry = null;
	}

	#createResponse(head: ResponseHead): HTTPResponse {
		const response = head.version === 'HTTP/2' ? new HTTP20Response(this, head) : new HTTP11Response(this, head);
		this.control?.carrier?.handOut(response, this);
		return response;
	}
}

// A response that is garbage-collected without being read or closed has its stream reset, or its connection dropped, with a
// warning.

interface Watched {
	source: BufferedResponse;
	runtime: Runtime;
}

/** Responses of one connection handed to the caller in this turn. Those still unread at the end of the turn are watched. */
export class HandedOut {
	/** Responses and their sources alternate. */
	#responses: (object | BufferedResponse)[] = [];
	/** Not shared by all connections, so that whatever it holds is garbage together with the connection. */
	#registry: FinalizationRegistry<Watched> | null = null;
	readonly #runtime: Runtime;
	/** Of responses that were garbage-collected where nothing could be sent. */
	readonly #garbage: Watched[] = [];

	constructor(runtime: Runtime) {
		this.#runtime = runtime;
	}

	/** `response` must not be reachable from its source. */
	add(response: object, source: BufferedResponse): void {
		this.#responses.push(response, source);
	}

	/**
	 * From now on `onGarbage` is called when a response is garbage-collected before it is over; at the end of the next turn
	 * on platforms where nothing can be sent before.
	 */
	readonly watch = (): void => {
		if (this.#garbage.length > 0) for (const watched of this.#garbage.splice(0)) onGarbage(watched);
		const responses = this.#responses;
		if (responses.length === 0) return;
		this.#responses = [];
		// workerd has it since the compatibility date 2025-05-05.
		if (globalThis.FinalizationRegistry === undefined) return;
		this.#registry ??= new FinalizationRegistry<Watched>(
			this.#runtime.canFinalize ? onGarbage : (watched) => this.#garbage.push(watched),
		);
		for (let i = 0; i < responses.length; i += 2) {
			const source = responses[i + 1] as BufferedResponse;
			if (source.isRead || source.failure !== null) continue;
			source.registry = this.#registry;
			this.#registry.register(responses[i] as object, { source, runtime: this.#runtime }, source);
		}
	};
}

function onGarbage({ source, runtime }: Watched): void {
	// Nothing is left to reset, but unread bytes still take up the connection's window.
	if (source.control?.isClosed || source.ended) return source.discard();
	const id = source.control?.id ?? null;
	const [which, consequence] = id === null ? ['', 'connection is dropped'] : [` of stream ${id}`, 'stream is reset'];
	runtime.warn(`Response${which} was neither read nor closed: its ${consequence}`);
	source.abandon();
}
