// Request bodies: every documented type, with its length, its media type and whether it can be sent again.

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { describe, test } from 'node:test';
import {
	type BodyItem,
	openBody,
	type RequestBody,
	type RequestBodyInit,
	releaseBodyOf,
} from '../../src/body/request-body.ts';

function open(body: RequestBodyInit): RequestBody {
	const opened = openBody(body);
	assert.ok(opened !== null);
	return opened;
}

async function read(body: RequestBody): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	const source = body.source();
	for (let result = await source.next(); !result.done; result = await source.next()) {
		assert.ok(result.value.length > 0);
		chunks.push(result.value);
	}
	return Buffer.concat(chunks);
}

async function* later(items: BodyItem[]): AsyncGenerator<BodyItem, undefined> {
	for (const item of items) yield item;
}

function streamOf(items: BodyItem[]): ReadableStream<BodyItem> {
	return new ReadableStream({
		start(controller) {
			for (const item of items) controller.enqueue(item);
			controller.close();
		},
	});
}

test('no body is null', () => {
	assert.equal(openBody(null), null);
	assert.equal(openBody(undefined), null);
});

describe('bodies in memory', () => {
	const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
	const CASES: [kind: string, body: RequestBodyInit, bytes: string | number[], contentType: string | null][] = [
		['string', 'caf\u00e9', 'caf\u00e9', 'text/plain;charset=UTF-8'],
		['empty string', '', '', 'text/plain;charset=UTF-8'],
		['Uint8Array', new Uint8Array(buffer, 1, 2), [2, 3], null],
		['Buffer', Buffer.from('b'), 'b', null],
		['ArrayBuffer', buffer, [1, 2, 3, 4], null],
		['DataView', new DataView(buffer, 3), [4], null],
		[
			'URLSearchParams',
			new URLSearchParams([['a b', '\u00e9&=']]),
			'a+b=%C3%A9%26%3D',
			'application/x-www-form-urlencoded;charset=UTF-8',
		],
	];
	for (const [kind, body, expected, contentType] of CASES) {
		test(`a body of ${kind} is in memory and can be read again`, async () => {
			const opened = open(body);
			const bytes = Buffer.from(expected as string);
			assert.equal(opened.length, bytes.length);
			assert.equal(opened.contentType, contentType);
			assert.equal(opened.replayable, true);
			assert.ok(opened.bytes !== null && bytes.equals(opened.bytes));
			assert.deepEqual(await read(opened), bytes);
			assert.deepEqual(await read(opened), bytes);
		});
	}

	test('a body of bytes is not copied', () => {
		const bytes = new Uint8Array(3);
		assert.equal(open(bytes).bytes, bytes);
	});
});

describe('bodies in parts', () => {
	test('a Blob has its length and type and can be read again', async () => {
		const opened = open(new Blob(['ab', new Uint8Array(100_000)], { type: 'text/x' }));
		assert.equal(opened.length, 100_002);
		assert.equal(opened.contentType, 'text/x');
		assert.equal(opened.replayable, true);
		assert.equal(opened.bytes, null);
		assert.equal((await read(opened)).length, 100_002);
		assert.equal((await read(opened)).subarray(0, 2).toString(), 'ab');
	});

	test('a Blob may be empty and have no type', async () => {
		const opened = open(new Blob([]));
		assert.equal(opened.contentType, null);
		assert.equal(opened.length, 0);
		assert.equal((await read(opened)).length, 0);
	});

	test('FormData has a known length and can be read again', async () => {
		const form = new FormData();
		form.append('text', '\u20ac');
		form.append('file', new File([new Uint8Array(70_000)], 'zeros'));
		const opened = open(form);
		const bytes = await read(opened);
		assert.equal(opened.length, bytes.length);
		assert.deepEqual(await read(opened), bytes);
		const headers = { 'content-type': opened.contentType as string };
		const parsed = await new Response(bytes as BodyInit, { headers }).formData();
		assert.equal(parsed.get('text'), '\u20ac');
		assert.equal((parsed.get('file') as File).size, 70_000);
	});

	test('an array of items has a known length and can be read again', async () => {
		const opened = open(['a\u00e9', new Uint8Array([0x62]), '', new Uint8Array([0x63]).buffer]);
		assert.equal(opened.length, 5);
		assert.equal(opened.replayable, true);
		assert.equal(opened.contentType, null);
		assert.equal((await read(opened)).toString(), 'a\u00e9bc');
		assert.equal((await read(opened)).toString(), 'a\u00e9bc');
	});

	test('an array with an item that is not bytes is a TypeError at once', () => {
		assert.throws(() => openBody(['a', 1] as unknown as RequestBodyInit), TypeError);
		assert.throws(() => openBody(new Array(2) as RequestBodyInit), TypeError);
	});

	test('a reading can be aborted and the next one is complete', async () => {
		const opened = open(new Blob([new Uint8Array(500_000)]));
		const source = opened.source();
		await source.next();
		await source.return?.();
		assert.equal((await read(opened)).length, 500_000);
	});
});

describe('bodies that are read once', () => {
	const CASES: [kind: string, make: () => RequestBodyInit][] = [
		['ReadableStream', () => new Blob(['abc']).stream()],
		['ReadableStream of strings', () => streamOf(['a', '', 'bc'])],
		['Readable', () => Readable.from([Buffer.from('ab'), Buffer.from('c')])],
		['Readable with an encoding', () => Readable.from([Buffer.from('abc')], { objectMode: false, encoding: 'utf8' })],
		['async generator', () => later(['a', new TextEncoder().encode('bc')])],
		['generator', () => ['a', 'bc'].values()],
		['Set', () => new Set(['ab', 'c'])],
	];
	for (const [kind, make] of CASES) {
		test(`a small ${kind} can be read again until it is released`, async () => {
			const opened = open(make());
			assert.equal(opened.length, null);
			assert.equal(opened.contentType, null);
			assert.deepEqual([opened.replayable, opened.rereadable], [false, true]);
			assert.equal(opened.bytes, null);
			assert.equal((await read(opened)).toString(), 'abc');
			assert.equal((await read(opened)).toString(), 'abc', 'a small body is kept');
			opened.release();
			assert.throws(() => opened.source(), { code: 'HYPER_LOCAL_PROTOCOL', message: /again/ });
		});
	}

	test('release destroys a Readable that was never read', async () => {
		const readable = new PassThrough();
		open(readable).release();
		assert.equal(readable.destroyed, true);
	});

	test('a Readable that fails before it is read rejects the first next', async () => {
		const readable = createReadStream('/nonexistent/file');
		const opened = open(readable);
		await new Promise<void>((resolve) => readable.once('close', () => resolve()));
		await assert.rejects(opened.source().next(), { code: 'ENOENT' });
	});

	test('a locked stream is a TypeError', () => {
		const stream = new ReadableStream();
		stream.getReader();
		assert.throws(() => openBody(stream), { name: 'TypeError', message: /locked/ });
	});
});

test('an iterable with a method `on` that is no stream gets no listeners', async () => {
	const calls: string[] = [];
	const body = { on: (event: string) => calls.push(event), [Symbol.iterator]: () => ['a'].values() };
	assert.equal(String(await read(open(body))), 'a');
	assert.deepEqual(calls, []);
	const destroyable = { destroy: () => {}, [Symbol.iterator]: () => ['a'].values() };
	assert.equal(String(await read(open(destroyable))), 'a');
});

test('a value that is not a body is a TypeError that names its kind', () => {
	const CASES: [body: unknown, name: RegExp][] = [
		[5, /not number/],
		[true, /not boolean/],
		[Symbol('s'), /not symbol/],
		[() => 'x', /not function/],
		[{ a: 1 }, /not Object/],
		[new Date(0), /not Date/],
		[Promise.resolve('x'), /not Promise/],
		[{ [Symbol.toStringTag]: 'Blob' }, /not Blob/],
		[{ stream: () => new ReadableStream() }, /not Object/],
		[{ [Symbol.toStringTag]: 'FormData' }, /not FormData/],
	];
	for (const [body, message] of CASES) {
		assert.throws(() => openBody(body as RequestBodyInit), { name: 'TypeError', message });
	}
});

test('releasing options releases their body, and ignores anything else', async () => {
	let releases = 0;
	const stream = new ReadableStream({ cancel: () => void releases++ });
	releaseBodyOf({ body: stream });
	assert.equal(releases, 1);
	const busy = new ReadableStream();
	const reader = busy.getReader();
	for (const options of [{ body: busy }, { body: 5 }, { body: null }, {}, null, undefined]) {
		releaseBodyOf(options as { body?: RequestBodyInit });
	}
	assert.equal(await Promise.race([reader.closed, Promise.resolve('open')]), 'open');
});
