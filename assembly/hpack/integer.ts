// RFC 7541 §5.1: integers with a prefix of 1 to 8 bits.

/** Values of a prefix and four more bytes are accepted: up to 2^28 - 1 plus the prefix, above every valid length and index. */
const MAX_CONTINUATIONS: u32 = 4;

/** The end of the last integer; 0 if the input ended inside it or it was too large. */
export let integerEnd: usize = 0;
/** Whether the last failure was a value that is too large, and not the end of the input. */
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
		const byte: u32 = load<u8>(at);
		at++;
		value += (byte & 0x7f) << (i * 7);
		if (byte < 0x80) {
			integerEnd = at;
			return value;
		}
	}
	integerTooLarge = true;
	return 0;
}

/** Writes `value` after the bits `pattern` of the first byte; returns the end. */
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
