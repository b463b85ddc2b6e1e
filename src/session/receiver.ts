// What each frame of the server does to the session: RFC 9113 §6, §8.4. One short method a frame type; responses are
// read by message-receiver.ts.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import { ConnectionError, describeErrorCode, HPACKDecodingError, StreamResetError } from '../base/errors.ts';
import { quoteBytes } from '../base/escape.ts';
import type { FrameHandler } from '../codec/codec.ts';
import { faultText } from '../codec/fault.ts';
import type { SessionCore } from './core.ts';
import { readPromise } from './field-rules.ts';
import { failIdle, MessageReceiver } from './message-receiver.ts';
import { applySetting } from './settings.ts';
import { nextState, RECEIVE_PROMISE, RESERVED_REMOTE } from './stream-state.ts';
import { AWAITING_HEAD, COMPLETE, FORGOTTEN, RESET_BY_US, StreamRecord } from './streams.ts';
import { Window } from './window.ts';

export class Receiver implements FrameHandler {
	readonly #core: SessionCore;
	readonly #messages: MessageReceiver;
	/** §3.4: the server's first frame is SETTINGS. */
	#greeted = false;
	/** The last stream id of the peer's GOAWAY; Infinity before one. */
	#lastStreamId = Number.POSITIVE_INFINITY;

	constructor(core: SessionCore) {
		this.#core = core;
		this.#messages = new MessageReceiver(core);
	}

	get greeted(): boolean {
		return this.#greeted;
	}

	get lastTakenId(): number {
		return this.#lastStreamId;
	}

	onData(
		streamId: number,
		bytes: Uint8Array,
		start: number,
		end: number,
		flowControlledLength: number,
		endOfFrame: boolean,
		endStream: boolean,
	): void {
		if (!this.#accepts()) return;
		this.#messages.onData(streamId, bytes, start, end, flowControlledLength, endOfFrame, endStream);
	}

	onHeaders(
		streamId: number,
		fields: string[],
		neverIndexed: Set<number> | null,
		faults: number,
		endStream: boolean,
	): void {
		if (this.#accepts()) this.#messages.onHeaders(streamId, fields, neverIndexed, faults, endStream);
	}

	onPushPromise(
		streamId: number,
		promisedStreamId: number,
		fields: string[],
		neverIndexed: Set<number> | null,
		faults: number,
	): void {
		const core = this.#core;
		const { streams } = core;
		if (!this.#accepts()) return;
		if (!core.local.effective.enablePush) {
			return core.fail(ErrorCode.PROTOCOL_ERROR, 'PUSH_PROMISE came although push is disabled');
		}
		if (promisedStreamId & 1 || promisedStreamId <= streams.lastPromisedId) {
			return core.fail(ErrorCode.PROTOCOL_ERROR, `PUSH_PROMISE promises stream ${promisedStreamId}, which is not idle`);
		}
		// §6.6: "PUSH_PROMISE frames MUST only be sent on a peer-initiated stream".
		if (!(streamId & 1)) return core.fail(ErrorCode.PROTOCOL_ERROR, 'PUSH_PROMISE came on a promised stream');
		const stream = streams.get(streamId);
		if (stream === undefined || stream.phase === COMPLETE) {
			// A promise on a stream that we have reset may have crossed the reset: decoded, and refused.
			const crossed = stream === undefined && this.#mayHaveReset(streamId);
			if (!crossed)
				return core.fail(ErrorCode.PROTOCOL_ERROR, `PUSH_PROMISE came on stream ${streamId}, which is closed`);
			return this.#refusePromise(promisedStreamId, ErrorCode.CANCEL, 'The request it came with was given up');
		}
		if (core.phase === 'draining') {
			return this.#refusePromise(promisedStreamId, ErrorCode.REFUSED_STREAM, 'The connection is about to end');
		}
		if (streams.promisedCount >= core.limits.promisedStreams) {
			return this.#refusePromise(promisedStreamId, ErrorCode.REFUSED_STREAM, 'There are too many');
		}
		const request = readPromise(fields, faults);
		if (typeof request === 'string') return this.#refusePromise(promisedStreamId, ErrorCode.PROTOCOL_ERROR, request);
		const promised = new StreamRecord(
			promisedStreamId,
			request.method,
			new Window(0),
			new Window(core.local.effective.initialWindowSize),
		);
		promised.state = nextState(promised.state, RECEIVE_PROMISE);
		streams.addPromised(promised);
		core.emit({ type: 'push', streamId, promisedStreamId, fields, neverIndexed, ...request });
	}

	onPriority(_streamId: number): void {
		// RFC 9113 §5.3.2: deprecated; a client has no use for it.
		this.#accepts();
	}

	onRstStream(streamId: number, errorCode: number): void {
		const core = this.#core;
		if (!this.#accepts()) return;
		const stream = core.streams.get(streamId);
		if (stream === undefined) {
			// "RST_STREAM frames MUST NOT be sent for a stream in the idle state."
			if (core.streams.isIdle(streamId)) return failIdle(core, streamId, 'RST_STREAM');
			return core.countLate(streamId);
		}
		// §8.1: after a complete response, NO_ERROR asks only to stop sending the request.
		if (stream.phase === COMPLETE && errorCode === ErrorCode.NO_ERROR) return core.closeByPeer(stream, null);
		const error = new StreamResetError(
			streamId,
			errorCode,
			'remote',
			`Stream ${streamId} was reset by the server: ${describeErrorCode(errorCode)}`,
			{ retryable: errorCode === ErrorCode.REFUSED_STREAM && stream.phase === AWAITING_HEAD },
		);
		core.closeByPeer(stream, error);
	}

	onSettings(entries: readonly number[]): void {
		const core = this.#core;
		if (core.phase === 'dead') return;
		this.#greeted = true;
		if (entries.length / 2 > core.limits.settingsEntries) {
			return core.fail(ErrorCode.ENHANCE_YOUR_CALM, `SETTINGS has ${entries.length / 2} entries`);
		}
		const { remote } = core;
		for (let i = 0; i < entries.length; i += 2) {
			const identifier = entries[i] as number;
			const value = entries[i + 1] as number;
			if (identifier === Setting.ENABLE_PUSH && value === 1) {
				return core.fail(ErrorCode.PROTOCOL_ERROR, 'Server sent SETTINGS_ENABLE_PUSH of 1');
			}
			if (identifier === Setting.ENABLE_CONNECT_PROTOCOL && value === 0 && remote.enableConnectProtocol) {
				return core.fail(ErrorCode.PROTOCOL_ERROR, 'Server took SETTINGS_ENABLE_CONNECT_PROTOCOL back');
			}
			const change = identifier === Setting.INITIAL_WINDOW_SIZE ? value - remote.initialWindowSize : 0;
			applySetting(remote, identifier, value);
			if (identifier === Setting.HEADER_TABLE_SIZE) {
				core.codec.output.setTableSize(Math.min(value, core.options.encoderTableSize));
			}
			if (change !== 0 && !this.#changeSendWindows(change)) {
				return core.fail(ErrorCode.FLOW_CONTROL_ERROR, 'SETTINGS_INITIAL_WINDOW_SIZE takes a window above 2^31-1');
			}
		}
		core.codec.output.maxFrameSize = remote.maxFrameSize;
		core.codec.output.writeSettingsAck();
		core.emit({ type: 'settings' });
		core.countReply();
	}

	/** §6.9.2: a change of the initial size changes the windows of all open streams. */
	#changeSendWindows(change: number): boolean {
		for (const stream of this.#core.streams.values()) {
			// Increase also takes a negative change.
			if (!stream.sendWindow.increase(change)) return false;
			if (change > 0) this.#core.queue.enqueue(stream);
		}
		return true;
	}

	onSettingsAck(): void {
		const core = this.#core;
		if (!this.#accepts()) return;
		const before = core.local.effective.initialWindowSize;
		if (core.local.acknowledge() === null) return core.countGlitch();
		core.applyLocal();
		core.changeReceiveWindows(core.local.effective.initialWindowSize - before);
	}

	onPing(first: number, second: number, ack: boolean): void {
		const core = this.#core;
		if (!this.#accepts()) return;
		if (ack) return core.emit({ type: 'pong', first, second });
		core.codec.output.writePing(first, second, true);
		core.countReply();
		core.countGlitch();
	}

	onGoaway(lastStreamId: number, errorCode: number, debugData: Uint8Array): void {
		const core = this.#core;
		if (!this.#accepts()) return;
		if (lastStreamId > this.#lastStreamId) {
			return core.fail(ErrorCode.PROTOCOL_ERROR, 'GOAWAY raises the last stream id of an earlier one');
		}
		this.#lastStreamId = lastStreamId;
		core.phase = 'draining';
		const words = debugData.length > 0 ? ` (${quoteBytes(debugData)})` : '';
		// In their order: they may be sent again.
		for (const stream of core.streams.values().sort((a, b) => a.id - b.id)) {
			if (!(stream.id & 1) || stream.id <= lastStreamId) continue;
			const error = new ConnectionError(
				`Stream ${stream.id} was not processed: server is going away with ${describeErrorCode(errorCode)}${words}`,
				{ retryable: true, errorCode },
			);
			core.closeByPeer(stream, error);
		}
		core.emit({ type: 'goaway', lastStreamId, errorCode, debugData });
	}

	onWindowUpdate(streamId: number, increment: number): void {
		const core = this.#core;
		if (!this.#accepts()) return;
		if (streamId === 0) {
			// Streams that wait for this window stay in the queue.
			if (core.sendWindow.increase(increment)) return;
			return core.fail(ErrorCode.FLOW_CONTROL_ERROR, 'WINDOW_UPDATE takes the window of the connection above 2^31-1');
		}
		const stream = core.streams.get(streamId);
		if (stream === undefined) {
			if (core.streams.isIdle(streamId)) return failIdle(core, streamId, 'WINDOW_UPDATE');
			return core.countLate(streamId);
		}
		// §5.1: on a reserved stream, only HEADERS, RST_STREAM and PRIORITY may come.
		if (stream.state === RESERVED_REMOTE) {
			return core.fail(ErrorCode.PROTOCOL_ERROR, `WINDOW_UPDATE came on stream ${streamId}, which is reserved`);
		}
		if (!stream.sendWindow.increase(increment)) {
			return this.#core.failStream(stream, ErrorCode.FLOW_CONTROL_ERROR, 'WINDOW_UPDATE takes the window above 2^31-1');
		}
		core.queue.enqueue(stream);
	}

	onUnknown(_type: number, _streamId: number): void {
		// §4.1: "Implementations MUST ignore and discard frames of unknown types."
		if (this.#accepts()) this.#core.countGlitch();
	}

	onFault(streamId: number, errorCode: number, fault: number): void {
		const core = this.#core;
		if (core.phase === 'dead') return;
		const text = faultText(fault);
		const message = text.charAt(0).toUpperCase() + text.slice(1);
		if (streamId !== 0) {
			const stream = core.streams.get(streamId);
			if (stream !== undefined) return core.failStream(stream, errorCode, message);
			// A stream that is idle cannot be reset: the same code ends the connection.
			if (core.streams.isIdle(streamId)) return core.fail(errorCode, message);
			return core.countLate(streamId);
		}
		const error = errorCode === ErrorCode.COMPRESSION_ERROR ? new HPACKDecodingError(message) : undefined;
		core.fail(errorCode, message, error);
	}

	/** Whether frames still have an effect; refuses a server that does not begin with SETTINGS. */
	#accepts(): boolean {
		if (this.#greeted && this.#core.phase !== 'dead') return true;
		this.#core.fail(ErrorCode.PROTOCOL_ERROR, 'Server did not begin with SETTINGS');
		return false;
	}

	/** A stream that was closed long ago gets the benefit of the doubt. */
	#mayHaveReset(streamId: number): boolean {
		const { streams } = this.#core;
		const reason = streams.reasonClosed(streamId);
		return reason === RESET_BY_US || (reason === FORGOTTEN && !streams.isIdle(streamId));
	}

	#refusePromise(promisedStreamId: number, errorCode: number, why: string): void {
		this.#core.streams.skipPromised(promisedStreamId);
		this.#core.emit({ type: 'refused', promisedStreamId, errorCode, why });
		this.#core.refuse(promisedStreamId, errorCode);
	}
}
