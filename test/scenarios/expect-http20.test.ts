// Expect: 100-continue over HTTP/2 (RFC 9110 §10.1.1): content waits for the server's 100, but not forever.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { INTERNAL_ERROR, NO_ERROR } from '../../assembly/shared/error-code.ts';
import { StreamResetError } from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';
import { greet, keepProcessRunning } from '../support/offline.ts';

const ok = { ':status': '200' };
const headers = { Expect: '100-Continue' };

keepProcessRunning();

function sent(peer: ScriptedPeer): string[] {
	return peer.frames.flatMap((frame) => {
		if (frame.type === 'DATA') return [`DATA ${new TextDecoder().decode(frame.data)}${frame.endStream ? '.' : ''}`];
		return frame.type === 'RST_STREAM' ? [`RST_STREAM ${frame.errorCode}`] : [];
	});
}

/** A body that records whether it was read and whether it was released. */
function observed() {
	const seen = { read: false, released: false };
	const body = new ReadableStream<Uint8Array>(
		{
			pull(controller) {
				seen.read = true;
				controller.enqueue(new TextEncoder().encode('content'));
				controller.close();
			},
			cancel() {
				seen.released = true;
			},
		},
		{ highWaterMark: 0 },
	);
	return { seen, body };
}

for (const kind of ['bytes', 'stream'] as const) {
	test(`content (${kind}) waits for a 100 response, and is not sent after a 103`, async () => {
		const { conn, peer } = await greet();
		const { seen, body } = observed();
		const asked = conn.roundTrip('PUT', '/', { body: kind === 'bytes' ? 'content' : body, headers });
		const head = await peer.expect('HEADERS', { streamId: 1, endStream: false });
		assert.ok(head.fields.some(([name, value]) => name === 'expect' && value === '100-Continue'));
		peer.send.headers(1, { ':status': '103' });
		await peer.roundTrip();
		assert.deepEqual([sent(peer), seen.read], [[], false]);
		peer.send.headers(1, { ':status': '100' });
		await peer.expect('DATA', { data: 'content' });
		peer.send.headers(1, ok, { endStream: true });
		assert.deepEqual(
			(await asked).informational.map(({ status }) => status),
			[103, 100],
		);
		await conn.close();
	});
}

for (const ends of ['at once', 'later'] as const) {
	test(`a final 4xx response that ends ${ends} is delivered whole, and the waiting content is not sent`, async () => {
		const { conn, peer } = await greet();
		const { seen, body } = observed();
		const asked = conn.roundTrip('PUT', '/', { body, headers });
		await peer.receive('HEADERS');
		peer.send.headers(1, { ':status': '413' }, { endStream: ends === 'at once' });
		const response = await asked;
		await turn();
		if (ends === 'later') {
			assert.deepEqual(sent(peer), []);
			peer.send.data(1, 'too large', { endStream: true });
		}
		assert.deepEqual([response.status, await response.text()], [413, ends === 'later' ? 'too large' : '']);
		await peer.expect('RST_STREAM', { streamId: 1, errorCode: NO_ERROR });
		await peer.roundTrip();
		assert.deepEqual([sent(peer), seen.released], [[`RST_STREAM ${NO_ERROR}`], true]);
		assert.equal(conn.streams, 0);
		await conn.close();
	});
}

test('the client sends no RST_STREAM after the server has answered and reset the request itself', async () => {
	const { conn, peer } = await greet();
	const asked = conn.roundTrip('PUT', '/', { body: 'content', headers });
	await peer.receive('HEADERS');
	peer.send.headers(1, { ':status': '413' }, { endStream: true });
	peer.send.rstStream(1, NO_ERROR);
	assert.equal((await asked).status, 413);
	await peer.roundTrip();
	assert.deepEqual(sent(peer).slice(1), []);
	assert.equal(conn.streams, 0);
	await conn.close();
});

test('the content is sent when a 2xx response begins without a 100', async () => {
	const { conn, peer } = await greet();
	const asked = conn.roundTrip('PUT', '/', { body: 'content', headers });
	await peer.receive('HEADERS');
	peer.send.headers(1, ok);
	await peer.expect('DATA', { data: 'content', endStream: true });
	peer.send.data(1, '', { endStream: true });
	assert.equal((await asked).status, 200);
	await conn.close();
});

test('the content is sent after a second if the server does not answer the expectation', async () => {
	const { conn, peer } = await greet();
	const asked = conn.roundTrip('PUT', '/', { body: 'content', headers });
	const before = performance.now();
	await peer.expect('DATA', { data: 'content', endStream: true });
	assert.ok(performance.now() - before > 900);
	peer.send.headers(1, ok, { endStream: true });
	assert.equal((await asked).status, 200);
	await conn.close();
});

test('a request that is reset or aborted while it waits for 100 releases its body', async () => {
	const { conn, peer } = await greet();
	for (const how of ['reset', 'abort'] as const) {
		const { seen, body } = observed();
		const controller = new AbortController();
		const asked = conn.roundTrip('PUT', '/', { body, headers, signal: controller.signal });
		const { streamId } = await peer.receive('HEADERS');
		if (how === 'reset') peer.send.rstStream(streamId, INTERNAL_ERROR);
		else controller.abort();
		await assert.rejects(asked, how === 'reset' ? StreamResetError : { name: 'AbortError' });
		await turn();
		assert.deepEqual(seen, { read: false, released: true });
	}
	await conn.close();
});

test('trailers follow the content after a 100, and a request without content does not wait', async () => {
	const { conn, peer } = await greet();
	const asked = conn.roundTrip('PUT', '/', { body: 'content', headers, trailers: { 'x-sum': '1' } });
	await peer.receive('HEADERS');
	peer.send.headers(1, { ':status': '100' });
	await peer.expect('DATA', { data: 'content', endStream: false });
	await peer.expect('HEADERS', { fields: { 'x-sum': '1' }, endStream: true });
	peer.send.headers(1, ok, { endStream: true });
	await asked;
	const next = conn.roundTrip('GET', '/', { headers });
	await peer.expect('HEADERS', { streamId: 3, endStream: true });
	peer.send.headers(3, ok, { endStream: true });
	await next;
	await conn.close();
});
