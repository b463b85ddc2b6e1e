import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTurn } from '../../src/runtime/node/turns.ts';
import type { Compression } from '../../src/runtime/runtime.ts';
import { decompressZstd } from '../../src/zstd/zstd.ts';
import { readAll, sourceOf } from '../support/byte-source.ts';
import { testDecompression } from '../support/decompression-contract.ts';
import { frameOf, readZstdVectors } from '../support/zstd-frames.ts';

testDecompression(async (_: Compression, source) => decompressZstd(source, nextTurn), ['zstd']);

test('zstd frames of other encoders decode to their content', async () => {
	for (const { name, bytes, content } of readZstdVectors()) {
		assert.deepEqual(await readAll(decompressZstd(sourceOf([bytes]), nextTurn)), content, name);
	}
});

test('each read decodes one zstd block and no more', async () => {
	const source = sourceOf([frameOf(...new Array(10_000).fill([1, [0], 128 * 1024]))], 'stalls');
	const decoded = decompressZstd(source, nextTurn);
	const before = process.memoryUsage().arrayBuffers;
	assert.equal((await decoded.next()).value?.length, 128 * 1024);
	await new Promise((resolve) => setTimeout(resolve, 10));
	const held = process.memoryUsage().arrayBuffers - before;
	assert.ok(held < 2 ** 20, `${held} bytes`);
	await decoded.return?.();
	assert.equal(source.returned, 1);
});

test('timers run while zstd content that decodes to gigabytes is read', async () => {
	const source = sourceOf([frameOf(...new Array(20_000).fill([1, [0], 128 * 1024]))]);
	const decoded = decompressZstd(source, nextTurn);
	let [length, isDone] = [0, false];
	setTimeout(() => {
		isDone = true;
	}, 1);
	while (!isDone) {
		const item = await decoded.next();
		if (item.done === true) break;
		length += item.value.length;
	}
	assert.ok(isDone, `${length} bytes in one turn`);
	await decoded.return?.();
});
