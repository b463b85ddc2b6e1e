// Timeouts for the head of a response, its content and an idle connection. They are short where they must expire and long
// where they must not; nothing here asserts how fast anything is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CANCEL, ENHANCE_YOUR_CALM, NO_ERROR } from '../../assembly/shared/error-code.ts';
import { HTTP20Connection, TimeoutError } from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';
import { greet, join, keepProcessRunning, ScriptedServer, stateOf } from '../support/offline.ts';
import { transportsForHTTP2 } from '../support/transport-source.ts';

const ok = { ':status': '200' };
/** Longer than any test runs. */
const LONG = 600_000;

keepProcessRunning();

function isTimeout(phase: string) {
	return (error: unknown) => error instanceof TimeoutError && error.phase === phase;
}

function resets(peer: ScriptedPeer): string[] {
	return peer.frames.flatMap((frame) => (frame.type === 'RST_STREAM' ? [`${frame.streamId} ${frame.errorCode}`] : []));
}

test('a request without an answer fails with the phase headers and is reset with CANCEL', async () => {
	const { conn, peer } = await greet({}, { timeout: { headers: 30, body: LONG } });
	await assert.rejects(conn.roundTrip('GET', '/'), isTimeout('headers'));
	await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
	assert.equal(conn.streams, 0);
	await conn.close();
});

test('a response that stops amid its content fails with the phase body after what arrived was delivered', async () => {
	const { conn, peer } = await greet({}, { timeout: { headers: LONG, body: 30 } });
	const asked = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	peer.send.headers(1, ok);
	peer.send.data(1, 'half');
	const response = await asked;
	const chunks = response[Symbol.asyncIterator]();
	assert.equal(new TextDecoder().decode((await chunks.next()).value as Uint8Array), 'half');
	await assert.rejects(chunks.next(), isTimeout('body'));
	await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
	await conn.close();
});

test('reading does not time out as long as content keeps arriving', async () => {
	const { conn, peer } = await greet({}, { timeout: { body: 1000 } });
	const asked = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	peer.send.headers(1, ok);
	const text = (await asked).text();
	for (let i = 0; i < 10; i++) {
		await sleep(120);
		peer.send.data(1, 'x');
	}
	peer.send.data(1, '', { endStream: true });
	assert.equal(await text, 'xxxxxxxxxx');
	await conn.close();
});

test('timeout.body does not run while the caller does not read, and starts again when it reads', async () => {
	const { conn, peer } = await greet({}, { timeout: { body: 30 } });
	const asked = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	peer.send.headers(1, ok);
	peer.send.data(1, 'unread');
	const response = await asked;
	await sleep(150);
	await peer.roundTrip();
	assert.deepEqual(resets(peer), []);
	assert.equal((await response.read(6)).length, 6);
	await assert.rejects(response.read(1), isTimeout('body'));
	await conn.close();
});

test('a complete response can be read after its timeouts', async () => {
	const { conn, peer } = await greet({}, { timeout: { body: 20, headers: 20 } });
	const asked = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	peer.send.headers(1, ok);
	peer.send.data(1, 'whole', { endStream: true });
	const response = await asked;
	await sleep(100);
	assert.equal(await response.text(), 'whole');
	await conn.close();
});

test("timeout.body does not run while the server waits for the request's content", async () => {
	const { conn, peer } = await greet({}, { timeout: { body: 30 } });
	let release: () => void = () => undefined;
	const held = new Promise<void>((resolve) => (release = resolve));
	async function* body(): AsyncGenerator<string> {
		yield 'question';
		await held;
		yield 'rest';
	}
	const asked = conn.roundTrip('POST', '/', { body: body() });
	await peer.receive('DATA');
	peer.send.headers(1, ok);
	const response = await asked;
	const text = response.text();
	await sleep(150);
	assert.equal(await stateOf(text), 'pending');
	release();
	await peer.expect('DATA', { data: 'rest' });
	await assert.rejects(text, isTimeout('body'));
	await conn.close();
});

test('timeout.headers starts again whenever content is sent', async () => {
	const { conn, peer } = await greet({}, { timeout: { headers: 1000 } });
	async function* body(): AsyncGenerator<string> {
		for (let i = 0; i < 10; i++) {
			await sleep(120);
			yield 'x';
		}
	}
	const asked = conn.roundTrip('POST', '/', { body: body() });
	for (let i = 0; i < 10; i++) await peer.receive('DATA');
	peer.send.headers(1, ok, { endStream: true });
	assert.equal((await asked).status, 200);
	await conn.close();
});

test("content that waits for the server's window does not restart timeout.headers", async () => {
	const { conn, peer } = await greet({ initialWindowSize: 10 }, { timeout: { headers: 50 } });
	await assert.rejects(conn.roundTrip('POST', '/', { body: 'x'.repeat(100) }), isTimeout('headers'));
	await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
	await conn.close();
});

test('with SETTINGS_MAX_CONCURRENT_STREAMS of 0 requests wait until timeout.headers, and are sent when it is raised', async () => {
	const { conn, peer } = await greet({ maxConcurrentStreams: 0 }, { timeout: { headers: 500 } });
	await assert.rejects(conn.roundTrip('GET', '/'), isTimeout('headers'));
	const asked = conn.roundTrip('GET', '/');
	peer.send.settings({ maxConcurrentStreams: 1 });
	await peer.receive('HEADERS');
	peer.send.headers(1, ok, { endStream: true });
	assert.equal((await asked).status, 200);
	assert.deepEqual(resets(peer), []);
	await conn.close();
});

test('timeout.headers includes the time of dialling', async () => {
	const transports = transportsForHTTP2((signal) => new Promise<never>((_, reject) => onAbort(signal, reject)));
	const conn = new HTTP20Connection('localhost', { timeout: { headers: 30 } }, transports);
	await assert.rejects(conn.roundTrip('GET', '/'), isTimeout('headers'));
	await assert.rejects(conn.request('GET', '/'), isTimeout('headers'));
	await conn.close();
});

test('a request after a timeout on a silent connection moves to another one', async () => {
	const server = await ScriptedServer.listen({ autoReply: false });
	const conn = new HTTP20Connection(server.origin, { timeout: { headers: 1500 } });
	const first = conn.roundTrip('GET', '/1');
	const peer = await server.next();
	await peer.handshake();
	peer.send.headers(1, ok, { endStream: true });
	await first;
	await assert.rejects(conn.roundTrip('GET', '/2'), isTimeout('headers'));
	const third = conn.roundTrip('GET', '/3');
	const next = await server.next();
	await next.handshake();
	const { streamId } = await next.receive('HEADERS');
	next.send.headers(streamId, ok, { endStream: true });
	assert.equal((await third).status, 200);
	assert.equal(server.accepted, 2);
	await conn.close();
});

test('after a timeout of one slow response the connection is used again if the peer sent other frames', async () => {
	const { conn, peer } = await greet({}, { timeout: { headers: 500 } });
	const slow = conn.roundTrip('GET', '/slow');
	await peer.receive('HEADERS');
	peer.send.ping();
	await assert.rejects(slow, isTimeout('headers'));
	const next = conn.roundTrip('GET', '/next');
	await peer.receive('HEADERS');
	peer.send.headers(3, ok, { endStream: true });
	assert.equal((await next).status, 200);
	await conn.close();
});

test('an idle connection sends GOAWAY and is closed, and the next request opens another one', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin, { timeout: { idle: 60 } });
	for (let i = 0; i < 2; i++) {
		const asked = conn.roundTrip('GET', '/');
		const peer = await server.next();
		await peer.handshake();
		const { streamId } = await peer.receive('HEADERS');
		peer.send.headers(streamId, ok, { endStream: true });
		assert.equal((await asked).status, 200);
		await peer.expect('GOAWAY', { errorCode: NO_ERROR });
		await peer.closed;
	}
	assert.equal(server.accepted, 2);
	await conn.close();
});

test('a connection is not idle while a response or an acknowledgement of PING is pending', async () => {
	const { conn, peer } = join({ timeout: { idle: 30 } }, { autoReply: false });
	const asked = conn.roundTrip('GET', '/');
	peer.send.settings();
	await peer.receive('HEADERS');
	await sleep(150);
	const pong = conn.ping();
	const { opaque } = await peer.receive('PING');
	peer.send.headers(1, ok, { endStream: true });
	assert.equal((await asked).status, 200);
	await sleep(150);
	assert.equal(peer.frames.filter(({ type }) => type === 'GOAWAY').length, 0);
	peer.send.ping(opaque, { ack: true });
	// A timer may fire a little early by another clock.
	assert.ok((await pong) >= 140);
	await peer.expect('GOAWAY', { errorCode: NO_ERROR });
	await conn.close();
});

test('a PING without acknowledgement fails after timeout.headers, and the connection stays usable', async () => {
	const { conn, peer } = join({ timeout: { headers: 40, body: LONG, idle: 0 } }, { autoReply: false });
	const pong = conn.ping();
	peer.send.settings();
	await peer.receive('PING');
	await assert.rejects(pong, isTimeout('ping'));
	const again = conn.ping();
	peer.send.ping((await peer.receive('PING')).opaque, { ack: true });
	assert.ok((await again) >= 0);
	await conn.close();
});

test('a connection is idle once its last PING has failed without an acknowledgement', async () => {
	const { conn, peer } = join({ timeout: { headers: 40, idle: 40 } }, { autoReply: false });
	const pong = conn.ping();
	peer.send.settings();
	await peer.receive('PING');
	await assert.rejects(pong, isTimeout('ping'));
	await peer.expect('GOAWAY', { errorCode: NO_ERROR });
	await conn.close();
});

test('a timeout of 0 is off', async () => {
	const { conn, peer } = await greet({}, { timeout: { headers: 0, body: 0, idle: 0 } });
	const asked = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	await sleep(60);
	peer.send.headers(1, ok);
	const text = (await asked).text();
	await sleep(60);
	peer.send.data(1, 'late', { endStream: true });
	assert.equal(await text, 'late');
	await sleep(60);
	assert.deepEqual(resets(peer), []);
	await conn.close();
});

test('timeout.headers and timeout.body also apply to pushed responses', async () => {
	const { conn, peer } = await greet({}, { enablePush: true, timeout: { headers: 400, body: 400 } });
	const asked = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	const promise = { ':method': 'GET', ':scheme': 'https', ':authority': 'localhost', ':path': '/' };
	for (const promised of [2, 4]) peer.send.pushPromise(1, promised, promise);
	peer.send.headers(4, ok);
	peer.send.headers(1, ok, { endStream: true });
	await asked;
	const phases: unknown[] = [];
	for await (const push of conn.getPushes(1)) {
		const content = push.getResponse().then((response) => response.text());
		phases.push(await content.catch((error: TimeoutError) => error.phase));
	}
	assert.deepEqual(phases, ['headers', 'body']);
	await conn.close();
});

test('after GOAWAY with ENHANCE_YOUR_CALM the client waits before it dials again', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const asked = conn.roundTrip('GET', '/');
	const peer = await server.next();
	await peer.handshake();
	await peer.receive('HEADERS');
	const before = performance.now();
	peer.send.goaway(0, ENHANCE_YOUR_CALM);
	const next = await server.next();
	assert.ok(performance.now() - before >= 95);
	await next.handshake();
	const { streamId } = await next.receive('HEADERS');
	next.send.headers(streamId, ok, { endStream: true });
	assert.equal((await asked).status, 200);
	await conn.close();
});

function onAbort(signal: AbortSignal, reject: (reason: unknown) => void): void {
	signal.addEventListener('abort', () => reject(signal.reason), { once: true });
}
