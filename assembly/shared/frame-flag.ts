// Frame flags: RFC 9113 §6. ACK and END_STREAM share a bit.

export const ACK = 0x1;
export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const PRIORITY = 0x20;
