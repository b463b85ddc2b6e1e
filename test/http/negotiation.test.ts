// How HTTPConnection negotiates the HTTP version, and what happens to requests meanwhile.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createServer as createServerTLS } from 'node:tls';
import { ConnectError, ConnectionError, NegotiationError, TimeoutError } from '../../src/base/errors.ts';
import { type ConnectionOptions, resolveOptions } from '../../src/connection/options.ts';
import { HTTPConnection } from '../../src/http/connection.ts';
import { upgradeSettings } from '../../src/http/negotiation.ts';
import type { RequestOptions } from '../../src/message/request.ts';
import type { HTTPResponse } from '../../src/message/response.ts';
import { testCertificates } from '../support/certificates.ts';
import { freePort, listen } from '../support/loopback.ts';
import { type RawConnection, RawServer } from '../support/raw-server.ts';
import { agree, openPlaintext } from '../support/upgrade.ts';
import { serveTLS } from '../support/version-servers.ts';

const OK = ['HTTP/1.1 200 OK', 'content-length: 2'];

function open(t: TestContext, origin: string, options?: ConnectionOptions): HTTPConnection {
	const offers: ConnectionOptions = options?.forceProtocol === undefined ? { h2c: 'upgrade' } : {};
	const conn = new HTTPConnection(origin, { ...offers, ...options });
	t.after(() => conn.close());
	return conn;
}

async function answer(connection: RawConnection): Promise<string> {
	const head = await connection.readHead();
	connection.answer(OK, 'ok');
	return head;
}

test('with h2c: upgrade the first request offers h2c with our settings, and the others wait for its answer and do not offer it', async (t) => {
	const server = await RawServer.start();
	const options = { enablePush: true, settings: { initialWindowSize: 70_000 } };
	const conn = open(t, server.origin, options);
	const responses = Promise.all(['/1', '/2'].map((path) => conn.roundTrip('GET', path)));
	const connection = await server.accept();
	const first = await answer(connection);
	assert.match(first, /^GET \/1 HTTP\/1\.1\r\n/);
	assert.match(first, /\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n/);
	assert.equal(
		/\r\nHTTP2-Settings: ([\w-]+)\r\n/.exec(first)?.[1],
		upgradeSettings(resolveOptions(server.origin, options, null).session.settings),
	);
	const second = await answer(connection);
	assert.match(second, /^GET \/2 HTTP\/1\.1\r\n/);
	assert.doesNotMatch(second, /upgrade/i);
	for (const response of await responses) assert.equal(await response.text(), 'ok');
	assert.equal(server.connections.length, 1);
});

test('a plaintext HTTPConnection offers nothing unless it is asked to', async (t) => {
	for (const options of [{}, { h2c: false }] as const) {
		const server = await RawServer.start();
		const conn = new HTTPConnection(server.origin, options);
		t.after(() => conn.close());
		for (const [method, body] of [
			['GET', null],
			['POST', new Blob(['abc']).stream()],
		] as const) {
			const response = conn.roundTrip(method, '/', { body });
			const connection = server.connections.length === 0 ? await server.accept() : await server.connections[0];
			assert.ok(connection !== undefined);
			const head = await connection.readHead();
			assert.match(head, new RegExp(`^${method} / HTTP/1\\.1\\r\\n`));
			assert.doesNotMatch(head, /upgrade|http2-settings/i);
			if (body !== null) await connection.readTo('0\r\n\r\n');
			connection.answer(OK, 'ok');
			assert.equal(await (await response).text(), 'ok');
		}
	}
});

test('a request that cannot offer h2c goes without it and sends nothing of ours before it, and the next one offers it', async (t) => {
	const requests: RequestOptions[] = [
		{ body: new Blob(['abc']).stream() },
		{ body: 'abc' },
		{ body: 'abc', headers: { expect: '100-continue' } },
		{ body: 'abc', headers: { 'transfer-encoding': 'chunked' } },
	];
	for (const options of requests) {
		const server = await RawServer.start();
		const conn = open(t, server.origin);
		const response = conn.roundTrip('POST', '/up', options);
		const connection = await server.accept();
		const head = await connection.readHead();
		assert.match(head, /^POST \/up HTTP\/1\.1\r\n/);
		assert.doesNotMatch(head, /upgrade/i);
		if (/expect/i.test(head)) connection.write('HTTP/1.1 100 Continue\r\n\r\n');
		await connection.readTo(/chunked/i.test(head) ? '0\r\n\r\n' : 'abc');
		connection.answer(OK, 'ok');
		assert.equal(await (await response).text(), 'ok');
		assert.equal(conn.version, 'HTTP/1.1');
		const next = conn.roundTrip('GET', '/next');
		assert.match(await answer(connection), /^GET \/next HTTP\/1\.1\r\n(?:.+\r\n)*Upgrade: h2c\r\n/);
		assert.equal(await (await next).text(), 'ok');
		assert.equal(server.connections.length, 1);
	}
});

for (const [what, stumble] of [
	['closes the connection', (connection: RawConnection) => connection.end()],
	['resets the connection', (connection: RawConnection) => connection.reset()],
	['answers 400', (connection: RawConnection) => connection.answer(['HTTP/1.1 400 Bad Request', 'connection: close'])],
	['does not answer', () => {}],
	['answers with garbage', (connection: RawConnection) => connection.write('no HTTP\r\n\r\n')],
	[
		'switches to WebSocket',
		(connection: RawConnection) =>
			connection.answer(['HTTP/1.1 101 X', 'connection: upgrade', 'upgrade: websocket', 'sec-websocket-accept: x']),
	],
	['closes within the head', (connection: RawConnection) => connection.socket.end('HTTP/1.1 200 OK\r\nserv')],
] as const) {
	test(`a server that ${what} when it is offered h2c is asked again without the offer, and this is remembered`, async (t) => {
		const server = await RawServer.start();
		const conn = open(t, server.origin);
		const response = conn.roundTrip('GET', '/1');
		const first = await server.accept();
		assert.match(await first.readHead(), /\r\nUpgrade: h2c\r\n/);
		stumble(first);
		const second = await server.accept();
		assert.doesNotMatch(await answer(second), /upgrade/i);
		assert.equal(await (await response).text(), 'ok');
		assert.equal(conn.version, 'HTTP/1.1');
		second.end();
		await second.readToEnd();
		const next = conn.roundTrip('GET', '/2');
		assert.doesNotMatch(await answer(await server.accept()), /upgrade/i);
		assert.equal(await (await next).text(), 'ok');
		await conn.close();
		const again = conn.roundTrip('GET', '/3');
		assert.match(await answer(await server.accept()), /upgrade/i, 'close forgets it');
		await again;
	});
}

test('a server that accepts the offer of h2c, but answers prior knowledge in HTTP/1.1, is spoken to in HTTP/1.1 from then on', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const first = conn.roundTrip('GET', '/1');
	const peer = await agree(server);
	await peer.handshake();
	peer.send.headers(1, { ':status': '204' }, { endStream: true });
	assert.equal((await first).version, 'HTTP/2');
	peer.close();
	while (conn.state !== 'idle') await turn();
	const responses = Promise.all([conn.roundTrip('GET', '/2'), conn.roundTrip('POST', '/3', { body: 'abc' })]);
	const preface = await server.accept();
	assert.equal((await preface.readHead()).split('\r\n')[0], 'PRI * HTTP/2.0');
	preface.answer(['HTTP/1.1 400 Bad Request', 'connection: close']);
	preface.end();
	const connection = await server.accept();
	assert.match(await answer(connection), /^GET \/2 HTTP\/1\.1\r\n/);
	assert.match(await answer(connection), /^POST \/3 HTTP\/1\.1\r\n/);
	for (const response of await responses) assert.equal(await response.text(), 'ok');
	assert.equal(conn.version, 'HTTP/1.1');
});

test('a dial that fails rejects all requests that wait for an HTTPConnection', async (t) => {
	for (const scheme of ['http', 'https']) {
		const conn = open(t, `${scheme}://localhost:${await freePort()}`);
		const outcomes = await Promise.allSettled(['/1', '/2', '/3'].map((path) => conn.roundTrip('GET', path)));
		for (const outcome of outcomes) assert.ok(outcome.status === 'rejected' && outcome.reason instanceof ConnectError);
		await assert.rejects(conn.connect(), ConnectError);
	}
});

test('a TLS handshake that stalls times out for all requests that wait for an HTTPConnection', async (t) => {
	const server = await RawServer.start();
	const conn = open(t, `https://127.0.0.1:${server.port}`, { timeout: { connect: 1500 } });
	const outcomes = await Promise.allSettled([conn.roundTrip('GET', '/1'), conn.connect()]);
	for (const { reason } of outcomes as PromiseRejectedResult[]) {
		assert.ok(reason instanceof TimeoutError && reason.phase === 'connect', String(reason));
	}
	assert.equal(server.connections.length, 1);
});

test('when the request that offers h2c is aborted, the next one offers it', async (t) => {
	const server = await RawServer.start();
	const conn = open(t, server.origin);
	const controller = new AbortController();
	const first = conn.roundTrip('GET', '/1', { signal: controller.signal });
	const second = conn.roundTrip('GET', '/2');
	await (await server.accept()).readHead();
	controller.abort(new Error('given up'));
	await assert.rejects(first, /given up/);
	const head = await answer(await server.accept());
	assert.match(head, /^GET \/2 HTTP\/1\.1\r\n(?:.+\r\n)*Upgrade: h2c\r\n/);
	assert.equal(await (await second).text(), 'ok');
});

test('after two requests with the offer of h2c were given up without an answer, none offers it', async (t) => {
	const server = await RawServer.start();
	const conn = open(t, server.origin);
	const heads: string[] = [];
	for (const path of ['/1', '/2', '/3']) {
		const controller = new AbortController();
		const given = assert.rejects(conn.roundTrip('GET', path, { signal: controller.signal }), /given up/);
		heads.push(await (await server.accept()).readHead());
		controller.abort(new Error('given up'));
		await given;
	}
	assert.deepEqual(
		heads.map((head) => /upgrade/i.test(head)),
		[true, true, false],
	);
});

test('a server that has only begun to answer the offer of h2c within timeout.headers gets no other offer', async (t) => {
	const server = await RawServer.start();
	const conn = open(t, server.origin, { timeout: { headers: 200 } });
	const late = assert.rejects(conn.roundTrip('GET', '/1'), TimeoutError);
	const first = await server.accept();
	assert.match(await first.readHead(), /upgrade/i);
	first.write('HTTP/1.1 103 Early Hints\r\n\r\n');
	await late;
	const response = conn.roundTrip('GET', '/2');
	assert.doesNotMatch(await answer(await server.accept()), /upgrade/i);
	assert.equal(await (await response).text(), 'ok');
});

test('with timeout.headers of 300 ms, a server that does not answer the offer of h2c is asked again in time', async (t) => {
	const server = await RawServer.start();
	const conn = open(t, server.origin, { timeout: { headers: 300 } });
	const response = conn.roundTrip('GET', '/');
	assert.match(await (await server.accept()).readHead(), /\r\nUpgrade: h2c\r\n/);
	assert.doesNotMatch(await answer(await server.accept()), /upgrade/i);
	assert.equal(await (await response).text(), 'ok');
});

test('aborting a request that waits for the answer to an upgrade does not affect the others', async (t) => {
	const server = await RawServer.start();
	const conn = open(t, server.origin);
	const controller = new AbortController();
	const first = conn.roundTrip('GET', '/1');
	const second = conn.roundTrip('GET', '/2', { signal: controller.signal });
	const connection = await server.accept();
	controller.abort(new Error('given up'));
	await assert.rejects(second, /given up/);
	await answer(connection);
	assert.equal(await (await first).text(), 'ok');
});

test('close during negotiation rejects all requests, and the next request negotiates again', async (t) => {
	for (const scheme of ['http', 'https']) {
		const server = await RawServer.start();
		const conn = open(t, `${scheme}://127.0.0.1:${server.port}`);
		const outcomes = Promise.allSettled([conn.roundTrip('GET', '/1'), conn.roundTrip('GET', '/2')]);
		await server.accept();
		await conn.close();
		for (const { reason } of (await outcomes) as PromiseRejectedResult[]) {
			assert.ok(reason instanceof ConnectionError, String(reason));
			assert.match(reason.message, /closed by its owner/);
		}
		if (scheme === 'https') continue;
		const again = conn.roundTrip('GET', '/3');
		assert.match(await answer(await server.accept()), /\r\nUpgrade: h2c\r\n/);
		assert.equal(await (await again).text(), 'ok');
	}
});

test('forceProtocol decides on the version whatever the server chooses by ALPN', async (t) => {
	const h2 = await serveTLS(t, 'h2');
	const http1 = await serveTLS(t, 'http/1.1');
	const forced = open(t, h2.origin, { tls: { ca: h2.ca }, forceProtocol: 'http/1.1' });
	const response = await forced.roundTrip('GET', '/');
	assert.deepEqual([response.version, await response.text(), forced.version], ['HTTP/1.1', 'GET / ', 'HTTP/1.1']);
	const wrong = open(t, http1.origin, { tls: { ca: http1.ca }, forceProtocol: 'h2' });
	assert.equal(wrong.version, 'HTTP/2');
	await assert.rejects(wrong.roundTrip('GET', '/'));
});

test('forceProtocol in plaintext sends no offer to upgrade', async (t) => {
	const server = await RawServer.start();
	const http1 = open(t, server.origin, { forceProtocol: 'http/1.1' });
	const response = http1.roundTrip('GET', '/');
	assert.doesNotMatch(await answer(await server.accept()), /upgrade/i);
	assert.equal(await (await response).text(), 'ok');
	const h2 = open(t, server.origin, { forceProtocol: 'h2' });
	const lost = assert.rejects(h2.roundTrip('GET', '/'));
	const connection = await server.accept();
	assert.equal(await connection.readTo('SM\r\n\r\n'), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
	connection.reset();
	await lost;
});

test('an HTTPConnection offers both versions over TLS, HTTP/2 first', async (t) => {
	const { cert, key, ca } = await testCertificates();
	let offered: readonly string[] = [];
	const ALPNCallback = ({ protocols }: { protocols: string[] }) => {
		offered = protocols;
		return 'http/1.1';
	};
	const server = createServerTLS({ cert, key, ALPNCallback }, (socket) => socket.destroy());
	await assert.rejects(open(t, `https://localhost:${await listen(server)}`, { tls: { ca } }).roundTrip('POST', '/'));
	assert.deepEqual(offered, ['h2', 'http/1.1']);
});

test('ALPN tokens of drafts are offered if they are given, and lead to HTTP/2', async (t) => {
	const { cert, key, ca } = await testCertificates();
	let spoken = '';
	const server = createServerTLS({ cert, key, ALPNProtocols: ['h2-14'] }, (socket) => {
		socket.once('data', (chunk) => {
			spoken = chunk.toString('latin1', 0, 24);
			socket.destroy();
		});
	});
	const conn = open(t, `https://localhost:${await listen(server)}`, {
		alpnProtocols: ['h2-16', 'h2-15', 'h2-14'],
		tls: { ca },
	});
	await assert.rejects(conn.roundTrip('GET', '/'));
	assert.equal(spoken, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
});

test('a protocol that is neither HTTP/2 nor HTTP/1.1 is a NegotiationError that names it', async (t) => {
	const { cert, key, ca } = await testCertificates();
	const server = createServerTLS({ cert, key, ALPNProtocols: ['acme-tls/1'] });
	const options = { alpnProtocols: ['acme-tls/1'], tls: { ca } };
	const conn = open(t, `https://localhost:${await listen(server)}`, options);
	await assert.rejects(conn.roundTrip('GET', '/'), (error) => {
		assert.ok(error instanceof NegotiationError);
		assert.equal(error.alpn, 'acme-tls/1');
		return true;
	});
	assert.equal(conn.version, null);
});

test('a server that no longer chooses HTTP/2 is a NegotiationError, and the next request negotiates again', async (t) => {
	const { cert, key, ca } = await testCertificates();
	const chosen = ['h2', 'http/1.1', 'http/1.1'];
	let closed = 0;
	const server = createServerTLS({ cert, key, ALPNCallback: () => chosen.shift() }, (socket) => {
		socket.on('error', () => {});
		socket.once('data', () => {
			if (socket.alpnProtocol === 'h2') socket.destroy();
			else socket.write(`${OK.join('\r\n')}\r\n\r\nok`);
		});
	});
	const second = new Promise<void>((resolve) => {
		server.on('connection', (socket) => {
			socket.on('close', () => {
				if (++closed === 2) resolve();
			});
		});
	});
	const conn = open(t, `https://localhost:${await listen(server)}`, { tls: { ca } });
	await assert.rejects(conn.roundTrip('POST', '/'), ConnectionError);
	await assert.rejects(conn.roundTrip('GET', '/'), (error) => {
		assert.ok(error instanceof NegotiationError && error.alpn === 'http/1.1');
		assert.match(error.message, /the server no longer chooses it; the next request negotiates again$/);
		return true;
	});
	await second;
	assert.equal(await (await conn.roundTrip('GET', '/')).text(), 'ok');
});

test('a request that HTTP/1.1 cannot carry is refused, before the version is known and after', async (t) => {
	const { origin, ca } = await serveTLS(t, 'http/1.1');
	const conn = open(t, origin, { tls: { ca } });
	const headers = { ':protocol': 'websocket' };
	await assert.rejects(conn.roundTrip('CONNECT', '/', { headers }), { name: 'LocalProtocolError' });
	assert.equal(conn.version, 'HTTP/1.1');
	assert.throws(() => conn.dispatch({ method: 'CONNECT', path: '/', headers }, {}), { name: 'LocalProtocolError' });
});

test('no upgrade is offered to a forwarding proxy', async (t) => {
	const proxy = await RawServer.start();
	const conn = open(t, 'http://origin.test', { proxy: proxy.origin });
	const response = conn.roundTrip('GET', '/1');
	const head = await answer(await proxy.accept());
	assert.match(head, /^GET http:\/\/origin\.test\/1 HTTP\/1\.1\r\n/);
	assert.doesNotMatch(head, /upgrade|http2-settings/i);
	assert.equal(await (await response).text(), 'ok');
	assert.equal(conn.version, 'HTTP/1.1');
});

test('a body that can be read only once is sent to a forwarding proxy', async (t) => {
	const proxy = await RawServer.start();
	const conn = open(t, 'http://origin.test', { proxy: proxy.origin });
	const response = conn.roundTrip('POST', '/up', { body: new Blob(['abc']).stream() });
	const connection = await proxy.accept();
	assert.match(await connection.readHead(), /^POST http:\/\/origin\.test\/up HTTP\/1\.1\r\n/);
	await connection.readTo('0\r\n\r\n');
	connection.answer(OK, 'ok');
	assert.equal(await (await response).text(), 'ok');
});

test('close({ drain }) waits for the request that offers h2c, and rejects those that wait for its answer', async (t) => {
	const server = await RawServer.start();
	const conn = open(t, server.origin);
	const [first, second] = ['/1', '/2'].map((path) => conn.roundTrip('GET', path)) as [
		Promise<HTTPResponse>,
		Promise<HTTPResponse>,
	];
	const rejected = assert.rejects(second, /closed by its owner/);
	const connection = await server.accept();
	await connection.readHead();
	const closed = conn.close({ drain: true });
	await rejected;
	connection.answer(OK, 'ok');
	assert.equal(await (await first).text(), 'ok');
	await closed;
	assert.equal(server.connections.length, 1);
});

test('the answer in HTTP/1.1 that close({ drain }) waits for is no answer to the next request, which offers h2c again', async (t) => {
	const server = await RawServer.start();
	const conn = open(t, server.origin);
	const first = conn.roundTrip('GET', '/1');
	const connection = await server.accept();
	await connection.readHead();
	const closed = conn.close({ drain: true });
	connection.answer(OK, 'ok');
	assert.equal(await (await first).text(), 'ok');
	await closed;
	assert.equal(conn.version, null);
	const second = conn.roundTrip('GET', '/2');
	assert.match(await answer(await server.accept()), /\r\nUpgrade: h2c\r\n/);
	assert.equal(await (await second).text(), 'ok');
	assert.equal(conn.version, 'HTTP/1.1');
});

test('timeout.headers includes the wait for the answer to an upgrade', async (t) => {
	const server = await RawServer.start();
	const conn = open(t, server.origin, { timeout: { headers: 100 } });
	const outcomes = await Promise.allSettled(['/1', '/2', '/3'].map((path) => conn.roundTrip('GET', path)));
	for (const { reason } of outcomes as PromiseRejectedResult[]) {
		assert.ok(reason instanceof TimeoutError && reason.phase === 'headers', String(reason));
	}
	assert.ok(server.connections.length <= 3, 'they have waited one after the other');
});
