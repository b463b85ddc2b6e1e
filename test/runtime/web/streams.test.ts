// What is special about a transport made of WHATWG streams. What holds for every transport is in transport-contract.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transportFromStreams } from '../../../src/runtime/web/streams.ts';
import { TransportRecorder, turns } from '../../support/transport-recorder.ts';

test('alpn and openedAt are the ones passed in', () => {
	const openedAt = { connected: 1, secured: 2 };
	const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
	const transport = transportFromStreams({ readable, writable, alpn: 'h2' }, openedAt);
	assert.equal(transport.alpn, 'h2');
	assert.equal(transport.openedAt, openedAt);
	const bare = transportFromStreams(new TransformStream<Uint8Array, Uint8Array>());
	assert.equal(bare.alpn, null);
	assert.equal(bare.openedAt, undefined);
});

test('a TransformStream is an echo', async () => {
	const transport = transportFromStreams(new TransformStream<Uint8Array, Uint8Array>());
	const recorder = new TransportRecorder();
	transport.start(recorder);
	for (let count = 0; count < 100; count++) transport.write([new Uint8Array(1_000)]);
	transport.end();
	await recorder.untilEvent('close');
	assert.equal(recorder.byteCount, 100_000);
	assert.equal(recorder.error, null);
});

test('the streams are locked at once and not read before start', async () => {
	let pulls = 0;
	const readable = new ReadableStream<Uint8Array>(
		{
			pull(controller) {
				pulls++;
				controller.close();
			},
		},
		{ highWaterMark: 0 },
	);
	const writable = new WritableStream<Uint8Array>();
	const transport = transportFromStreams({ readable, writable });
	assert.ok(readable.locked && writable.locked);
	await turns(2);
	assert.equal(pulls, 0);
	const recorder = new TransportRecorder();
	transport.start(recorder);
	await recorder.untilEvent('end');
	assert.equal(pulls, 1);
	transport.destroy();
});

test('locked streams are a TypeError', () => {
	const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
	const reader = readable.getReader();
	assert.throws(() => transportFromStreams({ readable, writable }), TypeError);
	reader.releaseLock();
	transportFromStreams({ readable, writable });
});

test('BYOB reads reuse one buffer', async () => {
	const sizes: number[] = [];
	const readable = new ReadableStream({
		type: 'bytes',
		pull(controller) {
			const view = controller.byobRequest?.view as Uint8Array;
			assert.ok(view, 'every read must pass its buffer');
			sizes.push(view.buffer.byteLength);
			if (sizes.length > 5) controller.close();
			else view[0] = sizes.length;
			controller.byobRequest?.respond(sizes.length > 5 ? 0 : 1);
		},
	}) as ReadableStream<Uint8Array>;
	const transport = transportFromStreams({ readable, writable: new WritableStream() });
	const recorder = new TransportRecorder();
	transport.start(recorder);
	await recorder.untilEvent('end');
	assert.deepEqual(Buffer.concat(recorder.chunks), Buffer.of(1, 2, 3, 4, 5));
	assert.deepEqual(new Set(sizes), new Set([65_536]));
	transport.destroy();
});

test('back-pressure counts bytes, even if the stream counts chunks', async () => {
	const taken: (() => void)[] = [];
	const writable = new WritableStream<Uint8Array>(
		{ write: () => new Promise((resolve) => taken.push(resolve)) },
		new CountQueuingStrategy({ highWaterMark: 16_384 }),
	);
	const transport = transportFromStreams({ readable: new ReadableStream(), writable });
	const recorder = new TransportRecorder();
	transport.start(recorder);
	assert.equal(transport.write([new Uint8Array(65_535)]), true);
	assert.equal(transport.write([new Uint8Array(1)]), false);
	await turns(1);
	taken.shift()?.();
	await turns(1);
	assert.deepEqual(recorder.events, []);
	taken.shift()?.();
	await recorder.untilEvent('drain');
	assert.equal(transport.write([new Uint8Array(1)]), true);
	transport.destroy();
	await recorder.untilEvent('close');
});

test('a failing sink closes with its error and cancels the source', async () => {
	const error = new Error('sink failed');
	let cancelled: unknown;
	const readable = new ReadableStream<Uint8Array>({
		cancel(reason) {
			cancelled = reason;
		},
	});
	const writable = new WritableStream<Uint8Array>({ write: () => Promise.reject(error) });
	const transport = transportFromStreams({ readable, writable });
	const recorder = new TransportRecorder();
	transport.start(recorder);
	transport.write([new Uint8Array(1)]);
	transport.write([new Uint8Array(1)]);
	await recorder.untilEvent('close');
	assert.equal(recorder.error, error);
	assert.equal(cancelled, error);
	await turns(2);
	assert.deepEqual(recorder.breaches, []);
});

test('a failing source closes with its error and aborts the sink', async () => {
	const error = new Error('source failed');
	let aborted: unknown;
	const readable = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(error) });
	const writable = new WritableStream<Uint8Array>({
		abort(reason) {
			aborted = reason;
		},
	});
	const transport = transportFromStreams({ readable, writable });
	const recorder = new TransportRecorder();
	transport.start(recorder);
	await recorder.untilEvent('close');
	assert.equal(recorder.error, error);
	assert.equal(aborted, error);
});

test('an error reason that is not an Error is wrapped in one', async () => {
	const readable = new ReadableStream<Uint8Array>({ pull: () => Promise.reject('plain words') });
	const transport = transportFromStreams({ readable, writable: new WritableStream() });
	const recorder = new TransportRecorder();
	transport.start(recorder);
	await recorder.untilEvent('close');
	assert.equal(recorder.error?.message, 'The stream failed: plain words');
	assert.equal(recorder.error?.cause, 'plain words');
});

for (const item of ['text', 5, null, new ArrayBuffer(1)]) {
	const what = item === null ? 'null' : typeof item;
	test(`a stream that gives ${what} instead of bytes closes the transport with a TypeError`, async () => {
		const readable = new ReadableStream<never>({ start: (controller) => controller.enqueue(item as never) });
		const transport = transportFromStreams({ readable, writable: new WritableStream() });
		const recorder = new TransportRecorder();
		transport.start(recorder);
		await recorder.untilEvent('close');
		assert.ok(recorder.error instanceof TypeError);
		assert.match(recorder.error.message, /^The readable stream gave .* instead of bytes$/);
	});
}

test('other views of bytes are read as bytes', async () => {
	const readable = new ReadableStream<never>({
		start(controller) {
			controller.enqueue(new DataView(new ArrayBuffer(8), 2, 3) as never);
			controller.close();
		},
	});
	const transport = transportFromStreams({ readable, writable: new WritableStream() });
	const recorder = new TransportRecorder();
	transport.start(recorder);
	await recorder.untilEvent('end');
	assert.equal(recorder.byteCount, 3);
	transport.destroy();
});

test('streams whose methods throw close the transport with their error', async () => {
	const fail = (): never => assert.fail('thrown');
	const readable = { getReader: () => ({ read: fail, cancel: fail }) } as unknown as ReadableStream<Uint8Array>;
	const transport = transportFromStreams({ readable, writable: new WritableStream() });
	const recorder = new TransportRecorder();
	transport.start(recorder);
	await recorder.untilEvent('close');
	assert.match(String(recorder.error), /thrown/);
});

test('a write after the end has no effect, before the close and after it', async () => {
	const transport = transportFromStreams(new TransformStream<Uint8Array, Uint8Array>());
	const recorder = new TransportRecorder();
	transport.start(recorder);
	transport.end();
	assert.equal(transport.write([new Uint8Array(1)]), false);
	await recorder.untilEvent('close');
	assert.equal(transport.write([new Uint8Array(1)]), false);
	assert.deepEqual([recorder.byteCount, recorder.error], [0, null]);
});
