// Writes the records of frames from their head and fixed fields (RFC 9113 §6), for reader.ts.

import { emit2, emit3, emit6 } from '../events';
import { load32 } from '../memory';
import * as Event from '../shared/event';
import * as Flag from '../shared/frame-flag';
import * as FrameType from '../shared/frame-type';
import * as Limit from '../shared/limit';

/** Reports a frame that has only fixed fields, or whose body is reported separately. */
export function reportFixed(type: u32, flags: u32, streamId: u32, length: u32, bodyLength: u32, prefix: usize): void {
	switch (type) {
		case FrameType.PRIORITY:
			return emit3(Event.PRIORITY, 0, streamId, load32(prefix), load<u8>(prefix, 4));
		case FrameType.RST_STREAM:
			return emit2(Event.RST_STREAM, 0, streamId, load32(prefix));
		case FrameType.PING:
			return emit2(Event.PING, flags & Flag.ACK, load32(prefix), load32(prefix + 4));
		case FrameType.GOAWAY:
			return emit3(Event.GOAWAY, 0, load32(prefix) & Limit.MAX_STREAM_ID, load32(prefix + 4), bodyLength);
		case FrameType.WINDOW_UPDATE:
			return emit2(Event.WINDOW_UPDATE, 0, streamId, load32(prefix) & Limit.MAX_WINDOW_SIZE);
		default:
			if (type > <u32>FrameType.CONTINUATION) emit3(Event.UNKNOWN, 0, type, streamId, length);
	}
}

/** Reports a frame in whole-frame mode. */
export function reportWhole(type: u32, flags: u32, streamId: u32, length: u32, padding: i32, prefix: usize): void {
	let first: u32 = 0;
	let second: u32 = 0;
	switch (type) {
		case FrameType.HEADERS:
			if (!(flags & Flag.PRIORITY)) break;
		// fallthrough
		case FrameType.PRIORITY:
			first = load32(prefix);
			second = load<u8>(prefix, 4);
			break;
		case FrameType.PUSH_PROMISE:
		case FrameType.RST_STREAM:
		case FrameType.WINDOW_UPDATE:
			first = load32(prefix);
			break;
		case FrameType.PING:
		case FrameType.GOAWAY:
			first = load32(prefix);
			second = load32(prefix + 4);
			break;
	}
	emit6(Event.FRAME, type | (flags << 8), streamId, length, padding, first, second);
}
