// Keep-alive: PING frames detect a peer that is gone although the transport reports nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HTTP20Connection } from '../../src/index.ts';
import { greet, join, keepProcessRunning, ScriptedServer } from '../support/offline.ts';
import { countPings, isPeerDead } from '../support/silence.ts';

const ok = { ':status': '200' };
/** Longer than any test runs. */
const LONG = 600_000;

keepProcessRunning();

test('when the peer answers no PING, everything that cannot be sent again rejects', async () => {
	const server = await ScriptedServer.listen({ autoReply: false });
	const conn = new HTTP20Connection(server.origin, { keepAlive: { interval: 30, timeout: 300 } });
	const asked = conn.roundTrip('GET', '/1');
	const peer = await server.next();
	peer.send.settings();
	await peer.receive('HEADERS');
	peer.send.headers(1, ok);
	const text = (await asked).text();
	const others = [conn.roundTrip('POST', '/2'), conn.ping()];
	const again = conn.roundTrip('GET', '/3');
	await peer.receive('PING');
	for (const each of [text, ...others]) await assert.rejects(each, isPeerDead);
	const next = await server.next();
	next.send.settings();
	const { streamId } = await next.receive('HEADERS');
	next.send.headers(streamId, ok, { endStream: true });
	assert.equal((await again).status, 200);
	await conn.close();
});

test('keepAlive sends a PING after each silent interval, even on an idle connection', async () => {
	const { conn, peer } = await greet({}, { keepAlive: { interval: 20, timeout: LONG } });
	for (let i = 0; i < 3; i++) await peer.expect('PING', { ack: false });
	const asked = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	peer.send.headers(1, ok, { endStream: true });
	assert.equal((await asked).status, 200);
	await conn.close();
});

test('any byte from the peer counts as an answer to a keep-alive PING', async () => {
	const { conn, peer } = join({ keepAlive: { interval: 20, timeout: 1000 } }, { autoReply: false });
	const asked = conn.roundTrip('GET', '/');
	peer.send.settings();
	await peer.receive('HEADERS');
	for (let i = 0; i < 15; i++) {
		await sleep(100);
		peer.send.frame(0xbb, 0, 0);
	}
	peer.send.headers(1, ok, { endStream: true });
	assert.equal((await asked).status, 200);
	assert.ok(countPings(peer) > 1);
	peer.destroy();
	await conn.close();
});

test('keepAlive sends no PING while the peer sends frames by itself', async () => {
	const { conn, peer } = await greet({}, { keepAlive: { interval: 1000, timeout: LONG } });
	for (let i = 0; i < 15; i++) {
		await sleep(100);
		await peer.roundTrip();
	}
	assert.equal(countPings(peer), 0);
	await conn.close();
});

test('keep-alive PINGs do not prevent the idle timeout', async () => {
	const { conn, peer } = await greet({}, { keepAlive: { interval: 20, timeout: LONG }, timeout: { idle: 200 } });
	await peer.receive('GOAWAY');
	await peer.closed;
	assert.ok(countPings(peer) > 0);
	await conn.close();
});

test('keepAlive sends and throws nothing after close', async () => {
	const { conn, peer } = await greet({}, { keepAlive: { interval: 10, timeout: LONG } });
	await conn.close();
	const before = peer.frames.length;
	await sleep(60);
	assert.equal(peer.frames.length, before);
});

test('an acknowledgement that matches no keep-alive PING is ignored', async () => {
	const { conn, peer } = await greet({}, { keepAlive: { interval: 20, timeout: LONG } });
	await peer.receive('PING');
	peer.send.ping(new Uint8Array(8).fill(9), { ack: true });
	assert.ok((await conn.ping()) >= 0);
	await conn.close();
});
