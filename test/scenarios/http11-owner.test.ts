// What the owner of a connection that speaks HTTP/1.1 may do at any time: abort, close, and ask for what it has not.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ConnectionError, LocalProtocolError } from '../../src/index.ts';
import { OK, openHTTP11 } from '../support/http11.ts';

const HALF = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello';

describe('an abort', () => {
	const reason = new Error('changed my mind');

	test('before the request rejects with the reason itself, and sends nothing', async (t) => {
		const { conn, server } = await openHTTP11(t);
		await assert.rejects(conn.roundTrip('GET', '/', { signal: AbortSignal.abort(reason) }), reason);
		await assert.rejects(conn.request('GET', '/', { signal: AbortSignal.abort(reason) }), reason);
		assert.equal(server.connections.length, 0);
	});

	test('of a request that waits takes it out of the queue', async (t) => {
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

	test('in flight, or amid the content, drops the connection, and others go on on a new one', async (t) => {
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

	test('after the response has come changes nothing', async (t) => {
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

	test('by a callback for informational responses gives the request up', async (t) => {
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

describe('its owner', () => {
	test('closes a response, and the connection goes unless all of it has come', async (t) => {
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

	test('closes the connection: what runs and what waits rejects, and the object can be used again', async (t) => {
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

	test('closes it with drain: what runs is complete first, read or not', async (t) => {
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

	test('closes it while it is dialled', async (t) => {
		const { conn } = await openHTTP11(t);
		const answer = conn.roundTrip('GET', '/');
		await conn.close();
		await assert.rejects(answer, ConnectionError);
	});

	test('asks for what only HTTP/2 has', async (t) => {
		const { conn } = await openHTTP11(t);
		await assert.rejects(conn.ping(), LocalProtocolError);
		for await (const push of conn.getPushes()) assert.fail(`${push}`);
		assert.deepEqual([conn.version, conn.remoteSettings, conn.streams], ['HTTP/1.1', null, 0]);
	});
});
