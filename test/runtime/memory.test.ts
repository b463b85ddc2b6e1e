// What transports in memory promise beyond transport-contract.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { TransportRecorder, turns } from '../support/transport-recorder.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

test('lent bytes are overwritten after the callback', async () => {
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

test('written bytes are not overwritten', async () => {
	const [near, far] = createMemoryTransports();
	const recorder = new TransportRecorder();
	near.start(recorder);
	const written = bytes('mine');
	far.write([written]);
	await recorder.until(() => recorder.byteCount === 4);
	await turns(1);
	assert.equal(Buffer.from(written).toString(), 'mine');
});

test('write returns before anything is delivered', () => {
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
	test(`chunkSize ${chunkSize} splits writes and never joins them`, async () => {
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

test('a chunkSize above the read buffer of 64 KiB is that, in both directions', async () => {
	for (const [reader, writer] of [
		[0, 1],
		[1, 0],
	] as const) {
		const pair = createMemoryTransports({ chunkSize: 10_000_000 });
		const recorder = new TransportRecorder();
		pair[reader].start(recorder);
		pair[writer].write([new Uint8Array(200_000)]);
		await recorder.until(() => recorder.byteCount === 200_000);
		assert.ok(recorder.chunks.every(({ length }) => length <= 65_536));
	}
});

test('chunkSize below one is a RangeError', () => {
	for (const chunkSize of [0, -1, Number.NaN]) assert.throws(() => createMemoryTransports({ chunkSize }), RangeError);
});

test('write returns false once the high-water mark is reached', () => {
	const [near] = createMemoryTransports({ highWaterMark: 10 });
	assert.equal(near.write([bytes('123456789')]), true);
	assert.equal(near.write([bytes('0')]), false);
});

test('what is written after the end does not arrive', async () => {
	const [near, far] = createMemoryTransports();
	const recorder = new TransportRecorder();
	far.start(recorder);
	near.end();
	near.end();
	assert.equal(near.write([bytes('late')]), false);
	await recorder.untilEvent('end');
	far.end();
	await recorder.untilEvent('close');
	assert.deepEqual([recorder.byteCount, recorder.events, recorder.breaches], [0, ['end', 'close'], []]);
});

test('an end followed by destroy ends the other end once', async () => {
	const [near, far] = createMemoryTransports();
	const recorder = new TransportRecorder();
	far.start(recorder);
	near.end();
	await recorder.untilEvent('end');
	near.destroy();
	far.end();
	await recorder.untilEvent('close');
	assert.deepEqual([recorder.events, recorder.breaches], [['end', 'close'], []]);
});

test('both ends report the alpn option', () => {
	assert.deepEqual(
		createMemoryTransports({ alpn: 'h2' }).map(({ alpn }) => alpn),
		['h2', 'h2'],
	);
	assert.equal(createMemoryTransports()[0].alpn, null);
});

test('destroy with an error resets the other end, with that error as the cause', async () => {
	const [near, far] = createMemoryTransports();
	const recorder = new TransportRecorder();
	near.start(recorder);
	const error = new Error('crashed');
	far.destroy(error);
	await recorder.untilEvent('close');
	assert.equal((recorder.error as Error & { code: string }).code, 'ECONNRESET');
	assert.equal(recorder.error?.cause, error);
});

test('destroy without an error ends the other end after what was written', async () => {
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

test('a full transport whose peer is destroyed closes with EPIPE', async () => {
	const [near, far] = createMemoryTransports({ highWaterMark: 1 });
	const recorder = new TransportRecorder();
	near.start(recorder);
	assert.equal(near.write([bytes('unread')]), false);
	far.destroy();
	await recorder.untilEvent('close');
	assert.equal((recorder.error as Error & { code: string }).code, 'EPIPE');
});
