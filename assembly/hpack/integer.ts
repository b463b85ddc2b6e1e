// RFC 7541 §5.1: integers with a prefix of 1 to 8 bits.

/** Values are at most 2^28 - 1 + prefix and four continuation octets, far above any length or index that we accept. */
const MAX_CONTINUATIONS: u32 = 4;

/** Where the integer that was read last ends; 0 when the input ended within it or it was too large. */
export let integerEnd: usize = 0;
/** Whether the last failure was for size; the other reason is that the input ended. */
export let integerTooLarge: bool = false;

export function readInteger(at: usize, end: usize, prefixBits: u32): u32 {
	integerEnd = 0;
	integerTooLarge = false;
	if (at >= end) return 0;
	const mask: u32 = (1 << prefixBits) - 1;
	let value: u32 = <u32>load<u8>(at) & mask;
	at++;
	if (value < mask) {
		integerEnd = at;
		return value;
	}
	for (let i: u32 = 0; i < MAX_CONTINUATIONS; i++) {
		if (at >= end) return 0;
		const octet: u32 = load<u8>(at);
		at++;
		value += (octet & 0x7f) << (i * 7);
		if (octet < 0x80) {
			integerEnd = at;
			return value;
		}
	}
	integerTooLarge = true;
	return 0;
}

/** Writes `value` behind the bits `pattern` of the first octet; returns the end. */
export function writeInteger(at: usize, pattern: u32, prefixBits: u32, value: u32): usize {
	const mask: u32 = (1 << prefixBits) - 1;
	if (value < mask) {
		store<u8>(at, pattern | value);
		return at + 1;
	}
	store<u8>(at, pattern | mask);
	at++;
	value -= mask;
	while (value >= 0x80) {
		store<u8>(at, 0x80 | (value & 0x7f));
		at++;
		value >>= 7;
	}
	store<u8>(at, value);
	return at + 1;
}
