// What `Runtime.decompress` promises on every platform, tested with data that node:zlib compressed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import zlib from 'node:zlib';
import { joinBytes } from '../../src/base/bytes.ts';
import type { Compression, Runtime } from '../../src/runtime/runtime.ts';
import { readAll, sourceOf, split } from './byte-source.ts';
import { mutate, Random, seed } from './random.ts';
import { frameOf, noise, readZstdVectors, words } from './zstd-frames.ts';

const EVENTS = ['data: one\n\n', 'data: two\n\n', 'data: three\n\n'].map((event) => new TextEncoder().encode(event));

/** Large enough to arrive in many chunks, compressed or not. */
const CONTENT = joinBytes([words(1000), noise(1000), new Uint8Array(100_000), words(3000)]);

/** A megabyte, compressed too. */
const LONG = noise(1_000_000);

export function testDecompression(decompress: Runtime['decompress'], compressions: readonly Compression[]): void {
	for (const compression of compressions) {
		describe(compression, () => testOne(decompress, compression));
	}
}

function testOne(decompress: Runtime['decompress'], compression: Compression): void {
	const compressed = compress(compression, CONTENT);
	const long = compress(compression, LONG);
	const damaged = Uint8Array.from(compressed);
	damaged.fill(0xff, 6, 40);

	test(`${compression} content does not depend on how the input is split`, async () => {
		for (const size of [1, 17, 500, compressed.length]) {
			const source = sourceOf(split(compressed, size));
			assert.deepEqual(await readAll(await decompress(compression, source)), CONTENT, `in chunks of ${size}`);
			assert.equal(source.returned, 0, 'a source that ended is not released');
		}
		const source = sourceOf([new Uint8Array(0), compressed, new Uint8Array(0)]);
		assert.deepEqual(await readAll(await decompress(compression, source)), CONTENT);
	});

	test(`flushed ${compression} content is available before more input arrives`, async () => {
		const pieces = await flushed(compression);
		for (let given = 1; given <= EVENTS.length; given++) {
			const decoded = await decompress(compression, sourceOf(pieces.slice(0, given), 'stalls'));
			const expected = joinBytes(EVENTS.slice(0, given));
			let received = new Uint8Array(0);
			while (received.length < expected.length) {
				const item = await decoded.next();
				assert.ok(item.done !== true);
				received = joinBytes([received, item.value]) as typeof received;
			}
			assert.deepEqual(received, expected);
			await decoded.return?.();
		}
	});

	test(`${compression} input is read only as output is read`, async () => {
		const source = sourceOf(split(long, 10_000));
		const decoded = await decompress(compression, source);
		const first = await decoded.next();
		await new Promise((resolve) => setTimeout(resolve, 20));
		assert.ok(first.done !== true && first.value.length <= 128 * 1024);
		assert.ok(source.asked < 50, `${source.asked} of 100 pieces`);
		await decoded.return?.();
	});

	if (compression !== 'br' && compression !== 'zstd') {
		test(`${compression} content that ends with a flush is complete`, async () => {
			const pieces = await flushed(compression);
			for (let given = 1; given <= EVENTS.length; given++) {
				const bytes = joinBytes(pieces.slice(0, given));
				for (const size of [1, 3, bytes.length]) {
					const content = await readAll(await decompress(compression, sourceOf(split(bytes, size))));
					assert.deepEqual(content, joinBytes(EVENTS.slice(0, given)), `in chunks of ${size}`);
				}
				await assert.rejects(readAll(await decompress(compression, sourceOf([bytes.subarray(0, -1)]))), Error);
			}
		});
	}

	test(`${compression} data that ends early or is damaged rejects and releases the source`, async () => {
		for (const end of [1, 2, 10, compressed.length >> 1, compressed.length - 9]) {
			const decoded = await decompress(compression, sourceOf([compressed.subarray(0, end)]));
			await assert.rejects(readAll(decoded), Error, `ends after ${end}`);
			assert.equal((await decoded.next()).done, true);
		}
		const source = sourceOf([damaged], 'stalls');
		await assert.rejects(readAll(await decompress(compression, source)), Error);
		assert.equal(source.returned, 1);
	});

	test(`mutated ${compression} data gives an error or content, and ends`, async () => {
		const random = new Random(compression.length);
		const small = compress(compression, words(300));
		for (let round = 0; round < 60; round++) {
			const source = sourceOf([mutate(small, random)]);
			const decoded = await decompress(compression, source);
			let length = 0;
			try {
				for (let item = await decoded.next(); item.done !== true; item = await decoded.next()) {
					length += item.value.length;
					assert.ok(length < 2 ** 24, `HYPER_SEED=${seed}, round ${round}: ${length} bytes`);
				}
			} catch (error) {
				assert.ok(error instanceof Error && error.name !== 'AssertionError', String(error));
			}
		}
	});

	test(`an error of the ${compression} source is passed on unchanged`, async () => {
		const failure = new Error('source failed');
		const source = sourceOf([compressed.subarray(0, 500)], failure);
		await assert.rejects(readAll(await decompress(compression, source)), (error) => error === failure);
		assert.equal(source.returned, 0);
	});

	test(`return releases the ${compression} source before, between and during reads`, async () => {
		const unread = sourceOf([compressed]);
		await (await decompress(compression, unread)).return?.();
		assert.equal(unread.returned, 1);

		const halfRead = sourceOf(split(long, 10_000));
		const decoded = await decompress(compression, halfRead);
		await decoded.next();
		await decoded.return?.();
		assert.equal(halfRead.returned, 1);
		assert.equal((await decoded.next()).done, true);

		const stalled = sourceOf([compressed.subarray(0, 1)], 'stalls');
		const waited = await decompress(compression, stalled);
		const waiting = waited.next();
		await new Promise((resolve) => setImmediate(resolve));
		await waited.return?.();
		assert.deepEqual(await waiting, { done: true, value: undefined });
		assert.equal(stalled.returned, 1);
	});
}

/** For zstd, frames of raw blocks, because not every supported Node can compress it. */
export function compress(compression: Compression, content: Uint8Array): Uint8Array {
	switch (compression) {
		case 'gzip':
			return zlib.gzipSync(content);
		case 'deflate':
			return zlib.deflateSync(content);
		case 'deflate-raw':
			return zlib.deflateRawSync(content);
		case 'br':
			return zlib.brotliCompressSync(content, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } });
		case 'zstd': {
			const vector = readZstdVectors().find((vector) => Buffer.compare(vector.content, content) === 0);
			return vector?.bytes ?? frameOf(...Array.from(split(content, 9_000), (block) => [0, block] as const));
		}
	}
}

/** The events, each compressed and flushed; the compressed data does not end. */
async function flushed(compression: Compression): Promise<Uint8Array[]> {
	if (compression === 'zstd') {
		const frame = frameOf(...EVENTS.map((event) => [0, event] as const));
		const ends = EVENTS.map(
			(_, index) => 6 + EVENTS.slice(0, index + 1).reduce((sum, event) => sum + 3 + event.length, 0),
		);
		return ends.map((end, index) => frame.subarray(ends[index - 1] ?? 0, end));
	}
	const makers = {
		gzip: zlib.createGzip,
		deflate: zlib.createDeflate,
		'deflate-raw': zlib.createDeflateRaw,
		br: zlib.createBrotliCompress,
	};
	const stream = makers[compression]();
	const pieces: Uint8Array[] = [];
	for (const event of EVENTS) {
		stream.write(event);
		await new Promise<void>((resolve) => stream.flush(resolve));
		// Node 26 reads a chunk at a time.
		const chunks: Uint8Array[] = [];
		for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk);
		pieces.push(joinBytes(chunks));
	}
	stream.destroy();
	return pieces;
}
