// Frame types: RFC 9113 §6, and those of RFC 7838, 8336 and 9218, which the reader reports as unknown frames.

export const DATA = 0x0;
export const HEADERS = 0x1;
export const PRIORITY = 0x2;
export const RST_STREAM = 0x3;
export const SETTINGS = 0x4;
export const PUSH_PROMISE = 0x5;
export const PING = 0x6;
export const GOAWAY = 0x7;
export const WINDOW_UPDATE = 0x8;
export const CONTINUATION = 0x9;
export const ALTSVC = 0xa;
export const ORIGIN = 0xc;
export const PRIORITY_UPDATE = 0x10;
