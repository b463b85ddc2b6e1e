import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FrameHead, frameHeadLength, readFrameHead } from '../../src/zstd/frame-head.ts';
import { Octets } from '../../src/zstd/octets.ts';

const SINGLE = 0x20;

/** Reads a head without its magic number, which must be as long as its first octet says. */
function read(...octets: number[]): FrameHead {
	assert.equal(frameHeadLength(octets[0]!), 4 + octets.length);
	const head = new Octets(Uint8Array.from(octets));
	const frame = readFrameHead(head);
	assert.equal(head.length, 0);
	return frame;
}

test('the size of the content may be left out, or take 1, 2, 4 or 8 octets', () => {
	assert.equal(read(0x00, 0).contentSize, null);
	assert.equal(read(SINGLE, 7).contentSize, 7);
	assert.equal(read(0x40, 0, 1, 2).contentSize, 256 + 0x201);
	assert.equal(read(0x80, 0, 1, 2, 3, 4).contentSize, 0x04030201);
	assert.equal(read(0xc0, 0, 1, 0, 0, 0, 1, 0, 0, 0).contentSize, 2 ** 32 + 1);
});

test('a window is so many eighths more than a power of two, or the content', () => {
	assert.equal(read(0x00, 0).windowSize, 1024);
	assert.equal(read(0x00, (7 << 3) | 3).windowSize, 131_072 + 3 * 16_384);
	assert.equal(read(0x00, 13 << 3).windowSize, 2 ** 23);
	assert.equal(read(SINGLE, 0).windowSize, 0);
	assert.equal(read(SINGLE | 0x80, 0, 0, 0x80, 0).windowSize, 2 ** 23);
});

test('windows beyond 8 MiB are refused, whatever they would hold', () => {
	assert.throws(() => read(0x00, (13 << 3) | 1), /window of 9437184 octets/);
	assert.throws(() => read(0x00, 0xff), /window of 4123168604160 octets/);
	assert.throws(() => read(SINGLE | 0x80, 1, 0, 0x80, 0), /window of 8388609 octets/);
	assert.throws(() => read(SINGLE | 0xc0, 255, 255, 255, 255, 255, 255, 255, 255), /window of/);
});

test('a checksum is announced', () => {
	assert.equal(read(0x04, 0).hasChecksum, true);
	assert.equal(read(0x00, 0).hasChecksum, false);
});

test('no dictionary may be needed, and no reserved bit set', () => {
	assert.equal(read(0x01, 0, 0).windowSize, 1024);
	assert.equal(read(0x03, 0, 0, 0, 0, 0).windowSize, 1024);
	assert.throws(() => read(0x01, 0, 9), /needs a dictionary/);
	assert.throws(() => read(0x02, 0, 0, 9), /needs a dictionary/);
	assert.throws(() => read(0x03, 0, 0, 0, 0, 1), /needs a dictionary/);
	assert.throws(() => read(0x08, 0), /reserved bit/);
});
