import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackwardBits, highestBit, Octets } from '../../src/zstd/octets.ts';

test('octets are read in order, and not beyond their end', () => {
	const octets = new Octets(Uint8Array.of(9, 1, 2, 0xff, 4, 5), 1, 5);
	assert.equal(octets.length, 4);
	assert.equal(octets.octet(), 1);
	assert.equal(octets.number(2), 0xff02);
	assert.equal(octets.octet(), 4);
	assert.throws(() => octets.octet(), /a section ends early/);
	assert.equal(new Octets(Uint8Array.of(0, 0, 0, 0, 0, 0x80)).number(6), 2 ** 47);
});

test('a part is taken off, if there is so much', () => {
	const octets = new Octets(Uint8Array.of(1, 2, 3));
	const part = octets.part(2);
	assert.deepEqual([part.octet(), part.octet(), part.length], [1, 2, 0]);
	assert.throws(() => octets.part(2), /a section ends early/);
	assert.equal(octets.part(1).octet(), 3);
	assert.equal(octets.part(0).length, 0);
});

test('bits are read from the mark to the first octet', () => {
	// 1 is the mark: 000 1 0110 | 1010 0101
	const bits = new BackwardBits(new Octets(Uint8Array.of(0xff, 0b10100101, 0b00010110), 1));
	assert.equal(bits.left, 12);
	assert.equal(bits.peek(4), 0b0110);
	assert.equal(bits.read(4), 0b0110);
	assert.equal(bits.read(0), 0);
	assert.equal(bits.read(5), 0b10100);
	assert.equal(bits.left, 3);
	assert.equal(bits.read(3), 0b101);
	assert.equal(bits.left, 0);
});

test('bits behind the last one are zeros, and counted', () => {
	const bits = new BackwardBits(new Octets(Uint8Array.of(0b1011)));
	assert.equal(bits.peek(5), 0b01100);
	assert.equal(bits.read(5), 0b01100);
	assert.equal(bits.left, -2);
	assert.equal(bits.read(4), 0);
	assert.equal(bits.left, -6);
});

test('25 bits are read at once, wherever they begin', () => {
	const octets = new Octets(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x80));
	for (let skipped = 0; skipped <= 7; skipped++) {
		const bits = new BackwardBits(octets);
		bits.read(7 + skipped);
		assert.equal(bits.read(25), 2 ** 25 - 1, `after ${skipped} bits`);
	}
});

test('a stream without its mark is refused', () => {
	assert.throws(() => new BackwardBits(new Octets(Uint8Array.of(1, 0))), /no end mark/);
	assert.throws(() => new BackwardBits(new Octets(new Uint8Array(0))), /no end mark/);
});

test('the highest bit is found', () => {
	assert.deepEqual([0, 1, 2, 3, 4, 255, 256].map(highestBit), [-1, 0, 1, 1, 2, 7, 8]);
});
