// RFC 9113 §4.1, §6: writes frames. Every function takes the address to write at and returns the end. The host writes the
// payloads that it has itself, such as DATA and debug data, after the head.

import { store32 } from '../memory';
import * as Flag from '../shared/frame-flag';
import * as FrameType from '../shared/frame-type';
import { HEAD_BYTES } from '../shared/limit';
import { recordHead } from './recorder';

export function writeHead(at: usize, length: u32, type: u32, flags: u32, streamId: u32): usize {
	recordHead(true, length, type, flags, streamId);
	return putHead(at, length, type, flags, streamId);
}

/** Writes a head without recording it. */
function putHead(at: usize, length: u32, type: u32, flags: u32, streamId: u32): usize {
	store32(at, (length << 8) | type);
	store<u8>(at, flags, 4);
	store32(at + 5, streamId);
	return at + HEAD_BYTES;
}

export function writeRstStream(at: usize, streamId: u32, errorCode: u32): usize {
	at = writeHead(at, 4, FrameType.RST_STREAM, 0, streamId);
	store32(at, errorCode);
	return at + 4;
}

export function writePing(at: usize, first: u32, second: u32, ack: bool): usize {
	at = writeHead(at, 8, FrameType.PING, ack ? Flag.ACK : 0, 0);
	store32(at, first);
	store32(at + 4, second);
	return at + 8;
}

/** The host writes `debugLength` bytes of debug data after this. */
export function writeGoaway(at: usize, lastStreamId: u32, errorCode: u32, debugLength: u32): usize {
	at = writeHead(at, 8 + debugLength, FrameType.GOAWAY, 0, 0);
	store32(at, lastStreamId);
	store32(at + 4, errorCode);
	return at + 8;
}

export function writeWindowUpdate(at: usize, streamId: u32, increment: u32): usize {
	at = writeHead(at, 4, FrameType.WINDOW_UPDATE, 0, streamId);
	store32(at, increment);
	return at + 4;
}

/**
 * Frames the field block at [at + HEAD_BYTES, end) as HEADERS, followed by CONTINUATION frames if the block is longer than
 * `maxFrameSize`. Returns the new end.
 */
export function writeHeaders(at: usize, end: usize, streamId: u32, endStream: bool, maxFrameSize: u32): usize {
	const size = <u32>(end - at) - HEAD_BYTES;
	const flags: u32 = endStream ? Flag.END_STREAM : 0;
	if (size <= maxFrameSize) {
		writeHead(at, size, FrameType.HEADERS, flags | Flag.END_HEADERS, streamId);
		return end;
	}
	// From the last piece to the second, each piece moves back to make room for the heads before it.
	const pieces = (size + maxFrameSize - 1) / maxFrameSize;
	for (let i = pieces - 1; i > 0; i--) {
		const from = at + HEAD_BYTES + i * maxFrameSize;
		const length = min(maxFrameSize, size - i * maxFrameSize);
		const target = from + i * HEAD_BYTES;
		memory.copy(target, from, length);
		const last: u32 = i == pieces - 1 ? Flag.END_HEADERS : 0;
		putHead(target - HEAD_BYTES, length, FrameType.CONTINUATION, last, streamId);
	}
	writeHead(at, maxFrameSize, FrameType.HEADERS, flags, streamId);
	for (let i: u32 = 1; i < pieces; i++) {
		const last: u32 = i == pieces - 1 ? Flag.END_HEADERS : 0;
		recordHead(true, min(maxFrameSize, size - i * maxFrameSize), FrameType.CONTINUATION, last, streamId);
	}
	return end + (pieces - 1) * HEAD_BYTES;
}
