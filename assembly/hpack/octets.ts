// RFC 9113 §8.2.1: which octets a field name and a field value may have. Also tells whether a string is ASCII.

import { BAD_NAME, BAD_VALUE } from '../shared/event';

/** Bit of a token character in lower case: RFC 9110 §5.6.2 without 0x41-0x5a. One bit an octet below 0x80. */
const NAME_LOW: u64 = 0x03ff6cfa00000000;
const NAME_HIGH: u64 = 0x57ffffffc0000000;

/** An octet above 0x7f was seen since `clearOctets`. */
export let octetsSeen: bool = false;

export function clearOctets(): void {
	octetsSeen = false;
}

/** "A field name MUST NOT contain characters in the ranges 0x00-0x20, 0x41-0x5a, or 0x7f-0xff"; only tokens pass. */
export function nameFaults(at: usize, length: u32): u32 {
	const end = at + length;
	// A colon may open the name of a pseudo-header field.
	if (length > 1 && load<u8>(at) == 0x3a) at++;
	else if (length == 0) return BAD_NAME;
	let faults: u32 = 0;
	for (; at < end; at++) {
		const octet: u32 = load<u8>(at);
		const allowed = octet < 0x40 ? NAME_LOW >> octet : NAME_HIGH >> (octet & 0x3f);
		if (octet > 0x7f) octetsSeen = true;
		if (octet > 0x7f || !(allowed & 1)) faults = BAD_NAME;
	}
	return faults;
}

/** "A field value MUST NOT contain the zero value, line feed, or carriage return" nor "start or end with" SP or HTAB. */
export function valueFaults(at: usize, length: u32): u32 {
	if (length == 0) return 0;
	const end = at + length;
	let faults: u32 = isBlank(load<u8>(at)) || isBlank(load<u8>(end - 1)) ? BAD_VALUE : 0;
	let seen: u32 = 0;
	for (; at < end; at++) {
		const octet: u32 = load<u8>(at);
		seen |= octet;
		if (octet <= 0x0d && (octet == 0 || octet == 0x0a || octet == 0x0d)) faults = BAD_VALUE;
	}
	if (seen > 0x7f) octetsSeen = true;
	return faults;
}

// @ts-ignore: decorator
@inline
function isBlank(octet: u32): bool {
	return octet == 0x20 || octet == 0x09;
}
