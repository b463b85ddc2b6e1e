import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTransportPair } from '../../src/testing/byte-streams.ts';
import { stateOf } from '../support/offline.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('one end of a pair reads what the other writes, and then its end', async () => {
	const [near, far] = createTransportPair({ chunkSize: 3 });
	const writer = near.writable.getWriter();
	await writer.write(bytes('abcdef'));
	await writer.close();
	const chunks: string[] = [];
	for await (const chunk of far.readable) chunks.push(new TextDecoder().decode(chunk));
	assert.deepEqual(chunks, ['abc', 'def']);
});

test('a write waits while the other end does not read', async () => {
	const [near, far] = createTransportPair({ highWaterMark: 4 });
	const writer = near.writable.getWriter();
	await writer.write(bytes('abc'));
	await writer.write(bytes('d'));
	const full = writer.write(bytes('efgh'));
	assert.equal(await stateOf(full), 'pending');
	const reader = far.readable.getReader();
	await reader.read();
	await reader.read();
	await reader.read();
	await full;
});

test('abort is an error for the other end, and cancel ends both directions', async () => {
	const [near, far] = createTransportPair();
	const reading = far.readable.getReader().read();
	await near.writable.abort(new Error('cut'));
	await assert.rejects(reading, /reset/);
	const [first, second] = createTransportPair();
	await first.readable.cancel();
	assert.equal((await second.readable.getReader().read()).done, true);
});

test('an unknown option of a pair is a TypeError that names the nearest', () => {
	for (const [options, message] of [
		[{ chunksize: 1 }, /^TypeError: Unknown option "chunksize" of createTransportPair: did you mean chunkSize\?$/],
		[{ alpnProtocols: ['h2'] }, /"alpnProtocols" of createTransportPair: write alpn/],
		[{ chunkSize: '1' }, /^TypeError: chunkSize must be a number, not a string$/],
		[{ highWaterMark: -1 }, /^RangeError: highWaterMark is -1, but must be an integer of at least 0$/],
		[{ alpn: 2 }, /^TypeError: alpn must be a string, not a number$/],
		[null, /options of createTransportPair must be an object \{ chunkSize, highWaterMark, alpn \}, not null$/],
	] as const) {
		assert.throws(() => createTransportPair(options as object), message);
	}
	assert.deepEqual([createTransportPair()[0].alpn, createTransportPair({ alpn: null })[1].alpn], ['h2', null]);
});
