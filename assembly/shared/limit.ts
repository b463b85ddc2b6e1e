// Sizes of the engine's static buffers, the limits that follow from them, and numbers of the protocol. In bytes unless the
// name says otherwise.

/** The most input of one pass of `receive`. */
export const INPUT_BYTES = 65536;
/** The largest field block: HEADERS and eight CONTINUATION frames of the default frame size. */
export const BLOCK_BYTES = 147456;
/** RFC 7541 §5.2: a Huffman code has at least 5 bits, so the largest string decodes to 8/5 of BLOCK_BYTES. */
export const ARENA_BYTES = 262144;
export const EVENT_WORDS = 16384;
export const OUTPUT_BYTES = 196608;

/** The flight recorder: how many heads of frames it keeps, and the size of its entry for one. */
export const RECORDED_HEADS = 128;
export const RECORDED_HEAD_BYTES = 12;

/** The largest dynamic table that either side may use, and how many entries of 32 bytes it can hold. */
export const ENGINE_MAX_TABLE = 65536;
export const TABLE_ENTRIES = 2048;
/** CONTINUATION frames in one field block, including empty ones, because a flood of them costs the peer nothing. nghttp2 has 8. */
export const MAX_CONTINUATIONS = 8;

/** RFC 9113 §4.1, §4.2, §6.5.1, §6.5.2, §6.9.1. */
export const HEAD_BYTES = 9;
export const SETTING_BYTES = 6;
export const DEFAULT_MAX_FRAME_SIZE = 16384;
export const LARGEST_MAX_FRAME_SIZE = 16777215;
export const DEFAULT_WINDOW_SIZE = 65535;
export const MAX_WINDOW_SIZE = 0x7fffffff;
export const MAX_STREAM_ID = 0x7fffffff;
/** An unsigned 32-bit number: the value of a setting, an error code, a limit of the engine. */
export const MAX_WORD = 0xffffffff;
/** RFC 7541 §4.1, §4.2, appendix A. */
export const DEFAULT_TABLE_SIZE = 4096;
export const ENTRY_OVERHEAD = 32;
export const STATIC_ENTRIES = 61;
/** The first ref of the dynamic table: see assembly/hpack/table.ts. */
export const DYNAMIC_REF = 62;
