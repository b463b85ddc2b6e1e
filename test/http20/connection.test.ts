// The members of a connection and their misuse. Its life with a server is in test/scenarios.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { HTTP20Connection, LocalProtocolError } from '../../src/index.ts';
import { INITIAL_SETTINGS } from '../../src/session/settings.ts';
import { greet, join, stateOf } from '../support/offline.ts';

test('a new connection knows its origin, and nothing of the server', () => {
	for (const [host, options, expected] of [
		['example.com', {}, ['example.com', 443, true]],
		['http://[::1]:8080', {}, ['::1', 8080, false]],
		['example.com', { port: 80 }, ['example.com', 80, false]],
		['example.com', { port: 80, secure: true }, ['example.com', 80, true]],
	] as const) {
		const conn = new HTTP20Connection(host, options);
		assert.deepEqual([conn.host, conn.port, conn.secure], expected);
		assert.deepEqual([conn.version, conn.streams, conn.remoteSettings], ['HTTP/2', 0, INITIAL_SETTINGS]);
	}
});

test('the constructor of HTTP20Connection throws for an invalid origin or option', () => {
	assert.throws(() => new HTTP20Connection('a b'), TypeError);
	assert.throws(() => new HTTP20Connection('https://h', { secure: false }), TypeError);
	assert.throws(() => new HTTP20Connection('h', { connectionWindowSize: 0, encoderTableSize: -1 }), RangeError);
});

test('remoteSettings and streams show the current state', async () => {
	const { conn, peer } = await greet({ maxConcurrentStreams: 9 });
	assert.equal(conn.remoteSettings.maxConcurrentStreams, 9);
	await conn.connect();
	const id = await conn.request('GET', '/');
	assert.equal(conn.streams, 1);
	peer.send.headers(id, { ':status': '204' }, { endStream: true });
	await conn.getResponse(id);
	assert.equal(conn.streams, 0);
	await conn.close();
});

test('getResponse returns each response once, the oldest first if no id is given', async () => {
	const { conn, peer } = await greet();
	const ids = [await conn.request('GET', '/1'), await conn.request('GET', '/2'), await conn.request('GET', '/3')];
	for (const id of ids.reverse()) peer.send.headers(id, { ':status': `${200 + id}` }, { endStream: true });
	assert.equal((await conn.getResponse(3)).status, 203);
	assert.equal((await conn.getResponse()).status, 201);
	assert.equal((await conn.getResponse(null)).status, 205);
	await assert.rejects(conn.getResponse(null), /no request has an untaken one/);
	await assert.rejects(conn.getResponse(3), /stream 3 has no untaken one/);
	await conn.close();
});

test('a request piece by piece: putRequest, putHeader, endHeaders, send', async () => {
	const { conn, peer } = await greet();
	conn.putRequest('POST', '/up');
	conn.putHeader('X-A', 'b');
	const id = await conn.endHeaders({ body: 'one ' });
	await conn.send('two ');
	await conn.send('three', { final: true }, id);
	await peer.expect('HEADERS', { streamId: id, endStream: false, fields: { ':path': '/up', 'x-a': 'b' } });
	const frames = [await peer.receive('DATA'), await peer.receive('DATA'), await peer.receive('DATA')];
	assert.equal(Buffer.concat(frames.map(({ data }) => data)).toString(), 'one two three');
	assert.deepEqual(
		frames.map(({ endStream }) => endStream),
		[false, false, true],
	);
	peer.send.headers(id, { ':status': '204' }, { endStream: true });
	assert.equal((await conn.getResponse()).status, 204);
	await assert.rejects(conn.send('more'), LocalProtocolError);
	await conn.close();
});

test('handles tell requests apart, and final ends a request without send', async () => {
	const { conn, peer } = await greet();
	const first = conn.putRequest('GET', '/1');
	conn.putRequest('POST', '/2');
	conn.putHeader('a', '1', first);
	conn.putHeader('a', '2');
	await conn.endHeaders({ final: true, body: 'x' });
	await conn.endHeaders({ final: true }, first);
	await peer.expect('HEADERS', { streamId: 1, fields: { ':path': '/2', a: '2', 'content-length': '1' } });
	await peer.expect('HEADERS', { streamId: 3, endStream: true, fields: { ':path': '/1', a: '1' } });
	await assert.rejects(conn.send('x', {}, 3), /on stream 3: it has no open request/);
	await conn.close();
});

test('send after the end of the last request, or after close, says that the request takes no more content', async () => {
	const { conn, peer } = await greet();
	conn.putRequest('POST', '/');
	await conn.endHeaders();
	await conn.send('a', { final: true });
	await assert.rejects(conn.send('b'), /the last request takes no more of it/);
	conn.putRequest('POST', '/');
	await conn.endHeaders();
	await Promise.all([conn.close(), peer.expect('GOAWAY')]);
	await assert.rejects(conn.send('c'), /the last request takes no more of it/);
});

test('misuse rejects the returned promise, or throws from a method that returns no promise', async () => {
	const { conn } = join();
	assert.throws(() => conn.putHeader('a', 'b'), /Cannot continue a request: call putRequest first/);
	await assert.rejects(conn.endHeaders(), LocalProtocolError);
	await assert.rejects(conn.send('x'), LocalProtocolError);
	await assert.rejects(conn.getResponse(1), LocalProtocolError);
	await assert.rejects(conn.roundTrip('GET', '/', { headers: { 'a b': 'c' } }), TypeError);
	await assert.rejects(conn.request('POST', '/', { body: 'x', headers: { 'content-length': '2' } }), TypeError);
	await assert.rejects(conn.ping('short'), RangeError);
	const reason = new Error('early');
	await assert.rejects(conn.roundTrip('GET', '/', { signal: AbortSignal.abort(reason) }), reason);
	assert.equal(conn.streams, 0);
	await conn.close();
});

test('a request with forbidden fields rejects, and does not affect others', async () => {
	const { conn, peer } = await greet();
	await assert.rejects(conn.roundTrip('GET', '/a b'), TypeError);
	await assert.rejects(conn.request('GET', '/', { headers: [[':unknown', 'x']] }), TypeError);
	const asked = conn.roundTrip('GET', '/');
	await peer.expect('HEADERS', { streamId: 1 });
	peer.send.headers(1, { ':status': '204' }, { endStream: true });
	assert.equal((await asked).status, 204);
	await conn.close();
});

test('close discards untaken responses; with drain they can still be taken', async () => {
	const { conn, peer } = await greet();
	const id = await conn.request('GET', '/');
	const closing = conn.close({ drain: true });
	assert.equal(await stateOf(closing), 'pending');
	peer.send.headers(id, { ':status': '204' }, { endStream: true });
	await closing;
	assert.equal((await conn.getResponse(id)).status, 204);

	const { conn: other } = await greet();
	const lost = await other.request('GET', '/');
	await other.close();
	await assert.rejects(other.getResponse(lost), LocalProtocolError);
});

test('disposal closes the connection', async () => {
	const { conn, peer } = await greet();
	await conn[Symbol.asyncDispose]();
	await peer.closed;
	await assert.rejects(conn.connect(), LocalProtocolError);
});

test("an extended CONNECT waits for the server's SETTINGS, and is sent when they allow it", async () => {
	const { conn, peer } = join();
	const response = conn.roundTrip('CONNECT', '/chat', { headers: { ':protocol': 'websocket' } });
	while (peer.frames.length === 0) await turn();
	for (let i = 0; i < 5; i++) await turn();
	assert.equal(
		peer.frames.some(({ type }) => type === 'HEADERS'),
		false,
	);
	await peer.handshake({ enableConnectProtocol: true });
	await peer.expect('HEADERS', { streamId: 1, fields: { ':method': 'CONNECT', ':protocol': 'websocket' } });
	peer.send.headers(1, { ':status': '200' }, { endStream: true });
	assert.equal((await response).status, 200);
	await conn.close();
});

// RFC 8441 §3
test('an extended CONNECT is a LocalProtocolError when the server has not announced it, and sends nothing', async () => {
	for (const isEarly of [true, false]) {
		const { conn, peer } = isEarly ? join() : await greet();
		const headers = { ':protocol': 'websocket' };
		const refused = assert.rejects(conn.roundTrip('CONNECT', '/chat', { headers }), {
			name: 'LocalProtocolError',
			message: 'Cannot send :protocol: the server did not send SETTINGS_ENABLE_CONNECT_PROTOCOL',
		});
		const response = conn.roundTrip('GET', '/');
		if (isEarly) await peer.handshake();
		await refused;
		await peer.expect('HEADERS', { streamId: 1, fields: { ':method': 'GET' } });
		peer.send.headers(1, { ':status': '204' }, { endStream: true });
		assert.equal((await response).status, 204);
		await conn.close();
	}
});
