// Bytes in memory from hexadecimal digits or text, and back.

/** Writes hexadecimal digits, which may have blanks between bytes; returns the end. */
export function putHex(at: usize, digits: string): usize {
	let high = -1;
	for (let i = 0; i < digits.length; i++) {
		const code = digits.charCodeAt(i);
		if (code == 0x20 || code == 0x0a || code == 0x09) continue;
		const digit = code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57;
		assert(digit >= 0 && digit < 16, 'not a hexadecimal digit');
		if (high < 0) high = digit;
		else {
			store<u8>(at++, (high << 4) | digit);
			high = -1;
		}
	}
	assert(high < 0, 'half a byte');
	return at;
}

/** Writes one byte for each character; returns the end. */
export function putText(at: usize, text: string): usize {
	for (let i = 0; i < text.length; i++) store<u8>(at++, text.charCodeAt(i));
	return at;
}

export function hexAt(at: usize, length: u32): string {
	let digits = '';
	for (let i: u32 = 0; i < length; i++) digits += hex(load<u8>(at + i), 2);
	return digits;
}

export function textAt(at: usize, length: u32): string {
	const text = new Array<string>(length);
	for (let i: u32 = 0; i < length; i++) text[i] = String.fromCharCode(load<u8>(at + i));
	return text.join('');
}

/** `value` as `width` hexadecimal digits. */
export function hex(value: u32, width: i32): string {
	let digits = '';
	for (let shift = (width - 1) * 4; shift >= 0; shift -= 4) {
		digits += '0123456789abcdef'.charAt((value >> shift) & 15);
	}
	return digits;
}

/** `byte` in hexadecimal, repeated `count` times. */
export function repeated(byte: u32, count: i32): string {
	return hex(byte, 2).repeat(count);
}

/** A frame in hexadecimal, with the length of `payload`. */
export function frame(type: u32, flags: u32, streamId: u32, payload: string = ''): string {
	return head(payload.length >> 1, type, flags, streamId) + payload;
}

/** The nine bytes of a frame's head. */
export function head(length: u32, type: u32, flags: u32, streamId: u32): string {
	return hex(length, 6) + hex(type, 2) + hex(flags, 2) + hex(streamId, 8);
}

/** A string literal, not Huffman-coded, of at most 126 bytes. */
export function literal(text: string): string {
	let digits = hex(text.length, 2);
	for (let i = 0; i < text.length; i++) digits += hex(text.charCodeAt(i), 2);
	return digits;
}

/** The length of a Huffman-coded string of more than 16,510 bytes, as HPACK encodes it. */
export function longHuffmanLength(length: u32): string {
	const rest = length - 127;
	return 'ff' + hex(0x80 | (rest & 0x7f), 2) + hex(0x80 | ((rest >> 7) & 0x7f), 2) + hex(rest >> 14, 2);
}
