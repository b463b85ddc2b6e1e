// RFC 9113 §4.1, §6: reads frames from input that is split anywhere, and reports them as records.
//
//   HEAD (9 bytes) --> PREFIX (fixed fields) --> BODY (pieces) --> PADDING --> HEAD
//                                  any connection error --> DEAD, which ignores further input
//
// In whole-frame mode, every frame becomes a FRAME record and pieces, and field blocks are not joined. Otherwise, frames
// become the records of their type, and field blocks become sections.

import { clearEvents, emit1, emit2, emit4, emitFault, hasRoom, sealEvents } from '../events';
import { arenaLength, clearArena, DONE, decoderFault, FAILED } from '../hpack/decoder';
import { nonASCIISeen } from '../hpack/characters';
import { HEAD, INPUT, load16, load32, PREFIX } from '../memory';
import * as ErrorCode from '../shared/error-code';
import * as Event from '../shared/event';
import * as Fault from '../shared/fault';
import * as Flag from '../shared/frame-flag';
import * as FrameType from '../shared/frame-type';
import * as Limit from '../shared/limit';
import {
	carriesFragment,
	checkLength,
	checkOrder,
	checkSetting,
	checkStreamId,
	faultCode,
	isPaddable,
	prefixLength,
} from './checks';
import * as Block from './field-block';
import { recordHead } from './recorder';
import { reportFixed, reportWhole } from './report';

const STAGE_HEAD: u32 = 0;
const STAGE_PREFIX: u32 = 1;
const STAGE_BODY: u32 = 2;
const STAGE_PADDING: u32 = 3;
const STAGE_DEAD: u32 = 4;

let stage: u32 = STAGE_HEAD;
/** Bytes of HEAD, PREFIX or a settings entry that an earlier pass left in scratch memory. */
let have: u32 = 0;

let frameType: u32 = 0;
let frameFlags: u32 = 0;
let streamId: u32 = 0;
let frameLength: u32 = 0;
let prefixSize: u32 = 0;
let bodyLeft: u32 = 0;
let paddingLeft: u32 = 0;
/** Flow-controlled bytes of DATA apart from its data: the padding and the pad length. Counted with the first piece. */
let overhead: u32 = 0;
/** Whether to skip the body, because the frame is a stream error. */
let skipBody: bool = false;

let maxFrameSize: u32 = Limit.DEFAULT_MAX_FRAME_SIZE;
let wholeFrames: bool = false;

let at: usize = 0;
/** The end of the bytes in INPUT, and of the host's input: a body that the host reads itself need not be in INPUT. */
let end: usize = 0;
let limit: usize = 0;

export function resetReader(whole: bool): void {
	stage = STAGE_HEAD;
	have = 0;
	maxFrameSize = Limit.DEFAULT_MAX_FRAME_SIZE;
	wholeFrames = whole;
	Block.resetFieldBlock();
}

export function setMaxFrameSize(size: u32): void {
	maxFrameSize = size;
}

/**
 * Reads INPUT[from, to). The host has input up to `total`, which need not be in INPUT. Returns the offset that was reached:
 * beyond `to` if a body was passed over; below `to`, or with PENDING set, if a buffer is full.
 */
export function receive(from: u32, to: u32, total: u32): u32 {
	at = INPUT + from;
	end = INPUT + to;
	limit = INPUT + total;
	clearEvents();
	clearArena();
	const pending = run();
	sealEvents(pending, arenaLength(), nonASCIISeen);
	return <u32>(at - INPUT);
}

/** Reads until the input ends (false) or a buffer is full (true). */
function run(): bool {
	while (true) {
		if (!hasRoom()) return true;
		if (Block.decoding && !settle(Block.continueBlock())) return stage != STAGE_DEAD;
		switch (stage) {
			case STAGE_HEAD: {
				if (at >= end) return false;
				const head = take(HEAD, Limit.HEAD_BYTES);
				if (head != 0) openFrame(head);
				break;
			}
			case STAGE_PREFIX: {
				const prefix = take(PREFIX, prefixSize);
				if (prefix == 0) return false;
				openBody(prefix);
				break;
			}
			case STAGE_BODY:
				if (at == bodyEnd() && bodyLeft > 0) return false;
				readBody();
				break;
			case STAGE_PADDING: {
				const size = min(paddingLeft, <u32>(limit - at));
				at += size;
				paddingLeft -= size;
				if (paddingLeft > 0) return false;
				stage = STAGE_HEAD;
				break;
			}
			default:
				at = limit;
				return false;
		}
	}
}

/** The end of the available body. SETTINGS and field blocks are read here, and other bodies by the host. */
// @ts-ignore: decorator
@inline
function bodyEnd(): usize {
	const readHere = frameType == FrameType.SETTINGS || (carriesFragment(frameType) && !wholeFrames);
	return readHere && !skipBody ? max(at, end) : limit;
}

/** Returns the address of the next `size` bytes: in the input, or in `scratch` if they were split. 0: not complete yet. */
function take(scratch: usize, size: u32): usize {
	const left = at < end ? <u32>(end - at) : 0;
	if (have == 0 && left >= size) {
		const start = at;
		at += size;
		return start;
	}
	const part = min(size - have, left);
	memory.copy(scratch + have, at, part);
	at += part;
	have += part;
	if (have < size) return 0;
	have = 0;
	return scratch;
}

function openFrame(head: usize): void {
	frameLength = load32(head) >> 8;
	frameType = load<u8>(head, 3);
	frameFlags = load<u8>(head, 4);
	// "The reserved bit ... MUST be ignored when receiving."
	streamId = load32(head + 5) & Limit.MAX_STREAM_ID;
	skipBody = false;
	recordHead(false, frameLength, frameType, frameFlags, streamId);

	if (frameLength > maxFrameSize) return die(ErrorCode.FRAME_SIZE_ERROR, Fault.FRAME_TOO_LARGE);
	let fault = checkOrder(frameType, streamId, Block.blockStreamId);
	if (fault == Fault.NONE) fault = checkStreamId(frameType, streamId);
	if (fault != Fault.NONE) return die(faultCode, fault);
	fault = checkLength(frameType, frameFlags, frameLength);
	if (fault != Fault.NONE) {
		if (frameType != FrameType.PRIORITY) return die(faultCode, fault);
		// §6.3: "A PRIORITY frame with a length other than 5 octets MUST be treated as a stream error".
		emitFault(streamId, faultCode, fault);
		skipBody = true;
	}
	prefixSize = skipBody ? 0 : prefixLength(frameType, frameFlags);
	paddingLeft = 0;
	stage = STAGE_PREFIX;
	if (prefixSize == 0) openBody(PREFIX);
}

/** The fixed fields are complete: reports them and prepares for the body. */
function openBody(prefix: usize): void {
	bodyLeft = frameLength - prefixSize;
	stage = STAGE_BODY;
	if (skipBody) return;

	let padded: u32 = 0;
	if (frameFlags & Flag.PADDED && isPaddable(frameType)) {
		padded = 1;
		paddingLeft = load<u8>(prefix);
		prefix++;
		if (paddingLeft > bodyLeft) return die(ErrorCode.PROTOCOL_ERROR, Fault.PADDING_TOO_LONG);
		bodyLeft -= paddingLeft;
	}
	overhead = padded + paddingLeft;
	if (frameType == FrameType.PUSH_PROMISE && (load32(prefix) & Limit.MAX_STREAM_ID) == 0) {
		return die(ErrorCode.PROTOCOL_ERROR, Fault.PROMISED_ID_ZERO);
	}
	if (frameType == FrameType.WINDOW_UPDATE && (load32(prefix) & Limit.MAX_WINDOW_SIZE) == 0) return refuseIncrement();
	if (carriesFragment(frameType)) {
		const fault = Block.enterFragment(frameType, frameFlags, streamId, prefix, bodyLeft, wholeFrames);
		if (fault != Fault.NONE) return die(ErrorCode.ENHANCE_YOUR_CALM, fault);
	}
	if (wholeFrames) reportWhole(frameType, frameFlags, streamId, frameLength, padded ? paddingLeft : -1, prefix);
	else reportFixed(frameType, frameFlags, streamId, frameLength, bodyLeft, prefix);
}

/** Reads one piece of the body, as far as the input goes, and ends the frame with its last piece. */
function readBody(): void {
	if (skipBody) return skip();
	if (frameType == FrameType.SETTINGS) return readSettings();
	const size = min(bodyLeft, <u32>(bodyEnd() - at));
	const from = at;
	at += size;
	bodyLeft -= size;
	const ends: u32 = bodyLeft == 0 ? Event.END_OF_FRAME : 0;
	if (wholeFrames) {
		emit2(Event.PIECE, ends, <u32>(from - INPUT), size);
		if (ends) closeBody();
		return;
	}
	switch (frameType) {
		case FrameType.DATA: {
			const flags = ends && frameFlags & Flag.END_STREAM ? ends | Event.END_STREAM : ends;
			emit4(Event.DATA, flags, streamId, <u32>(from - INPUT), size, size + overhead);
			overhead = 0;
			break;
		}
		case FrameType.HEADERS:
		case FrameType.PUSH_PROMISE:
		case FrameType.CONTINUATION:
			readFragment(from, size, ends != 0);
			break;
		case FrameType.GOAWAY:
			emit2(Event.PIECE, ends, <u32>(from - INPUT), size);
			break;
	}
	if (ends && stage == STAGE_BODY) closeBody();
}

function readFragment(from: usize, size: u32, ends: bool): void {
	const complete = ends && (frameFlags & Flag.END_HEADERS) != 0;
	if (complete && Block.isBlockEmpty()) {
		settle(Block.decodeInPlace(from, size));
		return;
	}
	Block.appendFragment(from, size);
	if (complete) settle(Block.decodeJoined());
}

/** Returns whether the block is decoded. False if the decoder waits for room, or the block is broken: a connection error. */
function settle(outcome: i32): bool {
	if (outcome == FAILED) die(ErrorCode.COMPRESSION_ERROR, decoderFault);
	return outcome == DONE;
}

function readSettings(): void {
	if (bodyLeft > 0) {
		const before = have;
		const entry = take(PREFIX, Limit.SETTING_BYTES);
		bodyLeft -= entry == 0 ? have - before : Limit.SETTING_BYTES - before;
		if (entry == 0) return;
		const identifier = load16(entry);
		const value = load32(entry + 2);
		const fault = checkSetting(identifier, value);
		if (fault != Fault.NONE) return die(faultCode, fault);
		emit2(Event.SETTING, 0, identifier, value);
	}
	if (bodyLeft > 0) return;
	if (wholeFrames) emit2(Event.PIECE, Event.END_OF_FRAME, 0, 0);
	else emit1(Event.SETTINGS, frameFlags & Flag.ACK, 0);
	closeBody();
}

function skip(): void {
	const size = min(bodyLeft, <u32>(limit - at));
	at += size;
	bodyLeft -= size;
	if (bodyLeft == 0) closeBody();
}

// @ts-ignore: decorator
@inline
function closeBody(): void {
	stage = paddingLeft > 0 ? STAGE_PADDING : STAGE_HEAD;
}

/** §6.9: an increment of 0 is a stream error, or a connection error on stream 0. */
function refuseIncrement(): void {
	if (streamId == 0) return die(ErrorCode.PROTOCOL_ERROR, Fault.ZERO_INCREMENT);
	emitFault(streamId, ErrorCode.PROTOCOL_ERROR, Fault.ZERO_INCREMENT);
	stage = STAGE_HEAD;
}

function die(errorCode: u32, fault: u32): void {
	emitFault(0, errorCode, fault);
	stage = STAGE_DEAD;
}
