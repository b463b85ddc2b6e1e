// The order in which a receiver is called, with the transport's side driven by the test.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Delivery } from '../../src/runtime/delivery.ts';
import { TransportRecorder, turns } from '../support/transport-recorder.ts';

function setUp(): { delivery: Delivery; recorder: TransportRecorder; resumed: () => number } {
	let calls = 0;
	const delivery = new Delivery(() => calls++);
	return { delivery, recorder: new TransportRecorder(), resumed: () => calls };
}

test('a flowing receiver gets the lent bytes themselves', async () => {
	const { delivery, recorder, resumed } = setUp();
	delivery.start(recorder);
	await turns(1);
	assert.equal(resumed(), 1);
	const lent = new Uint8Array(3);
	let got: Uint8Array | null = null;
	recorder.onChunk = (bytes) => {
		got = bytes;
	};
	assert.equal(delivery.bytes(lent), true);
	assert.equal(got, lent);
});

test('held bytes are copied', async () => {
	const { delivery, recorder } = setUp();
	const lent = Uint8Array.of(1, 2);
	assert.equal(delivery.bytes(lent), false);
	lent.fill(9);
	delivery.start(recorder);
	await turns(1);
	assert.deepEqual(recorder.chunks, [Uint8Array.of(1, 2)]);
});

test('everything before start is delivered in order after it', async () => {
	const { delivery, recorder, resumed } = setUp();
	const error = new Error('reset');
	delivery.drain();
	delivery.bytes(Uint8Array.of(1));
	delivery.end();
	delivery.close(error);
	delivery.start(recorder);
	await turns(1);
	assert.equal(recorder.byteCount, 1);
	assert.deepEqual(recorder.events, ['drain', 'end', 'close']);
	assert.equal(recorder.error, error);
	assert.deepEqual(recorder.breaches, []);
	assert.equal(resumed(), 0);
});

test('an end behind bytes that are still held after resume is delivered behind them', async () => {
	const { delivery, recorder } = setUp();
	delivery.start(recorder);
	await turns(1);
	delivery.pause();
	delivery.bytes(Uint8Array.of(1));
	delivery.resume();
	delivery.end();
	assert.deepEqual(recorder.events, []);
	await turns(1);
	assert.deepEqual([recorder.byteCount, recorder.events, recorder.breaches], [1, ['end'], []]);
});

test('what is held may be dropped, whatever it is', async () => {
	const { delivery, recorder } = setUp();
	delivery.drain();
	delivery.end();
	delivery.drop(null);
	delivery.start(recorder);
	delivery.pause();
	delivery.resume();
	delivery.bytes(Uint8Array.of(1));
	await turns(1);
	delivery.close(null);
	await turns(1);
	assert.deepEqual([recorder.events, recorder.byteCount], [['close'], 0]);
});

test('a resume before start has no effect', async () => {
	const { delivery, recorder } = setUp();
	delivery.resume();
	assert.equal(delivery.bytes(Uint8Array.of(1)), false);
	delivery.start(recorder);
	await turns(1);
	assert.equal(recorder.byteCount, 1);
});

test('a drain ignores a pause, an orderly close waits for resume', async () => {
	const { delivery, recorder } = setUp();
	delivery.start(recorder);
	await turns(1);
	delivery.pause();
	assert.equal(delivery.bytes(Uint8Array.of(1)), false);
	delivery.end();
	delivery.close(null);
	delivery.pause();
	await turns(1);
	assert.deepEqual(recorder.events, []);
	delivery.resume();
	await turns(1);
	assert.deepEqual(recorder.events, ['end', 'close']);

	const second = setUp();
	second.delivery.start(second.recorder);
	await turns(1);
	second.delivery.pause();
	second.delivery.drain();
	assert.deepEqual(second.recorder.events, ['drain']);
});

test('an error is delivered to a paused receiver at once', async () => {
	const { delivery, recorder } = setUp();
	delivery.start(recorder);
	await turns(1);
	delivery.pause();
	delivery.bytes(Uint8Array.of(1));
	delivery.close(new Error('reset'));
	assert.deepEqual(recorder.events, ['close']);
	delivery.resume();
	await turns(1);
	assert.equal(recorder.byteCount, 0);
	assert.deepEqual(recorder.breaches, []);
});

test('after drop only the close is delivered, with the reason of the drop', async () => {
	const { delivery, recorder } = setUp();
	const reason = new Error('ours');
	delivery.bytes(Uint8Array.of(1));
	delivery.start(recorder);
	delivery.drop(reason);
	assert.equal(delivery.bytes(Uint8Array.of(2)), false);
	delivery.end();
	delivery.drain();
	delivery.drop(new Error('second'));
	delivery.close(new Error('theirs'));
	delivery.close(null);
	await turns(1);
	assert.deepEqual(recorder.events, ['close']);
	assert.equal(recorder.byteCount, 0);
	assert.equal(recorder.error, reason);
	assert.deepEqual(recorder.breaches, []);
});

test('drop replaces the error of a held close', async () => {
	const { delivery, recorder } = setUp();
	delivery.bytes(Uint8Array.of(1));
	delivery.close(new Error('theirs'));
	delivery.drop(null);
	delivery.start(recorder);
	await turns(1);
	assert.deepEqual(recorder.events, ['close']);
	assert.equal(recorder.error, null);
});

test('a pause between two held chunks holds the second', async () => {
	const { delivery, recorder, resumed } = setUp();
	delivery.bytes(Uint8Array.of(1));
	delivery.bytes(Uint8Array.of(2));
	recorder.onChunk = () => delivery.pause();
	delivery.start(recorder);
	await turns(1);
	assert.equal(recorder.byteCount, 1);
	assert.equal(resumed(), 0);
	delivery.resume();
	await turns(1);
	assert.equal(recorder.byteCount, 2);
});

test('a renegotiation is delivered even during a pause, but neither before start nor after the close', () => {
	const { delivery, recorder } = setUp();
	let count = 0;
	delivery.renegotiated();
	delivery.start(Object.assign(recorder, { onRenegotiated: () => count++ }));
	assert.equal(count, 0);
	delivery.renegotiated();
	delivery.pause();
	delivery.renegotiated();
	assert.equal(count, 2);
	delivery.drop(null);
	delivery.renegotiated();
	assert.equal(count, 2);
});
