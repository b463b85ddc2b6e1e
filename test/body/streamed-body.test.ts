// Bodies whose source yields its bytes once, read again as for a replayed request.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { BodySource } from '../../src/body/body-source.ts';
import { StreamedBody } from '../../src/body/streamed-body.ts';

/** A body whose source yields the items that the test gives it. */
function createBody() {
	const waiting: ((result: IteratorResult<unknown, undefined>) => void)[] = [];
	let returned = 0;
	const iterator = {
		next: () => new Promise<IteratorResult<unknown, undefined>>((resolve) => waiting.push(resolve)),
		return: async () => {
			returned++;
			return { done: true as const, value: undefined };
		},
	};
	const body = new StreamedBody(() => BodySource.ofIterable({ [Symbol.asyncIterator]: () => iterator }));
	return {
		body,
		give: (item: Uint8Array | string) => waiting.shift()?.({ done: false, value: item }),
		end: () => waiting.shift()?.({ done: true, value: undefined }),
		asked: () => waiting.length,
		returned: () => returned,
	};
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const text = (result: IteratorResult<Uint8Array, undefined>) =>
	result.done ? null : Buffer.from(result.value).toString('latin1');

test('a second reading starts with the chunks of the first and continues with the source', async () => {
	const { body, give, end } = createBody();
	const first = body.source();
	const taken = first.next();
	await turn();
	give('ab');
	assert.equal(text(await taken), 'ab');
	const second = body.source();
	assert.equal(text(await first.next()), null);
	assert.equal(text(await second.next()), 'ab');
	const more = second.next();
	await turn();
	give('c');
	assert.equal(text(await more), 'c');
	const last = second.next();
	await turn();
	end();
	assert.equal(text(await last), null);
	const third = body.source();
	assert.deepEqual([text(await third.next()), text(await third.next()), text(await third.next())], ['ab', 'c', null]);
});

test('a chunk that the first reading waits for goes to the second reading', async () => {
	const { body, give, asked } = createBody();
	const first = body.source();
	const lost = first.next();
	await turn();
	const second = body.source();
	const taken = second.next();
	await turn();
	assert.equal(asked(), 1);
	give('x');
	assert.deepEqual([text(await lost), text(await taken)], [null, 'x']);
});

test('kept chunks are copies, because a source may reuse its memory', async () => {
	const { body, give } = createBody();
	const bytes = Buffer.from('abc');
	const taken = body.source().next();
	await turn();
	give(bytes);
	await taken;
	bytes.fill(0);
	assert.equal(text(await body.source().next()), 'abc');
});

test('kept chunks of a few bytes share memory, and a second reading gets them joined', async () => {
	const items = Array.from({ length: 30_000 }, (_, i) => Uint8Array.of(i, i >> 8));
	items.splice(20_000, 0, new Uint8Array(2000).fill(7), new Uint8Array(0));
	const body = new StreamedBody(() => BodySource.ofIterable(items));
	const read = async () => {
		const source = body.source();
		const chunks: Uint8Array[] = [];
		for (let item = await source.next(); !item.done; item = await source.next()) chunks.push(item.value);
		return chunks;
	};
	const content = Buffer.concat(items);
	const first = await read();
	assert.deepEqual(Buffer.concat(first), content);
	assert.ok(new Set(first.map(({ buffer }) => buffer)).size < 15);
	const second = await read();
	assert.deepEqual(Buffer.concat(second), content);
	assert.ok(second.length < 15, `${second.length} chunks`);
});

test('a body above 64 KiB cannot be read again, but the first reading continues', async () => {
	const { body, give } = createBody();
	const reading = body.source();
	const pieces = [new Uint8Array(40_000).fill(1), new Uint8Array(40_000).fill(2), new Uint8Array(10).fill(3)];
	for (const piece of pieces) {
		const taken = reading.next();
		await turn();
		give(piece);
		assert.deepEqual((await taken).value, piece);
	}
	assert.equal(body.rereadable, false);
	assert.throws(() => body.source(), LocalProtocolError);
});

test('a second reading gets every kept chunk, even if the body then grows too large', async () => {
	const { body, give } = createBody();
	const piece = (byte: number) => new Uint8Array(30_000).fill(byte);
	const first = body.source();
	for (const byte of [1, 2]) {
		const taken = first.next();
		await turn();
		give(piece(byte));
		await taken;
	}
	const second = body.source();
	assert.deepEqual((await second.next()).value, piece(1));
	assert.deepEqual((await second.next()).value, piece(2));
	for (const byte of [3, 4]) {
		const taken = second.next();
		await turn();
		give(piece(byte));
		assert.deepEqual((await taken).value, piece(byte));
	}
	assert.equal(body.rereadable, false);
});

test('return ends a reading but not the source; release closes the source once, even if unread', async () => {
	const { body, returned } = createBody();
	await body.source().return?.();
	assert.deepEqual([returned(), body.rereadable], [0, true]);
	body.release();
	body.release();
	await turn();
	assert.deepEqual([returned(), body.rereadable], [1, false]);
	const unread = createBody();
	unread.body.release();
	await turn();
	assert.equal(unread.returned(), 1);
});

test('a body that cannot be read again is released when its reading ends early, and opened once', async () => {
	let opened = 0;
	let returned = 0;
	const body = new StreamedBody(() => {
		opened++;
		return BodySource.ofIterable({
			[Symbol.asyncIterator]: () => ({
				next: async () => ({ done: false as const, value: new Uint8Array(100_000) }),
				return: async () => {
					returned++;
					return { done: true as const, value: undefined };
				},
			}),
		});
	});
	const reading = body.source();
	await reading.next();
	await reading.return?.();
	assert.equal(returned, 1);
	body.release();
	body.release();
	await turn();
	assert.deepEqual([opened, returned], [1, 1]);
});

test('a body that is released twice before it is read is opened once', async () => {
	let opened = 0;
	const body = new StreamedBody(() => {
		opened++;
		return BodySource.ofIterable([]);
	});
	body.release();
	body.release();
	await turn();
	assert.equal(opened, 1);
});

test('release ends a pending read', async () => {
	const { body, give } = createBody();
	const taken = body.source().next();
	await turn();
	body.release();
	give('late');
	assert.equal(text(await taken), null);
});

test('an error of the source rejects the reading, and the body cannot be read again', async () => {
	const fault = new Error('disk');
	const body = new StreamedBody(() =>
		BodySource.ofIterable({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(fault) }) }),
	);
	await assert.rejects(body.source().next(), (error) => error === fault);
	assert.throws(() => body.source(), LocalProtocolError);
});
