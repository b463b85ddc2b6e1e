// What the in-memory pair promises beyond the contract of every transport: strictness, for tests that use it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { TransportRecorder, turns } from '../support/transport-recorder.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

test('lent bytes are overwritten when the callback has returned', async () => {
	const [near, far] = createMemoryTransports();
	const recorder = new TransportRecorder();
	let kept = new Uint8Array();
	recorder.onChunk = (lent) => {
		assert.equal(Buffer.from(lent).toString(), 'lent');
		kept = lent as Uint8Array<ArrayBuffer>;
	};
	near.start(recorder);
	far.write([bytes('lent')]);
	await recorder.until(() => recorder.byteCount === 4);
	await turns(1);
	assert.deepEqual(kept, Uint8Array.of(0xdd, 0xdd, 0xdd, 0xdd));
});

test('what was written is not overwritten', async () => {
	const [near, far] = createMemoryTransports();
	const recorder = new TransportRecorder();
	near.start(recorder);
	const written = bytes('mine');
	far.write([written]);
	await recorder.until(() => recorder.byteCount === 4);
	await turns(1);
	assert.equal(Buffer.from(written).toString(), 'mine');
});

test('nothing is delivered before the writer returns', () => {
	const [near, far] = createMemoryTransports();
	const recorder = new TransportRecorder();
	near.start(recorder);
	far.write([bytes('later')]);
	assert.equal(recorder.byteCount, 0);
});

for (const [chunkSize, sizes] of [
	[1, [1, 1, 1, 1, 1]],
	[2, [2, 1, 2]],
	[100, [3, 2]],
] as const) {
	test(`chunkSize ${chunkSize} splits writes and joins none`, async () => {
		const [near, far] = createMemoryTransports({ chunkSize });
		const recorder = new TransportRecorder();
		near.start(recorder);
		far.write([bytes('abc'), bytes('de')]);
		await recorder.until(() => recorder.byteCount === 5);
		assert.deepEqual(
			recorder.chunks.map((chunk) => chunk.length),
			sizes,
		);
	});
}

test('chunkSize below one is a RangeError', () => {
	for (const chunkSize of [0, -1, Number.NaN]) assert.throws(() => createMemoryTransports({ chunkSize }), RangeError);
});

test('the high-water mark bounds what is written before false', () => {
	const [near] = createMemoryTransports({ highWaterMark: 10 });
	assert.equal(near.write([bytes('123456789')]), true);
	assert.equal(near.write([bytes('0')]), false);
});

test('both ends report the alpn that was asked for', () => {
	assert.deepEqual(
		createMemoryTransports({ alpn: 'h2' }).map(({ alpn }) => alpn),
		['h2', 'h2'],
	);
	assert.equal(createMemoryTransports()[0].alpn, null);
});

test('destroy with an error is a reset for the other side, with that error as its cause', async () => {
	const [near, far] = createMemoryTransports();
	const recorder = new TransportRecorder();
	near.start(recorder);
	const error = new Error('crashed');
	far.destroy(error);
	await recorder.untilEvent('close');
	assert.equal((recorder.error as Error & { code: string }).code, 'ECONNRESET');
	assert.equal(recorder.error?.cause, error);
});

test('destroy without an error is an end for the other side, behind what was written', async () => {
	const [near, far] = createMemoryTransports();
	const recorder = new TransportRecorder();
	near.start(recorder);
	far.write([bytes('goodbye')]);
	far.destroy();
	await recorder.untilEvent('end');
	await turns(1);
	assert.equal(recorder.text, 'goodbye');
	assert.deepEqual(recorder.events, ['end']);
	near.end();
	await recorder.untilEvent('close');
	assert.equal(recorder.error, null);
});

test('who waits for a drain from a peer that is gone is closed', async () => {
	const [near, far] = createMemoryTransports({ highWaterMark: 1 });
	const recorder = new TransportRecorder();
	near.start(recorder);
	assert.equal(near.write([bytes('unread')]), false);
	far.destroy();
	await recorder.untilEvent('close');
	assert.equal((recorder.error as Error & { code: string }).code, 'EPIPE');
});
