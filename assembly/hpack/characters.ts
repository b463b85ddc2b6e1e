// RFC 9113 §8.2.1: the characters that are allowed in field names and values. Also detects strings that are not ASCII.

import { BAD_NAME, BAD_VALUE, BLANK_AROUND } from '../shared/event';

/** One bit per character below 0x80, set for token characters without upper case: RFC 9110 §5.6.2 without 0x41-0x5a. */
const NAME_LOW: u64 = 0x03ff6cfa00000000;
const NAME_HIGH: u64 = 0x57ffffffc0000000;

/** Whether a byte above 0x7f was seen since `clearNonASCII`. */
export let nonASCIISeen: bool = false;

export function clearNonASCII(): void {
	nonASCIISeen = false;
}

/** "A field name MUST NOT contain characters in the ranges 0x00-0x20, 0x41-0x5a, or 0x7f-0xff"; only tokens pass. */
export function nameFaults(at: usize, length: u32): u32 {
	const end = at + length;
	// The name of a pseudo-header field begins with a colon.
	if (length > 1 && load<u8>(at) == 0x3a) at++;
	else if (length == 0) return BAD_NAME;
	let faults: u32 = 0;
	for (; at < end; at++) {
		const byte: u32 = load<u8>(at);
		const allowed = byte < 0x40 ? NAME_LOW >> byte : NAME_HIGH >> (byte & 0x3f);
		if (byte > 0x7f) nonASCIISeen = true;
		if (byte > 0x7f || !(allowed & 1)) faults = BAD_NAME;
	}
	return faults;
}

/** "A field value MUST NOT contain the zero value, line feed, or carriage return" nor "start or end with" SP or HTAB. */
export function valueFaults(at: usize, length: u32): u32 {
	if (length == 0) return 0;
	const end = at + length;
	let faults: u32 = isBlank(load<u8>(at)) || isBlank(load<u8>(end - 1)) ? BLANK_AROUND : 0;
	let seen: u32 = 0;
	for (; at < end; at++) {
		const byte: u32 = load<u8>(at);
		seen |= byte;
		if (byte <= 0x0d && (byte == 0 || byte == 0x0a || byte == 0x0d)) faults |= BAD_VALUE;
	}
	if (seen > 0x7f) nonASCIISeen = true;
	return faults;
}

// @ts-ignore: decorator
@inline
function isBlank(byte: u32): bool {
	return byte == 0x20 || byte == 0x09;
}
