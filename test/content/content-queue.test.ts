import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ContentQueue, keepBytes } from '../../src/content/content-queue.ts';
import { Random, seed } from '../support/random.ts';

/** Around the limits of each slab, and above all of them. */
const LENGTHS = [0, 1, 2047, 2048, 2049, 16_383, 16_384, 16_385, 100_000];

test('keepBytes returns an independent copy of any length', () => {
	const lent = new Uint8Array(100_002);
	const kept = Array.from({ length: 40 }, (_, i) => {
		lent.fill(i + 1);
		const length = LENGTHS[i % LENGTHS.length] as number;
		return keepBytes(lent.subarray(1, 1 + length));
	});
	lent.fill(0xdd);
	for (const [i, bytes] of kept.entries()) {
		assert.equal(bytes.length, LENGTHS[i % LENGTHS.length]);
		assert.ok(bytes.every((byte) => byte === i + 1));
	}
});

test('small copies share memory that cannot be transferred', () => {
	const [first, second] = [keepBytes(new Uint8Array(8)), keepBytes(new Uint8Array(8))];
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
	const large = keepBytes(new Uint8Array(20_000));
	assert.deepEqual([large.byteOffset, large.buffer.byteLength], [0, 20_000]);
});

test('a queue returns what was pushed, by bytes, pieces, frames and parts, in random order', () => {
	const random = new Random(1);
	for (let round = 0; round < 60; round++) {
		const queue = new ContentQueue();
		const largest = [1, 3, 100, 5000, 40_000][random.below(5)] as number;
		/** The unread bytes, and how many of them belong to each frame; the last one may be unfinished. */
		let expected: number[] = [];
		let frames: number[] = [0];
		let next = 0;
		const expect = (bytes: Uint8Array, what: string): void => {
			const wanted = expected.slice(0, bytes.length);
			assert.ok(Buffer.from(bytes).equals(Buffer.from(wanted)), `HYPER_SEED=${seed}, round ${round}: ${what}`);
			expected = expected.slice(bytes.length);
		};
		const skip = (length: number): void => {
			let left = length;
			while (frames.length > 1 && (frames[0] as number) <= left) left -= frames.shift() as number;
			frames[0] = (frames[0] as number) - left;
		};
		for (let step = 0; step < 100; step++) {
			const choice = random.below(8);
			if (choice < 4) {
				const bytes = new Uint8Array(random.below(largest + 1)).map(() => next++);
				const endOfFrame = random.below(3) > 0;
				queue.push(bytes, endOfFrame);
				expected = [...expected, ...bytes];
				frames[frames.length - 1] = (frames.at(-1) as number) + bytes.length;
				if (endOfFrame) frames.push(0);
				bytes.fill(0xdd);
			} else if (choice === 4) {
				const bytes = queue.take(random.below(queue.length + 1));
				skip(bytes.length);
				expect(bytes, 'take');
			} else if (choice === 5) {
				const bytes = queue.takePiece();
				assert.equal(bytes.length === 0, expected.length === 0);
				skip(bytes.length);
				expect(bytes, 'takePiece');
			} else if (choice === 6) {
				const bytes = queue.takeFrame();
				assert.equal(bytes === null, frames.length === 1);
				if (bytes === null) continue;
				assert.equal(bytes.length, frames.shift());
				expect(bytes, 'takeFrame');
			} else if (!queue.isEmpty) {
				const { bytes, endOfFrame } = queue.takePart();
				const left = (frames[0] as number) - bytes.length;
				assert.equal(endOfFrame, left === 0 && frames.length > 1);
				if (endOfFrame) frames.shift();
				else frames[0] = left;
				expect(bytes, 'takePart');
			}
			assert.equal(queue.length, expected.length);
			if (random.below(50) === 0) {
				queue.clear();
				expected = [];
				frames = [0];
			}
		}
	}
});

test('unread content takes at most twice its size and 1 MiB, in pieces of any size', async () => {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as () => void;
	const held = async (): Promise<number> => {
		collect();
		// Memory outside the heap is released by another thread.
		await new Promise((resolve) => setTimeout(resolve, 20));
		collect();
		const { heapUsed, arrayBuffers } = process.memoryUsage();
		return heapUsed + arrayBuffers;
	};
	for (const sizes of [[1], [2048], [2049], [4097], [4097, 1], [1, 4096], [16_385, 1], [1, 0, 0, 0]]) {
		const before = await held();
		const queue = new ContentQueue();
		const lent = new Uint8Array(20_000);
		for (let i = 0; queue.length < 2 ** 20; i++) {
			queue.push(lent.subarray(0, sizes[i % sizes.length]), true);
			// What other responses receive and read meanwhile shares the slabs.
			for (let k = 0; i < 10 && k < 10; k++) keepBytes(lent.subarray(0, 16_384));
		}
		const taken = (await held()) - before;
		assert.ok(taken < 2 * queue.length + 2 ** 20, `${taken} bytes for ${queue.length} in pieces of ${sizes}`);
	}
});

test('a content queue is empty only without content and without an empty frame', () => {
	const queue = new ContentQueue();
	assert.equal(queue.isEmpty, true);
	queue.push(Uint8Array.of(1), false);
	assert.equal(queue.isEmpty, false);
	queue.takePart();
	assert.equal(queue.isEmpty, true);
	queue.push(new Uint8Array(0), true);
	assert.equal(queue.isEmpty, false);
});

test('behind many pieces, small ones are gathered in blocks of at most 16 KiB, and large ones stay whole', () => {
	const queue = new ContentQueue();
	for (let i = 0; i < 20_000; i++) queue.push(new Uint8Array(10), false);
	queue.push(new Uint8Array(100_000), false);
	const lengths: number[] = [];
	while (queue.length > 0) lengths.push(queue.takePiece().length);
	assert.equal(lengths.at(-1), 100_000);
	assert.ok(lengths.length < 30 && Math.max(...lengths.slice(0, -1)) <= 16_384, String(lengths));
});
