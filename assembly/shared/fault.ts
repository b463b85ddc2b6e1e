// Violations by frames and field blocks: the numbers in FAULT records. src/codec/fault.ts has their text.

export const NONE = 0;
export const FRAME_TOO_LARGE = 1;
export const BAD_LENGTH = 2;
export const STREAM_ID_ZERO = 3;
export const STREAM_ID_NOT_ZERO = 4;
export const PADDING_TOO_LONG = 5;
export const BLOCK_INTERRUPTED = 6;
export const CONTINUATION_UNEXPECTED = 7;
export const BLOCK_TOO_LARGE = 8;
export const TOO_MANY_CONTINUATIONS = 9;
export const ZERO_INCREMENT = 10;
export const BAD_SETTING = 11;
export const WINDOW_SETTING_TOO_LARGE = 12;
export const PROMISED_ID_ZERO = 13;

export const INTEGER_TOO_LARGE = 20;
export const BLOCK_TRUNCATED = 21;
export const BAD_HUFFMAN = 22;
export const BAD_INDEX = 23;
export const SIZE_UPDATE_TOO_LARGE = 24;
export const SIZE_UPDATE_MISPLACED = 25;
export const SIZE_UPDATE_MISSING = 26;
export const TOO_MANY_SIZE_UPDATES = 27;
