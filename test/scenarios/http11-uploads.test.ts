// Request content over HTTP/1.1 that waits for 100, is sent with send(), or is stopped by the response.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { HTTP11Connection } from '../../src/http11/connection.ts';
import { ConnectionError, type HTTP11Response, LocalProtocolError } from '../../src/index.ts';
import { OK, openHTTP11 } from '../support/http11.ts';
import type { RawConnection, RawServer } from '../support/raw-server.ts';

describe('Expect: 100-continue', () => {
	const headers = { expect: '100-continue' };

	async function begin(t: TestContext): Promise<{
		conn: HTTP11Connection;
		peer: RawConnection;
		server: RawServer;
		response: Promise<HTTP11Response>;
	}> {
		const { conn, server } = await openHTTP11(t);
		const response = conn.roundTrip('POST', '/', { body: 'content', headers });
		const peer = await server.accept();
		assert.match(await peer.readHead(), /Content-Length: 7/);
		return { conn, peer, server, response };
	}

	test('Expect: 100-continue holds HTTP/1.1 content until the 100 response', async (t) => {
		const { peer, response } = await begin(t);
		let sent = false;
		const content = peer.readTo('content').then(() => {
			sent = true;
		});
		await new Promise((resolve) => setTimeout(resolve, 50));
		assert.equal(sent, false);
		peer.answer(['HTTP/1.1 100 Continue']);
		await content;
		peer.answer(OK);
		assert.equal((await response).status, 200);
	});

	test('Expect: 100-continue holds HTTP/1.1 content for a second if the server does not answer', async (t) => {
		const { peer, response } = await begin(t);
		await peer.readTo('content');
		peer.answer(OK);
		assert.equal((await response).status, 200);
	});

	test('Expect: 100-continue answered by an error sends no HTTP/1.1 content, and the next request opens another connection', async (t) => {
		const { conn, peer, server, response } = await begin(t);
		peer.answer(['HTTP/1.1 413 X', 'Content-Length: 0']);
		assert.equal((await response).status, 413);
		assert.equal(await peer.readToEnd(), '');
		const next = conn.roundTrip('GET', '/');
		const other = await server.accept();
		await other.readHead();
		other.answer(OK);
		await next;
	});

	test('Expect: 100-continue answered by a 2xx head sends the HTTP/1.1 content, and the connection is used again', async (t) => {
		const { conn, peer, server, response } = await begin(t);
		peer.answer(['HTTP/1.1 200 X', 'Content-Length: 7']);
		assert.equal((await response).status, 200);
		peer.write(await peer.readTo('content'));
		assert.equal(await (await response).text(), 'content');
		const next = conn.roundTrip('GET', '/');
		await peer.readHead();
		peer.answer(OK);
		await next;
		assert.equal(server.connections.length, 1);
	});
});

describe('requests built with putRequest', () => {
	test('putRequest, putHeader, endHeaders and send make one HTTP/1.1 request', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const handle = conn.putRequest('POST', '/');
		conn.putHeader('X-A', '1');
		const written = conn.endHeaders({ body: 'ab' }, handle);
		const peer = await server.accept();
		assert.match(await peer.readHead(), /^POST \/ HTTP\/1.1\r\n[\s\S]*X-A: 1\r\nTransfer-Encoding: chunked\r\n/);
		assert.equal(await written, null);
		await conn.send('cd');
		await conn.send('', { final: true });
		assert.equal(await peer.readTo('0\r\n\r\n'), '2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n');
		peer.answer(OK);
		assert.equal((await conn.getResponse(null)).status, 200);
		await assert.rejects(conn.send('more'), LocalProtocolError);
	});

	test("send rejects more HTTP/1.1 content than the request's content-length", async (t) => {
		const { conn, server } = await openHTTP11(t);
		conn.putRequest('POST', '/');
		conn.putHeader('content-length', '3');
		await conn.endHeaders();
		const peer = await server.accept();
		await assert.rejects(conn.send('abcd'), LocalProtocolError);
		await assert.rejects(conn.getResponse(), ConnectionError);
		await peer.readToEnd();
	});

	test('send on HTTP/1.1 settles and its source is released if the source hangs when the connection is lost', async (t) => {
		const { conn, server } = await openHTTP11(t);
		conn.putRequest('POST', '/');
		await conn.endHeaders();
		const peer = await server.accept();
		await peer.readHead();
		const { promise: cancelled, resolve: onCancel } = deferred();
		const sending = conn.send(new ReadableStream({ cancel: () => onCancel() }), { final: true });
		peer.socket.destroy();
		await sending;
		await cancelled;
		await assert.rejects(conn.getResponse(), ConnectionError);
	});

	test('a final endHeaders sends an HTTP/1.1 request without content', async (t) => {
		const { conn, server } = await openHTTP11(t);
		conn.putRequest('GET', '/');
		const written = conn.endHeaders({ final: true });
		const peer = await server.accept();
		assert.doesNotMatch(await peer.readHead(), /transfer-encoding|content-length/i);
		assert.equal(await written, null);
		peer.answer(OK);
		await conn.getResponse();
		await assert.rejects(conn.send('x'), LocalProtocolError);
	});
});

describe('responses before the end of the request', () => {
	/** An endless body that yields a chunk whenever the connection reads one. */
	function endless(): { body: AsyncGenerator<Uint8Array>; ended: Promise<void>; sent: () => number } {
		let sent = 0;
		const { promise: ended, resolve: end } = deferred();
		const body = (async function* () {
			try {
				for (;;) {
					sent += 10_000;
					yield new Uint8Array(10_000);
				}
			} finally {
				end();
			}
		})();
		return { body, ended, sent: () => sent };
	}

	test('an early HTTP/1.1 error response ends the upload and its connection', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const { body, ended } = endless();
		const answer = conn.roundTrip('POST', '/', { body });
		const peer = await server.accept();
		await peer.readHead();
		peer.answer(['HTTP/1.1 413 Too Large', 'Content-Length: 3'], 'no!');
		const response = await answer;
		assert.deepEqual([response.status, await response.text()], [413, 'no!']);
		await ended;
		await peer.readToEnd();
		const next = conn.roundTrip('GET', '/');
		(await server.accept()).answer(OK);
		await next;
	});

	test('an HTTP/1.1 response may be read while its request is still being sent', async (t) => {
		const { conn, server } = await openHTTP11(t);
		let more: (item: string | null) => void = () => {};
		const body = (async function* () {
			for (;;) {
				const item = await new Promise<string | null>((resolve) => {
					more = resolve;
				});
				if (item === null) return;
				yield item;
			}
		})();
		const answer = conn.roundTrip('POST', '/', { body });
		const peer = await server.accept();
		await peer.readHead();
		peer.answer(['HTTP/1.1 200 OK', 'Content-Length: 6']);
		const response = await answer;
		for (const item of ['abc', 'def']) {
			more(item);
			await peer.readTo(`3\r\n${item}\r\n`);
			peer.write(item);
			assert.equal(Buffer.from(await response.read(3)).toString(), item);
			// The body asks for its next item in a later turn.
			await new Promise((resolve) => setImmediate(resolve));
		}
		await conn.close();
	});

	test('an HTTP/1.1 response that ends before its request ends the upload', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const { body, ended } = endless();
		const answer = conn.roundTrip('POST', '/', { body });
		const peer = await server.accept();
		await peer.readHead();
		peer.answer(OK);
		assert.equal((await answer).status, 200);
		await ended;
		await peer.readToEnd();
		assert.equal(conn.streams, 0);
	});
});

describe('uploads', () => {
	test('an HTTP/1.1 upload is read from its source no faster than the server reads it', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const size = 32 * 1024 * 1024;
		let given = 0;
		const body = (async function* () {
			for (; given < size; given += 65_536) yield new Uint8Array(65_536);
		})();
		const answer = conn.roundTrip('POST', '/', { body });
		const { socket } = await server.accept();
		socket.pause();
		let before = -1;
		while (given !== before) {
			before = given;
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		// No more than what the two sockets buffer.
		assert.ok(given < size / 2, `${given} bytes`);
		let last = '';
		socket.on('data', (chunk) => {
			last = (last + chunk.subarray(-5).toString('latin1')).slice(-5);
			if (last === '0\r\n\r\n') socket.write(`${OK.join('\r\n')}\r\n\r\n`);
		});
		socket.resume();
		assert.equal((await answer).status, 200);
		assert.equal(given, size);
	});

	test("an HTTP/1.1 upload whose source fails ends the connection with the source's error as the cause", async (t) => {
		const { conn, server } = await openHTTP11(t);
		const fault = new Error('disk is gone');
		const body = (function* () {
			yield 'abc';
			throw fault;
		})();
		const answer = conn.roundTrip('POST', '/', { body });
		const peer = await server.accept();
		await assert.rejects(answer, (error) => error instanceof ConnectionError && error.cause === fault);
		assert.doesNotMatch(await peer.readToEnd(), /\r\n0\r\n/);
		for (const trailers of [() => Promise.reject(fault), () => ({ 'content-length': '1' })]) {
			await assert.rejects(conn.roundTrip('POST', '/', { body: 'x', trailers }), ConnectionError);
		}
	});

	test('aborting an HTTP/1.1 upload releases its source, even one that was never read', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const reason = new Error('enough');
		for (const waits of [false, true]) {
			const canceller = new AbortController();
			const running = waits ? conn.roundTrip('GET', '/') : null;
			let peer = running === null ? null : await server.accept();
			const cancelled = deferred();
			const body = new ReadableStream({
				pull: (controller) => controller.enqueue('x'),
				cancel: () => cancelled.resolve(),
			});
			const answer = conn.roundTrip('POST', '/', { body, signal: canceller.signal });
			peer ??= await server.accept();
			await peer.readHead();
			canceller.abort(reason);
			await assert.rejects(answer, reason);
			await cancelled.promise;
			peer.answer(OK);
			await running;
		}
	});
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
	let resolve = (): void => {};
	const promise = new Promise<void>((settle) => {
		resolve = settle;
	});
	return { promise, resolve };
}
