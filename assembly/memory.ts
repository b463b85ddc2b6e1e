// The engine's static memory: all its buffers, and big-endian access. Nothing is allocated or freed at run time.

import {
	ARENA_BYTES,
	BLOCK_BYTES,
	ENGINE_MAX_TABLE,
	ENTRY_OVERHEAD,
	EVENT_WORDS,
	INPUT_BYTES,
	OUTPUT_BYTES,
	RECORDED_HEAD_BYTES,
	RECORDED_HEADS,
	TABLE_ENTRIES,
} from './shared/limit';

/** Bytes from the peer, which the host writes before `receive`. */
export const INPUT: usize = memory.data(INPUT_BYTES, 16);
/** A field block that arrived in several pieces. */
export const BLOCK: usize = memory.data(BLOCK_BYTES, 16);
/** Strings that were decoded from a block, or strings that the host wants to encode. */
export const ARENA: usize = memory.data(ARENA_BYTES, 16);
export const EVENTS: usize = memory.data(EVENT_WORDS << 2, 16);
export const OUTPUT: usize = memory.data(OUTPUT_BYTES, 16);
/** The head of a frame that is split between passes. */
export const HEAD: usize = memory.data(16, 16);
/** The fixed fields before a frame's body, or one entry of SETTINGS, if split between passes. */
export const PREFIX: usize = memory.data(16, 16);

/** The heads of the last frames: frame/recorder.ts. */
export const HEAD_RING: usize = memory.data(RECORDED_HEADS * RECORDED_HEAD_BYTES, 16);

/** A dynamic table is four words of state, then a ring of two-word entries. See hpack/table.ts. */
export const TABLE_BYTES: i32 = 16 + TABLE_ENTRIES * 8;
export const DECODER_TABLE: usize = memory.data(TABLE_BYTES, 16);
export const ENCODER_TABLE: usize = memory.data(TABLE_BYTES, 16);

// The ring must hold as many entries as fit into the largest table.
assert(TABLE_ENTRIES * ENTRY_OVERHEAD >= ENGINE_MAX_TABLE);

// @ts-ignore: decorator
@inline
export function load16(at: usize): u32 {
	return <u32>bswap<u16>(load<u16>(at));
}

// @ts-ignore: decorator
@inline
export function load32(at: usize): u32 {
	return bswap<u32>(load<u32>(at));
}

// @ts-ignore: decorator
@inline
export function store32(at: usize, value: u32): void {
	store<u32>(at, bswap<u32>(value));
}
