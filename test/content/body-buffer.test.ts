import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { BodyBuffer, keepBytes } from '../../src/content/body-buffer.ts';
import { stateOf } from '../support/offline.ts';

function createBuffer() {
	const counts = { consumed: 0 };
	const body = new BodyBuffer();
	body.control = { consume: (length) => (counts.consumed += length) };
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
	body.control = { consume: () => body.fail(new Error('lost')) };
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
