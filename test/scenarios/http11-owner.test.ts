// What the caller of an HTTP/1.1 connection may do at any time: abort, close, and call methods that only HTTP/2 supports.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ConnectionError, LocalProtocolError } from '../../src/index.ts';
import { OK, openHTTP11 } from '../support/http11.ts';

const HALF = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello';

describe('aborting a request', () => {
	const reason = new Error('changed my mind');

	test('an HTTP/1.1 request whose signal was already aborted rejects with the reason itself, and nothing is sent', async (t) => {
		const { conn, server } = await openHTTP11(t);
		await assert.rejects(conn.roundTrip('GET', '/', { signal: AbortSignal.abort(reason) }), reason);
		await assert.rejects(conn.request('GET', '/', { signal: AbortSignal.abort(reason) }), reason);
		assert.equal(server.connections.length, 0);
	});

	test('aborting a queued HTTP/1.1 request removes it from the queue', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const canceller = new AbortController();
		const answers = [conn.roundTrip('GET', '/1'), conn.roundTrip('GET', '/3')];
		const waiting = conn.request('GET', '/2', { signal: canceller.signal });
		const peer = await server.accept();
		await peer.readHead();
		canceller.abort(reason);
		await assert.rejects(waiting, reason);
		peer.answer(OK);
		assert.match(await peer.readHead(), /^GET \/3 /);
		peer.answer(OK);
		await Promise.all(answers);
	});

	test('aborting an HTTP/1.1 request in flight closes its connection, and the next request opens another one', async (t) => {
		const { conn, server } = await openHTTP11(t);
		for (const amid of [false, true]) {
			const canceller = new AbortController();
			const answer = conn.roundTrip('GET', '/1', { signal: canceller.signal });
			const behind = conn.roundTrip('GET', '/2');
			const peer = await server.accept();
			await peer.readHead();
			if (amid) peer.write(HALF);
			const reading = amid ? (await answer).bytes() : answer;
			canceller.abort(reason);
			await assert.rejects(reading, reason);
			await peer.readToEnd();
			const other = await server.accept();
			await other.readHead();
			other.answer([...OK, 'Connection: close']);
			await behind;
		}
	});

	test('an abort after the HTTP/1.1 response has ended changes nothing', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const canceller = new AbortController();
		const answer = conn.roundTrip('GET', '/', { signal: canceller.signal });
		const peer = await server.accept();
		await peer.readHead();
		peer.answer(['HTTP/1.1 200 OK', 'Content-Length: 2'], 'ok');
		const response = await answer;
		await turn();
		canceller.abort(reason);
		assert.equal(await response.text(), 'ok');
	});

	test('an error thrown by onInformational rejects the HTTP/1.1 request with that error', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const onInformational = () => {
			throw reason;
		};
		const answer = conn.roundTrip('GET', '/', { onInformational });
		const peer = await server.accept();
		await peer.readHead();
		peer.answer(['HTTP/1.1 103 Early Hints']);
		await assert.rejects(answer, reason);
		await peer.readToEnd();
	});
});

describe('closing', () => {
	test('closing an HTTP/1.1 response closes its connection unless the response is complete', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const answer = conn.roundTrip('GET', '/');
		const peer = await server.accept();
		await peer.readHead();
		peer.write(HALF);
		const response = await answer;
		await response.close();
		await assert.rejects(response.bytes(), /closed before its end/);
		await peer.readToEnd();
		const next = conn.roundTrip('GET', '/');
		const other = await server.accept();
		await other.readHead();
		other.answer(['HTTP/1.1 200 OK', 'Content-Length: 2'], 'ok');
		await (await next).close();
		const last = conn.roundTrip('GET', '/');
		await other.readHead();
		other.answer(OK);
		await last;
	});

	test('closing an HTTP/1.1 connection rejects running and queued requests, and the object can be used again', async (t) => {
		const { conn, server } = await openHTTP11(t);
		await conn.close();
		const running = conn.roundTrip('GET', '/1');
		const waiting = conn.roundTrip('GET', '/2');
		const peer = await server.accept();
		await peer.readHead();
		const closed = conn.close();
		for (const answer of [running, waiting]) {
			await assert.rejects(
				answer,
				(error) => error instanceof ConnectionError && /closed by its owner/.test(error.message),
			);
		}
		await closed;
		await peer.readToEnd();
		const next = conn.roundTrip('GET', '/');
		(await server.accept()).answer(OK);
		assert.equal((await next).status, 200);
		const dialling = conn.close().then(() => conn.connect());
		await dialling;
		assert.equal(server.connections.length, 3);
	});

	test('close with drain waits for the running HTTP/1.1 response, read or not', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const running = conn.roundTrip('GET', '/1');
		const waiting = conn.roundTrip('GET', '/2');
		const peer = await server.accept();
		await peer.readHead();
		const closed = conn.close({ drain: true });
		await assert.rejects(waiting, ConnectionError);
		const size = 1024 * 1024;
		peer.answer(['HTTP/1.1 200 OK', `Content-Length: ${size}`], 'a'.repeat(size));
		await closed;
		assert.equal((await (await running).bytes()).length, size);
		await peer.readToEnd();
	});

	test('closing an HTTP/1.1 connection while it dials rejects the request', async (t) => {
		const { conn } = await openHTTP11(t);
		const answer = conn.roundTrip('GET', '/');
		await conn.close();
		await assert.rejects(answer, ConnectionError);
	});

	test('ping rejects and getPushes yields nothing on an HTTP/1.1 connection', async (t) => {
		const { conn } = await openHTTP11(t);
		await assert.rejects(conn.ping(), LocalProtocolError);
		for await (const push of conn.getPushes()) assert.fail(`${push}`);
		assert.deepEqual([conn.version, conn.remoteSettings, conn.streams], ['HTTP/1.1', null, 0]);
	});
});
