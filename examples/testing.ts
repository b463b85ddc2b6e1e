// Tests without a network: a server that responds by a function, and one that follows a script, frame by frame.
// In a checkout: `npm run build`, then `node --conditions=hyper-wasm-source --import tsx examples/testing.ts`.

import assert from 'node:assert/strict';
import { HTTP20Connection, StreamResetError } from 'hyper-wasm';
import { createTransportPair, ScriptedPeer } from 'hyper-wasm/testing';

await answerRequests();
await resetStream();
await connectByPair();
console.log('All tests passed');

/** A mock: a function from requests to responses. */
async function answerRequests(): Promise<void> {
	const peer = new ScriptedPeer();
	peer.respondWith(({ method, path, body }) => {
		if (path === '/missing') return { status: 404 };
		return { headers: { 'content-type': 'text/plain' }, body: `${method} ${path}: ${body.length} bytes` };
	});

	await using conn = new HTTP20Connection('localhost', { transport: peer.transport });
	const response = await conn.roundTrip('POST', '/upload', { body: 'four' });
	assert.equal(await response.text(), 'POST /upload: 4 bytes');
	assert.equal((await conn.roundTrip('GET', '/missing')).status, 404);
}

/** A script: checks each frame that the client sends, and sends any frames back. */
async function resetStream(): Promise<void> {
	const peer = new ScriptedPeer({ chunkSize: 1 });
	await using conn = new HTTP20Connection('localhost', { transport: peer.transport });
	const asked = conn.roundTrip('GET', '/');

	await peer.handshake({ maxConcurrentStreams: 10 });
	const { streamId } = await peer.expect('HEADERS', { fields: { ':path': '/' }, endStream: true });
	peer.send.headers(streamId, { ':status': '200', 'content-length': '10' });
	peer.send.data(streamId, 'half', { padding: 3 });
	peer.send.rstStream(streamId, 0x2);

	await assert.rejects((await asked).text(), StreamResetError);
}

/** A byte pipe in memory, to use with a server of your own. */
async function connectByPair(): Promise<void> {
	const [near, far] = createTransportPair();
	const peer = new ScriptedPeer({ streams: far });
	peer.respondWith(() => ({ status: 204 }));
	await using conn = new HTTP20Connection('localhost', { transport: near });
	assert.equal((await conn.roundTrip('GET', '/')).status, 204);
}
