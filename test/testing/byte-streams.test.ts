import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTransportPair } from '../../src/testing/byte-streams.ts';
import { stateOf } from '../support/offline.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('what one end writes the other reads, then the end', async () => {
	const [near, far] = createTransportPair({ chunkSize: 3 });
	const writer = near.writable.getWriter();
	await writer.write(bytes('abcdef'));
	await writer.close();
	const chunks: string[] = [];
	for await (const chunk of far.readable) chunks.push(new TextDecoder().decode(chunk));
	assert.deepEqual(chunks, ['abc', 'def']);
});

test('a write waits while nobody reads', async () => {
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

test('an abort is an error for the other end, and a cancel ends both directions', async () => {
	const [near, far] = createTransportPair();
	const reading = far.readable.getReader().read();
	await near.writable.abort(new Error('cut'));
	await assert.rejects(reading, /reset/);
	const [first, second] = createTransportPair();
	await first.readable.cancel();
	assert.equal((await second.readable.getReader().read()).done, true);
});
