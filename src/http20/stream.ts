// One request and its response: the mailbox between the connection's events and the caller's promises. It stays the same
// when the request is sent again on another connection. The only promises of a stream live here.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { type Abortable, unwatchAbort, watchAbort } from '../base/abort.ts';
import { type HyperError, StreamResetError } from '../base/errors.ts';
import { DEFAULT_LIMITS } from '../base/limits.ts';
import { BodyBuffer, type ContentOwner } from '../content/body-buffer.ts';
import type { DecodingLimits } from '../content/content-coding.ts';
import type { FlatFields } from '../fields/flat-fields.ts';
import { HTTPHeaderMap } from '../fields/header-map.ts';
import type { OutgoingRequest } from '../message/request.ts';
import type { InformationalResponse, ResponseSource, Timings } from '../message/response.ts';
import type { DataEvent, InformationalEvent, ResponseEvent, TrailersEvent } from '../session/events.ts';
import { HTTP20Response } from './response.ts';

/** What a stream asks of the connection that carries it. */
export interface Carrier {
	/** Octets of content were read, or thrown away. */
	consume(stream: Stream, length: number): void;
	/** Ends the stream with RST_STREAM. */
	reset(stream: Stream, errorCode: number, error: HyperError): void;
	/** Queues content, which is the session's from now on; false: wait until `wakeUpload` before sending more. */
	sendData(stream: Stream, bytes: Uint8Array, endStream: boolean): boolean;
	sendTrailers(stream: Stream, section: FlatFields): void;
	/** The caller has the response, or the push, from now on. */
	handOut(response: object, stream: Stream): void;
}

interface Waiter {
	resolve(response: HTTP20Response): void;
	reject(error: unknown): void;
}

const NONE: readonly InformationalResponse[] = [];

export class Stream implements Abortable, ResponseSource, ContentOwner {
	readonly request: OutgoingRequest;
	/** On the connection that carries it now; 0 before that. */
	id = 0;
	/** The connection that carries it, or did last; null before that. */
	carrier: Carrier | null = null;
	/** How often the request was sent and refused. */
	refusals = 0;
	/** How often it waited for a connection that took no request at all. */
	fruitless = 0;
	/** Its place among the requests of one connection. */
	order = 0;
	/**
	 * Since when the server has owed something: the request was made, octets came, or were read. Infinity: it was seen to owe
	 * nothing, as what has come is unread.
	 */
	since: number;
	readonly body: BodyBuffer;
	readonly timings: Timings;
	readonly decodeContent: boolean;
	readonly decodingLimits: DecodingLimits;
	informational: readonly InformationalResponse[] = NONE;
	/** The response's head; null before it. */
	head: ResponseEvent | null = null;
	trailers: TrailersEvent | null = null;
	/** No event comes any more. */
	closed = false;
	/** What the upload reads, while it does. */
	source: AsyncIterator<Uint8Array, undefined> | null = null;
	/** The upload is told that there is room, or that the stream has ended. */
	wakeUpload: (() => void) | null = null;
	/** Who has the stream in a queue, and drops it when it is given up. */
	onClosed: ((stream: Stream) => void) | null = null;
	/** Who waits for the end of the response, or of the stream without it; may be called twice. */
	onEnded: (() => void) | null = null;
	/** The server has answered before the content that it was asked about was sent: none will be. */
	#withheld = false;
	#openWaiter: { resolve(id: number): void; reject(reason: unknown): void } | null = null;
	#signal: AbortSignal | null = null;
	#waiter: Waiter | null = null;
	/** Why there will be no response, or not all of it; undefined while all is well. */
	#failure: { reason: unknown } | null = null;

	constructor(
		request: OutgoingRequest,
		now: number,
		decodeContent = false,
		decodingLimits: DecodingLimits = DEFAULT_LIMITS,
	) {
		this.request = request;
		this.decodeContent = decodeContent;
		this.decodingLimits = decodingLimits;
		this.since = now;
		this.timings = { queued: now, dialled: null, secured: null, sent: null, firstByte: null, end: null };
		this.body = new BodyBuffer(this);
	}

	/** Ends the stream when the signal does. */
	listen(signal: AbortSignal): void {
		this.#signal = signal;
		watchAbort(signal, this);
	}

	/** Resolves with the response once its head is there. To be called once. */
	response(): Promise<HTTP20Response> {
		if (this.head !== null) {
			const response = new HTTP20Response(this, this.head);
			this.carrier?.handOut(response, this);
			return Promise.resolve(response);
		}
		if (this.#failure !== null) return Promise.reject(this.#failure.reason);
		return new Promise((resolve, reject) => {
			this.#waiter = { resolve, reject };
		});
	}

	/** Resolves with the id once HEADERS is written. To be called once, before that. */
	opened(): Promise<number> {
		return new Promise((resolve, reject) => {
			this.#openWaiter = { resolve, reject };
		});
	}

	onOpened(carrier: Carrier, id: number, now: number): void {
		this.carrier = carrier;
		this.id = id;
		this.timings.sent = now;
		this.#openWaiter?.resolve(id);
		this.#openWaiter = null;
	}

	get failure(): { reason: unknown } | null {
		return this.#failure;
	}

	onInformational(event: InformationalEvent): void {
		const headers = HTTPHeaderMap.fromFlat(event.fields, event.neverIndexed, 2);
		this.informational = [...this.informational, { status: event.status, headers }];
		if (event.status === 100 && this.request.expectsContinue) this.wakeUpload?.();
		try {
			this.request.onInformational?.(event.status, headers);
		} catch (error) {
			this.cancel(error);
		}
	}

	onConsumed(length: number): void {
		this.carrier?.consume(this, length);
	}

	/** Returns the response when somebody waits for it. */
	onResponse(event: ResponseEvent, now: number): HTTP20Response | null {
		this.head = event;
		this.timings.firstByte = now;
		this.since = now;
		this.body.contentLength = event.contentLength;
		if (event.endStream) this.#end(now);
		if (this.request.expectsContinue) this.wakeUpload?.();
		const waiter = this.#waiter;
		if (waiter === null) return null;
		this.#waiter = null;
		const response = new HTTP20Response(this, event);
		waiter.resolve(response);
		return response;
	}

	onData(event: DataEvent, now: number): void {
		this.since = now;
		this.body.push(event);
		if (event.endStream) this.#end(now);
	}

	onTrailers(event: TrailersEvent, now: number): void {
		this.trailers = event;
		this.#end(now);
	}

	readTrailers(): HTTPHeaderMap {
		const section = this.trailers;
		return section === null ? new HTTPHeaderMap() : HTTPHeaderMap.fromFlat(section.fields, section.neverIndexed);
	}

	/** The end of all: rejects what waits unless the response is complete. */
	close(reason: unknown): void {
		if (this.closed) return;
		this.closed = true;
		if (this.#signal !== null) unwatchAbort(this.#signal, this);
		if (reason !== null && !this.body.ended) this.#fail(reason);
		this.stopUpload();
		this.request.body?.release();
		this.onEnded?.();
		this.onClosed?.(this);
	}

	/**
	 * The server does not want the content. §8.1 lets it answer all the same, so the stream goes on until the response has
	 * ended; it is then reset with NO_ERROR, since nothing has failed. END_STREAM would claim that the content was complete.
	 */
	withhold(): void {
		this.#withheld = true;
		if (this.body.ended) this.#resetWithheld();
	}

	/** Ends the reading of the body here; it may be read again elsewhere. */
	stopUpload(): void {
		this.wakeUpload?.();
		// Not awaited: a source that is busy must not keep the stream, and its faults concern nobody now.
		this.source?.return?.().catch(() => undefined);
	}

	/** The caller wants no more: its promises reject with `reason`, the peer is told with RST_STREAM. */
	cancel(reason: unknown, errorCode: number = ErrorCode.CANCEL): void {
		if (this.closed) return;
		this.#fail(reason);
		const { carrier } = this;
		if (carrier === null) return this.close(reason);
		const message = `Stream ${this.id} was cancelled`;
		carrier.reset(this, errorCode, new StreamResetError(this.id, errorCode, 'local', message, { cause: reason }));
	}

	/** Nobody will read the response. */
	abandon(): void {
		this.body.discard();
		const message = `Response of stream ${this.id} was closed before its end`;
		this.cancel(new StreamResetError(this.id, ErrorCode.CANCEL, 'local', message));
	}

	onAbort(reason: unknown): void {
		this.cancel(reason);
	}

	#end(now: number): void {
		this.timings.end = now;
		this.body.end();
		this.onEnded?.();
		if (this.#withheld) this.#resetWithheld();
	}

	#resetWithheld(): void {
		const message = `Request on stream ${this.id} was answered without its content`;
		this.carrier?.reset(this, ErrorCode.NO_ERROR, new StreamResetError(this.id, ErrorCode.NO_ERROR, 'local', message));
	}

	#fail(reason: unknown): void {
		if (this.#failure !== null) return;
		this.#failure = { reason };
		const waiter = this.#waiter;
		this.#waiter = null;
		waiter?.reject(reason);
		this.#openWaiter?.reject(reason);
		this.#openWaiter = null;
		this.body.fail(reason);
	}
}
