// HEADERS and DATA of the server: its responses, in the order that RFC 9113 §8.1 allows, with the content that they declare.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { TOO_LARGE } from '../../assembly/shared/event.ts';
import type { SessionCore } from './core.ts';
import { checkTrailers, readResponseHead } from './field-rules.ts';
import {
	ILLEGAL,
	nextState,
	RECEIVE_DATA,
	RECEIVE_END_STREAM,
	RECEIVE_HEADERS,
	RESERVED_REMOTE,
} from './stream-state.ts';
import { COMPLETE, ENDED, FORGOTTEN, IN_CONTENT, RESET_BY_PEER, RESET_BY_US, type StreamRecord } from './streams.ts';

/** Responses to these have no content, whatever content-length says: RFC 9110 §6.4.1. */
function hasNoContent(method: string, status: number): boolean {
	return method === 'HEAD' || status === 204 || status === 304;
}

/** What a frame does wrong to its stream. */
interface Fault {
	errorCode: number;
	message: string;
}

export class MessageReceiver {
	readonly #core: SessionCore;

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
		if (!core.flow.arrive(flowControlledLength, core.now)) {
			return core.fail(ErrorCode.FLOW_CONTROL_ERROR, 'Peer sent more than the window of the connection');
		}
		const stream = core.streams.get(streamId);
		if (stream === undefined || nextState(stream.state, RECEIVE_DATA) === ILLEGAL) {
			core.flow.release(flowControlledLength);
			return this.#onUnexpected(streamId, stream, 'DATA');
		}
		const length = end - start;
		const padding = flowControlledLength - length;
		const fault = this.#checkData(stream, length, flowControlledLength, endStream);
		if (fault !== null) {
			core.flow.release(flowControlledLength);
			return core.failStream(stream, fault.errorCode, fault.message);
		}
		if (length === 0 && !endStream && endOfFrame && padding === 0) {
			if (++stream.emptyDataInRow > core.limits.emptyData) {
				return core.fail(ErrorCode.ENHANCE_YOUR_CALM, 'Peer sends empty DATA frames without end');
			}
		} else {
			stream.emptyDataInRow = 0;
		}
		core.flow.observe(stream, flowControlledLength, core.now, core.local.effective.initialWindowSize);
		core.emit({ type: 'data', streamId, bytes, start, end, endOfFrame, endStream });
		if (endStream) this.#endResponse(stream);
		if (padding > 0) core.flow.consume(stream, padding, core.local.effective.initialWindowSize);
	}

	#checkData(stream: StreamRecord, length: number, flowControlledLength: number, endStream: boolean): Fault | null {
		if (!stream.receiveWindow.consume(flowControlledLength)) {
			return { errorCode: ErrorCode.FLOW_CONTROL_ERROR, message: 'Peer sent more than the window of the stream' };
		}
		if (stream.phase !== IN_CONTENT) {
			return { errorCode: ErrorCode.PROTOCOL_ERROR, message: 'DATA came before the response' };
		}
		stream.contentReceived += length;
		const { contentLength, contentReceived } = stream;
		// §8.1.1: malformed when content-length "does not equal the sum of the DATA frame payload lengths".
		if (contentLength === -1 || (endStream ? contentReceived === contentLength : contentReceived <= contentLength)) {
			return null;
		}
		const message = `Response has ${contentReceived} octets of content where content-length is ${contentLength}`;
		return { errorCode: ErrorCode.PROTOCOL_ERROR, message };
	}

	onHeaders(
		streamId: number,
		fields: string[],
		neverIndexed: Set<number> | null,
		faults: number,
		endStream: boolean,
	): void {
		const core = this.#core;
		const stream = core.streams.get(streamId);
		const state = stream === undefined ? ILLEGAL : nextState(stream.state, RECEIVE_HEADERS);
		if (stream === undefined || state === ILLEGAL) return this.#onUnexpected(streamId, stream, 'HEADERS');
		// §5.1.2: HEADERS that "causes its advertised concurrent stream limit to be exceeded" is a stream error.
		if (stream.state === RESERVED_REMOTE && this.#isPushingEnough()) {
			return core.failStream(stream, ErrorCode.REFUSED_STREAM, 'Peer pushes more responses at once than we allow');
		}
		stream.state = state;
		if (stream.phase === IN_CONTENT) return this.#onTrailers(stream, fields, neverIndexed, faults, endStream);

		const head = readResponseHead(fields, faults);
		if (typeof head === 'string') return this.#core.failStream(stream, sectionErrorCode(faults), head);
		const { status } = head;
		if (status < 200) {
			if (endStream) {
				return this.#core.failStream(stream, ErrorCode.PROTOCOL_ERROR, 'Informational response ends the stream');
			}
			if (++stream.informationalCount > core.limits.informational) {
				return this.#core.failStream(
					stream,
					ErrorCode.ENHANCE_YOUR_CALM,
					'Peer sends informational responses without end',
				);
			}
			return core.emit({ type: 'informational', streamId, fields, neverIndexed, status });
		}
		const empty = hasNoContent(stream.method, status);
		const length = empty ? 0 : head.contentLength;
		if (endStream && length > 0) {
			const message = `Response ends with its head where content-length is ${length}`;
			return this.#core.failStream(stream, ErrorCode.PROTOCOL_ERROR, message);
		}
		// A 2xx response to CONNECT has no content-length: RFC 9110 §9.3.6.
		stream.contentLength = stream.method === 'CONNECT' && status < 300 ? -1 : length;
		stream.phase = IN_CONTENT;
		core.emit({
			type: 'response',
			streamId,
			fields,
			neverIndexed,
			status,
			contentLength: head.contentLength,
			endStream,
		});
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
		// §8.1: "the last HEADERS frame ... carries END_STREAM": another section cannot come.
		if (fault === null && !endStream) fault = 'Trailer section does not end the stream';
		if (fault === null && contentLength !== -1 && contentReceived !== contentLength) {
			fault = `Response has ${contentReceived} octets of content where content-length is ${contentLength}`;
		}
		if (fault !== null) return this.#core.failStream(stream, sectionErrorCode(faults), fault);
		this.#core.emit({ type: 'trailers', streamId: stream.id, fields, neverIndexed });
		this.#endResponse(stream);
	}

	/** The peer has sent END_STREAM. */
	#endResponse(stream: StreamRecord): void {
		stream.phase = COMPLETE;
		this.#core.advance(stream, RECEIVE_END_STREAM);
	}

	/** DATA or HEADERS on a stream whose state does not allow them: §5.1. */
	#onUnexpected(streamId: number, stream: StreamRecord | undefined, what: string): void {
		const core = this.#core;
		if (stream !== undefined) {
			// Half-closed (remote): "MUST respond with a stream error of type STREAM_CLOSED". Reserved: only HEADERS.
			if (stream.phase !== COMPLETE) {
				return core.fail(ErrorCode.PROTOCOL_ERROR, `${what} came on stream ${streamId}, which is reserved`);
			}
			return core.failStream(stream, ErrorCode.STREAM_CLOSED, `${what} came after the end of the response`);
		}
		if (core.streams.isIdle(streamId)) return failIdle(core, streamId, what);
		switch (core.streams.reasonClosed(streamId)) {
			case ENDED:
				return core.fail(ErrorCode.STREAM_CLOSED, `${what} came on stream ${streamId}, which has ended`);
			case RESET_BY_PEER:
				return core.refuse(streamId, ErrorCode.STREAM_CLOSED);
			case RESET_BY_US:
			case FORGOTTEN:
				// It may have crossed our RST_STREAM.
				return core.countLate(streamId);
		}
	}
}

/** A frame that only an open or closed stream may have came on one that was never opened. */
export function failIdle(core: SessionCore, streamId: number, what: string): void {
	core.fail(ErrorCode.PROTOCOL_ERROR, `${what} came on stream ${streamId}, which is idle`);
}

function sectionErrorCode(faults: number): number {
	return faults & TOO_LARGE ? ErrorCode.ENHANCE_YOUR_CALM : ErrorCode.PROTOCOL_ERROR;
}
