// Silence: a peer that no longer answers, as when a laptop changes networks or a NAT forgets a connection. Nothing arrives,
// not even the end of the transport. RFC 9113 §6.7.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { HTTP20Connection, TimeoutError } from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';
import { OK, openHTTP11 } from '../support/http11.ts';
import { listen } from '../support/loopback.ts';
import { keepProcessRunning, ScriptedServer } from '../support/offline.ts';
import { countPings, isPeerDead } from '../support/silence.ts';

const ok = { ':status': '200' };

/** A server in a thread of its own, which answers with the number of its connection and counts PINGs in shared memory. */
const ECHO = `
const { parentPort, workerData: pings } = require('node:worker_threads');
let count = 0;
const server = require('node:http2').createServer();
server.on('session', (session) => {
	session.number = ++count;
	session.on('ping', () => {
		Atomics.add(pings, 0, 1);
		Atomics.notify(pings, 0);
	});
});
server.on('stream', (stream, { ':path': path }) => {
	stream.on('error', () => {});
	if (path === '/silent') return;
	stream.respond({ ':status': 200 });
	stream.end(String(stream.session.number));
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

keepProcessRunning();

/** A connection whose first request was answered, by a peer that answers only what the test answers. */
async function open(options: ConstructorParameters<typeof HTTP20Connection>[1] = {}) {
	const server = await ScriptedServer.listen({ autoReply: false });
	const conn = new HTTP20Connection(server.origin, options);
	const first = conn.roundTrip('GET', '/first');
	const peer = await server.next();
	await peer.handshake();
	const { streamId } = await peer.receive('HEADERS');
	peer.send.headers(streamId, ok, { endStream: true });
	await (await first).bytes();
	return { conn, server, peer };
}

/** How many requests came after the last PING. */
function headersAfterPing(peer: ScriptedPeer): number {
	const types = peer.frames.map(({ type }) => type);
	return types.slice(types.lastIndexOf('PING')).filter((type) => type === 'HEADERS').length;
}

/** Answers the next request on this connection. */
async function answer(peer: ScriptedPeer): Promise<void> {
	const { streamId } = await peer.receive('HEADERS');
	peer.send.headers(streamId, ok, { endStream: true });
}

/** Sends a request that the peer receives, and aborts it. */
async function abort(conn: HTTP20Connection, peer: ScriptedPeer): Promise<void> {
	const canceller = new AbortController();
	const aborted = conn.roundTrip('GET', '/aborted', { signal: canceller.signal });
	await peer.receive('HEADERS');
	canceller.abort();
	await assert.rejects(aborted, { name: 'AbortError' });
}

/** The wall clock runs while the machine sleeps. */
function suspend(t: TestContext, milliseconds: number): void {
	const wallClock = Date.now.bind(Date);
	t.mock.method(Date, 'now', () => wallClock() + milliseconds);
}

test('with a signal of two seconds on each request of one a second, no request that begins three seconds after the silence fails', async (t) => {
	const origin = http2.createServer((_, response) => response.end('ok'));
	const originPort = await listen(origin);
	const silenced = new Set<Socket>();
	const accepted: Socket[] = [];
	const relay = createServer((near) => {
		accepted.push(near);
		const far = connect(originPort, '127.0.0.1');
		for (const [from, to] of [
			[near, far],
			[far, near],
		] as const) {
			from.on('error', () => undefined);
			from.on('data', (bytes) => {
				if (!silenced.has(near)) to.write(bytes);
			});
			from.on('close', () => to.destroy());
		}
	});
	const conn = new HTTP20Connection(`http://127.0.0.1:${await listen(relay)}`);
	t.after(() => conn.close());
	assert.equal(await (await conn.roundTrip('GET', '/')).text(), 'ok');
	silenced.add(accepted[0] as Socket);
	const silentSince = performance.now();
	const requests: { method: string; began: number; text: Promise<string> }[] = [];
	for (let i = 0; i < 6; i++) {
		for (const method of ['GET', 'POST']) {
			const began = performance.now() - silentSince;
			// A busy machine may need more than two seconds for a new connection.
			const signal = AbortSignal.timeout(began > 3000 ? 30_000 : 2000);
			const text = conn.roundTrip(method, '/', { signal }).then((response) => response.text());
			text.catch(() => undefined);
			requests.push({ method, began, text });
		}
		await sleep(1000);
	}
	const late = requests.filter(({ began }) => began > 3000);
	assert.ok(late.length >= 4);
	for (const { text } of late) assert.equal(await text, 'ok');
	assert.equal(accepted.length, 2);
});

test('a PING follows the RST_STREAM of an aborted request that nothing answered, one for all of them', async (t) => {
	const { conn, peer } = await open();
	t.after(() => conn.close());
	const canceller = new AbortController();
	const aborted = Array.from({ length: 20 }, () => conn.roundTrip('GET', '/', { signal: canceller.signal }));
	for (const _ of aborted) await peer.receive('HEADERS');
	canceller.abort();
	await Promise.allSettled(aborted);
	await peer.receive('PING');
	const types = peer.frames.slice(-21).map(({ type }) => type);
	assert.deepEqual(types.slice(0, 2), ['RST_STREAM', 'PING']);
	assert.equal(types.filter((type) => type === 'RST_STREAM').length, 20);
	assert.equal(countPings(peer), 1);
});

test('an aborted request sends no PING if the peer was heard since the request', async (t) => {
	const { conn, peer } = await open();
	t.after(() => conn.close());
	const canceller = new AbortController();
	const aborted = conn.roundTrip('GET', '/', { signal: canceller.signal });
	await peer.receive('HEADERS');
	peer.send.ping();
	await peer.receive('PING');
	canceller.abort();
	await assert.rejects(aborted, { name: 'AbortError' });
	await peer.receive('RST_STREAM');
	assert.equal(countPings(peer), 0);
});

test('when the PING after an abort is unanswered, safe requests move to a new connection and others reject', async (t) => {
	const { conn, server, peer } = await open();
	t.after(() => conn.close());
	const before = [conn.roundTrip('GET', '/1'), conn.roundTrip('POST', '/2')] as const;
	for (const _ of before) await peer.receive('HEADERS');
	await abort(conn, peer);
	const behind = conn.roundTrip('PUT', '/3', { body: 'text' });
	await assert.rejects(before[1], isPeerDead);
	const next = await server.next();
	await next.handshake();
	for (const response of [before[0], behind]) {
		await answer(next);
		assert.equal((await response).status, 200);
	}
	assert.equal(countPings(peer), 1);
});

test('a request that is given up while it waits for a free stream has a silent server probed', async (t) => {
	const { conn, server, peer } = await open();
	t.after(() => conn.close());
	peer.send.settings({ maxConcurrentStreams: 1 });
	const settled = conn.ping();
	const ping = await peer.receive('PING');
	peer.send.ping(ping.opaque, { ack: true });
	await settled;
	const before = conn.roundTrip('GET', '/before');
	await peer.receive('HEADERS');
	const canceller = new AbortController();
	const waiting = conn.roundTrip('POST', '/waiting', { signal: canceller.signal });
	canceller.abort();
	await assert.rejects(waiting, { name: 'AbortError' });
	await peer.receive('PING');
	const next = await server.next();
	await next.handshake();
	await answer(next);
	assert.equal((await before).status, 200);
});

test('a request that could not be sent again waits for the answer to a PING after a second of silence', async (t) => {
	const { conn, server, peer } = await open();
	t.after(() => conn.close());
	await sleep(1010);
	await abort(conn, peer);
	const posted = conn.roundTrip('POST', '/', { body: 'text' });
	const { opaque } = await peer.receive('PING');
	assert.equal(headersAfterPing(peer), 0);
	peer.send.ping(opaque, { ack: true });
	await answer(peer);
	assert.equal((await posted).status, 200);
	assert.equal(server.accepted, 1);

	await sleep(1010);
	await abort(conn, peer);
	const moved = conn.roundTrip('POST', '/', { body: 'text' });
	const next = await server.next();
	await next.handshake();
	await answer(next);
	assert.equal((await moved).status, 200);
});

test('a process that is busy when a PING must be answered reads the answer before it gives the connection up', async (t) => {
	const pings = new Int32Array(new SharedArrayBuffer(4));
	const origin = new Worker(ECHO, { eval: true, workerData: pings });
	t.after(() => origin.terminate());
	const port = await new Promise<number>((resolve) => origin.once('message', resolve));
	const conn = new HTTP20Connection(`http://127.0.0.1:${port}`);
	t.after(() => conn.close());
	const warm = await conn.roundTrip('GET', '/');
	assert.equal(await warm.text(), '1');
	// Nothing else is on its way from the server.
	await conn.ping();
	const canceller = new AbortController();
	await conn.request('GET', '/silent', { signal: canceller.signal });
	await new Promise((resolve) => setImmediate(resolve));
	canceller.abort();
	await assert.rejects(conn.getResponse(), { name: 'AbortError' });
	// The PING is written.
	await new Promise((resolve) => setImmediate(resolve));
	// Later than the answer is due, but not so late that the process seems to have been suspended.
	const sent = performance.now();
	assert.notEqual(Atomics.wait(pings, 0, 1, 10_000), 'timed-out');
	while (performance.now() - sent < 1050);
	const response = await conn.roundTrip('POST', '/', { body: 'text' });
	assert.equal(await response.text(), '1', 'the same connection');
});

test('a body that stalls while the peer answers PINGs times out, and its connection lives on', async (t) => {
	const { conn, server, peer } = await open({ timeout: { body: 300 } });
	t.after(() => conn.close());
	const stalled = conn.roundTrip('GET', '/stalled');
	const { streamId } = await peer.receive('HEADERS');
	peer.send.headers(streamId, ok);
	const text = (await stalled).text();
	text.catch(() => undefined);
	const { opaque } = await peer.receive('PING');
	await assert.rejects(text, (error) => error instanceof TimeoutError && error.phase === 'body');
	peer.send.ping(opaque, { ack: true });
	await sleep(1500);
	const next = conn.roundTrip('GET', '/next');
	await answer(peer);
	assert.equal((await next).status, 200);
	assert.deepEqual([server.accepted, countPings(peer)], [1, 1]);
});

test('a body that stalls on a silent connection times out, and the next request opens another one', async (t) => {
	const { conn, server, peer } = await open({ timeout: { body: 300 } });
	t.after(() => conn.close());
	const stalled = conn.roundTrip('GET', '/stalled');
	const { streamId } = await peer.receive('HEADERS');
	peer.send.headers(streamId, ok);
	await assert.rejects((await stalled).text(), (error) => error instanceof TimeoutError && error.phase === 'body');
	const next = conn.roundTrip('GET', '/next');
	const other = await server.next();
	await other.handshake();
	await answer(other);
	assert.equal((await next).status, 200);
	assert.equal(countPings(peer), 1);
});

test('after a suspend requests wait for any bytes of the peer', async (t) => {
	const { conn, server, peer } = await open();
	t.after(() => conn.close());
	suspend(t, 3_600_000);
	const asked = conn.roundTrip('GET', '/');
	assert.equal(conn.capacity, 0);
	await peer.receive('PING');
	assert.equal(headersAfterPing(peer), 0);
	peer.send.frame(0xbb, 0, 0);
	await answer(peer);
	assert.equal((await asked).status, 200);
	assert.equal(server.accepted, 1);
});

test('after a suspend requests use a new connection if the peer does not answer a PING', async (t) => {
	const { conn, server, peer } = await open();
	t.after(() => conn.close());
	suspend(t, 3_600_000);
	const asked = [conn.roundTrip('GET', '/'), conn.roundTrip('POST', '/', { body: 'text' })];
	const next = await server.next();
	await next.handshake();
	for (const response of asked) {
		await answer(next);
		assert.equal((await response).status, 200);
	}
	assert.deepEqual([countPings(peer), headersAfterPing(peer)], [1, 0]);
});

test('after a suspend an idle HTTP/1.1 connection is not used again', async (t) => {
	const { conn, server } = await openHTTP11(t);
	for (const hours of [0, 1, 2]) {
		if (hours > 0) {
			t.mock.restoreAll();
			suspend(t, hours * 3_600_000);
		}
		const asked = conn.roundTrip('POST', '/', { body: 'text' });
		const connection = await server.accept();
		await connection.readTo('text');
		connection.answer(OK);
		assert.equal((await asked).status, 200);
	}
	assert.equal(server.connections.length, 3);
});

test('an HTTP/1.1 connection on which a request was given up is not used again', async (t) => {
	const { conn, server } = await openHTTP11(t, { timeout: { headers: 5000, body: 300 } });
	const canceller = new AbortController();
	const aborted = conn.roundTrip('GET', '/aborted', { signal: canceller.signal });
	const first = await server.accept();
	await first.readHead();
	canceller.abort();
	await assert.rejects(aborted, { name: 'AbortError' });

	const stalled = conn.roundTrip('GET', '/stalled');
	const second = await server.accept();
	await second.readHead();
	second.answer(['HTTP/1.1 200 OK', 'Content-Length: 4'], 'te');
	await assert.rejects((await stalled).text(), (error) => error instanceof TimeoutError && error.phase === 'body');

	const closed = conn.roundTrip('GET', '/closed');
	const third = await server.accept();
	await third.readHead();
	third.answer(['HTTP/1.1 200 OK', 'Content-Length: 4'], 'te');
	await (await closed).close();

	const last = conn.roundTrip('GET', '/last');
	const fourth = await server.accept();
	await fourth.readHead();
	fourth.answer(OK);
	assert.equal((await last).status, 200);
	for (const connection of [first, second, third]) assert.equal(await connection.readToEnd(), '');
	assert.equal(server.connections.length, 4);
});

test('a request that is given up while it waits behind a silent HTTP/1.1 exchange makes later ones open a connection', async (t) => {
	const { conn, server } = await openHTTP11(t);
	const before = conn.roundTrip('GET', '/before');
	const first = await server.accept();
	await first.readHead();
	const canceller = new AbortController();
	const waiting = conn.roundTrip('GET', '/waiting', { signal: canceller.signal });
	const silent = performance.now();
	while (performance.now() - silent <= 1000) await sleep(100);
	canceller.abort();
	await assert.rejects(waiting, { name: 'AbortError' });
	const later = conn.roundTrip('GET', '/later');
	const second = await server.accept();
	await second.readHead();
	second.answer(OK);
	assert.equal((await later).status, 200);
	first.answer(OK);
	assert.equal((await before).status, 200);
});
