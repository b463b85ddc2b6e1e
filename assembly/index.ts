// The exports of the engine. One instance serves one connection: its globals are the state of that connection.

import { clearEvents, emitFault, sealEvents } from './events';
import { resetReader } from './frame/reader';
import { resetRecorder } from './frame/recorder';
import {
	arenaLength,
	clearArena,
	decodeFields,
	decoderFault,
	emitSection,
	FAILED,
	openBlock,
	PAUSED,
	resetDecoder,
} from './hpack/decoder';
import { resetEncoder } from './hpack/encoder';
import { nonASCIISeen } from './hpack/characters';
import { ARENA, BLOCK, ENCODER_TABLE, EVENTS, HEAD_RING, INPUT, OUTPUT } from './memory';
import { COMPRESSION_ERROR } from './shared/error-code';

export { receive, setMaxFrameSize } from './frame/reader';
export { recordedHeads } from './frame/recorder';
export {
	writeGoaway,
	writeHead,
	writeHeaders,
	writePing,
	writeRstStream,
	writeWindowUpdate,
} from './frame/writer';
export { setDecoderTableSize, setSectionLimits } from './hpack/decoder';
export {
	beginBlock,
	encodeIndexed,
	encodeInserted,
	encodeLiteral,
	setEncoderTableSize,
	setHuffman,
} from './hpack/encoder';

/** Resets the instance. `wholeFrames`: frames are reported one by one, and field blocks are not decoded. */
export function reset(wholeFrames: bool): void {
	resetReader(wholeFrames);
	resetRecorder();
	resetDecoder();
	resetEncoder();
}

/** Decodes the field block BLOCK[0, length). `again`: continues after PENDING. */
export function decode(length: u32, again: bool): void {
	clearEvents();
	clearArena();
	if (!again) openBlock(BLOCK, BLOCK + length);
	const outcome = decodeFields();
	if (outcome == FAILED) emitFault(0, COMPRESSION_ERROR, decoderFault);
	else if (outcome != PAUSED) emitSection(0, 0, 0);
	sealEvents(outcome == PAUSED, arenaLength(), nonASCIISeen);
}

export function inputAddress(): usize {
	return INPUT;
}

export function blockAddress(): usize {
	return BLOCK;
}

export function arenaAddress(): usize {
	return ARENA;
}

export function eventsAddress(): usize {
	return EVENTS;
}

export function outputAddress(): usize {
	return OUTPUT;
}

/** Four words: capacity, size, insertions, evictions. */
export function encoderTableAddress(): usize {
	return ENCODER_TABLE;
}

/** Entries of three words: length and type, direction and flags, stream id. */
export function headRingAddress(): usize {
	return HEAD_RING;
}
