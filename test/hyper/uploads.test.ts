// What went wrong in hyper's uploads: bodies of n times 1,024 octets, empty ones, iterables, and text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HTTP20Connection, type RequestBodyInit } from '../../src/index.ts';
import { type MockRequest, ScriptedPeer } from '../../src/testing.ts';

/** The request that a server sees, whole: a body that does not end never gets there. */
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

test('a body of 0, 1,024, 16,384 or 65,535 octets ends', async () => {
	for (const length of [0, 1024, 2048, 16_384, 65_535]) {
		const request = await posted(new Uint8Array(length));
		assert.equal(request.body.length, length);
		assert.deepEqual(request.headers.get('content-length'), [String(length)]);
	}
});

test('a generator ends where it ends, whatever the length of its pieces, and empty ones do not end it', async () => {
	async function* pieces(): AsyncGenerator<Uint8Array> {
		for (const length of [1024, 0, 1, 1024, 0]) yield new Uint8Array(length);
	}
	const request = await posted(pieces());
	assert.equal(request.body.length, 2049);
	assert.equal(request.headers.has('content-length'), false);
});

test('text goes out as UTF-8', async () => {
	assert.equal(new TextDecoder().decode((await posted('naïve ☃')).body), 'naïve ☃');
});
