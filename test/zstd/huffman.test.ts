import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildFSETable } from '../../src/zstd/fse.ts';
import { decodeHuffman, readHuffmanTable } from '../../src/zstd/huffman.ts';
import { Octets } from '../../src/zstd/octets.ts';
import { backwardBits, describeFSE } from '../support/zstd-frames.ts';

// RFC 8878 §4.2.1: weights 4, 3, 2, 0, 1 and one that follows from them, and the codes that they stand for.
const EXAMPLE = [127 + 5, 0x43, 0x20, 0x10];
const CODES: Record<number, string> = { 0: '1', 1: '01', 2: '001', 4: '0000', 5: '0001' };

function octetsOf(...octets: readonly number[]): Octets {
	return new Octets(Uint8Array.from(octets));
}

function decode(bits: string, count: number): number[] {
	const literals = new Uint8Array(count + 2);
	decodeHuffman(readHuffmanTable(octetsOf(...EXAMPLE)), new Octets(backwardBits(bits)), literals, 1, 1 + count);
	assert.deepEqual([literals[0], literals[count + 1]], [0, 0], 'written outside');
	return [...literals.subarray(1, 1 + count)];
}

test('weights give the codes of the example of RFC 8878', () => {
	const octets = octetsOf(...EXAMPLE, 0xab);
	assert.equal(readHuffmanTable(octets).maxBits, 4);
	assert.equal(octets.octet(), 0xab);
	const literals = [0, 1, 2, 4, 5, 5, 4, 2, 1, 0, 0, 0];
	const bits = literals.map((literal) => CODES[literal]).join(' ');
	assert.deepEqual(decode(bits, literals.length), literals);
	assert.deepEqual(decode('', 0), []);
});

test('a stream is as long as its literals', () => {
	assert.throws(() => decode('1 01', 3), /ends early/);
	assert.throws(() => decode('0', 1), /ends early/);
	assert.throws(() => decode('1 01', 1), /goes on/);
});

test('weights may be compressed', () => {
	const frequencies = [0, 16, 16];
	const table = buildFSETable(frequencies, 5);
	const state = table.symbols.indexOf(1).toString(2).padStart(5, '0');
	for (const bit of [0, 1]) {
		const third = table.symbols[table.bases[table.symbols.indexOf(1)]! + bit]!;
		const described = [...describeFSE(frequencies, 5), ...backwardBits(`${state} ${state} ${bit}`)];
		const octets = octetsOf(described.length, ...described, 0xab);
		assert.deepEqual(readHuffmanTable(octets), readHuffmanTable(octetsOf(127 + 3, 0x11, third << 4)));
		assert.equal(octets.octet(), 0xab);
	}
	const short = [...describeFSE(frequencies, 5), ...backwardBits(`${state} 0000`)];
	assert.throws(() => readHuffmanTable(octetsOf(short.length, ...short)), /end early/);
});

test('a table without end is refused: one symbol that takes no bits', () => {
	// 32 of 32 for symbol 0, and a stream with bits for more than the first states.
	assert.throws(() => readHuffmanTable(octetsOf(4, 0xf0, 0x03, 0xff, 0xff)), /more weights than literals/);
});

test('no code is made of impossible weights', () => {
	assert.throws(() => readHuffmanTable(octetsOf(127 + 2, 0xc1)), /weight is too large/);
	assert.throws(() => readHuffmanTable(octetsOf(127 + 2, 0x00)), /no length/);
	assert.throws(() => readHuffmanTable(octetsOf(127 + 3, 0xbb, 0xb0)), /too great a length/);
	// 4 + 1 leaves 3 of 8.
	assert.throws(() => readHuffmanTable(octetsOf(127 + 2, 0x31)), /not complete/);
	assert.throws(() => readHuffmanTable(octetsOf(127 + 4, 0x11)), /ends early/);
	assert.throws(() => readHuffmanTable(octetsOf(5, 0x11)), /ends early/);
	assert.throws(() => readHuffmanTable(octetsOf(0)), /ends early/);
});
