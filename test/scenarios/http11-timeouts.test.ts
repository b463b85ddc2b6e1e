// The timeouts of an HTTP/1.1 connection.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TimeoutError, type TimeoutPhase } from '../../src/index.ts';
import { OK, openHTTP11 } from '../support/http11.ts';

const HALF = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello';

function late(phase: TimeoutPhase): (error: unknown) => boolean {
	return (error) => error instanceof TimeoutError && error.phase === phase;
}

describe('timeout.headers', () => {
	test('timeout.headers ends an unanswered HTTP/1.1 request and its connection', async (t) => {
		const { conn, server } = await openHTTP11(t, { timeout: { headers: 1500, body: 60_000 } });
		const failed = assert.rejects(conn.roundTrip('GET', '/'), late('headers'));
		const peer = await server.accept();
		await peer.readHead();
		peer.answer(['HTTP/1.1 103 Early Hints']);
		await failed;
		await peer.readToEnd();
		const next = conn.roundTrip('GET', '/');
		(await server.accept()).answer(OK);
		await next;
	});

	test('timeout.headers includes the time in the HTTP/1.1 queue', async (t) => {
		const { conn, server } = await openHTTP11(t, { timeout: { headers: 1500 } });
		const answer = conn.roundTrip('GET', '/1');
		const peer = await server.accept();
		await peer.readHead();
		peer.write(HALF);
		const response = await answer;
		const failed = assert.rejects(conn.roundTrip('GET', '/2'), late('headers'));
		await failed;
		peer.write('world');
		assert.equal(await response.text(), 'helloworld');
	});

	test('timeout.headers starts again whenever content is sent over HTTP/1.1', async (t) => {
		const { conn, server } = await openHTTP11(t, { timeout: { headers: 1000 } });
		const body = (async function* () {
			for (let i = 0; i < 8; i++) {
				await sleep(200);
				yield 'x';
			}
		})();
		const answer = conn.roundTrip('POST', '/', { body });
		const peer = await server.accept();
		await peer.readTo('0\r\n\r\n');
		peer.answer(OK);
		assert.equal((await answer).status, 200);
	});

	test('HTTP/1.1 timeouts of 0 are off', async (t) => {
		const { conn, server } = await openHTTP11(t, { timeout: { headers: 0, body: 0, idle: 50 } });
		const answer = conn.roundTrip('GET', '/');
		const peer = await server.accept();
		await sleep(200);
		peer.write(HALF);
		const response = await answer;
		await sleep(200);
		peer.write('world');
		assert.equal(await response.text(), 'helloworld');
	});
});

describe('timeout.body', () => {
	test('timeout.body ends an HTTP/1.1 response that stops amid its content', async (t) => {
		const { conn, server } = await openHTTP11(t, { timeout: { headers: 60_000, body: 100 } });
		const answer = conn.roundTrip('GET', '/');
		const peer = await server.accept();
		await peer.readHead();
		peer.write(HALF);
		await assert.rejects((await answer).bytes(), late('body'));
		await peer.readToEnd();
	});

	test('timeout.body does not run while the caller does not read the HTTP/1.1 response', async (t) => {
		const { conn, server } = await openHTTP11(t, { timeout: { body: 1000 } });
		const answer = conn.roundTrip('GET', '/');
		const peer = await server.accept();
		await peer.readHead();
		const size = 16 * 1024 * 1024;
		peer.answer(['HTTP/1.1 200 OK', `Content-Length: ${size}`], 'a'.repeat(size));
		const response = await answer;
		await sleep(1500);
		assert.equal((await response.bytes()).length, size);
	});
});

test('an HTTP/1.1 connection is closed after timeout.idle, and the next request opens another one', async (t) => {
	const { conn, server } = await openHTTP11(t, { timeout: { idle: 100 } });
	for (let i = 0; i < 2; i++) {
		const answer = conn.roundTrip('GET', '/');
		const peer = await server.accept();
		await peer.readHead();
		peer.answer(OK);
		await answer;
		await peer.readToEnd();
	}
});
