// RFC 7541 §5.2: encodes and decodes the Huffman code of string literals. The decoder keeps up to 64 bits in `bits`, the
// next bit on top, and looks up FAST_BITS of them at a time.

import { CODES, FAST, FAST_BITS, LENGTHS, LIMITS, LONG, LONG_SYMBOLS, OFFSETS } from './huffman-table';

/** Decodes [source, end) to `target`; returns the length, or -1 for EOS, a broken code or bad padding. */
export function decodeHuffman(source: usize, end: usize, target: usize): i32 {
	const start = target;
	let bits: u64 = 0;
	let count: u32 = 0;
	while (true) {
		if (count < 32) {
			if (source + 4 <= end) {
				bits |= (<u64>bswap<u32>(load<u32>(source))) << (32 - count);
				source += 4;
				count += 32;
			} else {
				while (source < end && count <= 56) {
					bits |= (<u64>load<u8>(source)) << (56 - count);
					source++;
					count += 8;
				}
				if (count == 0) return <i32>(target - start);
			}
		}
		const entry: u32 = load<u16>(FAST + ((<usize>(bits >> (64 - FAST_BITS))) << 1));
		let length: u32 = entry >> 8;
		let symbol: u32 = entry & 0xff;
		if (length == 0) {
			const next = <u32>(bits >> 34);
			length = FAST_BITS + 1;
			while (next >= load<u32>(LIMITS + ((length - FAST_BITS - 1) << 2))) length++;
			const place = <i32>(next >> (30 - length)) + load<i32>(OFFSETS + ((length - FAST_BITS - 1) << 2));
			if (length <= count) {
				if (place >= LONG_SYMBOLS) return -1;
				symbol = load<u8>(LONG + place);
			}
		}
		if (length > count) {
			// "Padding strictly longer than 7 bits MUST be treated as a decoding error", and it is the top of EOS: all ones.
			return count < 8 && bits >> (64 - count) == (1 << count) - 1 ? <i32>(target - start) : -1;
		}
		store<u8>(target, symbol);
		target++;
		bits <<= length;
		count -= length;
	}
}

/** The length in bytes of [source, end) when encoded. */
export function huffmanLength(source: usize, end: usize): u32 {
	let bits: u32 = 0;
	while (source < end) {
		bits += load<u8>(LENGTHS + load<u8>(source));
		source++;
	}
	return (bits + 7) >> 3;
}

/** Encodes [source, end) to `target`; returns the end. */
export function encodeHuffman(source: usize, end: usize, target: usize): usize {
	let bits: u64 = 0;
	let count: u32 = 0;
	while (source < end) {
		const symbol: usize = load<u8>(source);
		const length: u32 = load<u8>(LENGTHS + symbol);
		source++;
		bits = (bits << length) | load<u32>(CODES + (symbol << 2));
		count += length;
		if (count >= 32) {
			count -= 32;
			store<u32>(target, bswap<u32>(<u32>(bits >> count)));
			target += 4;
		}
	}
	while (count >= 8) {
		count -= 8;
		store<u8>(target, <u8>(bits >> count));
		target++;
	}
	if (count > 0) {
		store<u8>(target, <u8>(<u32>(bits << (8 - count)) | (<u32>0xff >> count)));
		target++;
	}
	return target;
}
