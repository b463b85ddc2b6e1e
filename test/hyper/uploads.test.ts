// What went wrong in hyper's uploads: bodies of a multiple of 1,024 bytes, empty ones, iterables, and text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HTTP20Connection, type RequestBodyInit } from '../../src/index.ts';
import { type MockRequest, ScriptedPeer } from '../../src/testing.ts';

/** The complete request as the server sees it. Never resolves if the body does not end. */
async function posted(body: RequestBodyInit): Promise<MockRequest> {
	const requests: MockRequest[] = [];
	const peer = new ScriptedPeer();
	peer.respondWith((request) => {
		requests.push(request);
		return { status: 204 };
	});
	const conn = new HTTP20Connection('localhost', { transport: peer.transport });
	assert.equal((await conn.roundTrip('POST', '/', { body })).status, 204);
	await conn.close();
	return requests[0] as MockRequest;
}

test('a body of 0, 1,024, 16,384 or 65,535 bytes is sent to its end', async () => {
	for (const length of [0, 1024, 2048, 16_384, 65_535]) {
		const request = await posted(new Uint8Array(length));
		assert.equal(request.body.length, length);
		assert.deepEqual(request.headers.get('content-length'), [String(length)]);
	}
});

test('a body from a generator is sent to its end, whatever the length of its pieces', async () => {
	async function* pieces(): AsyncGenerator<Uint8Array> {
		for (const length of [1024, 0, 1, 1024, 0]) yield new Uint8Array(length);
	}
	const request = await posted(pieces());
	assert.equal(request.body.length, 2049);
	assert.equal(request.headers.has('content-length'), false);
});

test('a text body is sent as UTF-8', async () => {
	assert.equal(new TextDecoder().decode((await posted('naïve ☃')).body), 'naïve ☃');
});
