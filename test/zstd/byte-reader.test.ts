import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackwardBitReader, ByteReader, highestBit } from '../../src/zstd/byte-reader.ts';

test('bytes are read in order, and reading beyond the end is an error', () => {
	const reader = new ByteReader(Uint8Array.of(9, 1, 2, 0xff, 4, 5), 1, 5);
	assert.equal(reader.length, 4);
	assert.equal(reader.byte(), 1);
	assert.equal(reader.uint(2), 0xff02);
	assert.equal(reader.byte(), 4);
	assert.throws(() => reader.byte(), /a section ends early/);
	assert.equal(new ByteReader(Uint8Array.of(0, 0, 0, 0, 0, 0x80)).uint(6), 2 ** 47);
});

test('take of a byte reader returns a reader of the next bytes, if there are enough', () => {
	const reader = new ByteReader(Uint8Array.of(1, 2, 3));
	const taken = reader.take(2);
	assert.deepEqual([taken.byte(), taken.byte(), taken.length], [1, 2, 0]);
	assert.throws(() => reader.take(2), /a section ends early/);
	assert.equal(reader.take(1).byte(), 3);
	assert.equal(reader.take(0).length, 0);
});

test('bits are read from the end mark back to the first byte', () => {
	// 000 1 0110 | 1010 0101, where the first 1 is the mark.
	const bits = new BackwardBitReader(new ByteReader(Uint8Array.of(0xff, 0b10100101, 0b00010110), 1));
	assert.equal(bits.left, 12);
	assert.equal(bits.peek(4), 0b0110);
	assert.equal(bits.read(4), 0b0110);
	assert.equal(bits.read(0), 0);
	assert.equal(bits.read(5), 0b10100);
	assert.equal(bits.left, 3);
	assert.equal(bits.read(3), 0b101);
	assert.equal(bits.left, 0);
});

test('bits read beyond the start are zeros and make `left` negative', () => {
	const bits = new BackwardBitReader(new ByteReader(Uint8Array.of(0b1011)));
	assert.equal(bits.peek(5), 0b01100);
	assert.equal(bits.read(5), 0b01100);
	assert.equal(bits.left, -2);
	assert.equal(bits.read(4), 0);
	assert.equal(bits.left, -6);
});

test('25 bits can be read at once from any position', () => {
	const reader = new ByteReader(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x80));
	for (let skipped = 0; skipped <= 7; skipped++) {
		const bits = new BackwardBitReader(reader);
		bits.read(7 + skipped);
		assert.equal(bits.read(25), 2 ** 25 - 1, `after ${skipped} bits`);
	}
});

test('a bit stream without an end mark is an error', () => {
	assert.throws(() => new BackwardBitReader(new ByteReader(Uint8Array.of(1, 0))), /no end mark/);
	assert.throws(() => new BackwardBitReader(new ByteReader(new Uint8Array(0))), /no end mark/);
});

test('highestBit returns the index of the highest set bit', () => {
	assert.deepEqual([0, 1, 2, 3, 4, 255, 256].map(highestBit), [-1, 0, 1, 1, 2, 7, 8]);
});
