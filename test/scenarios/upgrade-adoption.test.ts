// HTTP/2 on a connection that began as HTTP/1.1 (RFC 7540 §3.2): the request that asked for the upgrade is stream 1 and has
// been sent whole. The upgrade itself is tested in http11-upgrade.test.ts.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { CANCEL, NO_ERROR, PROTOCOL_ERROR, REFUSED_STREAM } from '../../assembly/shared/error-code.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import {
	HTTP20Connection,
	type HTTP20ConnectionOptions,
	LocalProtocolError,
	StreamResetError,
} from '../../src/index.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { toByteStreams } from '../../src/testing/byte-streams.ts';
import { ScriptedPeer } from '../../src/testing.ts';

const ok = { ':status': '200' };

/** In-memory transports do not keep the process running. */
const alive = setInterval(() => undefined, 1000);
after(() => clearInterval(alive));

function createPipe(): { transport: Transport; peer: ScriptedPeer } {
	const [transport, far] = createMemoryTransports();
	return { transport, peer: new ScriptedPeer({ streams: toByteStreams(far) }) };
}

/** A connection over in-memory transports, and the peers of those that it dials itself. */
function createConnection(options: HTTP20ConnectionOptions = {}) {
	const peers: ScriptedPeer[] = [];
	const source = {
		async dial() {
			const { transport, peer } = createPipe();
			peers.push(peer);
			return transport;
		},
	};
	const conn = new HTTP20Connection('localhost', { secure: false, ...options }, source);
	return { conn, peers };
}

test('after an upgrade the response arrives on stream 1, our preface and SETTINGS are sent, and the next stream id is 3', async () => {
	const { conn, peers } = createConnection();
	const { transport, peer } = createPipe();
	assert.equal(await conn.adopt({ transport, informational: [] }, 'GET', '/'), 1);
	assert.equal(conn.streams, 1);
	await peer.handshake();
	peer.send.headers(1, ok);
	peer.send.data(1, 'upgraded', { endStream: true });
	const response = await conn.getResponse(1);
	assert.deepEqual([response.version, response.streamId, await response.text()], ['HTTP/2', 1, 'upgraded']);
	const next = conn.roundTrip('GET', '/next');
	await peer.expect('HEADERS', { streamId: 3, fields: { ':scheme': 'http', ':path': '/next' } });
	peer.send.headers(3, ok, { endStream: true });
	assert.equal((await next).status, 200);
	assert.deepEqual([conn.streams, peers.length], [0, 0]);
	assert.equal(peer.frames.filter(({ type }) => type === FrameType.RST_STREAM || type === FrameType.GOAWAY).length, 0);
	await conn.close();
});

test('a response that has arrived before the upgraded transport is adopted is kept for getResponse', async () => {
	const { conn } = createConnection();
	const { transport, peer } = createPipe();
	peer.send.settings();
	peer.send.headers(1, ok, { endStream: true });
	await turn();
	await conn.adopt({ transport, informational: [] }, 'HEAD', '/');
	await peer.receive('SETTINGS');
	await peer.roundTrip();
	assert.equal((await conn.getResponse()).status, 200);
	await assert.rejects(conn.getResponse(1), LocalProtocolError);
	await conn.close();
});

test('the method of the upgraded request determines whether its response has content', async () => {
	const { conn } = createConnection();
	const { transport, peer } = createPipe();
	await conn.adopt({ transport, informational: [] }, 'HEAD', '/');
	await peer.handshake();
	peer.send.headers(1, { ...ok, 'content-length': '5' }, { endStream: true });
	const response = await conn.getResponse(1);
	assert.deepEqual(response.headers.get('content-length'), ['5']);
	await conn.close();
});

test('stream 1 of an upgraded connection can have pushes', async () => {
	const { conn } = createConnection({ enablePush: true });
	const { transport, peer } = createPipe();
	await conn.adopt({ transport, informational: [] }, 'GET', '/');
	const all = conn.getPushes(1, { captureAll: true });
	await peer.handshake();
	peer.send.pushPromise(1, 2, { ':method': 'GET', ':scheme': 'http', ':authority': 'localhost', ':path': '/a' });
	peer.send.headers(2, ok, { endStream: true });
	peer.send.headers(1, ok, { endStream: true });
	for await (const push of all) assert.deepEqual([push.path, (await push.getResponse()).status], ['/a', 200]);
	await conn.close();
});

test('send rejects on stream 1 of an upgraded connection, and no DATA is sent on it', async () => {
	const { conn } = createConnection();
	const { transport, peer } = createPipe();
	await conn.adopt({ transport, informational: [] }, 'POST', '/', { body: 'sent already' });
	await peer.handshake();
	await assert.rejects(conn.send('more', {}, 1), LocalProtocolError);
	peer.send.headers(1, ok, { endStream: true });
	await conn.getResponse(1);
	assert.equal(peer.frames.filter(({ type }) => type === FrameType.DATA || type === FrameType.HEADERS).length, 0);
	await conn.close();
});

for (const refusal of ['REFUSED_STREAM', 'GOAWAY'] as const) {
	test(`an upgraded request refused by ${refusal} is sent again with its content`, async () => {
		const { conn, peers } = createConnection();
		const { transport, peer } = createPipe();
		await conn.adopt({ transport, informational: [] }, 'POST', '/', { body: 'again' });
		const asked = conn.getResponse(1);
		await peer.handshake();
		if (refusal === 'GOAWAY') peer.send.goaway(0, NO_ERROR);
		else peer.send.rstStream(1, REFUSED_STREAM);
		while (refusal === 'GOAWAY' && peers.length === 0) await turn();
		const next = refusal === 'GOAWAY' ? (peers[0] as ScriptedPeer) : peer;
		if (next !== peer) await next.handshake();
		const { streamId } = await next.receive('HEADERS');
		await next.expect('DATA', { data: 'again', endStream: true });
		assert.equal(streamId, 3);
		next.send.headers(streamId, ok, { endStream: true });
		assert.equal((await asked).status, 200);
		await conn.close();
	});
}

test('an upgraded request whose content cannot be read again rejects when it is refused', async () => {
	const { conn } = createConnection();
	const { transport, peer } = createPipe();
	async function* once(): AsyncGenerator<string> {
		yield 'x';
	}
	await conn.adopt({ transport, informational: [] }, 'POST', '/', { body: once() });
	const asked = conn.getResponse(1);
	await peer.handshake();
	peer.send.rstStream(1, REFUSED_STREAM);
	await assert.rejects(asked, (error: StreamResetError) => error instanceof StreamResetError && error.retryable);
	await conn.close();
});

test('a signal aborts stream 1 of an upgraded connection, even if it was aborted before', async () => {
	for (const early of [true, false]) {
		const { conn } = createConnection();
		const { transport, peer } = createPipe();
		const controller = new AbortController();
		const reason = new Error('enough');
		if (early) controller.abort(reason);
		await conn.adopt({ transport, informational: [] }, 'GET', '/', { signal: controller.signal });
		await peer.handshake();
		if (!early) controller.abort(reason);
		await assert.rejects(conn.getResponse(1), reason);
		await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
		await conn.close();
	}
});

test('waiting requests are sent on the upgraded connection', async () => {
	const { conn } = createConnection();
	const { transport, peer } = createPipe();
	await conn.adopt({ transport, informational: [] }, 'GET', '/1');
	const [second, third] = [conn.roundTrip('GET', '/2'), conn.roundTrip('GET', '/3')];
	await peer.handshake();
	for (const id of [5, 3, 1]) peer.send.headers(id, { ':status': String(200 + id) }, { endStream: true });
	assert.deepEqual([(await conn.getResponse(1)).status, (await second).status, (await third).status], [201, 203, 205]);
	await conn.close();
});

test('a frame for a stream beyond 1 breaks an upgraded connection that has opened no other', async () => {
	const { conn } = createConnection();
	const { transport, peer } = createPipe();
	await conn.adopt({ transport, informational: [] }, 'GET', '/');
	const asked = conn.getResponse(1);
	await peer.handshake();
	peer.send.headers(3, ok);
	await assert.rejects(asked, { name: 'ProtocolError', errorCode: PROTOCOL_ERROR });
	await peer.expect('GOAWAY', { errorCode: PROTOCOL_ERROR });
	await conn.close();
});
