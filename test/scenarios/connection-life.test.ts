// A connection from its first request to its close, as its caller sees it: every promise settles once, with the right reason.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import {
	ConnectionError,
	ConnectionResetError,
	LocalProtocolError,
	NegotiationError,
	ProtocolError,
	StreamResetError,
} from '../../src/index.ts';
import { frameOf } from '../support/frames.ts';
import { greet, join, ScriptedServer, stateOf } from '../support/offline.ts';

const ok = { ':status': '200' };
const { CANCEL, NO_ERROR, PROTOCOL_ERROR } = ErrorCode;

test('a connection sends nothing before its first request', async () => {
	const { conn, peer } = join();
	assert.equal(await stateOf(peer.receive()), 'pending');
	assert.equal(conn.streams, 0);
	await conn.close();
});

test('a request and its response succeed when every byte arrives by itself in both directions', async () => {
	const { conn, peer } = join({}, { chunkSize: 1 });
	const asked = conn.roundTrip('POST', '/a?b', { body: 'ask', headers: { 'X-Name': ' value ' } });
	await peer.handshake();
	await peer.expect('HEADERS', {
		streamId: 1,
		fields: [
			[':method', 'POST'],
			[':scheme', 'https'],
			[':authority', 'localhost'],
			[':path', '/a?b'],
			['x-name', 'value'],
			['content-length', '3'],
		],
	});
	await peer.expect('DATA', { data: 'ask', endStream: true });
	peer.send.headers(1, { ':status': '103', link: '</a>' });
	peer.send.headers(1, { ...ok, 'content-length': '6' }, { padding: 3 });
	peer.send.data(1, 'ans', { padding: 255 });
	peer.send.data(1, 'wer');
	peer.send.headers(1, { 'x-sum': '1' }, { endStream: true });
	const response = await asked;
	assert.equal(response.status, 200);
	assert.deepEqual(
		response.informational.map(({ status, headers }) => [status, headers.get('link')]),
		[[103, ['</a>']]],
	);
	assert.equal(await response.text(), 'answer');
	assert.deepEqual((await response.trailers).get('x-sum'), ['1']);
	assert.equal(conn.streams, 0);
	await conn.close();
});

test('getResponse returns the response of a stream id, or the oldest one that was not yet returned', async () => {
	const { conn, peer } = await greet();
	const ids = [await conn.request('GET', '/1'), await conn.request('GET', '/2'), await conn.request('GET', '/3')];
	assert.deepEqual(ids, [1, 3, 5]);
	for (const id of [5, 3, 1]) peer.send.headers(id, { ':status': String(200 + id) }, { endStream: true });
	assert.equal((await conn.getResponse(3)).status, 203);
	assert.equal((await conn.getResponse()).status, 201);
	assert.equal((await conn.getResponse()).status, 205);
	await assert.rejects(conn.getResponse(), LocalProtocolError);
	await assert.rejects(conn.getResponse(3), LocalProtocolError);
	await conn.close();
});

test('ping resolves with the round-trip time, and only when its own 8 bytes are acknowledged', async () => {
	const { conn, peer } = await greet({}, {}, { autoReply: true });
	assert.ok((await conn.ping()) >= 0);
	const pong = conn.ping('12345678');
	await peer.expect('PING', { ack: false });
	assert.ok((await pong) >= 0);
	await assert.rejects(conn.ping('short'), RangeError);
	peer.send.ping(new Uint8Array(8).fill(1), { ack: true });
	await peer.roundTrip();
	await conn.close();
});

test('ping rejects when the connection is closed before the PING is sent', async () => {
	const { conn } = await greet();
	const pong = conn.ping();
	const closed = conn.close();
	await assert.rejects(pong, { name: 'LocalProtocolError', message: /^Cannot send PING/ });
	await closed;
});

test('ping rejects when the connection ends before the acknowledgement', async () => {
	const peerSide = join({}, { autoReply: false });
	const pong = peerSide.conn.ping();
	peerSide.peer.send.settings();
	await peerSide.peer.receive('PING');
	peerSide.peer.destroy(new Error('cut'));
	await assert.rejects(pong, ConnectionResetError);
});

test('close resets open streams, sends GOAWAY and rejects every pending request once', async () => {
	const { conn, peer } = await greet({ maxConcurrentStreams: 2 });
	const first = conn.roundTrip('GET', '/1');
	const second = conn.request('GET', '/2');
	const queued = conn.roundTrip('GET', '/3');
	await peer.receive('HEADERS');
	await peer.receive('HEADERS');
	await second;
	const taken = conn.getResponse(3);
	const closing = conn.close();
	await assert.rejects(first, StreamResetError);
	await assert.rejects(taken, StreamResetError);
	await assert.rejects(queued, ConnectionError);
	await closing;
	assert.deepEqual(
		peer.frames.filter(({ type }) => type === 'RST_STREAM' || type === 'GOAWAY'),
		[
			frameOf({ type: FrameType.RST_STREAM, streamId: 1, errorCode: CANCEL }),
			frameOf({ type: FrameType.RST_STREAM, streamId: 3, errorCode: CANCEL }),
			frameOf({ type: FrameType.GOAWAY, lastStreamId: 0, errorCode: NO_ERROR }),
		],
	);
	await conn.close();
	assert.equal(conn.streams, 0);
});

test('a request made in the same turn as close rejects and is not sent again', async () => {
	const server = await ScriptedServer.listen();
	const { HTTP20Connection } = await import('../../src/index.ts');
	const conn = new HTTP20Connection(server.origin);
	const dialled = conn.connect();
	const peer = await server.next();
	await Promise.all([dialled, peer.handshake()]);
	const doomed = conn.roundTrip('GET', '/');
	const closing = conn.close();
	await assert.rejects(doomed, StreamResetError);
	await closing;
	assert.equal(server.accepted, 1);
});

test('close while dialling leaves no connection behind, and the next request dials again', async () => {
	const server = await ScriptedServer.listen();
	const { HTTP20Connection } = await import('../../src/index.ts');
	const conn = new HTTP20Connection(server.origin);
	const doomed = conn.roundTrip('GET', '/doomed');
	const closing = conn.close();
	const next = conn.roundTrip('GET', '/next');
	await assert.rejects(doomed, ConnectionError);
	await closing;
	for (;;) {
		const peer = await server.next();
		peer.respondWith(({ path }) => ({ headers: { path } }));
		if (await Promise.race([next.then(() => true), peer.closed.then(() => false)])) break;
	}
	assert.deepEqual((await next).headers.get('path'), ['/next']);
	await conn.close();
});

test('close with drain lets running requests finish, and new requests open another connection', async () => {
	const server = await ScriptedServer.listen();
	const { HTTP20Connection } = await import('../../src/index.ts');
	const conn = new HTTP20Connection(server.origin);
	const running = conn.roundTrip('GET', '/running');
	const peer = await server.next();
	await peer.handshake();
	await peer.receive('HEADERS');
	const closing = conn.close({ drain: true });
	await peer.expect('GOAWAY', { errorCode: NO_ERROR });
	const next = conn.roundTrip('GET', '/next');
	const other = await server.next();
	other.respondWith(() => ({ status: 204 }));
	assert.equal((await next).status, 204);
	assert.equal(await stateOf(closing), 'pending');
	peer.send.headers(1, ok, { endStream: true });
	assert.equal((await running).status, 200);
	await closing;
	await conn.close();
});

test('stream ids begin at 1 again after close', async () => {
	const server = await ScriptedServer.listen();
	const { HTTP20Connection } = await import('../../src/index.ts');
	const conn = new HTTP20Connection(server.origin);
	for (let i = 0; i < 2; i++) {
		const answered = Promise.all([conn.roundTrip('GET', '/'), conn.roundTrip('GET', '/')]);
		(await server.next()).respondWith(() => ({ status: 204 }));
		assert.deepEqual(
			(await answered).map(({ streamId }) => streamId),
			[1, 3],
		);
		await conn[Symbol.asyncDispose]();
	}
});

test('a protocol violation by the server rejects every request with the error and sends its code in GOAWAY', async () => {
	const { conn, peer } = await greet();
	const requests = [conn.roundTrip('GET', '/1'), conn.roundTrip('POST', '/2', { body: 'x' }), conn.ping()];
	const body = conn.roundTrip('GET', '/3').then((response) => response.text());
	for (let i = 0; i < 3; i++) await peer.receive('HEADERS');
	peer.send.headers(5, ok);
	peer.send.data(0, 'on stream 0');
	for (const request of [requests[0], requests[1], body]) {
		await assert.rejects(request as Promise<unknown>, (error: ProtocolError) => {
			return error instanceof ProtocolError && error.errorCode === PROTOCOL_ERROR && !error.retryable;
		});
	}
	await peer.expect('GOAWAY', { errorCode: PROTOCOL_ERROR });
	peer.write(new Uint8Array(100).fill(255));
	await peer.closed;
	await Promise.allSettled(requests);
});

test('requests and partial responses reject when the server ends the connection', async () => {
	const { conn, peer } = await greet();
	const head = conn.roundTrip('GET', '/1');
	const partial = await (async () => {
		const asked = conn.roundTrip('GET', '/2');
		await peer.receive('HEADERS');
		await peer.receive('HEADERS');
		peer.send.headers(3, { ...ok, 'content-length': '100' });
		peer.send.data(3, 'some');
		return asked;
	})();
	peer.close();
	await assert.rejects(head, ConnectionResetError);
	await assert.rejects(partial.text(), ConnectionResetError);
	assert.equal(conn.streams, 0);
	await conn.close();
});

test('a request to a server that speaks HTTP/1.1 rejects with NegotiationError at once', async () => {
	const { conn, peer } = join();
	const asked = conn.roundTrip('GET', '/');
	peer.write(new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n'));
	await assert.rejects(asked, NegotiationError);
	await peer.closed;
});

test('waiting requests reject when the server resets the connection before sending SETTINGS', async () => {
	const { conn, peer } = join();
	const asked = conn.roundTrip('POST', '/', {
		body: (async function* () {
			yield 'x';
		})(),
	});
	await peer.receive('SETTINGS');
	peer.destroy(new Error('cut'));
	await assert.rejects(
		asked,
		(error: Error) => error instanceof ConnectionError || error instanceof LocalProtocolError,
	);
});

test('an error thrown by onInformational rejects its own request with that error and no other request', async () => {
	const { conn, peer } = await greet();
	const fault = new Error('callback failed');
	const bad = conn.roundTrip('GET', '/bad', {
		onInformational: () => {
			throw fault;
		},
	});
	const good = conn.roundTrip('GET', '/good');
	await peer.receive('HEADERS');
	await peer.receive('HEADERS');
	peer.send.headers(1, { ':status': '103' });
	peer.send.headers(1, ok);
	peer.send.data(1, 'never read');
	peer.send.headers(3, ok, { endStream: true });
	await assert.rejects(bad, fault);
	assert.equal((await good).status, 200);
	await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
	await conn.close();
});

test('SETTINGS_MAX_CONCURRENT_STREAMS of 1 lets one request at a time through, in order', async () => {
	const { conn, peer } = await greet({ maxConcurrentStreams: 1 });
	const answers = Array.from({ length: 5 }, (_, i) => conn.roundTrip('GET', `/${i}`));
	for (let i = 0; i < 5; i++) {
		const head = await peer.expect('HEADERS', { fields: { ':path': `/${i}` } });
		await peer.roundTrip();
		assert.equal(conn.streams, 1);
		peer.send.headers(head.streamId, ok, { endStream: true });
	}
	assert.equal((await Promise.all(answers)).length, 5);
	await conn.close();
});

test('SETTINGS_MAX_CONCURRENT_STREAMS of 0 holds requests until it is raised', async () => {
	const { conn, peer } = await greet({ maxConcurrentStreams: 0 });
	const answers = Promise.all([conn.roundTrip('GET', '/1'), conn.roundTrip('GET', '/2')]);
	await peer.roundTrip();
	assert.equal(await stateOf(answers), 'pending');
	assert.equal(
		peer.frames.some(({ type }) => type === 'HEADERS'),
		false,
	);
	peer.send.settings({ maxConcurrentStreams: 10 });
	for (const streamId of [1, 3]) {
		await peer.expect('HEADERS', { streamId });
		peer.send.headers(streamId, ok, { endStream: true });
	}
	await answers;
	await conn.close();
});
