// The state that both halves of a session work on, its events, and how a stream or the whole session ends.
// session.ts has the application's calls, receiver.ts the peer's frames.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { latin1Bytes } from '../base/bytes.ts';
import { errorCodeName, type HyperError, ProtocolError, StreamResetError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import { Codec } from '../codec/codec.ts';
import { GlitchCounter } from './abuse.ts';
import type { SessionEvent } from './events.ts';
import { type FlowControlFactory, ReceiveFlow, Window } from './flow-control.ts';
import { SendQueue } from './send-queue.ts';
import { INITIAL_SETTINGS, LocalSettings, type Settings, settingsEntries } from './settings.ts';
import { nextState, type StreamInput, type StreamRecord, type StreamState } from './stream.ts';
import { type CloseReason, Streams } from './streams.ts';

export interface SessionOptions {
	/** Our SETTINGS. A setting that is left out keeps the protocol's initial value. */
	settings: Partial<Settings>;
	limits: Limits;
	flowControl: FlowControlFactory;
	/** The connection's receive window: how many bytes the peer may send before we return window. */
	connectionWindow: number;
	/** The largest dynamic table that our encoder uses, even if the peer allows a larger one. */
	encoderTableSize: number;
	/** Whether to accept blanks around the values of received fields, and strip them. */
	lenient: boolean;
	/** Odd; above 1 when this connection continues the count of an earlier one. */
	firstStreamId: number;
	/**
	 * The method of a request that was sent with an Upgrade from HTTP/1.1. It is stream 1, whose request is complete, and
	 * the next stream is 3 (RFC 7540 §3.2). Use it with a `firstStreamId` of 1.
	 */
	upgradedMethod?: string;
}

/**
 * The state of a session:
 *
 *   open --GOAWAY of either side--> draining --end or failure--> dead
 *   open --end or failure--> dead
 *
 * A draining session opens no new streams. A dead one is inert: received bytes and calls have no effect.
 */
export type SessionPhase = 'open' | 'draining' | 'dead';

const NO_BYTES = new Uint8Array(0);

export class SessionCore {
	readonly codec: Codec = new Codec();
	readonly streams: Streams;
	readonly limits: Limits;
	readonly options: SessionOptions;
	readonly local: LocalSettings;
	readonly remote: Settings = { ...INITIAL_SETTINGS };
	/** How much content we may send on the connection. */
	readonly sendWindow: Window = new Window(INITIAL_SETTINGS);
	/** No open stream has been granted more window; one that has ended may have been. */
	mostGranted = 0;
	readonly flow: ReceiveFlow;
	readonly queue: SendQueue;
	phase: SessionPhase = 'open';
	/** Whether the server's SETTINGS have arrived, which must be its first frame (§3.4). */
	greeted = false;
	/** The last stream id of the peer's GOAWAY; Infinity before one. */
	lastTakenId: number = Number.POSITIVE_INFINITY;
	/** When the bytes that are being received arrived, in milliseconds. */
	now = 0;
	/** Events that the owner has not taken yet. */
	events: SessionEvent[] = [];
	/** Acknowledgements and resets since output was last taken. */
	replies = 0;
	/** PING frames of ours that are not acknowledged yet. */
	pings = 0;
	/** The error code of the peer's GOAWAY that we have told the owner; null before one. */
	goawayCode: number | null = null;
	readonly #glitches: GlitchCounter;
	/** The last stream id of our GOAWAY; Infinity before one. */
	#lastStreamId = Number.POSITIVE_INFINITY;

	constructor(options: SessionOptions, preface: Uint8Array) {
		this.options = options;
		this.limits = options.limits;
		this.streams = new Streams(options.firstStreamId);
		const { output } = this.codec;
		output.writeBytes(preface);
		output.writeSettings(settingsEntries(options.settings));
		this.local = new LocalSettings(options.settings);
		this.applyLocal();
		const { flowControl, connectionWindow, limits } = options;
		this.flow = new ReceiveFlow(output, flowControl, connectionWindow, limits.connectionBuffer, (stream, cause) => {
			const why = cause instanceof Error ? cause.message : String(cause);
			const message = `Stream ${stream.id} was reset after an error of its flow-control manager: ${why}`;
			const error = new StreamResetError(stream.id, ErrorCode.INTERNAL_ERROR, 'local', message, { cause });
			this.resetStream(stream, ErrorCode.INTERNAL_ERROR, error);
		});
		this.queue = new SendQueue(output, this.sendWindow, {
			onSent: (stream) => this.advance(stream, 'send END_STREAM'),
			onWritable: (stream) => {
				this.events.push({ type: 'writable', streamId: stream.id });
			},
		});
		this.#glitches = new GlitchCounter(options.limits, this);
		this.codec.setSectionLimits(options.limits.headerListSize, options.limits.headerFields);
	}

	/** Passes our effective settings to the codec. */
	applyLocal(): void {
		this.codec.setMaxFrameSize(this.local.effective.maxFrameSize);
		this.codec.setDecoderTableSize(this.local.effective.headerTableSize);
	}

	/** Moves a stream on by an input that its state allows. If that closes the stream, it has ended well. */
	advance(stream: StreamRecord, input: StreamInput): void {
		const state = nextState(stream.state, input) as StreamState;
		if (state === 'closed') this.closeStream(stream, 'ended', null);
		else stream.state = state;
	}

	/** Every stream ends here. A null error: it has ended well, or the peer wants no more of a request it has answered. */
	closeStream(stream: StreamRecord, reason: CloseReason, error: HyperError | null): void {
		stream.outbox = null;
		this.streams.close(stream, reason);
		this.events.push({ type: 'closed', streamId: stream.id, error });
	}

	/** The peer broke a rule on one stream: resets it. */
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

	/** Sends RST_STREAM, and ends the stream with `error`; null: nobody would get it. */
	resetStream(stream: StreamRecord, errorCode: number, error: HyperError | null): void {
		this.codec.output.writeRstStream(stream.id, errorCode);
		this.closeStream(stream, 'reset by us', error);
	}

	/**
	 * Sends RST_STREAM for a frame on a closed stream. §5.4.2: "an endpoint SHOULD NOT send more than one RST_STREAM frame for
	 * any stream", so later frames on it are ignored.
	 */
	refuse(streamId: number, errorCode: number): void {
		this.streams.resetClosed(streamId);
		this.codec.output.writeRstStream(streamId, errorCode);
		this.countReply();
		this.countGlitch();
	}

	/** Counts the replies that the peer makes us queue without reading them (RFC 9113 §10.5). */
	countReply(): void {
		if (++this.replies > this.limits.replies) {
			this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'Peer causes replies faster than it reads them');
		}
	}

	/** Counts a frame that had no effect, or more of them than we have work for. */
	countGlitch(): void {
		if (!this.#glitches.count(this.now)) this.#failFlood();
	}

	/** Counts a look at every open stream that a frame causes, in addition to the frame. */
	countForAllStreams(): void {
		if (!this.#glitches.countForAllStreams(this.now)) this.#failFlood();
	}

	/** Counts a DATA frame for a closed stream. */
	countLateData(flowControlledLength: number): void {
		if (!this.#glitches.countLateData(this.now, flowControlledLength)) this.#failFlood();
	}

	#failFlood(): void {
		this.fail(ErrorCode.ENHANCE_YOUR_CALM, 'Peer sends too many frames that have no effect');
	}

	/** §5.4.1, connection error: writes GOAWAY, ends every stream, and leaves the session inert. */
	fail(errorCode: number, message: string, error?: HyperError): void {
		if (this.phase === 'dead') return;
		const cause = error ?? new ProtocolError(errorCode, `${message} (${errorCodeName(errorCode)})`);
		this.writeGoaway(errorCode, latin1Bytes(message));
		this.end(cause);
		this.events.push({ type: 'failed', error: cause });
	}

	/** Ends every stream with `error`, and leaves the session inert; its output can still be taken. */
	end(error: HyperError): void {
		if (this.phase === 'dead') return;
		this.phase = 'dead';
		error.frames ??= this.codec.recorder.heads;
		for (const stream of this.streams.open.values()) this.closeStream(stream, 'reset by peer', error);
	}

	/** §6.8: "Endpoints MUST NOT increase the value they send in the last stream identifier". */
	writeGoaway(errorCode: number, debugData: Uint8Array = NO_BYTES): void {
		this.#lastStreamId = Math.min(this.#lastStreamId, this.streams.lastPromisedId);
		this.codec.output.writeGoaway(this.#lastStreamId, errorCode, debugData);
	}
}

function lowerFirst(text: string): string {
	return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
