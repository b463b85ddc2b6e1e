// The public API of hyper-wasm/testing. docs/testing.md and examples/testing.ts show it in use.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HTTP20Connection } from '../src/index.ts';
import * as testing from '../src/testing.ts';

test('hyper-wasm/testing exports its three names', () => {
	assert.deepEqual(Object.keys(testing).sort(), ['FrameSender', 'ScriptedPeer', 'createTransportPair']);
});

test('a connection and a peer talk over a pair', async () => {
	const [near, far] = testing.createTransportPair({ chunkSize: 2 });
	assert.equal(near.alpn, 'h2');
	const peer = new testing.ScriptedPeer({ streams: far });
	peer.respondWith(() => ({ body: 'hello' }));
	const conn = new HTTP20Connection('localhost', { transport: near });
	assert.equal(await (await conn.roundTrip('GET', '/')).text(), 'hello');
	await conn.close();
	await peer.closed;
});
