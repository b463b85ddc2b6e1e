// One request and its response, on any HTTP version: the scheduler queues it, a connection sends it, and it delivers the
// response to a sink. It stays the same object when the request is sent again on another connection.

import { CANCEL } from '../../assembly/shared/error-code.ts';
import { type Abortable, startTimer, unwatchAbort, watchAbort } from '../base/abort.ts';
import { ConnectionError, HyperError, LocalProtocolError, StreamResetError } from '../base/errors.ts';
import { connectionErrorOf } from '../base/failures.ts';
import type { FrameHead } from '../base/frame-heads.ts';
import { callUncaught, onRejection, throwLater } from '../base/guard.ts';
import { showInConsole } from '../base/inspection.ts';
import type { RequestBody } from '../body/request-body.ts';
import { HTTPHeaderMap } from '../fields/header-map.ts';
import type { BufferedResponse } from '../message/buffered-response.ts';
import type { OutgoingRequest } from '../message/request.ts';
import type { ResponseHead, Timings } from '../message/response.ts';
import type { ResponseSink } from '../message/response-sink.ts';
import type { Transport } from '../runtime/transport.ts';
import type { DispatchControl } from './contract.ts';
import { HeldResponse } from './held-response.ts';
import type { Upload } from './upload.ts';

/** The connection that carries a request. */
export interface Carrier {
	readonly openedAt: Transport['openedAt'];
	/** The last frames of the connection; undefined on HTTP/1.1. */
	readonly frameHeads?: readonly FrameHead[];
	/** Returns window for bytes that were read or discarded. */
	consume(pending: PendingRequest, length: number): void;
	/** Stops a request that has failed with `reason`. The carrier must then call `close`. */
	cancel(pending: PendingRequest, errorCode: number, reason: unknown): void;
	/** Called when the caller gets a response or a push, to reset it if it is garbage-collected unread. */
	handOut(response: object, source: BufferedResponse): void;
}

/**
 * waiting ── onSent ──> sent ── onHead ──> answered ── onEnd ──> complete ── close ──────────────────> closed
 *    ^                   │                                          └─ close ──> held ── end or error ──^
 *    └──── requeue ──────┘       any but complete ── abort ──> failed ── close ──> closed
 *
 * `complete`: the response has ended, but the request may still be being sent. `held`: the connection is done with the
 * request, but its sink is paused and gets the end later. `closed`: nothing more happens.
 *
 * - `abort` ends a request from our side, for the caller, its signal, a timeout, a sink that throws or a body that fails;
 *   `abandon` ends it for a reader that closes its response early. The carrier answers with `close`.
 * - `close` is the last event, from the carrier, or from the scheduler while the request waits.
 */
type RequestState = 'waiting' | 'sent' | 'answered' | 'complete' | 'failed' | 'held' | 'closed';

export class PendingRequest implements Abortable, DispatchControl {
	/** Replaced when the request is sent again without its expectation. */
	request: OutgoingRequest;
	/** Gets the response. */
	readonly sink: ResponseSink;
	/** The sink behind promises, which returns window as content is read. Null: content counts as read once delivered. */
	readonly reader: BufferedResponse | null;
	state: RequestState = 'waiting';
	/** The stream id on the current connection; null before the request is sent, and on HTTP/1.1. */
	id: number | null = null;
	/** The first stream id, which the caller was given; kept when the request is sent again. */
	firstId: number | null = null;
	/** The connection that carries the request, or carried it last. */
	carrier: Carrier | null = null;
	/** Sends the content; null before that, and if the content went out with the head. */
	upload: Upload | null = null;
	/** Position among all requests of one connection, in the order in which they were made. */
	order = 0;
	/** Attempts that were refused or unanswered. */
	replays = 0;
	/** Why the first attempt was lost, or was not made: the error that the caller can act on if there is no other connection. */
	lostWith: HyperError | null = null;
	/** Why an attempt was lost on which the server may have acted: no later error says that it has not. */
	doubt: HyperError | null = null;
	/** Connections that ended without taking a request while this one waited for them. */
	failedConnections = 0;
	/**
	 * Since when the server's turn has lasted: since the request was made, or bytes arrived or were read; on HTTP/1.1 also
	 * since content was sent (HTTP/2: `Wire.contentSentAt`). Infinity: at the last check it was not the server's turn,
	 * because received bytes were unread.
	 */
	since: number;
	/** Since when nothing can happen before the caller reads or sends content; set by the watchdog. */
	callersTurnSince = 0;
	/** Set while the scheduler has queued the request; called when the request is closed, so that it leaves the queue. */
	onClosed: ((pending: PendingRequest) => void) | null = null;
	/** Called when the response ends, or when the request ends without one; may be called twice. */
	onEnded: (() => void) | null = null;
	/** Whether its reader has given the response up before its end. */
	isAbandoned = false;
	/** Why the response will be missing or incomplete; null while nothing has failed. */
	failure: { reason: unknown } | null = null;
	readonly #queuedAt: number;
	#sentAt: number | null = null;
	#firstByteAt: number | null = null;
	#endedAt: number | null = null;
	#signal: AbortSignal | null = null;
	/** Stands in for the sink from `pause` until all that was kept is delivered. */
	#held: HeldResponse | null = null;

	constructor(request: OutgoingRequest, now: number, sink: ResponseSink, reader: BufferedResponse | null = null) {
		this.request = request;
		this.sink = sink;
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

	/** When the head was last written; null before that. */
	get sentAt(): number | null {
		return this.#sentAt;
	}

	/** When the response was complete; 0 before that. */
	get endedAt(): number {
		return this.#endedAt ?? 0;
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

	/** Whether the caller wants more bytes: the sink is not paused, or the reader has read everything received. */
	get isReading(): boolean {
		return this.reader === null ? this.#held === null : this.reader.isReading;
	}

	/** Ends the request when the signal is aborted. */
	listen(signal: AbortSignal): void {
		this.#signal = signal;
		watchAbort(signal, this);
	}

	/**
	 * The head has been or is about to be written on `carrier`. If `streamId` is omitted, the HTTP version of the response
	 * is not known yet, and `onStart` is called once it is. No effect on a closed request.
	 */
	onSent(carrier: Carrier, now: number, streamId?: number | null): void {
		if (this.state === 'closed') return;
		this.state = 'sent';
		this.carrier = carrier;
		this.#sentAt = now;
		if (streamId !== undefined) this.onStart(streamId);
	}

	/** The server has promised to push the response on this stream. */
	onPromised(carrier: Carrier, streamId: number): void {
		this.state = 'sent';
		this.carrier = carrier;
		this.id = streamId;
	}

	/** The head has been written on this stream; null on HTTP/1.1. */
	onStart(streamId: number | null): void {
		this.id = streamId;
		this.firstId ??= streamId;
		try {
			const returned: unknown = this.sink.onStart?.(streamId);
			if (returned !== undefined) this.#watch(returned);
		} catch (error) {
			this.abort(error);
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
			this.#watch(this.sink.onInformational?.(status, headers));
			return this.request.onInformational?.(status, headers);
		});
	}

	onHead(head: ResponseHead, now: number): void {
		if (this.state !== 'sent') return;
		this.state = 'answered';
		this.since = now;
		this.#firstByteAt = now;
		this.upload?.onHead(head.status);
		try {
			const returned: unknown = this.sink.onHead?.(head);
			if (returned !== undefined) this.#watch(returned);
		} catch (error) {
			this.abort(error);
		}
	}

	/** `bytes` is valid until this returns. */
	onContent(bytes: Uint8Array, endOfFrame: boolean, now: number): void {
		// A frame that brings no content, only padding, is no progress.
		if (bytes.length > 0) this.since = now;
		if (this.state !== 'answered') return this.consume(bytes.length);
		const held = this.#held;
		try {
			const returned: unknown = (held ?? this.sink).onContent?.(bytes, endOfFrame);
			if (returned !== undefined) this.#watch(returned);
		} catch (error) {
			this.abort(error);
		}
		if (held === null && this.reader === null) this.consume(bytes.length);
	}

	onTrailers(fields: readonly string[], neverIndexed: ReadonlySet<number> | null = null): void {
		if (this.state !== 'answered') return;
		const trailers = HTTPHeaderMap.fromFlat(fields, neverIndexed);
		this.#call(() => (this.#held ?? this.sink).onTrailers?.(trailers));
	}

	/** The response is complete. */
	onEnd(now: number): void {
		if (this.state !== 'answered') return;
		this.state = 'complete';
		this.#endedAt = now;
		try {
			(this.#held ?? this.sink).onEnd?.();
		} catch (error) {
			throwLater(error);
		}
		this.onEnded?.();
	}

	/** Sends content that the caller passes to `send`; resolves when there is room for more, or the request ends. */
	async send(body: RequestBody | null, final: boolean): Promise<void> {
		if (this.upload !== null && this.failure === null && this.state !== 'closed') return this.upload.send(body, final);
		body?.release();
		throw this.failure?.reason ?? new LocalProtocolError('Cannot send content: the request has ended');
	}

	/** Returns window for bytes that were read or discarded. */
	consume(length: number): void {
		if (length > 0) this.carrier?.consume(this, length);
	}

	/** Keeps content instead of delivering it, until `resume`; the peer gets no window for it. */
	pause(): void {
		if (this.failure !== null) return;
		this.#held ??= new HeldResponse();
		this.#held.isPaused = true;
	}

	/** Delivers the kept content, then new content as it arrives. */
	resume(): void {
		const held = this.#held;
		if (held === null || !held.isPaused) return;
		held.isPaused = false;
		// The sink may pause again, or end the request, at any piece.
		while (!held.content.isEmpty) {
			const { bytes, endOfFrame } = held.content.takePart();
			this.#call(() => this.sink.onContent?.(bytes, endOfFrame));
			if (this.reader === null) this.consume(bytes.length);
			if (held.isPaused || this.#held !== held) return;
		}
		const { trailers } = held;
		held.trailers = null;
		if (trailers !== null) this.#call(() => this.sink.onTrailers?.(trailers));
		if (held.isPaused || this.#held !== held) return;
		this.#held = null;
		if (!held.isEnded) return;
		if (this.state === 'held') this.#endHeld();
		callUncaught(() => this.sink.onEnd?.());
	}

	/** Ends the request with `reason`, which the sink gets; the connection stops it with `errorCode`. */
	abort(reason: unknown = new DOMException('The request was aborted', 'AbortError'), errorCode: number = CANCEL): void {
		const { state, carrier } = this;
		if (state === 'closed') return;
		if (state === 'held') this.#endHeld();
		this.#fail(reason);
		if (state === 'held') return;
		if (carrier === null) this.close(reason);
		else carrier.cancel(this, errorCode, reason);
	}

	/** Gives up a response that will not be read to its end. */
	abandon(): void {
		const { id } = this;
		this.isAbandoned = true;
		const message = `Response${id === null ? '' : ` of stream ${id}`} was closed before its end`;
		this.abort(id === null ? new ConnectionError(message) : new StreamResetError(id, CANCEL, 'local', message));
	}

	/** Gives up content that is still being sent although the response is complete. */
	abandonUpload(): void {
		if (this.state === 'complete') this.carrier?.cancel(this, CANCEL, null);
	}

	/** Returns the request to the state `waiting` after it was lost. */
	requeue(): void {
		this.state = 'waiting';
		this.carrier = null;
		this.upload?.stop();
		this.upload = null;
	}

	/** Closes a request that could not be sent: later, because its sink may dispatch it again. */
	closeUnsent(error: unknown): void {
		const isTyped = error instanceof HyperError || error instanceof TypeError;
		const reason = isTyped ? error : connectionErrorOf('Request could not be sent', error);
		startTimer(() => this.close(reason), 0);
	}

	/** Closes the request for good. The sink gets `reason`, unless the response is complete. */
	close(reason: unknown): void {
		if (this.state === 'closed' || this.state === 'held') return;
		const isComplete = this.state === 'complete';
		this.state = isComplete && this.#held?.isEnded ? 'held' : 'closed';
		// A held response can still be aborted.
		if (this.state === 'closed' && this.#signal !== null) unwatchAbort(this.#signal, this);
		const why = reason instanceof HyperError && reason.retryable ? (this.doubt ?? reason) : reason;
		if (!isComplete) this.#fail(why ?? new ConnectionError('Connection was closed before the response was complete'));
		this.upload?.stop();
		this.request.body?.release();
		this.onEnded?.();
		this.onClosed?.(this);
	}

	/** A held response ends: its sink gets `onEnd` or `onError` next. */
	#endHeld(): void {
		this.state = 'closed';
		if (this.#signal !== null) unwatchAbort(this.#signal, this);
	}

	#fail(reason: unknown): void {
		// A paused sink has not seen the end of the response yet.
		if (this.failure !== null || (this.state === 'complete' && !this.#held?.isEnded)) return;
		this.failure = { reason };
		const heads = reason instanceof HyperError ? this.carrier?.frameHeads : undefined;
		if (heads !== undefined) (reason as HyperError).frames ??= heads;
		if (this.state !== 'closed') this.state = 'failed';
		this.consume(this.#held?.content.length ?? 0);
		this.#held = null;
		callUncaught(() => this.sink.onError?.(reason));
	}

	/**
	 * Calls the sink; an error that it throws ends the request. The calls that every response makes have their `try` inline:
	 * a closure for each made a dispatched request 5% slower (CPU of P1, measured).
	 */
	#call(callback: () => unknown): void {
		try {
			this.#watch(callback());
		} catch (error) {
			this.abort(error);
		}
	}

	/** A call of the sink that rejects ends the request like one that throws, unless the response is complete by then. */
	#watch(returned: unknown): void {
		onRejection(returned, (error) => {
			const isOver = this.state === 'closed' || (this.state === 'complete' && !this.#held?.isEnded);
			if (!isOver) this.abort(error);
			else if (this.failure === null) throwLater(error);
		});
	}
}
