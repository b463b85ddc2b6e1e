import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyLimitError, LocalProtocolError } from '../../src/base/errors.ts';
import { BodyBuffer, type ContentControl } from '../../src/content/body-buffer.ts';
import { stateOf } from '../support/offline.ts';

function createBuffer() {
	const counts = { consumed: 0 };
	const body = new BodyBuffer();
	body.control = {
		consume: (length) => (counts.consumed += length),
		abort: (reason) => body.fail(reason),
	};
	const push = (text: string, endOfFrame = true) => {
		const bytes = new TextEncoder().encode(`[${text}]`);
		body.onContent(bytes.subarray(1, -1), endOfFrame);
		bytes.fill(0xdd);
	};
	return { body, counts, push, reader: {} };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test('readExactly waits for the exact amount, then returns what is left, then nothing', async () => {
	const { body, push, reader, counts } = createBuffer();
	push('abc');
	const waiting = body.readExactly(reader, 5);
	assert.equal(await stateOf(waiting), 'pending');
	assert.equal(body.isAwaited, true);
	assert.equal(counts.consumed, 3, 'the rest may not fit into the window of the peer');
	push('defg');
	assert.equal(text(await waiting), 'abcde');
	assert.equal(counts.consumed, 5);
	assert.equal(body.isAwaited, false);
	body.onEnd();
	assert.equal(text(await body.readExactly(reader, 5)), 'fg');
	assert.equal(text(await body.readExactly(reader, 5)), '');
	assert.equal(text(await body.readExactly(reader, 0)), '');
	assert.equal(counts.consumed, 7);
});

test('readFrame returns the rest of a partly read frame, then whole frames', async () => {
	const { body, push, reader } = createBuffer();
	push('one');
	push('');
	push('thr', false);
	push('ee');
	assert.equal(text(await body.readExactly(reader, 1)), 'o');
	const frames: string[] = [];
	body.onEnd();
	for (let item = await body.readFrame(reader); !item.done; item = await body.readFrame(reader))
		frames.push(text(item.value));
	assert.deepEqual(frames, ['ne', '', 'three']);
});

test('another read while a whole read waits rejects, and the whole read gets everything', async () => {
	const { body, push, reader } = createBuffer();
	const whole = body.readAll(reader);
	push('a');
	await assert.rejects(body.readAll(reader), LocalProtocolError);
	await assert.rejects(body.readSome(reader), LocalProtocolError);
	push('b');
	body.onEnd();
	assert.equal(text(await whole), 'ab');
});

test('waiting for the end after a failure rejects with its reason', async () => {
	const { body, reader } = createBuffer();
	const reason = new Error('lost');
	body.fail(reason);
	await assert.rejects(body.waitForEnd(reader), reason);
});

test('readAll returns content from before and after the call, and consumes it as it arrives', async () => {
	for (const contentLength of [-1, 0, 6, 3, 100_000_000]) {
		const { body, push, reader, counts } = createBuffer();
		body.contentLength = contentLength;
		push('abc');
		const all = body.readAll(reader);
		assert.equal(counts.consumed, 3);
		push('def');
		assert.equal(counts.consumed, 6);
		body.onEnd();
		assert.equal(text(await all), 'abcdef');
		assert.equal(text(await body.readAll(reader)), '');
		assert.equal(body.unread, 0);
	}
});

test('readAll rejects if the body fails while its window is being returned', async () => {
	const { body, push, reader } = createBuffer();
	push('abc');
	body.control = { consume: () => body.fail(new Error('lost')), abort: () => {} };
	await assert.rejects(body.readAll(reader), /lost/);
});

test('every byte is consumed once, whether it is read, discarded or left by a failure', async () => {
	const { body, push, reader, counts } = createBuffer();
	push('0123456789');
	await body.readExactly(reader, 3);
	const trailers = body.waitForEnd(reader);
	assert.equal(counts.consumed, 10, 'kept octets count while trailers are waited for');
	push('abc');
	assert.equal(counts.consumed, 13);
	await body.readExactly(reader, 5);
	assert.equal(counts.consumed, 13);
	const fault = new Error('cut');
	body.fail(fault);
	body.fail(new Error('again'));
	await assert.rejects(trailers, fault);
	assert.equal(counts.consumed, 13);
	push('late');
	assert.equal(counts.consumed, 17);
	assert.equal(text(await body.readExactly(reader, 5)), '89abc');
	await assert.rejects(body.readExactly(reader, 1), fault);
	body.discard();
	assert.equal(counts.consumed, 17);
});

test('a failure returns the window of unread content, which can still be read', async () => {
	const { body, push, reader, counts } = createBuffer();
	push('unread');
	assert.equal(counts.consumed, 0);
	body.fail(new Error('cut'));
	assert.equal(counts.consumed, 6);
	assert.equal(text(await body.readExactly(reader, 6)), 'unread');
	assert.equal(counts.consumed, 6);
});

test('a second concurrent read is refused, and takes nothing from the first', async () => {
	const { body, push, reader } = createBuffer();
	push('ab');
	const first = body.readExactly(reader, 4);
	for (const second of [
		body.readAll(reader),
		body.readSome(reader),
		body.readFrame(reader),
		body.readExactly(reader, 1),
	]) {
		await assert.rejects(second, LocalProtocolError);
	}
	push('cd');
	assert.equal(text(await first), 'abcd');
});

test('waiting for the trailers buffers at most 16 MiB of content', async () => {
	const { body, reader } = createBuffer();
	const waiting = body.waitForEnd(reader);
	const bytes = new Uint8Array(1 << 20);
	for (let i = 0; i < 16; i++) body.onContent(bytes, true);
	assert.equal(await stateOf(waiting), 'pending');
	body.onContent(bytes, true);
	await assert.rejects(waiting, LocalProtocolError);
});

test('readAll of more than its limit rejects with a BodyLimitError and ends the response', async () => {
	for (const contentLength of [-1, 5, 6]) {
		const fits = createBuffer();
		fits.body.contentLength = contentLength;
		fits.push('abc');
		const all = fits.body.readAll(fits.reader, 6);
		fits.push('def');
		fits.body.onEnd();
		assert.equal(text(await all), 'abcdef');
	}
	const declared = createBuffer();
	declared.body.contentLength = 7;
	await assert.rejects(declared.body.readAll(declared.reader, 6), BodyLimitError);
	assert.notEqual(declared.body.failure, null);

	const unread = createBuffer();
	unread.push('abcdefg');
	await assert.rejects(unread.body.readAll(unread.reader, 6), BodyLimitError);
	assert.equal(unread.counts.consumed, 7);

	const ended = createBuffer();
	ended.push('abcdefg');
	ended.body.onEnd();
	// The request is over.
	(ended.body.control as ContentControl).abort = () => undefined;
	await assert.rejects(ended.body.readAll(ended.reader, 6), BodyLimitError);
	assert.equal(ended.counts.consumed, 7);
	assert.equal(text(await ended.body.readExactly(ended.reader, 7)), 'abcdefg');
	assert.equal(ended.counts.consumed, 7);

	const later = createBuffer();
	const reading = later.body.readAll(later.reader, 6);
	later.push('abcdef');
	assert.throws(() => later.push('g'), BodyLimitError);
	assert.equal(later.counts.consumed, 7, 'the connection does not lose the window of what it refuses');
	later.body.fail(new BodyLimitError('too much'));
	await assert.rejects(reading, BodyLimitError);
});

test('a body that cannot be allocated is a BodyLimitError with its cause', async () => {
	const { body, push, reader, counts } = createBuffer();
	const reading = body.readAll(reader);
	const tooLong = { length: 2 ** 53 } as Uint8Array;
	assert.throws(
		() => body.onContent(tooLong, true),
		(error) => error instanceof BodyLimitError && error.cause instanceof RangeError,
	);
	assert.equal(counts.consumed, 2 ** 53);
	push('abc');
	body.onEnd();
	assert.equal(text(await reading), 'abc');
});

test('a body of small frames that a slow reader left unread is read in few large pieces', async () => {
	const { body, push, reader } = createBuffer();
	const frames = 50_000;
	for (let i = 0; i < frames; i++) push(i % 2 === 0 ? 'x' : '');
	body.onEnd();
	let [reads, length] = [0, 0];
	for (let item = await body.readSome(reader); !item.done; item = await body.readSome(reader)) {
		reads++;
		length += item.value.length;
	}
	assert.equal(length, frames / 2);
	assert.ok(reads < 40, `${reads} reads`);
});

test('readFrame tells 4,096 unread frames apart, and joins the content of later ones', async () => {
	const { body, push, reader } = createBuffer();
	for (let i = 0; i < 20_000; i++) push('x');
	body.onEnd();
	let [frames, longest] = [0, 0];
	for (let item = await body.readFrame(reader); !item.done; item = await body.readFrame(reader)) {
		frames++;
		longest = Math.max(longest, item.value.length);
	}
	assert.deepEqual([frames, longest], [4096, 20_000 - 4095]);
});
