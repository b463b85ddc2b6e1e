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

	test('anything but another member or frame is ignored, and the source is read to its end', async () => {
		const compressions: Compression[] = ['gzip', 'deflate', 'deflate-raw', 'br', 'zstd'];
		for (const compression of compressions) {
			const data = compress(compression, CONTENT);
			for (const rest of [new Uint8Array(9), more, new Uint8Array(100_000), Uint8Array.of(0x1e), data.subarray(3)]) {
				const bytes = joinBytes([data, rest]);
				for (const size of [7, data.length, bytes.length - 1, bytes.length]) {
					const source = sourceOf(split(bytes, size));
					const content = await readAll(await decompress(compression, source));
					assert.deepEqual(content, CONTENT, `${compression} in chunks of ${size}`);
					assert.equal(source.asked, Math.ceil(bytes.length / size) + 1, compression);
					assert.equal(source.returned, 0);
				}
			}
		}
	});

	test('another zstd frame is more content', async () => {
		const frame = compress('zstd', CONTENT);
		for (const size of [1, 1000, frame.length, frame.length + 2, 10_000]) {
			assert.deepEqual(await decoded('zstd', joinBytes([frame, frame]), size), joinBytes([CONTENT, CONTENT]));
		}
	});

	test('a gzip member or a zstd frame that is cut is an error', async () => {
		for (const compression of ['gzip', 'zstd'] as const) {
			const data = compress(compression, CONTENT);
			for (const end of [1, 2, 3, 9, data.length - 9]) {
				const bytes = joinBytes([data, data.subarray(0, end)]);
				for (const size of [1, bytes.length]) await assert.rejects(decoded(compression, bytes, size), Error);
			}
		}
	});

	test('thousands of gzip members without content are decoded in little time', async () => {
		const members = joinBytes([
			...new Array(50_000).fill(compress('gzip', new Uint8Array(0))),
			compress('gzip', CONTENT),
		]);
		const before = process.cpuUsage();
		assert.deepEqual(await decoded('gzip', members, 65_536), CONTENT);
		const { user, system } = process.cpuUsage(before);
		assert.ok(user + system < 1_000_000, `${user + system} us`);
	});
});

describe('content without its trailer', () => {
	test('gzip and deflate content is complete without any part of its trailer', async () => {
		for (const [compression, trailer] of [
			['gzip', 8],
			['deflate', 4],
		] as const) {
			const whole = compress(compression, CONTENT);
			for (let missing = 1; missing <= trailer; missing++) {
				const bytes = whole.subarray(0, -missing);
				for (const size of [1, bytes.length]) assert.deepEqual(await decoded(compression, bytes, size), CONTENT);
			}
			await assert.rejects(decoded(compression, whole.subarray(0, -trailer - 1)), Error);
		}
		await assert.rejects(decoded('gzip', compress('gzip', CONTENT).subarray(0, 5)), /^Error: unexpected end of file$/);
	});

	test('a gzip or deflate trailer that does not match is an error', async () => {
		for (const [compression, trailer] of [
			['gzip', 8],
			['deflate', 4],
		] as const) {
			const whole = compress(compression, CONTENT);
			for (let place = 1; place <= trailer; place++) {
				const bytes = Uint8Array.from(whole);
				bytes[bytes.length - place] = (bytes[bytes.length - place] as number) ^ 1;
				await assert.rejects(decoded(compression, bytes), /incorrect (data|length) check/);
			}
		}
	});
});

test('content without a valid zlib header is an error, and so is one that asks for a dictionary', async () => {
	const raw = compress('deflate-raw', CONTENT);
	for (const [what, ...header] of [
		['another method', 0x77, 0x09],
		['a window above 32 KiB', 0x88, 0x1c],
		['a wrong check', 0x78, 0x02],
		['a dictionary', 0x78, 0x20],
	] as const) {
		await assert.rejects(decoded('deflate', Uint8Array.of(...header, ...raw)), /no zlib header/, what);
	}
	assert.deepEqual(await decoded('deflate', Uint8Array.of(0x78, 0x01, ...raw)), CONTENT);
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
