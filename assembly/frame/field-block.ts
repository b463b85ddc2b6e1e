// RFC 9113 §4.3: joins the fragments of HEADERS or PUSH_PROMISE and its CONTINUATION frames, and decodes them.
// A block that arrived whole is decoded in place; any other block is copied to BLOCK first.

import { DONE, decodeFields, emitSection, openBlock, PAUSED } from '../hpack/decoder';
import { BLOCK, load32 } from '../memory';
import * as Event from '../shared/event';
import * as Fault from '../shared/fault';
import * as Flag from '../shared/frame-flag';
import * as FrameType from '../shared/frame-type';
import * as Limit from '../shared/limit';

/** The stream whose block is open; 0 between blocks. */
export let blockStreamId: u32 = 0;
/** Whether the decoder has paused because a buffer is full. */
export let decoding: bool = false;

let promisedStreamId: u32 = 0;
let sectionFlags: u32 = 0;
let length: u32 = 0;
let continuations: u32 = 0;

export function resetFieldBlock(): void {
	blockStreamId = 0;
	decoding = false;
}

/**
 * Opens or continues a block at the head of a frame that carries a fragment, and checks its size. `whole`: only the order
 * of frames is tracked, and blocks are not joined.
 */
export function enterFragment(
	type: u32,
	flags: u32,
	streamId: u32,
	prefix: usize,
	fragmentLength: u32,
	whole: bool,
): u32 {
	const isContinuation = type == FrameType.CONTINUATION;
	if (!isContinuation) {
		const push = type == FrameType.PUSH_PROMISE;
		const promised = push ? load32(prefix) & Limit.MAX_STREAM_ID : 0;
		const ends = !push && flags & Flag.END_STREAM ? Event.END_STREAM : 0;
		beginFieldBlock(streamId, promised, push ? Event.PUSH : ends);
	}
	if (!whole) return checkFragment(fragmentLength, isContinuation);
	if (flags & Flag.END_HEADERS) resetFieldBlock();
	return Fault.NONE;
}

/** Opens a block. `flags` are those of its SECTION record. */
export function beginFieldBlock(streamId: u32, promised: u32, flags: u32): void {
	blockStreamId = streamId;
	promisedStreamId = promised;
	sectionFlags = flags;
	length = 0;
	continuations = 0;
}

/** Checks at the head of a frame whether the block may grow by `size` bytes. */
export function checkFragment(size: u32, isContinuation: bool): u32 {
	if (isContinuation && ++continuations > <u32>Limit.MAX_CONTINUATIONS) return Fault.TOO_MANY_CONTINUATIONS;
	return size > <u32>Limit.BLOCK_BYTES - length ? Fault.BLOCK_TOO_LARGE : Fault.NONE;
}

export function appendFragment(from: usize, size: u32): void {
	memory.copy(BLOCK + length, from, size);
	length += size;
}

// @ts-ignore: decorator
@inline
export function isBlockEmpty(): bool {
	return length == 0;
}

/** Decodes the complete block at [from, from + size). Returns the same as `continueBlock`. */
export function decodeInPlace(from: usize, size: u32): i32 {
	openBlock(from, from + size);
	return continueBlock();
}

/** Decodes the complete block that was appended. */
export function decodeJoined(): i32 {
	openBlock(BLOCK, BLOCK + length);
	return continueBlock();
}

/** Continues decoding and returns DONE, PAUSED or FAILED. */
export function continueBlock(): i32 {
	const outcome = decodeFields();
	decoding = outcome == PAUSED;
	if (outcome == DONE) {
		emitSection(sectionFlags, blockStreamId, promisedStreamId);
		blockStreamId = 0;
	}
	return outcome;
}
