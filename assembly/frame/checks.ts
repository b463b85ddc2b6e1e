// RFC 9113 §4.2, §6: the rules for the head of a frame, by frame type, and for single settings. A violation has a fault
// and an error code. A few are stream errors, the rest connection errors.

import * as ErrorCode from '../shared/error-code';
import * as Fault from '../shared/fault';
import * as Flag from '../shared/frame-flag';
import * as FrameType from '../shared/frame-type';
import * as Limit from '../shared/limit';
import * as Setting from '../shared/setting';

/** The error code of the last fault. */
export let faultCode: u32 = 0;

// @ts-ignore: decorator
@inline
function fail(fault: u32, errorCode: u32): u32 {
	faultCode = errorCode;
	return fault;
}

/** Length of the fixed fields at the start of the payload, which are read as a whole before the body. */
export function prefixLength(type: u32, flags: u32): u32 {
	const padding: u32 = flags & Flag.PADDED ? 1 : 0;
	switch (type) {
		case FrameType.DATA:
			return padding;
		case FrameType.HEADERS:
			return padding + (flags & Flag.PRIORITY ? 5 : 0);
		case FrameType.PUSH_PROMISE:
			return padding + 4;
		case FrameType.PRIORITY:
			return 5;
		case FrameType.RST_STREAM:
		case FrameType.WINDOW_UPDATE:
			return 4;
		case FrameType.PING:
		case FrameType.GOAWAY:
			return 8;
		default:
			return 0;
	}
}

// @ts-ignore: decorator
@inline
export function isPaddable(type: u32): bool {
	return type == FrameType.DATA || type == FrameType.HEADERS || type == FrameType.PUSH_PROMISE;
}

/** Whether the body is a fragment of a field block. */
// @ts-ignore: decorator
@inline
export function carriesFragment(type: u32): bool {
	return type == FrameType.HEADERS || type == FrameType.PUSH_PROMISE || type == FrameType.CONTINUATION;
}

/** §4.3: "Each field block is processed as a discrete unit", so no other frame may come between its frames. `blockStreamId` is 0 between blocks. */
export function checkOrder(type: u32, streamId: u32, blockStreamId: u32): u32 {
	const isContinuation = type == FrameType.CONTINUATION;
	if (blockStreamId != 0) {
		if (isContinuation && streamId == blockStreamId) return Fault.NONE;
		return fail(Fault.BLOCK_INTERRUPTED, ErrorCode.PROTOCOL_ERROR);
	}
	if (!isContinuation || streamId == 0) return Fault.NONE;
	return fail(Fault.CONTINUATION_UNEXPECTED, ErrorCode.PROTOCOL_ERROR);
}

/** Frames of the connection must be on stream 0, frames of a stream must not. WINDOW_UPDATE and unknown types may be on either. */
export function checkStreamId(type: u32, streamId: u32): u32 {
	if (type > <u32>FrameType.CONTINUATION || type == FrameType.WINDOW_UPDATE) return Fault.NONE;
	if (type == FrameType.SETTINGS || type == FrameType.PING || type == FrameType.GOAWAY) {
		return streamId == 0 ? Fault.NONE : fail(Fault.STREAM_ID_NOT_ZERO, ErrorCode.PROTOCOL_ERROR);
	}
	return streamId != 0 ? Fault.NONE : fail(Fault.STREAM_ID_ZERO, ErrorCode.PROTOCOL_ERROR);
}

/** Some types have a fixed length; all others must have room for their fixed fields. */
export function checkLength(type: u32, flags: u32, length: u32): u32 {
	let isValid: bool;
	switch (type) {
		case FrameType.PRIORITY:
		case FrameType.RST_STREAM:
		case FrameType.WINDOW_UPDATE:
		case FrameType.PING:
			isValid = length == prefixLength(type, flags);
			break;
		case FrameType.SETTINGS:
			isValid = flags & Flag.ACK ? length == 0 : length % Limit.SETTING_BYTES == 0;
			break;
		default:
			isValid = length >= prefixLength(type, flags);
	}
	return isValid ? Fault.NONE : fail(Fault.BAD_LENGTH, ErrorCode.FRAME_SIZE_ERROR);
}

/** §6.5.2, RFC 8441 §3, RFC 9218 §2.1. The host checks which settings a client or a server may send. */
export function checkSetting(identifier: u32, value: u32): u32 {
	switch (identifier) {
		case Setting.ENABLE_PUSH:
		case Setting.ENABLE_CONNECT_PROTOCOL:
		case Setting.NO_RFC7540_PRIORITIES:
			return value <= 1 ? Fault.NONE : fail(Fault.BAD_SETTING, ErrorCode.PROTOCOL_ERROR);
		case Setting.INITIAL_WINDOW_SIZE:
			return value <= <u32>Limit.MAX_WINDOW_SIZE
				? Fault.NONE
				: fail(Fault.WINDOW_SETTING_TOO_LARGE, ErrorCode.FLOW_CONTROL_ERROR);
		case Setting.MAX_FRAME_SIZE:
			return value >= <u32>Limit.DEFAULT_MAX_FRAME_SIZE && value <= <u32>Limit.LARGEST_MAX_FRAME_SIZE
				? Fault.NONE
				: fail(Fault.BAD_SETTING, ErrorCode.PROTOCOL_ERROR);
		default:
			return Fault.NONE;
	}
}
