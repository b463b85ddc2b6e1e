// The life of an HTTP/1.1 connection: requests one after another, and servers that close the connection.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { HTTP11Connection } from '../../src/http11/connection.ts';
import { ConnectError, ConnectionResetError, LocalProtocolError, type RequestOptions } from '../../src/index.ts';
import { OK, type Opened, openHTTP11 } from '../support/http11.ts';
import { freePort } from '../support/loopback.ts';
import type { RawConnection } from '../support/raw-server.ts';

/** An open connection that has carried one exchange and is idle. */
async function openUsed(t: TestContext): Promise<Opened & { peer: RawConnection }> {
	const opened = await openHTTP11(t);
	const first = opened.conn.roundTrip('GET', '/first');
	const peer = await opened.server.accept();
	await peer.readHead();
	peer.answer(OK);
	await (await first).bytes();
	await turn();
	return { ...opened, peer };
}

describe('requests on one connection', () => {
	test('HTTP/1.1 requests are sent one at a time, in order, on one connection', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const answers = [1, 2, 3].map((number) => conn.roundTrip('GET', `/${number}`));
		const peer = await server.accept();
		for (const [i, answer] of answers.entries()) {
			assert.match(await peer.readHead(), new RegExp(`^GET /${i + 1} `));
			assert.equal(conn.streams, 1);
			await turn();
			peer.answer(['HTTP/1.1 200 OK', 'Content-Length: 1'], `${i}`);
			assert.equal(await (await answer).text(), `${i}`);
		}
		assert.equal(server.connections.length, 1);
		assert.equal(conn.streams, 0);
	});

	test('getResponse returns HTTP/1.1 responses in the order of their requests', async (t) => {
		const { conn, server } = await openHTTP11(t);
		await assert.rejects(conn.getResponse(), LocalProtocolError);
		const written = [conn.request('GET', '/1'), conn.request('GET', '/2')];
		const first = conn.getResponse();
		const second = conn.getResponse(null);
		const peer = await server.accept();
		for (const i of [0, 1]) {
			await peer.readHead();
			assert.equal(await written[i], null);
			peer.answer(['HTTP/1.1 200 OK', 'Content-Length: 1'], `${i}`);
		}
		assert.deepEqual([await (await first).text(), await (await second).text()], ['0', '1']);
		await assert.rejects(conn.getResponse(1), /only HTTP\/2 has stream ids/);
		await assert.rejects(conn.getResponse(), LocalProtocolError);
	});

	test('an HTTP/1.1 request that fails before it is written leaves nothing for getResponse', async () => {
		const dead = new HTTP11Connection(`http://127.0.0.1:${await freePort()}`);
		await assert.rejects(dead.request('GET', '/'), ConnectError);
		await assert.rejects(dead.getResponse(), LocalProtocolError);
		await assert.rejects(dead.connect(), ConnectError);
	});

	test('unread HTTP/1.1 content is buffered up to 16 MiB, beyond which the next request rejects', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const size = 12 * 1024 * 1024;
		await conn.request('GET', '/1');
		const peer = await server.accept();
		await peer.readHead();
		peer.answer(['HTTP/1.1 200 OK', `Content-Length: ${size}`], 'a'.repeat(size));
		await conn.request('GET', '/2');
		await peer.readHead();
		assert.equal((await (await conn.getResponse()).bytes()).length, size);
		peer.answer(['HTTP/1.1 200 OK', `Content-Length: ${2 * size}`], 'b'.repeat(2 * size));
		await assert.rejects(conn.request('GET', '/3'), LocalProtocolError);
		await assert.rejects(conn.roundTrip('GET', '/4'), /more than 16777216 bytes/);
		// The next request waits while the content is being read.
		const response = await conn.getResponse();
		assert.equal((await response.read(size)).length, size);
		const next = conn.roundTrip('GET', '/5');
		assert.equal((await response.read()).length, size);
		await peer.readHead();
		peer.answer(OK);
		assert.equal((await next).status, 200);
		assert.equal(server.connections.length, 1);
	});

	test('a slow reader of an HTTP/1.1 response holds back the next request and the server', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const answer = conn.roundTrip('GET', '/1');
		const peer = await server.accept();
		await peer.readHead();
		const size = 40 * 1024 * 1024;
		peer.answer(['HTTP/1.1 200 OK', `Content-Length: ${size}`], 'a'.repeat(size));
		const response = await answer;
		assert.equal((await response.read(10)).length, 10);
		const next = conn.roundTrip('GET', '/2');
		for (let i = 0; i < 50; i++) await turn();
		assert.ok(peer.socket.writableLength > 0);
		let length = 10;
		for await (const chunk of response) length += chunk.length;
		assert.equal(length, size);
		await peer.readHead();
		peer.answer(OK);
		await next;
	});
});

describe('the server closes the connection', () => {
	test('after the server has closed an idle HTTP/1.1 connection the next request opens another one, whatever its method', async (t) => {
		for (const how of ['end', 'reset'] as const) {
			const { conn, server, peer } = await openUsed(t);
			peer[how]();
			// Long enough for the client to notice.
			await new Promise((resolve) => setTimeout(resolve, 50));
			const next = conn.roundTrip('POST', '/', { body: 'x' });
			const other = await server.accept();
			await other.readTo('\r\n\r\nx');
			other.answer(OK);
			assert.equal((await next).status, 200);
		}
	});

	const once = (item: string) => ({ body: [item].values() });
	const cases: [string, string, () => RequestOptions, boolean][] = [
		['GET', 'without content', () => ({}), true],
		['PUT', 'with content', () => ({ body: 'x' }), true],
		['DELETE', 'without content', () => ({}), true],
		['POST', 'with content', () => ({ body: 'x' }), false],
		['PATCH', 'without content', () => ({}), false],
		['PUT', 'with content that can be read once', () => once('x'), true],
		['PUT', 'with content that can be read once and is too large to keep', () => once('x'.repeat(70_000)), false],
	];
	for (const [method, content, makeOptions, repeats] of cases) {
		test(`a ${method} ${content} ${repeats ? 'is sent again once' : 'fails'} when the server closes the used HTTP/1.1 connection`, async (t) => {
			const { conn, server, peer } = await openUsed(t);
			const options = makeOptions();
			const answer = conn.roundTrip(method, '/', options);
			const failed = assert.rejects(answer, (error) => error instanceof ConnectionResetError && !error.retryable);
			const behind = conn.roundTrip('GET', '/behind');
			await peer.readHead();
			peer.reset();
			const other = await server.accept();
			if (repeats) {
				assert.match(await other.readHead(), new RegExp(`^${method} / `));
				if (options.body !== undefined) await other.readTo('x');
				other.reset();
			}
			await failed;
			const last = repeats ? await server.accept() : other;
			assert.match(await last.readHead(), /^GET \/behind /);
			last.answer(OK);
			await behind;
		});
	}

	test('an HTTP/1.1 request fails when its connection is closed before any exchange or within its response', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const first = conn.roundTrip('GET', '/');
		const peer = await server.accept();
		await peer.readHead();
		peer.reset();
		await assert.rejects(first, ConnectionResetError);
		const used = await openUsed(t);
		const answer = used.conn.roundTrip('GET', '/');
		await used.peer.readHead();
		used.peer.write('H');
		await turn();
		used.peer.end();
		await assert.rejects(answer, ConnectionResetError);
		assert.equal(used.server.connections.length, 1);
	});
});
