import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { adler32, FlushMark, GzipHeader } from '../../src/runtime/deflate-wrapper.ts';
import { split } from '../support/byte-source.ts';
import { noise } from '../support/zstd-frames.ts';

const FIXED = [0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 0, 255];
const withFlags = (flags: number, ...rest: number[]): Uint8Array =>
	Uint8Array.from([...FIXED.slice(0, 3), flags, ...FIXED.slice(4), ...rest]);
const text = [...new TextEncoder().encode('name'), 0];

/** The index after the header in `bytes`; -1 if they end before. */
function headerLength(bytes: Uint8Array, size: number): number {
	const header = new GzipHeader();
	let before = 0;
	for (const chunk of split(bytes, size)) {
		const at = header.read(chunk);
		if (at >= 0) return before + at;
		before += chunk.length;
	}
	return -1;
}

test('a gzip header ends after its optional parts, however it is split', () => {
	const headers = [
		withFlags(0),
		withFlags(2, 1, 2),
		withFlags(4, 3, 0, 9, 9, 9),
		withFlags(4, 0, 1, ...new Array(256).fill(0)),
		withFlags(8, ...text),
		withFlags(16, ...text),
		withFlags(30, 1, 0, 7, ...text, 0, 1, 2),
	];
	for (const header of headers) {
		const bytes = Uint8Array.from([...header, 0, 1, 2, 3]);
		for (const size of [1, 3, header.length, bytes.length]) assert.equal(headerLength(bytes, size), header.length);
		for (const size of [1, 100_000]) assert.equal(headerLength(header.subarray(0, -1), size), -1);
	}
});

test('a gzip header with another magic number or method, or without an end, is an error', () => {
	for (const place of [0, 1, 2]) {
		const bytes = Uint8Array.from(FIXED);
		bytes[place] = 7;
		assert.throws(() => headerLength(bytes, 10), /no gzip header/);
	}
	const endless = new Uint8Array(200_000).fill(65);
	endless.set(withFlags(8));
	for (const size of [1, 1000, 200_000]) assert.throws(() => headerLength(endless, size), /too long/);
});

test('a flush mark is found at the end of deflate data, however it is split', () => {
	const bytes = Uint8Array.of(1, 2, 0, 0, 0xff, 0xff);
	for (const size of [1, 2, 3, 6]) {
		const mark = new FlushMark();
		for (const chunk of split(bytes, size)) {
			assert.equal(mark.isLast, false);
			mark.push(chunk);
		}
		assert.equal(mark.isLast, true, `in chunks of ${size}`);
		mark.push(new Uint8Array(0));
		assert.equal(mark.isLast, true);
		mark.push(Uint8Array.of(0xff));
		assert.equal(mark.isLast, false);
	}
});

test('adler32 agrees with zlib, for data in one chunk and in several', () => {
	for (const bytes of [new Uint8Array(0), noise(10_000), new Uint8Array(100_000).fill(255)]) {
		const expected = zlib.deflateSync(bytes).readUInt32BE(zlib.deflateSync(bytes).length - 4);
		for (const size of [7, 3800, 200_000]) {
			let value = 1;
			for (const chunk of split(bytes, size)) value = adler32(chunk, value);
			assert.equal(value, expected);
		}
	}
});
