import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader } from '../../src/zstd/byte-reader.ts';
import { type FrameHeader, frameHeaderLength, readFrameHeader } from '../../src/zstd/frame-header.ts';

const SINGLE = 0x20;

/** Reads a header without its magic number; its length must be what its descriptor says. */
function read(...bytes: number[]): FrameHeader {
	assert.equal(frameHeaderLength(bytes[0]!), 4 + bytes.length);
	const reader = new ByteReader(Uint8Array.from(bytes));
	const header = readFrameHeader(reader);
	assert.equal(reader.length, 0);
	return header;
}

test('the content size of a zstd frame takes 0, 1, 2, 4 or 8 bytes', () => {
	assert.equal(read(0x00, 0).contentSize, null);
	assert.equal(read(SINGLE, 7).contentSize, 7);
	assert.equal(read(0x40, 0, 1, 2).contentSize, 256 + 0x201);
	assert.equal(read(0x80, 0, 1, 2, 3, 4).contentSize, 0x04030201);
	assert.equal(read(0xc0, 0, 1, 0, 0, 0, 1, 0, 0, 0).contentSize, 2 ** 32 + 1);
});

test('the window size of a zstd frame is a power of two plus eighths of it, or the content size', () => {
	assert.equal(read(0x00, 0).windowSize, 1024);
	assert.equal(read(0x00, (7 << 3) | 3).windowSize, 131_072 + 3 * 16_384);
	assert.equal(read(0x00, 13 << 3).windowSize, 2 ** 23);
	assert.equal(read(SINGLE, 0).windowSize, 0);
	assert.equal(read(SINGLE | 0x80, 0, 0, 0x80, 0).windowSize, 2 ** 23);
});

test('zstd windows above 8 MiB are an error', () => {
	assert.throws(() => read(0x00, (13 << 3) | 1), /window of 9437184 bytes/);
	assert.throws(() => read(0x00, 0xff), /window of 4123168604160 bytes/);
	assert.throws(() => read(SINGLE | 0x80, 1, 0, 0x80, 0), /window of 8388609 bytes/);
	assert.throws(() => read(SINGLE | 0xc0, 255, 255, 255, 255, 255, 255, 255, 255), /window of/);
});

test('the descriptor of a zstd frame says whether a checksum follows', () => {
	assert.equal(read(0x04, 0).hasChecksum, true);
	assert.equal(read(0x00, 0).hasChecksum, false);
});

test('dictionaries and reserved bits in a zstd frame are an error', () => {
	assert.equal(read(0x01, 0, 0).windowSize, 1024);
	assert.equal(read(0x03, 0, 0, 0, 0, 0).windowSize, 1024);
	assert.throws(() => read(0x01, 0, 9), /needs a dictionary/);
	assert.throws(() => read(0x02, 0, 0, 9), /needs a dictionary/);
	assert.throws(() => read(0x03, 0, 0, 0, 0, 1), /needs a dictionary/);
	assert.throws(() => read(0x08, 0), /reserved bit/);
});
