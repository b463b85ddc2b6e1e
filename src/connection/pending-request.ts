// One request and its response, whichever version of HTTP carries it: what the scheduler queues, what a connection
// sends, and what delivers the response to a sink. It stays the same when the request is sent again on another connection.

import { CANCEL } from '../../assembly/shared/error-code.ts';
import { type Abortable, unwatchAbort, watchAbort } from '../base/abort.ts';
import { ConnectionError, LocalProtocolError, StreamResetError } from '../base/errors.ts';
import { showInConsole } from '../base/inspection.ts';
import type { RequestBody } from '../body/request-body.ts';
import { HTTPHeaderMap } from '../fields/header-map.ts';
import type { BufferedResponse } from '../message/buffered-response.ts';
import type { OutgoingRequest } from '../message/request.ts';
import type { ResponseHead, Timings } from '../message/response.ts';
import type { ResponseSink } from '../message/response-sink.ts';
import type { Transport } from '../runtime/transport.ts';
import type { DispatchControl } from './contract.ts';
import type { Upload } from './upload.ts';

/** The connection that carries a request. */
export interface Carrier {
	readonly openedAt: Transport['openedAt'];
	/** Returns window for bytes that were read or discarded. */
	consume(pending: PendingRequest, length: number): void;
	/** Stops the request, which has failed with `reason`; `close` follows. */
	cancel(pending: PendingRequest, errorCode: number, reason: unknown): void;
	/** Watches a response, or a push, that the caller has from now on. */
	handOut(response: object, source: BufferedResponse): void;
}

/** Stands in for a sink while that is paused. Content is copied, since connections lend their bytes. */
class HeldResponse implements ResponseSink {
	/** False while what was kept is being delivered: what comes meanwhile waits behind it. */
	isPaused = true;
	readonly pieces: { bytes: Uint8Array; endOfFrame: boolean }[] = [];
	trailers: HTTPHeaderMap | null = null;
	isEnded = false;

	onContent(bytes: Uint8Array, endOfFrame: boolean): void {
		this.pieces.push({ bytes: bytes.slice(), endOfFrame });
	}

	onTrailers(trailers: HTTPHeaderMap): void {
		this.trailers = trailers;
	}

	onEnd(): void {
		this.isEnded = true;
	}
}

/**
 * waiting ── onSent ──> sent ── onHead ──> answered ── onEnd ──> complete ──┐
 *    ^                   │                                                  ├── close ──> closed
 *    └──── requeue ──────┘       any but complete ── cancel ──> failed ─────┘
 *
 * `complete`: the response has ended, the request may still be sent. `closed`: nothing happens any more.
 */
type RequestState = 'waiting' | 'sent' | 'answered' | 'complete' | 'failed' | 'closed';

export class PendingRequest implements Abortable, DispatchControl {
	readonly request: OutgoingRequest;
	/** The caller's, or its stand-in while it is paused. */
	sink: ResponseSink;
	/** The sink behind promises, which returns window as its reader takes content. Null: what is delivered is consumed. */
	readonly reader: BufferedResponse | null;
	state: RequestState = 'waiting';
	/** On the connection that carries it now; null before that, and on HTTP/1.1. */
	id: number | null = null;
	/** The connection that carries it, or did last. */
	carrier: Carrier | null = null;
	/** What sends the content, while there is some to send. */
	upload: Upload | null = null;
	/** Its place among the requests of one connection. */
	order = 0;
	/** How often it was sent in vain, and how often it waited for a connection that took nothing. */
	replays = 0;
	fruitlessWaits = 0;
	/**
	 * Since when the server has owed something: the request was made, bytes came, or were read. Infinity: it was seen to owe
	 * nothing, as what has come is unread.
	 */
	since: number;
	/** The scheduler has it in its queue, and drops it when it is closed. */
	onClosed: ((pending: PendingRequest) => void) | null = null;
	/** Called at the end of the response, or of the request without one; may be called twice. */
	onEnded: (() => void) | null = null;
	/** Why there will be no response, or not all of it; null while all is well. */
	failure: { reason: unknown } | null = null;
	readonly #queuedAt: number;
	#sentAt: number | null = null;
	#firstByteAt: number | null = null;
	#endedAt: number | null = null;
	#signal: AbortSignal | null = null;
	/** Set while the sink is paused, with the sink that it stands in for. */
	#held: HeldResponse | null = null;
	readonly #ownSink: ResponseSink;

	constructor(request: OutgoingRequest, now: number, sink: ResponseSink, reader: BufferedResponse | null = null) {
		this.request = request;
		this.sink = sink;
		this.#ownSink = sink;
		this.reader = reader;
		this.since = now;
		this.#queuedAt = now;
		if (reader !== null) reader.control = this;
	}

	static {
		showInConsole(PendingRequest.prototype, ({ request, state, id }) => ({
			method: request.method,
			path: request.path,
			state,
			streamId: id,
		}));
	}

	/** When the head was written last; null before that. */
	get sentAt(): number | null {
		return this.#sentAt;
	}

	get timings(): Readonly<Timings> {
		const openedAt = this.carrier?.openedAt;
		return {
			queued: this.#queuedAt,
			dialled: openedAt?.connected ?? null,
			secured: openedAt?.secured ?? null,
			sent: this.#sentAt,
			firstByte: this.#firstByteAt,
			end: this.#endedAt,
		};
	}

	get isClosed(): boolean {
		return this.state === 'closed';
	}

	/** Whether bytes of the response would be taken: the sink is not paused, the reader has read what came. */
	get isReading(): boolean {
		return this.reader === null ? this.#held === null : this.reader.isReading;
	}

	/** Ends the request when the signal is aborted. */
	listen(signal: AbortSignal): void {
		this.#signal = signal;
		watchAbort(signal, this);
	}

	/**
	 * The head is written, or about to be, on the connection that carries the request from now on. Without a stream id it is
	 * still open which version answers: `onStart` follows.
	 */
	onSent(carrier: Carrier, now: number, streamId?: number | null): void {
		this.state = 'sent';
		this.carrier = carrier;
		this.#sentAt = now;
		if (streamId !== undefined) this.onStart(streamId);
	}

	/** The server has promised, on this stream, to answer without being asked. */
	onPromised(carrier: Carrier, streamId: number): void {
		this.state = 'sent';
		this.carrier = carrier;
		this.id = streamId;
	}

	/** The head is written: on this stream, or on HTTP/1.1. */
	onStart(streamId: number | null): void {
		this.id = streamId;
		try {
			this.#ownSink.onStart?.(streamId);
		} catch (error) {
			this.cancel(error);
		}
	}

	onInformational(
		status: number,
		fields: readonly string[],
		neverIndexed: ReadonlySet<number> | null,
		start = 0,
	): void {
		if (this.state !== 'sent') return;
		const headers = HTTPHeaderMap.fromFlat(fields, neverIndexed, start);
		if (status === 100) this.upload?.onContinue();
		this.#call(() => {
			this.#ownSink.onInformational?.(status, headers);
			this.request.onInformational?.(status, headers);
		});
	}

	onHead(head: ResponseHead, now: number): void {
		if (this.state !== 'sent') return;
		this.state = 'answered';
		this.since = now;
		this.#firstByteAt = now;
		this.upload?.onHead(head.status);
		try {
			this.#ownSink.onHead?.(head);
		} catch (error) {
			this.cancel(error);
		}
	}

	/** `bytes` is lent. */
	onContent(bytes: Uint8Array, endOfFrame: boolean, now: number): void {
		this.since = now;
		if (this.state === 'answered') this.#deliver(this.sink, bytes, endOfFrame);
		else this.consume(bytes.length);
	}

	onTrailers(fields: readonly string[], neverIndexed: ReadonlySet<number> | null = null): void {
		if (this.state !== 'answered') return;
		const trailers = HTTPHeaderMap.fromFlat(fields, neverIndexed);
		this.#call(() => this.sink.onTrailers?.(trailers));
	}

	/** The response is complete. */
	onEnd(now: number): void {
		if (this.state !== 'answered') return;
		this.state = 'complete';
		this.#endedAt = now;
		try {
			this.sink.onEnd?.();
		} catch (error) {
			throwLater(error);
		}
		this.onEnded?.();
	}

	/** Sends content of a request that is fed by hand; resolves when there is room for more. */
	async send(body: RequestBody | null, final: boolean): Promise<void> {
		if (this.upload !== null && this.failure === null && this.state !== 'closed') return this.upload.send(body, final);
		body?.release();
		throw this.failure?.reason ?? new LocalProtocolError('Cannot send content: the request has ended');
	}

	/** Returns window for bytes that were read or discarded. */
	consume(length: number): void {
		if (length > 0) this.carrier?.consume(this, length);
	}

	/** Content is kept, and not delivered, until `resume`; the peer gets no window for it. */
	pause(): void {
		if (this.failure !== null) return;
		this.#held ??= new HeldResponse();
		this.#held.isPaused = true;
		this.sink = this.#held;
	}

	/** Delivers what was kept, and goes on. */
	resume(): void {
		const held = this.#held;
		if (held === null || !held.isPaused) return;
		held.isPaused = false;
		// The sink may pause again, or end the request, at any piece.
		for (let piece = held.pieces.shift(); piece !== undefined; piece = held.pieces.shift()) {
			this.#deliver(this.#ownSink, piece.bytes, piece.endOfFrame);
			if (held.isPaused || this.#held !== held) return;
		}
		const { trailers } = held;
		held.trailers = null;
		if (trailers !== null) this.#call(() => this.#ownSink.onTrailers?.(trailers));
		if (held.isPaused || this.#held !== held) return;
		this.#held = null;
		this.sink = this.#ownSink;
		if (held.isEnded) this.#callLast(() => this.sink.onEnd?.());
	}

	/** The caller wants no more: the sink gets `reason`, the peer is told. */
	abort(reason: unknown = new DOMException('The request was aborted', 'AbortError')): void {
		this.cancel(reason);
	}

	onAbort(reason: unknown): void {
		this.cancel(reason);
	}

	/** Ends the request with `reason`, and has the connection stop it with this code. */
	cancel(reason: unknown, errorCode: number = CANCEL): void {
		if (this.state === 'closed' && !this.#held?.isEnded) return;
		const isClosed = this.state === 'closed';
		this.#fail(reason);
		const { carrier } = this;
		if (isClosed) return;
		if (carrier === null) this.close(reason);
		else carrier.cancel(this, errorCode, reason);
	}

	/** The response will not be read to its end. */
	abandon(): void {
		const { id } = this;
		const message = `Response${id === null ? '' : ` of stream ${id}`} was closed before its end`;
		this.cancel(id === null ? new ConnectionError(message) : new StreamResetError(id, CANCEL, 'local', message));
	}

	/** It was not taken, and waits again. */
	requeue(): void {
		this.state = 'waiting';
		this.carrier = null;
		this.upload?.stop();
		this.upload = null;
	}

	/** The end of all: the sink gets `reason`, unless the response is complete. */
	close(reason: unknown): void {
		if (this.state === 'closed') return;
		const isComplete = this.state === 'complete';
		this.state = 'closed';
		if (this.#signal !== null) unwatchAbort(this.#signal, this);
		if (!isComplete)
			this.#fail(reason ?? new ConnectionError('Connection was closed before the response was complete'));
		this.upload?.stop();
		this.request.body?.release();
		this.onEnded?.();
		this.onClosed?.(this);
	}

	#deliver(sink: ResponseSink, bytes: Uint8Array, endOfFrame: boolean): void {
		try {
			sink.onContent?.(bytes, endOfFrame);
		} catch (error) {
			this.cancel(error);
		}
		if (this.reader === null && sink === this.#ownSink) this.consume(bytes.length);
	}

	#fail(reason: unknown): void {
		// A response whose end is still held has not ended for its sink.
		if (this.failure !== null || (this.state === 'complete' && !this.#held?.isEnded)) return;
		this.failure = { reason };
		if (this.state !== 'closed') this.state = 'failed';
		for (const { bytes } of this.#held?.pieces ?? []) this.consume(bytes.length);
		this.#held = null;
		this.sink = this.#ownSink;
		this.#callLast(() => this.sink.onError?.(reason));
	}

	/** An error of the sink ends the request. */
	#call(callback: () => void): void {
		try {
			callback();
		} catch (error) {
			this.cancel(error);
		}
	}

	#callLast(callback: () => void): void {
		try {
			callback();
		} catch (error) {
			throwLater(error);
		}
	}
}

/** After the last call there is no request left to end: an error of the sink is an uncaught one. */
function throwLater(error: unknown): void {
	queueMicrotask(() => {
		throw error;
	});
}
