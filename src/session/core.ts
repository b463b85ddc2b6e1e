// What both halves of a session work on: its state, its events, and the two ways things end, a stream and all of it.
// receiver.ts has what frames do to it, session.ts what the application does.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { DEFAULT_WINDOW_SIZE } from '../../assembly/shared/limit.ts';
import { asciiBytes } from '../base/bytes.ts';
import { errorCodeName, type HyperError, ProtocolError, StreamResetError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { Codec } from '../codec/codec.ts';
import { GlitchCounter } from './abuse.ts';
import type { SessionEvent } from './events.ts';
import type { FlowControlFactory } from './flow-control.ts';
import { ReceiveFlow } from './receive-flow.ts';
import { SendQueue } from './send-queue.ts';
import { INITIAL_SETTINGS, LocalSettings, type Settings, settingsEntries } from './settings.ts';
import { CLOSED, nextState, RESET, SEND_END_STREAM } from './stream-state.ts';
import { ENDED, RESET_BY_PEER, RESET_BY_US, type StreamRecord, Streams } from './streams.ts';
import { Window } from './window.ts';

export interface SessionOptions {
	/** Our SETTINGS; what is left out keeps the protocol's initial value. */
	settings: Partial<Settings>;
	limits: Limits;
	flowControl: FlowControlFactory;
	/** Octets that the peer may send before we take them, on the whole connection. */
	connectionWindow: number;
	/** The largest dynamic table that we use for what we send, whatever the peer allows. */
	encoderTableSize: number;
	/** Odd; above 1 where a connection goes on counting after another. */
	firstStreamId: number;
	/**
	 * The method of a request that an Upgrade from HTTP/1.1 has carried: it is stream 1, whose request has been sent, and
	 * the next stream is 3 (RFC 7540 §3.2). Goes with a `firstStreamId` of 1.
	 */
	upgradedMethod?: string;
}

/** The session's state. `draining`: no new streams, after a GOAWAY of either side. `dead`: inert. */
type Phase = 'open' | 'draining' | 'dead';

const NO_BYTES = new Uint8Array(0);

export class SessionCore {
	readonly codec: Codec = new Codec();
	readonly streams: Streams;
	readonly limits: Limits;
	readonly options: SessionOptions;
	readonly local: LocalSettings = new LocalSettings();
	readonly remote: Settings = { ...INITIAL_SETTINGS };
	/** What we may send on the connection. */
	readonly sendWindow: Window = new Window(DEFAULT_WINDOW_SIZE);
	readonly flow: ReceiveFlow;
	readonly queue: SendQueue;
	phase: Phase = 'open';
	/** The time of the bytes that are being received. */
	now = 0;
	readonly #glitches: GlitchCounter;
	/** The last stream id of our GOAWAY; Infinity before one. */
	#lastStreamId = Number.POSITIVE_INFINITY;
	/** Acknowledgements and resets since output was last taken. */
	#replies = 0;
	#events: SessionEvent[] = [];

	constructor(options: SessionOptions, preface: Uint8Array) {
		this.options = options;
		this.limits = options.limits;
		this.streams = new Streams(options.firstStreamId);
		this.#glitches = new GlitchCounter(options.limits);
		const { output } = this.codec;
		output.writeBytes(preface);
		this.announce(options.settings);
		// A server reads these settings before any request, so it cannot promise anything before it knows them.
		if (options.settings.enablePush === false) this.local.effective.enablePush = false;
		this.flow = new ReceiveFlow(output, options.flowControl, options.connectionWindow, options.limits.connectionBuffer);
		this.queue = new SendQueue(output, this.sendWindow, {
			onSent: (stream) => this.advance(stream, SEND_END_STREAM),
			onWritable: (stream) => this.emit({ type: 'writable', streamId: stream.id }),
		});
		this.codec.setSectionLimits(options.limits.headerListSize, options.limits.headerFields);
	}

	emit(event: SessionEvent): void {
		this.#events.push(event);
	}

	takeEvents(): SessionEvent[] {
		if (this.#events.length === 0) return NO_EVENTS;
		const events = this.#events;
		this.#events = [];
		return events;
	}

	takeOutput(budget: number, now = 0): Uint8Array[] {
		if (this.phase !== 'dead') this.queue.write(budget, now);
		this.#replies = 0;
		return this.codec.output.take();
	}

	/** Sends a SETTINGS frame. */
	announce(settings: Partial<Settings>): void {
		const before = this.local.effective.initialWindowSize;
		this.local.announce(settings);
		this.codec.output.writeSettings(settingsEntries(settings));
		this.applyLocal();
		this.changeReceiveWindows(this.local.effective.initialWindowSize - before);
	}

	/** §6.9.2: a change of our initial size changes the windows of all open streams. */
	changeReceiveWindows(change: number): void {
		if (change === 0) return;
		for (const stream of this.streams.values()) stream.receiveWindow.increase(change);
	}

	/** Has the codec do what our effective settings say. */
	applyLocal(): void {
		this.codec.setMaxFrameSize(this.local.effective.maxFrameSize);
		this.codec.setDecoderTableSize(this.local.effective.headerTableSize);
	}

	/** Moves a stream to its next state; a stream that is closed by that has ended well. */
	advance(stream: StreamRecord, input: number): void {
		const state = nextState(stream.state, input);
		if (state === CLOSED) this.closeStream(stream, ENDED, null);
		else stream.state = state;
	}

	/** The one place where a stream ends. */
	closeStream(stream: StreamRecord, reason: number, error: HyperError | null): void {
		stream.outbox = null;
		this.streams.close(stream, reason);
		this.emit({ type: 'closed', streamId: stream.id, error });
	}

	/** The peer has broken a rule on one stream. */
	failStream(stream: StreamRecord, errorCode: number, message: string): void {
		const error = new StreamResetError(
			stream.id,
			errorCode,
			'local',
			`Stream ${stream.id} was reset with ${errorCodeName(errorCode)}: ${lowerFirst(message)}`,
		);
		this.resetStream(stream, errorCode, error);
		this.countReply();
	}

	/** Sends RST_STREAM; the stream has ended with `error`. */
	resetStream(stream: StreamRecord, errorCode: number, error: HyperError): void {
		this.codec.output.writeRstStream(stream.id, errorCode);
		stream.state = nextState(stream.state, RESET);
		this.closeStream(stream, RESET_BY_US, error);
	}

	/** The peer has reset a stream; null when that changes nothing about its response. */
	closeByPeer(stream: StreamRecord, error: HyperError | null): void {
		this.closeStream(stream, RESET_BY_PEER, error);
	}

	/** RST_STREAM for a stream that may have no record. */
	refuse(streamId: number, errorCode: number): void {
		this.codec.output.writeRstStream(streamId, errorCode);
		this.countReply();
	}

	/** "An endpoint can have unacknowledged ... frames queued": counts what the peer makes us queue. */
	countReply(): void {
		if (++this.#replies > this.limits.replies) {
			this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'Peer makes us answer more than it reads');
		}
	}

	/** A frame for a stream that is closed. */
	countLate(streamId: number): void {
		if (!this.streams.excuseLate(streamId)) this.countGlitch();
	}

	/** A frame that was work for nothing. */
	countGlitch(): void {
		if (!this.#glitches.count(this.now)) {
			this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'Peer sends too many frames that have no effect');
		}
	}

	/** §5.4.1: the peer has broken the connection. GOAWAY is written, every stream ends, nothing has an effect any more. */
	fail(errorCode: number, message: string, error?: HyperError): void {
		if (this.phase === 'dead') return;
		const cause = error ?? new ProtocolError(errorCode, `${message} (${errorCodeName(errorCode)})`);
		this.writeGoaway(errorCode, asciiBytes(message));
		this.end(cause);
		this.emit({ type: 'failed', error: cause });
	}

	/** Ends every stream with `error`; the session is inert from here on, but its output can be taken. */
	end(error: HyperError): void {
		if (this.phase === 'dead') return;
		this.phase = 'dead';
		for (const stream of this.streams.values()) this.closeStream(stream, RESET_BY_PEER, error);
	}

	/** §6.8: "Endpoints MUST NOT increase the value they send in the last stream identifier". */
	writeGoaway(errorCode: number, debugData: Uint8Array = NO_BYTES): void {
		this.#lastStreamId = Math.min(this.#lastStreamId, this.streams.lastPromisedId);
		this.codec.output.writeGoaway(this.#lastStreamId, errorCode, debugData);
	}
}

const NO_EVENTS: SessionEvent[] = [];

function lowerFirst(text: string): string {
	return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
