// The records in which the engine reports what it has read: 32-bit words in the event buffer.
//
// The buffer begins with four words, which are written when `receive` or `decode` returns:
//
//   0 END               index of the word after the last record
//   1 PENDING           1: a buffer is full; call again before giving new input
//   2 ARENA_LENGTH      bytes of decoded strings, in the order of the records that own them
//   3 ARENA_NON_ASCII   1: some of them are above 0x7f
//
// The records follow. Their first word is `kind | flags << 8`.

export const END = 0;
export const PENDING = 1;
export const ARENA_LENGTH = 2;
export const ARENA_NON_ASCII = 3;
export const FIRST = 4;

/** streamId, offset in the input, length, flow-controlled length. Flags END_OF_FRAME, END_STREAM. */
export const DATA = 1;
/** ref. Never has flag NEVER_INDEXED. */
export const FIELD_INDEXED = 2;
/** ref of the name or its length in the arena, length of the value, ref at which it is inserted or 0. */
export const FIELD_LITERAL = 3;
/** streamId, promised stream id or 0, section faults, size of the field section, total of evicted entries. */
export const SECTION = 4;
/** streamId, dependency with the exclusive bit on top, weight byte. */
export const PRIORITY = 5;
/** streamId, error code. */
export const RST_STREAM = 6;
/** identifier, value: one entry of the SETTINGS frame that a SETTINGS record ends. */
export const SETTING = 7;
/** Flag ACK. */
export const SETTINGS = 8;
/** First four bytes, last four bytes, both big-endian. Flag ACK. */
export const PING = 9;
/** last stream id, error code, length of the debug data, which follows as pieces. */
export const GOAWAY = 10;
/** streamId, increment. */
export const WINDOW_UPDATE = 11;
/** type, streamId, length. */
export const UNKNOWN = 12;
/** streamId (0: connection error), error code, fault. */
export const FAULT = 13;
/** offset in the input, length. Flag END_OF_FRAME. */
export const PIECE = 14;
/** Whole-frame mode: type | flags << 8, streamId, length, pad length or -1, first prefix word, second; then pieces. */
export const FRAME = 15;

export const END_OF_FRAME = 1;
export const END_STREAM = 2;
export const ACK = 1;
/** FIELD_LITERAL: the name is in the arena; without it, the name is a ref. */
export const NAME_LITERAL = 1;
export const NEVER_INDEXED = 2;
/** FIELD_LITERAL: inserted into the table, but left out of the section, which exceeds its limits. */
export const HIDDEN = 4;
/** SECTION of a PUSH_PROMISE. */
export const PUSH = 4;

/** Section faults, by bit. RFC 9113 §6.5.2, §8.2.1. */
export const TOO_LARGE = 1;
export const BAD_NAME = 2;
export const BAD_VALUE = 4;
/** A value begins or ends with a blank: no reader can take it for anything else, so a lenient one strips it. */
export const BLANK_AROUND = 8;
