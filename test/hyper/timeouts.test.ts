// What hyper's users missed: a timeout for each phase, a way to switch it off, and a way to detect a peer that is gone.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
	ConnectionResetError,
	HTTP20Connection,
	type HTTP20ConnectionOptions,
	HTTPConnection,
	TimeoutError,
} from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';
import { listen } from '../support/loopback.ts';
import { ScriptedServer } from '../support/offline.ts';

/** Over a socket, which keeps the process running while a request is open. A connection's timers do not. */
async function greet(options: HTTP20ConnectionOptions): Promise<{ conn: HTTP20Connection; peer: ScriptedPeer }> {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin, options);
	const [peer] = await Promise.all([server.next(), conn.connect()]);
	await peer.handshake();
	return { conn, peer };
}

test('a request without an answer is a TimeoutError that names its phase', async () => {
	const { conn } = await greet({ timeout: { headers: 50 } });
	await assert.rejects(conn.roundTrip('GET', '/'), (error) => {
		return error instanceof TimeoutError && error.phase === 'headers';
	});
	await conn.close();
});

test('an HTTP/1.1 request without an answer is a TimeoutError too', async () => {
	const port = await listen(createServer((socket) => socket.resume()));
	const conn = new HTTPConnection(`http://127.0.0.1:${port}`, { timeout: { headers: 50 } });
	await assert.rejects(conn.roundTrip('GET', '/'), (error) => {
		return error instanceof TimeoutError && error.phase === 'headers';
	});
	await conn.close();
});

test('a body that stalls is a TimeoutError unless timeout.body is 0', async () => {
	for (const body of [50, 0]) {
		const { conn, peer } = await greet({ timeout: { body } });
		const answer = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, { ':status': '200' });
		peer.send.data(1, 'some');
		const content = (await answer).text();
		if (body === 0) {
			await sleep(200);
			peer.send.data(1, ', and the rest', { endStream: true });
			assert.equal(await content, 'some, and the rest');
		} else {
			await assert.rejects(content, (error) => error instanceof TimeoutError && error.phase === 'body');
		}
		await conn.close();
	}
});

test('keepAlive detects a peer that is gone', async () => {
	// A server that reads everything and sends nothing but its SETTINGS.
	const port = await listen(createServer((socket) => socket.resume().write(Buffer.from('000000040000000000', 'hex'))));
	const conn = new HTTP20Connection(`http://127.0.0.1:${port}`, { keepAlive: { interval: 50, timeout: 50 } });
	await assert.rejects(conn.roundTrip('GET', '/'), (error) => {
		return error instanceof ConnectionResetError && error.cause instanceof TimeoutError;
	});
	await conn.close();
});
