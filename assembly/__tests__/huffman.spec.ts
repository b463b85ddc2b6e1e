import { decodeHuffman, encodeHuffman, huffmanLength } from '../hpack/huffman';
import { CODES, LENGTHS } from '../hpack/huffman-table';
import { ARENA, BLOCK, OUTPUT } from '../memory';
import { hex, hexAt, putHex, putText, textAt } from './support/bytes';

function encoded(text: string): string {
	return hexAt(OUTPUT, <u32>(encodeHuffman(ARENA, putText(ARENA, text), OUTPUT) - OUTPUT));
}

function decoded(digits: string): string {
	const length = decodeHuffman(BLOCK, putHex(BLOCK, digits), ARENA);
	return length < 0 ? 'error' : textAt(ARENA, length);
}

/** Encodes ARENA[0, length) and decodes it again. True if the bytes are the same and huffmanLength was right. */
function comesBack(length: usize): bool {
	const end = encodeHuffman(ARENA, ARENA + length, OUTPUT);
	if (<u32>(end - OUTPUT) != huffmanLength(ARENA, ARENA + length)) return false;
	// The bytes that follow in memory must not matter.
	store<u64>(end, 0x5555555555555555);
	return decodeHuffman(OUTPUT, end, BLOCK) == <i32>length && memory.compare(ARENA, BLOCK, length) == 0;
}

/** Whether [BLOCK, BLOCK + length) is an error, or is exactly the encoding of the string to which it decodes. */
function isCanonical(length: usize): bool {
	const size = decodeHuffman(BLOCK, BLOCK + length, ARENA);
	if (size < 0) return true;
	const end = encodeHuffman(ARENA, ARENA + size, OUTPUT);
	return end - OUTPUT == length && memory.compare(BLOCK, OUTPUT, length) == 0;
}

function codeOf(symbol: u32): u32 {
	return load<u32>(CODES + (symbol << 2));
}

function lengthOf(symbol: u32): u32 {
	return load<u8>(LENGTHS + symbol);
}

describe('Huffman code', () => {
	test('Huffman codes are those of RFC 7541 appendix B', () => {
		expect(encoded('0')).toBe('07');
		expect(encoded('a')).toBe('1f');
		expect(encoded('&')).toBe('f8');
		expect(encoded('!')).toBe('fe3f');
		expect(encoded('~')).toBe('ffef');
		expect(encoded('\x00')).toBe('ffc7');
		expect(encoded('\t')).toBe('ffffea');
		expect(encoded('\n')).toBe('fffffff3');
		expect(encoded('\r')).toBe('fffffff7');
		expect(encoded('\x16')).toBe('fffffffb');
		expect(encoded('\x80')).toBe('fffe6f');
		expect(encoded('\xff')).toBe('fffffbbf');
	});

	test('the strings of RFC 7541 appendices C.4 and C.6 are coded as there', () => {
		expect(encoded('www.example.com')).toBe('f1e3c2e5f23a6ba0ab90f4ff');
		expect(encoded('no-cache')).toBe('a8eb10649cbf');
		expect(encoded('custom-key')).toBe('25a849e95ba97d7f');
		expect(decoded('25a849e95bb8e8b4bf')).toBe('custom-value');
		expect(decoded('640eff')).toBe('307');
		expect(decoded('9d29ad171863c78f0b97c8e9ae82ae43d3')).toBe('https://www.example.com');
	});

	test('the Huffman code is complete with every symbol and EOS', () => {
		let sum: u64 = 1;
		for (let symbol: u32 = 0; symbol < 256; symbol++) sum += 1 << (30 - lengthOf(symbol));
		expect(sum).toBe(1 << 30);
	});

	test('the empty string has an empty Huffman code', () => {
		expect(encoded('')).toBe('');
		expect(decodeHuffman(BLOCK, BLOCK, ARENA)).toBe(0);
	});

	test('every symbol is decoded from its Huffman code', () => {
		for (let symbol = 0; symbol < 256; symbol++) {
			store<u8>(ARENA, symbol);
			expect(comesBack(1)).toBeTruthy('symbol ' + symbol.toString());
		}
	});

	test('every pair of symbols, and so of code lengths, is decoded from its Huffman code', () => {
		let broken = 0;
		for (let pair: u32 = 0; pair < 65536; pair++) {
			store<u16>(ARENA, <u16>pair);
			if (!comesBack(2)) broken++;
		}
		expect(broken).toBe(0);
	});

	test('every symbol is decoded at every bit of the buffer and before every refill', () => {
		let broken = 0;
		// 'a' has 5 bits and '\xff' has 26. Together they shift the code to every bit of eight bytes.
		for (let fives: usize = 0; fives < 16; fives++) {
			for (let longs: usize = 0; longs < 3; longs++) {
				for (let symbol: u32 = 0; symbol < 256; symbol++) {
					memory.fill(ARENA, 0x61, fives);
					memory.fill(ARENA + fives, 0xff, longs);
					store<u8>(ARENA + fives + longs, symbol);
					if (!comesBack(fives + longs + 1)) broken++;
					store<u8>(ARENA + fives + longs + 1, symbol);
					store<u32>(ARENA + fives + longs + 2, 0x30303030);
					if (!comesBack(fives + longs + 6)) broken++;
				}
			}
		}
		expect(broken).toBe(0);
	});

	test('a string of all symbols is decoded from its Huffman code', () => {
		for (let symbol: u32 = 0; symbol < 512; symbol++) store<u8>(ARENA + symbol, symbol * 7);
		expect(comesBack(512)).toBeTruthy();
	});
});

describe('Huffman padding', () => {
	test('Huffman padding is up to seven ones', () => {
		// '0' has 5 bits, so 0 to 7 of them leave every number of padding bits from 0 to 7.
		let seen = 0;
		for (let zeros: usize = 0; zeros < 8; zeros++) {
			memory.fill(ARENA, 0x30, zeros);
			const spare: i32 = (8 - ((<i32>zeros * 5) & 7)) & 7;
			seen |= 1 << spare;
			expect(comesBack(zeros)).toBeTruthy();
			const end = encodeHuffman(ARENA, ARENA + zeros, OUTPUT);
			const ones = (1 << spare) - 1;
			if (spare > 0) expect(load<u8>(end - 1) & ones).toBe(ones);
		}
		expect(seen).toBe(0xff);
	});

	test('a whole byte of Huffman padding is an error after every symbol', () => {
		let accepted = 0;
		for (let symbol = 0; symbol < 256; symbol++) {
			store<u8>(ARENA, symbol);
			const end = encodeHuffman(ARENA, ARENA + 1, BLOCK);
			store<u8>(end, 0xff);
			if (decodeHuffman(BLOCK, end + 1, ARENA) >= 0) accepted++;
		}
		expect(accepted).toBe(0);
	});

	test('a Huffman string that is only padding is an error from the first byte', () => {
		expect(decoded('ff')).toBe('error');
		expect(decoded('ffff')).toBe('error');
		expect(decoded('ffffff')).toBe('error');
	});

	test('Huffman padding that is not all ones is an error', () => {
		expect(decoded('1f')).toBe('a');
		expect(decoded('1e')).toBe('error');
		expect(decoded('1d')).toBe('error');
		expect(decoded('1b')).toBe('error');
		expect(decoded('18')).toBe('error');
		expect(decoded('f1e3c2e5f23a6ba0ab90f4fe')).toBe('error');
		expect(decoded('a8eb10649cbe')).toBe('error');
	});

	test('any two bytes are an error or the only Huffman code of their string', () => {
		let broken = '';
		for (let bytes: u32 = 0; bytes < 65536; bytes++) {
			store<u16>(BLOCK, <u16>bytes);
			store<u32>(BLOCK + 2, 0);
			if (!isCanonical(2)) broken += hex(bytes, 4) + ' ';
			if (bytes < 256 && !isCanonical(1)) broken += hex(bytes, 2) + ' ';
		}
		expect(broken).toBe('');
	});

	test('any bytes are an error or the only Huffman code of their string', () => {
		let broken = '';
		let seed: u64 = 0x9e3779b97f4a7c15;
		for (let i = 0; i < 100000; i++) {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			// Mostly one bits, so that long codes, EOS and padding occur.
			store<u64>(BLOCK, i & 1 ? seed : seed | (seed << 7) | (seed >> 9) | 0x00ff00ff0000ff00);
			if (!isCanonical((i % 8) + 1)) broken += hexAt(BLOCK, (i % 8) + 1) + ' ';
		}
		expect(broken).toBe('');
	});
});

describe('EOS', () => {
	test('EOS in a Huffman string is an error', () => {
		expect(decoded('ffffffff')).toBe('error');
		expect(decoded('fffffffc')).toBe('error');
		expect(decoded('ffffffffff')).toBe('error');
	});

	test('EOS is an error after every symbol and before another', () => {
		let accepted = 0;
		for (let symbol: u32 = 0; symbol < 256; symbol++) {
			const length = lengthOf(symbol);
			// The code, EOS (30 one bits), '0' (five zero bits), and one bits as padding.
			let bits: u64 = (((<u64>codeOf(symbol)) << 30) | 0x3fffffff) << (64 - 30 - length);
			bits |= (((<u64>1) << (64 - 30 - length)) - 1) >> 5;
			store<u64>(BLOCK, bswap<u64>(bits));
			for (let size: usize = (length + 37) >> 3; size <= 8; size++) {
				if (decodeHuffman(BLOCK, BLOCK + size, ARENA) >= 0) accepted++;
			}
		}
		expect(accepted).toBe(0);
	});

	test('a truncated Huffman code is an error unless it is padding', () => {
		for (let symbol: u32 = 0; symbol < 256; symbol++) {
			const length = lengthOf(symbol);
			if (length <= 8) continue;
			store<u32>(BLOCK, bswap<u32>(codeOf(symbol) << (32 - length)));
			for (let size: usize = 1; size << 3 < length; size++) {
				expect(decodeHuffman(BLOCK, BLOCK + size, ARENA)).toBe(-1, 'symbol ' + symbol.toString());
			}
		}
	});
});
