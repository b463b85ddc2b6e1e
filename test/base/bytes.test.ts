import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdBytes, joinBytes, joinViews, latin1Bytes, latin1Text } from '../../src/base/bytes.ts';

test('joinBytes copies its chunks in order', () => {
	const chunk = Uint8Array.of(1, 2);
	const joined = joinBytes([chunk, new Uint8Array(0), Uint8Array.of(3)]);
	chunk.fill(9);
	assert.deepEqual(joined, Uint8Array.of(1, 2, 3));
	assert.deepEqual(joinBytes([]), new Uint8Array(0));
});

test('joinBytes does not copy a single chunk', () => {
	const chunk = Uint8Array.of(1, 2);
	assert.equal(joinBytes([chunk]), chunk);
});

test('an ASCII text becomes its bytes', () => {
	assert.deepEqual(latin1Bytes('PRI\r\n\0'), Uint8Array.of(0x50, 0x52, 0x49, 0x0d, 0x0a, 0));
	assert.deepEqual(latin1Bytes(''), new Uint8Array(0));
});

test('each byte is one character of latin1Text, and the other way round', () => {
	const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
	assert.equal(latin1Text(bytes), Buffer.from(bytes).toString('latin1'));
	assert.deepEqual(latin1Bytes(latin1Text(bytes)), bytes);
});

test('joinViews copies only what is not in one piece', () => {
	const bytes = Uint8Array.of(1, 2, 3, 4, 5);
	const view = joinViews([bytes.subarray(1, 1), bytes.subarray(1, 3), new Uint8Array(0), bytes.subarray(3, 4)]);
	assert.deepEqual([view.buffer, view.byteOffset, view.length], [bytes.buffer, 1, 3]);
	for (const parts of [
		[bytes.subarray(0, 2), bytes.subarray(3)],
		[bytes.subarray(3), bytes.subarray(0, 2)],
		[bytes.subarray(0, 2), Uint8Array.of(9)],
	]) {
		const joined = joinViews(parts);
		assert.deepEqual(
			[...joined],
			parts.flatMap((part) => [...part]),
		);
		assert.notEqual(joined.buffer, bytes.buffer);
	}
	assert.deepEqual(joinViews([]), new Uint8Array(0));
});

test('holdBytes copies lent bytes, and keeps few pieces however many arrive', () => {
	const lent = Buffer.alloc(1);
	const pieces: Uint8Array[] = [];
	let most = 0;
	for (let i = 0; i < 1000; i++) {
		lent[0] = i % 251;
		holdBytes(pieces, lent);
		most = Math.max(most, pieces.length);
	}
	assert.deepEqual(
		joinBytes(pieces),
		Uint8Array.from({ length: 1000 }, (_, i) => i % 251),
	);
	assert.ok(most < 256);
});
