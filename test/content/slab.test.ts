import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepBytes } from '../../src/content/slab.ts';

/** Around the limits of each slab, and above all of them. */
const LENGTHS = [0, 1, 2047, 2048, 2049, 16_383, 16_384, 16_385, 100_000];

test('keepBytes returns an independent copy of any length', () => {
	const lent = new Uint8Array(100_002);
	const kept = Array.from({ length: 40 }, (_, i) => {
		lent.fill(i + 1);
		const length = LENGTHS[i % LENGTHS.length] as number;
		return keepBytes(lent, 1, 1 + length);
	});
	lent.fill(0xdd);
	for (const [i, bytes] of kept.entries()) {
		assert.equal(bytes.length, LENGTHS[i % LENGTHS.length]);
		assert.ok(bytes.every((byte) => byte === i + 1));
	}
});

test('small copies share memory that cannot be transferred', () => {
	const [first, second] = [keepBytes(new Uint8Array(8), 0, 8), keepBytes(new Uint8Array(8), 0, 8)];
	assert.equal(first.buffer, second.buffer);
	try {
		// Node 20 copies instead, later versions throw.
		structuredClone(first, { transfer: [first.buffer as ArrayBuffer] });
	} catch (error) {
		assert.equal((error as Error).name, 'DataCloneError');
	}
	assert.deepEqual([first.length, second.length], [8, 8]);
});

test('a large copy has its own memory', () => {
	const large = keepBytes(new Uint8Array(20_000), 0, 20_000);
	assert.deepEqual([large.byteOffset, large.buffer.byteLength], [0, 20_000]);
});
