// What each frame of the server does to the session: RFC 9113 §6, §8.1. One method per frame type, in the order of
// FrameHandler; promise-receiver.ts has the rules for promised requests, settings-receiver.ts those for SETTINGS.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { TOO_LARGE } from '../../assembly/shared/event.ts';
import { ConnectionError, describeErrorCode, HPACKDecodingError, StreamResetError } from '../base/errors.ts';
import { quoteBytes } from '../base/escape.ts';
import type { FrameHandler } from '../codec/codec.ts';
import { faultText } from '../codec/fault.ts';
import type { SessionCore } from './core.ts';
import { checkTrailers, readResponseHead, stripBlanks } from './field-rules.ts';
import { receivePromise } from './promise-receiver.ts';
import { receiveSettings } from './settings-receiver.ts';
import { nextState, type StreamRecord } from './stream.ts';

export class Receiver implements FrameHandler {
	readonly #core: SessionCore;
	/** Bytes so far of a DATA frame that is skipped; -1 outside such a frame. */
	#skipped = -1;

	constructor(core: SessionCore) {
		this.#core = core;
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
		const core = this.#core;
		if (!this.#accepts()) return;
		if (!core.flow.arrive(flowControlledLength, core.now)) {
			return core.fail(ErrorCode.FLOW_CONTROL_ERROR, "Peer exceeded the connection's window");
		}
		const stream = core.streams.open.get(streamId);
		if (stream === undefined || this.#skipped !== -1 || nextState(stream.state, 'receive DATA') === undefined) {
			return this.#skipData(streamId, stream, flowControlledLength, endOfFrame);
		}
		const length = end - start;
		const padding = flowControlledLength - length;
		const fault = checkData(stream, length, flowControlledLength, endStream);
		if (fault !== null) {
			core.flow.consumeWithoutStream(flowControlledLength);
			if (!endOfFrame) this.#skipped = flowControlledLength;
			return core.failStream(stream, fault.errorCode, fault.message);
		}
		if (core.flow.observesStreams)
			core.flow.observe(stream, flowControlledLength, core.now, core.local.initialWindowSize);
		// The caller's manager threw.
		if (stream.state === 'closed') return core.flow.consumeWithoutStream(flowControlledLength);
		// Only an empty frame has an empty piece.
		if (length > 0 || endStream) stream.emptyDataInRow = 0;
		else if (!this.#acceptsEmptyData(stream)) return;
		// Padding hides sizes, and must not look like content to the owner.
		if (length > 0 || padding === 0 || endStream)
			core.events.push({ type: 'data', streamId, bytes, start, end, endOfFrame, endStream });
		if (endStream) this.#endResponse(stream);
		if (padding > 0) core.flow.consume(stream, padding, core.local.initialWindowSize);
	}

	#acceptsEmptyData(stream: StreamRecord): boolean {
		const core = this.#core;
		core.countGlitch();
		if (++stream.emptyDataInRow > core.limits.emptyData) {
			core.fail(ErrorCode.ENHANCE_YOUR_CALM, 'Peer sent too many empty DATA frames in a row');
		}
		return !this.#isDead();
	}

	/** A piece of DATA on a stream whose state does not allow it. What follows must not depend on how the frame is split. */
	#skipData(streamId: number, stream: StreamRecord | undefined, flowControlledLength: number, ends: boolean): void {
		const core = this.#core;
		core.flow.consumeWithoutStream(flowControlledLength);
		const isFirst = this.#skipped === -1;
		const length = flowControlledLength + (isFirst ? 0 : this.#skipped);
		this.#skipped = ends ? -1 : length;
		if (isFirst) this.#onUnexpected(streamId, stream, 'DATA');
		if (ends) core.countLateData(length);
	}

	onHeaders(
		streamId: number,
		fields: string[],
		neverIndexed: Set<number> | null,
		faults: number,
		endStream: boolean,
	): void {
		const core = this.#core;
		if (!this.#accepts()) return;
		const stream = core.streams.open.get(streamId);
		const state = stream && nextState(stream.state, 'receive HEADERS');
		if (stream === undefined || state === undefined) return this.#onUnexpected(streamId, stream, 'HEADERS');
		if (core.options.lenient) faults = stripBlanks(fields, faults);
		// §5.1.2: HEADERS that "causes its advertised concurrent stream limit to be exceeded" is a stream error.
		if (stream.state === 'reserved (remote)' && this.#isPushingEnough()) {
			return core.failStream(stream, ErrorCode.REFUSED_STREAM, 'Peer pushed more responses at once than we allow');
		}
		stream.state = state;
		if (stream.phase === 'content') return this.#onTrailers(stream, fields, neverIndexed, faults, endStream);

		const head = readResponseHead(fields, faults);
		if (typeof head === 'string') return core.failStream(stream, sectionErrorCode(faults), head);
		const { status } = head;
		if (status < 200) {
			if (endStream) {
				return core.failStream(stream, ErrorCode.PROTOCOL_ERROR, 'Informational response ended the stream');
			}
			if (++stream.informationalCount > core.limits.informational) {
				return core.failStream(stream, ErrorCode.ENHANCE_YOUR_CALM, 'Peer sent too many informational responses');
			}
			core.events.push({ type: 'informational', streamId, fields, neverIndexed, status });
			return;
		}
		// RFC 9110 §6.4.1: these responses have no content, whatever content-length says.
		const isEmpty = stream.method === 'HEAD' || status === 204 || status === 304;
		const length = isEmpty ? 0 : head.contentLength;
		if (endStream && length > 0) {
			const message = `Response ended with its head, but its content-length is ${length}`;
			return core.failStream(stream, ErrorCode.PROTOCOL_ERROR, message);
		}
		// RFC 9110 §9.3.6: a client ignores the content-length of a 2xx response to CONNECT.
		stream.contentLength = stream.method === 'CONNECT' && status < 300 ? -1 : length;
		stream.phase = 'content';
		const contentLength = endStream ? 0 : stream.contentLength;
		core.events.push({ type: 'response', streamId, fields, neverIndexed, status, contentLength, endStream });
		if (endStream) this.#endResponse(stream);
	}

	#isPushingEnough(): boolean {
		const most = this.#core.local.effective.maxConcurrentStreams;
		return most < Number.POSITIVE_INFINITY && this.#core.streams.countPushing() >= most;
	}

	#onTrailers(
		stream: StreamRecord,
		fields: string[],
		neverIndexed: Set<number> | null,
		faults: number,
		endStream: boolean,
	): void {
		const { contentLength, contentReceived } = stream;
		let fault = checkTrailers(fields, faults);
		// §8.1: "the last HEADERS frame ... carries END_STREAM", so there cannot be another section.
		if (fault === null && !endStream) fault = 'Trailer section does not end the stream';
		if (fault === null && contentLength !== -1 && contentReceived !== contentLength) fault = wrongLength(stream);
		if (fault !== null) return this.#core.failStream(stream, sectionErrorCode(faults), fault);
		this.#core.events.push({ type: 'trailers', streamId: stream.id, fields, neverIndexed });
		this.#endResponse(stream);
	}

	#endResponse(stream: StreamRecord): void {
		stream.phase = 'complete';
		this.#core.advance(stream, 'receive END_STREAM');
	}

	/** DATA or HEADERS on a stream whose state does not allow them: §5.1. */
	#onUnexpected(streamId: number, stream: StreamRecord | undefined, frame: 'DATA' | 'HEADERS'): void {
		const core = this.#core;
		if (stream?.phase === 'complete') {
			// Half-closed (remote): "MUST respond with a stream error of type STREAM_CLOSED".
			return core.failStream(stream, ErrorCode.STREAM_CLOSED, `${frame} arrived after the end of the response`);
		}
		if (stream !== undefined) return this.#failReserved(streamId, frame);
		if (core.streams.isIdle(streamId)) return this.#failIdle(streamId, frame);
		const reason = core.streams.reasonClosed(streamId);
		// §6.1: "the recipient MUST respond with a stream error (Section 5.4.2) of type STREAM_CLOSED". Not a connection error,
		// which would cost all other requests: Go and nghttp2 ignore such frames.
		if (reason === 'ended' || reason === 'reset by peer') return core.refuse(streamId, ErrorCode.STREAM_CLOSED);
		// The frame may have crossed our RST_STREAM. DATA is counted by its length.
		if (frame !== 'DATA') core.countGlitch();
	}

	onPushPromise(
		streamId: number,
		promisedStreamId: number,
		fields: string[],
		neverIndexed: Set<number> | null,
		faults: number,
	): void {
		if (this.#accepts()) receivePromise(this.#core, streamId, promisedStreamId, fields, neverIndexed, faults);
	}

	onPriority(_streamId: number): void {
		// RFC 9113 §5.3.2: deprecated, and a client has no use for it.
		if (this.#accepts()) this.#core.countGlitch();
	}

	onRstStream(streamId: number, errorCode: number): void {
		const core = this.#core;
		if (!this.#accepts()) return;
		const stream = core.streams.open.get(streamId);
		if (stream === undefined) {
			// §6.4: "RST_STREAM frames MUST NOT be sent for a stream in the idle state."
			if (core.streams.isIdle(streamId)) return this.#failIdle(streamId, 'RST_STREAM');
			return core.countGlitch();
		}
		// §8.1: after a complete response, NO_ERROR only asks us to stop sending the request.
		if (stream.phase === 'complete' && errorCode === ErrorCode.NO_ERROR) {
			return core.closeStream(stream, 'reset by peer', null);
		}
		const error = new StreamResetError(
			streamId,
			errorCode,
			'remote',
			`Stream ${streamId} was reset by the server: ${describeErrorCode(errorCode)}`,
			{ retryable: errorCode === ErrorCode.REFUSED_STREAM && stream.phase === 'awaiting head' },
		);
		core.closeStream(stream, 'reset by peer', error);
	}

	onSettings(entries: readonly number[]): void {
		if (this.#core.phase !== 'dead') receiveSettings(this.#core, entries);
	}

	onSettingsAck(): void {
		const core = this.#core;
		if (!this.#accepts()) return;
		if (!core.local.acknowledge()) return core.countGlitch();
		core.applyLocal();
	}

	onPing(first: number, second: number, ack: boolean): void {
		const core = this.#core;
		if (!this.#accepts()) return;
		if (ack) {
			if (core.pings > 0) core.pings--;
			else core.countGlitch();
			if (this.#isDead()) return;
			core.events.push({ type: 'pong', first, second });
			return;
		}
		core.codec.output.writePing(first, second, true);
		core.countReply();
		core.countGlitch();
	}

	onGoaway(lastStreamId: number, errorCode: number, debugData: Uint8Array): void {
		const core = this.#core;
		if (!this.#accepts()) return;
		if (lastStreamId > core.lastTakenId) {
			return core.fail(ErrorCode.PROTOCOL_ERROR, 'GOAWAY raises the last stream id of an earlier GOAWAY');
		}
		const isFirst = core.goawayCode === null;
		const isFirstError = core.goawayCode === ErrorCode.NO_ERROR && errorCode !== ErrorCode.NO_ERROR;
		if (!isFirst) core.countGlitch();
		// Whether it may exclude a stream that no GOAWAY has excluded before.
		const excludes = lastStreamId < Math.min(core.lastTakenId, core.streams.nextId - 2);
		if (excludes) core.countForAllStreams();
		if (this.#isDead()) return;
		core.lastTakenId = lastStreamId;
		// Servers repeat a GOAWAY, which says nothing new otherwise. The first error is the cause of what follows.
		if (!isFirst && !isFirstError && !excludes) return;
		core.phase = 'draining';
		if (isFirst || isFirstError) core.goawayCode = errorCode;
		const text = describeGoaway(errorCode, debugData);
		const left = core.streams.open.values().filter(({ id }) => (id & 1) === 1 && id > lastStreamId);
		// Close them in their order, because they may be sent again in the order of these events.
		for (const stream of left.sort((a, b) => a.id - b.id)) {
			const error = new ConnectionError(`Stream ${stream.id} was not processed: server is going away with ${text}`, {
				retryable: true,
				errorCode,
			});
			core.closeStream(stream, 'reset by peer', error);
		}
		core.events.push({ type: 'goaway', lastStreamId, errorCode, text });
	}

	onWindowUpdate(streamId: number, increment: number): void {
		const core = this.#core;
		if (!this.#accepts()) return;
		core.countGlitch();
		if (this.#isDead()) return;
		if (streamId === 0) {
			// The streams that wait for this window are still in the queue.
			if (core.sendWindow.increase(increment)) return;
			return core.fail(ErrorCode.FLOW_CONTROL_ERROR, "WINDOW_UPDATE raises the connection's window above 2^31-1");
		}
		const stream = core.streams.open.get(streamId);
		if (stream === undefined) {
			if (core.streams.isIdle(streamId)) this.#failIdle(streamId, 'WINDOW_UPDATE');
			return;
		}
		// §5.1: on a reserved stream, the peer may send only HEADERS, RST_STREAM and PRIORITY.
		if (stream.state === 'reserved (remote)') return this.#failReserved(streamId, 'WINDOW_UPDATE');
		if (!stream.sendWindow.increase(increment)) {
			return core.failStream(stream, ErrorCode.FLOW_CONTROL_ERROR, 'WINDOW_UPDATE raises the window above 2^31-1');
		}
		core.mostGranted = Math.max(core.mostGranted, stream.sendWindow.granted);
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
			const stream = core.streams.open.get(streamId);
			if (stream !== undefined) return core.failStream(stream, errorCode, message);
			// An idle stream cannot be reset, so the error ends the connection.
			if (core.streams.isIdle(streamId)) return core.fail(errorCode, message);
			// After our RST_STREAM, or so long after the end that it may have been sent, there is no error to report.
			const reason = core.streams.reasonClosed(streamId);
			if (reason === 'reset by us' || reason === 'forgotten') return core.countGlitch();
			return core.refuse(streamId, errorCode);
		}
		const error = errorCode === ErrorCode.COMPRESSION_ERROR ? new HPACKDecodingError(message) : undefined;
		core.fail(errorCode, message, error);
	}

	/** Whether a count has ended the session. */
	#isDead(): boolean {
		return this.#core.phase === 'dead';
	}

	/** Whether frames still have an effect. A server that does not begin with SETTINGS ends the connection (§3.4). */
	#accepts(): boolean {
		const core = this.#core;
		if (core.greeted && core.phase !== 'dead') return true;
		core.fail(ErrorCode.PROTOCOL_ERROR, 'Server did not begin with SETTINGS');
		return false;
	}

	/** §5.1: receiving this frame on an idle stream "MUST be treated as a connection error". */
	#failIdle(streamId: number, frame: string): void {
		this.#core.fail(ErrorCode.PROTOCOL_ERROR, `${frame} arrived on stream ${streamId}, which is idle`);
	}

	#failReserved(streamId: number, frame: string): void {
		this.#core.fail(ErrorCode.PROTOCOL_ERROR, `${frame} arrived on stream ${streamId}, which is reserved`);
	}
}

/** What a GOAWAY says, as printable text of bounded length. */
function describeGoaway(errorCode: number, debugData: Uint8Array): string {
	const words = debugData.length > 0 ? ` (${quoteBytes(debugData)})` : '';
	return `${describeErrorCode(errorCode)}${words}`;
}

interface Fault {
	errorCode: number;
	message: string;
}

/** Counts a piece of content; null, or what is wrong with it. */
function checkData(
	stream: StreamRecord,
	length: number,
	flowControlledLength: number,
	endStream: boolean,
): Fault | null {
	if (!stream.receiveWindow.consume(flowControlledLength)) {
		return { errorCode: ErrorCode.FLOW_CONTROL_ERROR, message: "Peer exceeded the stream's window" };
	}
	if (stream.phase !== 'content') {
		return { errorCode: ErrorCode.PROTOCOL_ERROR, message: 'DATA arrived before the response' };
	}
	stream.contentReceived += length;
	const { contentLength, contentReceived } = stream;
	// §8.1.1: malformed when content-length "does not equal the sum of the DATA frame payload lengths".
	const agrees = endStream ? contentReceived === contentLength : contentReceived <= contentLength;
	if (contentLength === -1 || agrees) return null;
	return { errorCode: ErrorCode.PROTOCOL_ERROR, message: wrongLength(stream) };
}

function wrongLength({ contentLength, contentReceived }: StreamRecord): string {
	return `Response has ${contentReceived} bytes of content, but its content-length is ${contentLength}`;
}

function sectionErrorCode(faults: number): number {
	return faults & TOO_LARGE ? ErrorCode.ENHANCE_YOUR_CALM : ErrorCode.PROTOCOL_ERROR;
}
