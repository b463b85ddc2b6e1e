// The npm package form-data, and streams of the first kind of Node as packages still write them.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { PassThrough, Stream, Writable } from 'node:stream';
import { test } from 'node:test';
import FormData from 'form-data';
import { isOldStream, OldStreamReader } from '../../src/body/old-stream.ts';
import { openBody } from '../../src/body/request-body.ts';

async function textOf(body: unknown): Promise<string> {
	const opened = openBody(body as never);
	assert.ok(opened !== null);
	const pieces: Uint8Array[] = [];
	for await (const piece of { [Symbol.asyncIterator]: () => opened.source() }) pieces.push(piece);
	return Buffer.concat(pieces).toString();
}

/** A stream with `pipe` that counts its pauses. */
class OldStream extends Stream {
	readable = true;
	pauses = 0;
	destroyed = false;

	pause(): void {
		this.pauses++;
	}

	resume(): void {
		this.emit('resumed');
	}

	destroy(): void {
		this.destroyed = true;
		this.emit('close');
	}
}

test('a form of the package form-data is a body with its fields and files, and its content type', async () => {
	const form = new FormData();
	form.append('field', 'value');
	const file = new PassThrough();
	file.end('x'.repeat(200_000));
	form.append('file', file, 'file.txt');
	assert.equal(openBody(new FormData())?.contentType?.startsWith('multipart/form-data; boundary=---'), true);
	const text = await textOf(form);
	assert.match(text, /name="field"\r\n\r\nvalue\r\n/);
	assert.match(text, /filename="file\.txt"/);
	assert.ok(text.includes('x'.repeat(200_000)));
	assert.ok(text.endsWith(`--${form.getBoundary()}--\r\n`));
});

test('a form whose file fails is a body that fails with the same error', async () => {
	const form = new FormData();
	const file = new PassThrough();
	form.append('file', file);
	const failure = new Error('cannot read the file');
	setImmediate(() => file.destroy(failure));
	await assert.rejects(textOf(form), (error) => error === failure);
});

test('an old stream with pipe is read to its end, and paused while a chunk waits', async () => {
	const stream = new OldStream();
	setImmediate(() => {
		stream.emit('data', 'one ');
		stream.on('resumed', () => stream.emit('end'));
		stream.emit('data', Buffer.from('two'));
	});
	assert.equal(await textOf(stream), 'one two');
	assert.ok(stream.pauses > 0);
});

test('a stream that only emits data is read, even what it emits before it is asked', async () => {
	const stream = Object.assign(new EventEmitter(), { readable: true });
	const reading = textOf(stream);
	for (const chunk of ['one ', 'two ', 'three']) stream.emit('data', chunk);
	stream.emit('end');
	stream.emit('close');
	assert.equal(await reading, 'one two three');
});

test('what an old stream emits after its end is not read', async () => {
	const stream = Object.assign(new EventEmitter(), { readable: true });
	const reading = textOf(stream);
	stream.emit('data', 'one');
	stream.emit('end');
	stream.emit('data', 'late');
	assert.equal(await reading, 'one');
});

test('an old stream that fails or closes early passes its content on, then throws', async () => {
	const failure = new Error('lost');
	for (const [event, expected] of [
		['error', failure],
		['close', /closed before its end/],
	] as const) {
		const stream = new OldStream();
		const reader = new OldStreamReader(stream);
		stream.emit('data', 'some');
		stream.emit(event, failure);
		assert.deepEqual(await reader.next(), { done: false, value: 'some' });
		await assert.rejects(reader.next(), expected);
	}
});

test('the first error of an old stream is the one that is thrown', async () => {
	const stream = Object.assign(new EventEmitter(), { readable: true });
	const reader = new OldStreamReader(stream);
	const failure = new Error('lost');
	stream.emit('error', failure);
	stream.emit('close');
	await assert.rejects(reader.next(), failure);
});

test('giving up an old stream destroys it and drops its content', async () => {
	const stream = new OldStream();
	const body = openBody(stream as never);
	stream.emit('data', 'some');
	body?.release();
	await new Promise((resolve) => setImmediate(resolve));
	assert.equal(stream.destroyed, true);
	stream.emit('data', 'more');
});

test('a stream that can only be written is not a body', () => {
	assert.equal(isOldStream(new Writable()), false);
	assert.equal(isOldStream(new EventEmitter()), false);
	assert.equal(isOldStream({ readable: true }), false);
	assert.throws(() => openBody(new Writable() as never), TypeError);
});
