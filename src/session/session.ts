// HTTP/2 as a client speaks it, without I/O, clock or promises: bytes in, events out (RFC 9113). Calls here are what the
// application does; receiver.ts has what the server's frames do.
//
// The owner gives received bytes to `receive`, handles the events, and writes what `takeOutput` gives, also after every
// other call. Each octet of a data event is given back with `consume`, exactly once, when it is read or thrown away.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { ENTRY_OVERHEAD } from '../../assembly/shared/limit.ts';
import { ConnectionError, type HyperError, LocalProtocolError, NegotiationError } from '../base/errors.ts';
import { PREFACE } from '../codec/preface.ts';
import { SessionCore, type SessionOptions } from './core.ts';
import type { SessionEvent } from './events.ts';
import { checkRequest, checkTrailersOut } from './field-rules.ts';
import { OUTBOX_BYTES, Outbox } from './outbox.ts';
import { Receiver } from './receiver.ts';
import { checkSettings, type Settings } from './settings.ts';
import { nextState, OPEN, SEND_END_STREAM, SEND_HEADERS, stateName } from './stream-state.ts';
import { StreamRecord } from './streams.ts';
import { Window } from './window.ts';

/** What a server of HTTP/1.x begins with, where a frame head should be. */
const HTTP1 = [0x48, 0x54, 0x54, 0x50];
/** DATA octets of one `takeOutput`: enough to fill a socket's buffer, few enough to react to new windows. */
const OUTPUT_BUDGET = 262144;

export class Session {
	readonly #core: SessionCore;
	readonly #receiver: Receiver;
	/** Octets of HTTP1 that the peer's first bytes matched; -1 once they are settled. */
	#matched = 0;

	/** RangeError or TypeError for settings that cannot be; EngineError when there is no WebAssembly instance. */
	constructor(options: SessionOptions) {
		checkSettings(options.settings);
		this.#core = new SessionCore(options, PREFACE);
		this.#receiver = new Receiver(this.#core);
		if (options.upgradedMethod !== undefined) this.#addStream(1, options.upgradedMethod, true);
	}

	/** The server's SETTINGS have come. */
	get greeted(): boolean {
		return this.#receiver.greeted;
	}

	/** `draining`: no new streams, after a GOAWAY of either side. `dead`: nothing has an effect any more. */
	get phase(): 'open' | 'draining' | 'dead' {
		return this.#core.phase;
	}

	get remoteSettings(): Readonly<Settings> {
		return this.#core.remote;
	}

	/** Streams of ours that are not closed. */
	get openStreams(): number {
		return this.#core.streams.localCount;
	}

	/** Whether `openStream` may be called: not more than the peer allows, or `before` while its SETTINGS are not there. */
	canOpenStream(before: number): boolean {
		const { phase, streams, remote } = this.#core;
		const most = this.greeted ? remote.maxConcurrentStreams : Math.min(before, remote.maxConcurrentStreams);
		return phase === 'open' && streams.localCount < most && !streams.exhausted;
	}

	/** All of 2^30 stream ids are used: a new connection is needed. */
	get exhausted(): boolean {
		return this.#core.streams.exhausted;
	}

	get nextStreamId(): number {
		return this.#core.streams.nextId;
	}

	/** The last stream that the peer's GOAWAY says it has taken; Infinity before one. */
	get lastTakenId(): number {
		return this.#receiver.lastTakenId;
	}

	/** `now`: milliseconds of a monotonic clock. The events' bytes are valid as long as `bytes` is. */
	receive(bytes: Uint8Array, now: number): SessionEvent[] {
		const core = this.#core;
		core.now = now;
		if (this.#matched >= 0) this.#lookForHTTP1(bytes);
		if (core.phase !== 'dead') core.codec.receive(bytes, this.#receiver);
		return core.takeEvents();
	}

	/** Events of calls other than `receive`. */
	takeEvents(): SessionEvent[] {
		return this.#core.takeEvents();
	}

	/** Whether `takeOutput` may give anything now; body that waits for the window of its stream does not count. */
	get hasOutput(): boolean {
		return this.#core.codec.output.length > 0 || this.#core.queue.isReady;
	}

	/** What is to be written at `now`; the chunks are the caller's. There may be more: empty when not. */
	takeOutput(now = 0): Uint8Array[] {
		return this.#core.takeOutput(OUTPUT_BUDGET, now);
	}

	/**
	 * Sends HEADERS and returns the new stream's id. Fields are flat pairs, pseudo-header fields first, names in lower case.
	 * LocalProtocolError, and no change, for fields that must not be sent and when `canOpenStream` says no.
	 */
	openStream(fields: readonly string[], neverIndexed: ReadonlySet<number> | null, endStream: boolean): number {
		const core = this.#core;
		const { streams } = core;
		if (core.phase !== 'open') throw new LocalProtocolError(`Cannot open a stream: the connection is ${core.phase}`);
		if (streams.exhausted) throw new LocalProtocolError('Cannot open a stream: all stream ids are used');
		if (streams.localCount >= core.remote.maxConcurrentStreams) {
			const most = core.remote.maxConcurrentStreams;
			throw new LocalProtocolError(`Cannot open a stream: ${streams.localCount} are open, the server allows ${most}`);
		}
		const fault = checkRequest(fields);
		if (fault !== null) throw new LocalProtocolError(`Cannot send HEADERS: ${fault}`);
		this.#checkListSize(fields);

		const id = streams.nextId;
		core.codec.output.writeHeaders(id, fields, neverIndexed, endStream);
		this.#addStream(id, fields[fields.indexOf(':method') + 1] as string, endStream);
		return id;
	}

	/** Takes in a stream whose request has begun. */
	#addStream(id: number, method: string, endStream: boolean): void {
		const core = this.#core;
		const stream = new StreamRecord(
			id,
			method,
			new Window(core.remote.initialWindowSize),
			new Window(core.local.effective.initialWindowSize),
		);
		core.streams.addLocal(stream);
		core.advance(stream, SEND_HEADERS);
		if (endStream) core.advance(stream, SEND_END_STREAM);
	}

	/** When content was last sent on a stream; 0 when none was. */
	sentAt(streamId: number): number {
		return this.#core.streams.get(streamId)?.sentAt ?? 0;
	}

	/** Whether the next move is the server's: it owes octets of a response, and may send them; or window, to get more of a request. */
	isPeersTurn(streamId: number): boolean {
		const { streams, flow } = this.#core;
		const stream = streams.get(streamId);
		if (stream === undefined || flow.isShut) return false;
		// Our side waits for the application, not for the server.
		const isOurs = stream.state === OPEN && (stream.outbox === null || stream.outbox.length === 0);
		return !isOurs;
	}

	/**
	 * Queues content; the bytes are the session's from now on. False: wait for the stream's `writable` event before
	 * sending more. Without effect on a stream that is closed. LocalProtocolError after the end.
	 */
	sendData(streamId: number, bytes: Uint8Array, endStream: boolean): boolean {
		const stream = this.#core.streams.get(streamId);
		if (stream === undefined) return true;
		const outbox = this.#openOutbox(stream, 'DATA');
		outbox.push(bytes);
		outbox.ended = endStream;
		outbox.full = outbox.length >= OUTBOX_BYTES;
		this.#core.queue.enqueue(stream);
		return !outbox.full;
	}

	/** Ends the request with a trailer section. Without effect on a stream that is closed. */
	sendTrailers(streamId: number, fields: readonly string[], neverIndexed: ReadonlySet<number> | null): void {
		const fault = checkTrailersOut(fields);
		if (fault !== null) throw new LocalProtocolError(`Cannot send trailers: ${fault}`);
		this.#checkListSize(fields);
		const stream = this.#core.streams.get(streamId);
		if (stream === undefined) return;
		const outbox = this.#openOutbox(stream, 'trailers');
		outbox.trailers = { fields, neverIndexed };
		outbox.ended = true;
		this.#core.queue.enqueue(stream);
	}

	/** Ends a stream with RST_STREAM; its `closed` event has `error`. Without effect on a stream that is closed. */
	resetStream(streamId: number, errorCode: number, error: HyperError): void {
		const stream = this.#core.streams.get(streamId);
		if (stream !== undefined) this.#core.resetStream(stream, errorCode, error);
	}

	/** Ends a promised stream that is not wanted, before anybody was told of it. */
	refusePromise(streamId: number, errorCode: number, error: HyperError): void {
		this.resetStream(streamId, errorCode, error);
		this.#core.countReply();
	}

	/** Octets of data events were read, or thrown away. */
	consume(streamId: number, length: number): void {
		const core = this.#core;
		if (core.phase === 'dead') return;
		const stream = core.streams.get(streamId);
		if (stream === undefined) core.flow.release(length);
		else core.flow.consume(stream, length, core.local.effective.initialWindowSize);
	}

	/** Announces settings. RangeError or TypeError for what cannot be. */
	updateSettings(settings: Partial<Settings>): void {
		checkSettings(settings);
		if (this.#core.phase !== 'dead') this.#core.announce(settings);
	}

	/** Sends PING with eight octets, as two big-endian numbers; a `pong` event answers. */
	ping(first: number, second: number): void {
		if (this.#core.phase !== 'dead') this.#core.codec.output.writePing(first, second, false);
	}

	/** The time from a PING to its acknowledgement, for the flow-control managers. */
	onRoundTrip(milliseconds: number): void {
		const { flow, streams } = this.#core;
		flow.onRoundTrip(milliseconds, streams.values());
	}

	/** Sends GOAWAY: streams that are open go on, none is opened any more. */
	drain(errorCode: number = ErrorCode.NO_ERROR): void {
		const core = this.#core;
		if (core.phase === 'dead') return;
		core.phase = 'draining';
		core.writeGoaway(errorCode);
	}

	/** Something on our side has gone wrong: the peer is told INTERNAL_ERROR, every stream ends with `error`. */
	fail(error: HyperError): void {
		this.#core.fail(ErrorCode.INTERNAL_ERROR, 'Internal error', error);
	}

	/** The transport has ended, or is about to: every stream ends with `error`. */
	end(error: HyperError): void {
		this.#core.end(error);
	}

	/** Gives the engine back; the last output must have been taken. */
	release(): void {
		this.#core.end(new ConnectionError('Connection is closed'));
		this.#core.codec.close();
	}

	/** A stream's outbox, while more may be sent. */
	#openOutbox(stream: StreamRecord, what: string): Outbox {
		const ended = stream.outbox?.ended === true;
		if (ended || nextState(stream.state, SEND_END_STREAM) < 0) {
			const state = ended ? 'ended' : stateName(stream.state);
			throw new LocalProtocolError(`Cannot send ${what} on stream ${stream.id}: stream is ${state}, must be open`);
		}
		stream.outbox ??= new Outbox();
		return stream.outbox;
	}

	/** §6.5.2: what the server says it will not take is not sent. */
	#checkListSize(fields: readonly string[]): void {
		const most = this.#core.remote.maxHeaderListSize;
		if (most === Number.POSITIVE_INFINITY) return;
		let size = (fields.length / 2) * ENTRY_OVERHEAD;
		for (const text of fields) size += text.length;
		if (size > most) {
			throw new LocalProtocolError(`Cannot send a field section of ${size} octets: the server takes at most ${most}`);
		}
	}

	/** A server of HTTP/1.x on the port is told by its first octets, before they are mistaken for a frame head. */
	#lookForHTTP1(bytes: Uint8Array): void {
		for (const octet of bytes) {
			if (octet !== HTTP1[this.#matched]) {
				this.#matched = -1;
				return;
			}
			this.#matched++;
			if (this.#matched < HTTP1.length) continue;
			this.#matched = -1;
			const message =
				'Server answers in HTTP/1.1, and this connection speaks HTTP/2 only; `HTTPConnection` without `forceProtocol` speaks both';
			this.#core.fail(ErrorCode.PROTOCOL_ERROR, message, new NegotiationError(message, null));
			return;
		}
	}
}
