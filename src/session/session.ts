// HTTP/2 as a client speaks it, without I/O, clock or promises: bytes in, events out (RFC 9113). This file has the
// application's calls, receiver.ts the server's frames.
//
// The owner passes received bytes to `receive` and handles the events that it returns. After other calls it also takes
// the events with `takeEvents`; after every call it writes what `takeOutput` returns. Every byte of a data event is given
// back with `consume`, exactly once, when it has been read or discarded.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { ENTRY_OVERHEAD } from '../../assembly/shared/limit.ts';
import { latin1Bytes } from '../base/bytes.ts';
import { ConnectionError, type HyperError, LocalProtocolError, NegotiationError } from '../base/errors.ts';
import type { FrameHead } from '../base/frame-heads.ts';
import { hasEngine } from '../codec/engine.ts';
import { PREFACE } from '../codec/preface.ts';
import { SessionCore, type SessionOptions, type SessionPhase } from './core.ts';
import type { SessionEvent } from './events.ts';
import { type CheckedRequestFields, checkRequest, checkTrailersOut } from './field-rules.ts';
import { Window } from './flow-control.ts';
import { Receiver } from './receiver.ts';
import { OUTBOX_BYTES, Outbox } from './send-queue.ts';
import { checkSettings, type Settings } from './settings.ts';
import { nextState, StreamRecord } from './stream.ts';

/** The first bytes of a server that speaks HTTP/1.x. */
const HTTP1 = latin1Bytes('HTTP');
/** Bytes of DATA in one `takeOutput`: enough to fill a socket's buffer, few enough to react to new windows. */
const OUTPUT_BUDGET = 262144;
/** Words of records to read in one turn of the event loop: 1,600 DATA frames, or ten sections of 400 fields. */
const MOST_WORDS = 8192;
const NO_EVENTS: SessionEvent[] = [];

export class Session {
	readonly #core: SessionCore;
	readonly #receiver: Receiver;
	/** Whether the last `receive` has read so much that the event loop should turn before the next one. */
	isSated = false;
	/** How many bytes of HTTP1 the server's first bytes match so far; null once it is known which version it speaks. */
	#http1Matched: number | null = 0;

	/** RangeError or TypeError for invalid settings; EngineError when no WebAssembly instance can be created. */
	constructor(options: SessionOptions) {
		checkSettings(options.settings);
		this.#core = new SessionCore(options, PREFACE);
		this.#receiver = new Receiver(this.#core);
		if (options.upgradedMethod !== undefined) this.#addStream(1, options.upgradedMethod, true);
	}

	/** Whether the constructor would find a WebAssembly instance. */
	static get isAvailable(): boolean {
		return hasEngine();
	}

	/** Whether the server's SETTINGS have arrived. */
	get greeted(): boolean {
		return this.#core.greeted;
	}

	/** Whether the server has acknowledged our SETTINGS. */
	get isAcknowledged(): boolean {
		return this.#core.local.isAcknowledged;
	}

	get phase(): SessionPhase {
		return this.#core.phase;
	}

	get remoteSettings(): Readonly<Settings> {
		return this.#core.remote;
	}

	/** How many streams `openStream` may open now. Until the peer's SETTINGS arrive, `before` at once are allowed. */
	freeStreams(before: number): number {
		const { phase, greeted, streams, remote } = this.#core;
		if (phase !== 'open' || streams.exhausted) return 0;
		const most = greeted ? remote.maxConcurrentStreams : Math.min(before, remote.maxConcurrentStreams);
		return Math.max(0, most - streams.localCount);
	}

	/** Whether all 2^30 stream ids are used, so that a new connection is needed. */
	get exhausted(): boolean {
		return this.#core.streams.exhausted;
	}

	get nextStreamId(): number {
		return this.#core.streams.nextId;
	}

	/** The last stream that the peer has taken, according to its GOAWAY; Infinity before one. */
	get lastTakenId(): number {
		return this.#core.lastTakenId;
	}

	/** `now`: milliseconds of a monotonic clock. The events' bytes are valid as long as `bytes` is. */
	receive(bytes: Uint8Array, now: number): SessionEvent[] {
		const core = this.#core;
		core.now = now;
		if (this.#http1Matched !== null) this.#lookForHTTP1(bytes);
		if (core.phase !== 'dead') {
			core.codec.receive(bytes, this.#receiver);
			this.isSated = core.codec.receivedWords > MOST_WORDS;
		}
		return this.takeEvents();
	}

	/** The events of calls other than `receive`. */
	takeEvents(): SessionEvent[] {
		const core = this.#core;
		const { events } = core;
		if (events.length === 0) return NO_EVENTS;
		core.events = [];
		return events;
	}

	/** Whether `takeOutput` may return anything now. Content that waits for its stream's window does not count. */
	get hasOutput(): boolean {
		return this.#core.codec.output.length > 0 || this.#core.queue.turns.length > 0;
	}

	/** Takes the chunks to write at `now`, which then belong to the caller. Call it until it returns no chunks. */
	takeOutput(now = 0): Uint8Array[] {
		const core = this.#core;
		if (core.phase !== 'dead' && core.queue.turns.length > 0) core.queue.write(OUTPUT_BUDGET, now);
		core.replies = 0;
		return core.codec.output.take();
	}

	/**
	 * Sends HEADERS and returns the new stream's id. Fields are flat pairs, pseudo-header fields first, names in lower case.
	 * LocalProtocolError, and no change, for fields that must not be sent, and while no stream can be opened.
	 */
	openStream(fields: readonly string[], neverIndexed: ReadonlySet<number> | null, endStream: boolean): number {
		const fault = checkRequest(fields);
		if (fault !== null) throw new LocalProtocolError(`Cannot send HEADERS: ${fault}`);
		return this.openCheckedStream(fields as CheckedRequestFields, neverIndexed, endStream);
	}

	/** Like `openStream`, for the fields of a request that was validated before. */
	openCheckedStream(
		fields: CheckedRequestFields,
		neverIndexed: ReadonlySet<number> | null,
		endStream: boolean,
	): number {
		const core = this.#core;
		const { streams } = core;
		if (core.phase !== 'open') throw new LocalProtocolError(`Cannot open a stream: the connection is ${core.phase}`);
		if (streams.exhausted) throw new LocalProtocolError('Cannot open a stream: all stream ids are used');
		if (streams.localCount >= core.remote.maxConcurrentStreams) {
			const most = core.remote.maxConcurrentStreams;
			throw new LocalProtocolError(`Cannot open a stream: ${streams.localCount} are open, the server allows ${most}`);
		}
		if (core.remote.maxHeaderListSize < Number.POSITIVE_INFINITY) this.#checkListSize(fields);

		const id = streams.nextId;
		core.codec.output.writeHeaders(id, fields, neverIndexed, endStream);
		this.#addStream(id, fields[fields.indexOf(':method') + 1] as string, endStream);
		return id;
	}

	/** Adds a stream whose HEADERS have been sent. */
	#addStream(id: number, method: string, endStream: boolean): void {
		const core = this.#core;
		const stream = new StreamRecord(id, method, new Window(core.remote), new Window(core.local.effective));
		core.streams.addLocal(stream);
		core.advance(stream, 'send HEADERS');
		if (endStream) core.advance(stream, 'send END_STREAM');
	}

	/** When content was last sent on the stream; 0 if never. */
	contentSentAt(streamId: number): number {
		return this.#core.streams.open.get(streamId)?.contentSentAt ?? 0;
	}

	/** Whether the stream waits for the server: for a response that it may send, or for window to send more content. */
	isPeersTurn(streamId: number): boolean {
		const { streams, flow } = this.#core;
		const stream = streams.open.get(streamId);
		if (stream === undefined || flow.isShut) return false;
		// An open stream with an empty outbox waits for the application.
		const waitsForUs = stream.state === 'open' && (stream.outbox === null || stream.outbox.length === 0);
		return !waitsForUs;
	}

	/**
	 * Queues content, and takes over the bytes. False: wait for the stream's `writable` event before sending more. No
	 * effect on a closed stream. LocalProtocolError after the end.
	 */
	sendData(streamId: number, bytes: Uint8Array, endStream: boolean): boolean {
		const stream = this.#core.streams.open.get(streamId);
		if (stream === undefined) return true;
		const outbox = this.#openOutbox(stream, 'DATA');
		outbox.push(bytes);
		if (endStream) outbox.next = 'end';
		outbox.full = outbox.length >= OUTBOX_BYTES;
		this.#core.queue.enqueue(stream);
		return !outbox.full;
	}

	/** Ends the request with a trailer section. No effect on a closed stream. */
	sendTrailers(streamId: number, fields: readonly string[], neverIndexed: ReadonlySet<number> | null): void {
		const fault = checkTrailersOut(fields);
		if (fault !== null) throw new LocalProtocolError(`Cannot send trailers: ${fault}`);
		this.#checkListSize(fields);
		const stream = this.#core.streams.open.get(streamId);
		if (stream === undefined) return;
		this.#openOutbox(stream, 'trailers').next = { fields, neverIndexed };
		this.#core.queue.enqueue(stream);
	}

	/** Ends a stream with RST_STREAM; its `closed` event has `error`. No effect on a closed stream. */
	resetStream(streamId: number, errorCode: number, error: HyperError): void {
		const stream = this.#core.streams.open.get(streamId);
		if (stream !== undefined) this.#core.resetStream(stream, errorCode, error);
	}

	/** Refuses a promised stream, of which no request has to learn. It counts as a reply, since the peer caused it. */
	refusePromise(streamId: number, errorCode: number): void {
		const stream = this.#core.streams.open.get(streamId);
		if (stream !== undefined) this.#core.resetStream(stream, errorCode, null);
		this.#core.countReply();
	}

	/** Returns window for bytes of data events that were read or discarded. */
	consume(streamId: number, length: number): void {
		const core = this.#core;
		if (core.phase === 'dead') return;
		const stream = core.streams.open.get(streamId);
		if (stream === undefined) core.flow.consumeWithoutStream(length);
		else core.flow.consume(stream, length, core.local.initialWindowSize);
	}

	/** Sends a PING with these eight bytes, as two big-endian numbers; its answer is a `pong` event. */
	ping(first: number, second: number): void {
		const core = this.#core;
		if (core.phase === 'dead') return;
		core.pings++;
		core.codec.output.writePing(first, second, false);
	}

	/** Reports the time from a PING to its acknowledgement to the flow-control managers. */
	onRoundTrip(milliseconds: number): void {
		const { flow, streams } = this.#core;
		flow.onRoundTrip(milliseconds, streams.open.values());
	}

	/** Sends GOAWAY: open streams continue, and no new ones are opened. */
	drain(errorCode: number = ErrorCode.NO_ERROR): void {
		const core = this.#core;
		if (core.phase === 'dead') return;
		core.phase = 'draining';
		core.writeGoaway(errorCode);
	}

	/** Something went wrong on our side: sends GOAWAY with INTERNAL_ERROR, and ends every stream with `error`. */
	fail(error: HyperError): void {
		this.#core.fail(ErrorCode.INTERNAL_ERROR, 'Internal error', error);
	}

	/** §9.2.1: "An endpoint MUST treat a TLS renegotiation as a connection error [...] of type PROTOCOL_ERROR." */
	onRenegotiated(): void {
		this.#core.fail(ErrorCode.PROTOCOL_ERROR, 'Server renegotiated TLS');
	}

	/** The last frames sent and received. */
	get frameHeads(): readonly FrameHead[] {
		return this.#core.codec.recorder.heads;
	}

	/** The transport has ended, or is about to: every stream ends with `error`. */
	end(error: HyperError): void {
		this.#core.end(error);
	}

	/** Returns the engine to the free list. Take the last output first. */
	release(): void {
		this.#core.end(new ConnectionError('Connection is closed'));
		this.#core.codec.close();
	}

	/** The stream's outbox; LocalProtocolError when the request has ended. */
	#openOutbox(stream: StreamRecord, content: string): Outbox {
		const isOver = stream.outbox !== null && stream.outbox.next !== 'more';
		if (isOver || nextState(stream.state, 'send DATA') === undefined) {
			throw new LocalProtocolError(`Cannot send ${content} on stream ${stream.id}: its request has ended`);
		}
		stream.outbox ??= new Outbox();
		return stream.outbox;
	}

	/** §6.5.2: the server announces the largest field section that it accepts. */
	#checkListSize(fields: readonly string[]): void {
		const most = this.#core.remote.maxHeaderListSize;
		if (most === Number.POSITIVE_INFINITY) return;
		let size = (fields.length / 2) * ENTRY_OVERHEAD;
		for (const text of fields) size += text.length;
		if (size > most) {
			throw new LocalProtocolError(`Cannot send a field section of ${size} bytes: the server accepts at most ${most}`);
		}
	}

	/** Recognises a server that speaks HTTP/1.x by its first bytes, before they are mistaken for a frame head. */
	#lookForHTTP1(bytes: Uint8Array): void {
		let matched = this.#http1Matched ?? 0;
		let at = 0;
		while (at < bytes.length && matched < HTTP1.length && bytes[at] === HTTP1[matched]) {
			at++;
			matched++;
		}
		const isOpen = matched < HTTP1.length && at === bytes.length;
		this.#http1Matched = isOpen ? matched : null;
		if (matched < HTTP1.length) return;
		const message =
			'Server answered in HTTP/1.1, but this connection speaks only HTTP/2; `HTTPConnection` without `forceProtocol` speaks both';
		this.#core.fail(ErrorCode.PROTOCOL_ERROR, message, new NegotiationError(message, null));
	}
}
