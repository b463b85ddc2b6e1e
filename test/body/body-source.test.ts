// Reading bodies: items become bytes, errors are passed on, and every source is released exactly once.

import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { BodySource, toBytes } from '../../src/body/body-source.ts';

async function collect(source: BodySource): Promise<Buffer[]> {
	const chunks: Buffer[] = [];
	for await (const chunk of source) chunks.push(Buffer.from(chunk));
	return chunks;
}

describe('items', () => {
	test('strings, buffers and views become bytes without a copy', () => {
		const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
		assert.deepEqual([...toBytes('\u20ac')], [0xe2, 0x82, 0xac]);
		assert.equal(toBytes(buffer).buffer, buffer);
		assert.deepEqual([...toBytes(new DataView(buffer, 1, 2))], [2, 3]);
		assert.equal(toBytes(new Uint16Array(buffer, 2)).byteLength, 2);
		const own = Buffer.from('own');
		assert.equal(toBytes(own), own);
	});

	test('an item that is not bytes or a string is a TypeError', () => {
		for (const item of [1, null, undefined, {}, [1], true, Promise.resolve('')]) {
			assert.throws(() => toBytes(item), TypeError);
		}
	});

	test('empty items are skipped', async () => {
		const source = BodySource.ofIterable(['', 'a', new Uint8Array(0), 'b', '']);
		assert.deepEqual((await collect(source)).map(String), ['a', 'b']);
	});

	test('an item that arrives after return is not passed on, and the source is released once', async () => {
		let give = (_: { done: false; value: string }) => {};
		let returned = 0;
		const source = BodySource.ofIterable({
			[Symbol.asyncIterator]: () => ({
				next: () => new Promise<{ done: false; value: string }>((resolve) => (give = resolve)),
				return: async () => {
					returned++;
					return { done: true as const, value: undefined };
				},
			}),
		});
		const reading = source.next();
		await source.return();
		await source.return();
		give({ done: false, value: 'late' });
		assert.deepEqual(await reading, { done: true, value: undefined });
		assert.equal(returned, 1);
	});

	test('a source that ended stays ended', async () => {
		const source = BodySource.ofIterable(['a']);
		await collect(source);
		assert.deepEqual(await source.next(), { done: true, value: undefined });
	});
});

describe('errors', () => {
	const fault = new Error('source failed');

	test('an error of a generator is passed on unchanged, once', async () => {
		const source = BodySource.ofIterable(
			(function* () {
				yield 'a';
				throw fault;
			})(),
		);
		await source.next();
		await assert.rejects(source.next(), (error) => error === fault);
		assert.equal((await source.next()).done, true);
	});

	test('an error of a stream is passed on unchanged', async () => {
		const stream = new ReadableStream({ pull: (controller) => controller.error(fault) });
		await assert.rejects(BodySource.ofStream(stream).next(), (error) => error === fault);
	});

	test('an error of a Readable is passed on unchanged', async () => {
		const readable = new Readable({
			read() {
				this.destroy(fault);
			},
		});
		await assert.rejects(BodySource.ofIterable(readable).next(), (error) => error === fault);
	});

	test('an item that is not bytes is a TypeError and releases the source', async () => {
		let returned = 0;
		const source = BodySource.ofIterable(
			(function* () {
				try {
					yield 42;
				} finally {
					returned++;
				}
			})(),
		);
		await assert.rejects(source.next(), { name: 'TypeError', message: /not number/ });
		assert.equal(returned, 1);
		assert.equal((await source.next()).done, true);
	});

	test('the TypeError for a bad item takes precedence over an error of closing the source', async () => {
		const stream = new ReadableStream<unknown>({
			start: (controller) => controller.enqueue({}),
			cancel: () => Promise.reject(fault),
		});
		await assert.rejects(BodySource.ofStream(stream).next(), TypeError);
	});

	test('return rejects if the source fails to close', async () => {
		const stream = new ReadableStream({ cancel: () => Promise.reject(fault) });
		await assert.rejects(BodySource.ofStream(stream).return(), (error) => error === fault);
	});
});

describe('return', () => {
	test('return cancels a stream, even before the first chunk, and only once', async () => {
		let cancelled = 0;
		const stream = new ReadableStream({
			cancel() {
				cancelled++;
			},
		});
		const source = BodySource.ofStream(stream);
		await source.return();
		await source.return();
		assert.equal(cancelled, 1);
		assert.equal((await source.next()).done, true);
	});

	test('return ends a pending next of a stream', async () => {
		const source = BodySource.ofStream(new ReadableStream());
		const waiting = source.next();
		await source.return();
		assert.equal((await waiting).done, true);
	});

	test('return destroys a Readable before its first chunk', async () => {
		const readable = new PassThrough();
		await BodySource.ofIterable(readable).return();
		assert.equal(readable.destroyed, true);
	});

	test('return destroys a partly read Readable', async () => {
		const readable = Readable.from(['a', 'b']);
		const source = BodySource.ofIterable(readable);
		await source.next();
		await source.return();
		assert.equal(readable.destroyed, true);
		assert.equal(readable.errored, null);
	});

	test('return ends a pending next of a Readable', async () => {
		const readable = new PassThrough();
		const source = BodySource.ofIterable(readable);
		const waiting = source.next();
		await source.return();
		assert.equal((await waiting).done, true);
		assert.equal(readable.destroyed, true);
	});

	test('return returns a generator', async () => {
		let returned = 0;
		const source = BodySource.ofIterable(
			(async function* () {
				try {
					yield 'a';
					yield 'b';
				} finally {
					returned++;
				}
			})(),
		);
		await source.next();
		await source.return();
		assert.equal(returned, 1);
	});

	test('return does not cancel a stream that has ended', async () => {
		let cancelled = 0;
		const stream = new ReadableStream({
			pull: (controller) => controller.close(),
			cancel() {
				cancelled++;
			},
		});
		const source = BodySource.ofStream(stream);
		assert.equal((await source.next()).done, true);
		await source.return();
		assert.equal(cancelled, 0);
	});

	test('return works on iterators without return', async () => {
		const source = BodySource.ofIterable({ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 'a' }) }) });
		await source.next();
		assert.deepEqual(await source.return(), { done: true, value: undefined });
	});
});
