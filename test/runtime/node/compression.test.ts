import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinBytes } from '../../../src/base/bytes.ts';
import { decompress } from '../../../src/runtime/node/compression.ts';
import type { Compression } from '../../../src/runtime/runtime.ts';
import { readAll, sourceOf, split } from '../../support/byte-source.ts';
import { compress, testDecompression } from '../../support/decompression-contract.ts';
import { readZstdVectors, words } from '../../support/zstd-frames.ts';

const CONTENT = words(500);

async function decoded(compression: Compression, bytes: Uint8Array, size = bytes.length): Promise<Uint8Array> {
	return await readAll(await decompress(compression, sourceOf(split(bytes, size))));
}

testDecompression(decompress, ['gzip', 'deflate', 'deflate-raw', 'br', 'zstd']);

describe('after the end of the compressed data', () => {
	const more = new TextEncoder().encode('PPPPPPPP');

	test('another gzip member is more content', async () => {
		const member = compress('gzip', CONTENT);
		const both = joinBytes([member, member]);
		for (const size of [1, member.length, both.length]) {
			assert.deepEqual(await decoded('gzip', both, size), joinBytes([CONTENT, CONTENT]), `in chunks of ${size}`);
		}
	});

	test('zeros are ignored after gzip, anything else is an error', async () => {
		const member = compress('gzip', CONTENT);
		for (const size of [1, member.length, 10_000]) {
			assert.deepEqual(await decoded('gzip', joinBytes([member, new Uint8Array(9)]), size), CONTENT);
			await assert.rejects(decoded('gzip', joinBytes([member, more]), size), { code: 'Z_DATA_ERROR' });
		}
	});

	test('anything is ignored after deflate and br, but the source is read to its end', async () => {
		for (const compression of ['deflate', 'deflate-raw', 'br'] as const) {
			const bytes = joinBytes([compress(compression, CONTENT), more]);
			for (const size of [1, bytes.length - 1, bytes.length]) {
				const source = sourceOf(split(bytes, size));
				assert.deepEqual(await readAll(await decompress(compression, source)), CONTENT);
				assert.equal(source.asked, Math.ceil(bytes.length / size) + 1, compression);
				assert.equal(source.returned, 0);
			}
		}
	});

	test('another zstd frame is more content, anything else is an error', async () => {
		const [frame, content] = [compress('zstd', CONTENT), CONTENT];
		for (const size of [1, 1000, frame.length, frame.length + 2, 10_000]) {
			assert.deepEqual(await decoded('zstd', joinBytes([frame, frame]), size), joinBytes([content, content]));
			await assert.rejects(decoded('zstd', joinBytes([frame, frame.subarray(0, 9)]), size), Error);
			await assert.rejects(decoded('zstd', joinBytes([frame, more]), size), Error);
		}
	});
});

test('zstd frames of other encoders decode, by node:zlib or by our decoder', async () => {
	for (const { name, bytes, content } of readZstdVectors()) {
		for (const size of [1, 100, bytes.length]) assert.deepEqual(await decoded('zstd', bytes, size), content, name);
	}
});

test('zstd windows above 8 MiB are an error, in node:zlib and in our decoder', async () => {
	const bytes = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, (13 << 3) | 1, 9, 0, 0, 1);
	await assert.rejects(decoded('zstd', bytes), Error);
});

test('53 bytes that decode to 32 MiB are decoded only as the content is read', async () => {
	const bytes = Buffer.from(
		'cbffff3ff82700e2b14020f7fe8fffff7ff04f00c4611180eefd1fffffffe09f0088c30200ddfbbffcffffc33f0110870500baf77f',
		'hex',
	);
	const content = await decompress('br', sourceOf([bytes]));
	const before = process.memoryUsage().arrayBuffers;
	let length = 0;
	for (let item = await content.next(); item.done !== true; item = await content.next()) {
		length += item.value.length;
		// Chunks that were read count until they are collected, so this measures only at the start.
		if (length < 2 ** 17) {
			await new Promise((resolve) => setTimeout(resolve, 5));
			const held = process.memoryUsage().arrayBuffers - before;
			assert.ok(held < 2 ** 20, `${held} bytes after ${length}`);
		}
	}
	assert.equal(length, 32 * 2 ** 20);
});
