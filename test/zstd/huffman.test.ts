import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader } from '../../src/zstd/byte-reader.ts';
import { buildFSETable } from '../../src/zstd/fse.ts';
import { decodeHuffman, readHuffmanTable } from '../../src/zstd/huffman.ts';
import { backwardBits, describeFSE } from '../support/zstd-frames.ts';

// The example of RFC 8878 §4.2.1: weights 4, 3, 2, 0, 1 and an implied last one, and their codes.
const EXAMPLE = [127 + 5, 0x43, 0x20, 0x10];
const CODES: Record<number, string> = { 0: '1', 1: '01', 2: '001', 4: '0000', 5: '0001' };

function readerOf(...reader: readonly number[]): ByteReader {
	return new ByteReader(Uint8Array.from(reader));
}

function decode(bits: string, count: number): number[] {
	const literals = new Uint8Array(count + 2);
	decodeHuffman(readHuffmanTable(readerOf(...EXAMPLE)), new ByteReader(backwardBits(bits)), literals, 1, 1 + count);
	assert.deepEqual([literals[0], literals[count + 1]], [0, 0], 'bytes outside the range changed');
	return [...literals.subarray(1, 1 + count)];
}

test('Huffman weights give the codes of the example in RFC 8878', () => {
	const reader = readerOf(...EXAMPLE, 0xab);
	assert.equal(readHuffmanTable(reader).maxBits, 4);
	assert.equal(reader.byte(), 0xab);
	const literals = [0, 1, 2, 4, 5, 5, 4, 2, 1, 0, 0, 0];
	const bits = literals.map((literal) => CODES[literal]).join(' ');
	assert.deepEqual(decode(bits, literals.length), literals);
	assert.deepEqual(decode('', 0), []);
});

test('a literals stream that is too short or too long is an error', () => {
	assert.throws(() => decode('1 01', 3), /ends early/);
	assert.throws(() => decode('0', 1), /ends early/);
	assert.throws(() => decode('1 01', 1), /is too long/);
});

test('Huffman weights may be FSE compressed', () => {
	const frequencies = [0, 16, 16];
	const table = buildFSETable(frequencies, 5);
	const state = table.symbols.indexOf(1).toString(2).padStart(5, '0');
	for (const bit of [0, 1]) {
		const third = table.symbols[table.bases[table.symbols.indexOf(1)]! + bit]!;
		const described = [...describeFSE(frequencies, 5), ...backwardBits(`${state} ${state} ${bit}`)];
		const reader = readerOf(described.length, ...described, 0xab);
		assert.deepEqual(readHuffmanTable(reader), readHuffmanTable(readerOf(127 + 3, 0x11, third << 4)));
		assert.equal(reader.byte(), 0xab);
	}
	const short = [...describeFSE(frequencies, 5), ...backwardBits(`${state} 0000`)];
	assert.throws(() => readHuffmanTable(readerOf(short.length, ...short)), /end early/);
});

test('endless Huffman weights from one symbol that takes no bits are an error', () => {
	// Frequency 32 of 32 for symbol 0, and a bit stream that is longer than the initial states.
	assert.throws(() => readHuffmanTable(readerOf(4, 0xf0, 0x03, 0xff, 0xff)), /too many Huffman weights/);
});

test('invalid Huffman weights are an error', () => {
	assert.throws(() => readHuffmanTable(readerOf(127 + 2, 0xc1)), /weight is too large/);
	assert.throws(() => readHuffmanTable(readerOf(127 + 2, 0x00)), /empty or longer than 11 bits/);
	assert.throws(() => readHuffmanTable(readerOf(127 + 3, 0xbb, 0xb0)), /empty or longer than 11 bits/);
	// 4 + 1 leaves 3 of 8, which is no power of two.
	assert.throws(() => readHuffmanTable(readerOf(127 + 2, 0x31)), /incomplete/);
	assert.throws(() => readHuffmanTable(readerOf(127 + 4, 0x11)), /ends early/);
	assert.throws(() => readHuffmanTable(readerOf(5, 0x11)), /ends early/);
	assert.throws(() => readHuffmanTable(readerOf(0)), /ends early/);
});
