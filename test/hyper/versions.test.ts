// What hyper promised above all: the same calls whatever version of HTTP the server speaks.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { HTTP11Connection, HTTP20Connection, HTTPConnection } from '../../src/index.ts';
import { serveH2C, serveHTTP1, serveTLS } from '../support/version-servers.ts';

interface Version {
	version: 'HTTP/2' | 'HTTP/1.1';
	origin: string;
	ca?: string;
}

async function everyVersion(t: TestContext): Promise<Version[]> {
	return [
		{ version: 'HTTP/2', ...(await serveTLS(t, 'h2')) },
		{ version: 'HTTP/1.1', ...(await serveTLS(t, 'http/1.1')) },
		{ version: 'HTTP/2', ...(await serveH2C(t)) },
		{ version: 'HTTP/1.1', ...(await serveHTTP1(t)) },
	];
}

function connect(t: TestContext, { origin, ca }: Version): HTTPConnection {
	const conn = new HTTPConnection(origin, { tls: { ca }, h2c: 'upgrade' });
	t.after(() => conn.close());
	return conn;
}

test('the same calls work over HTTP/2, h2c and HTTP/1.1, and version names the one in use', async (t) => {
	for (const server of await everyVersion(t)) {
		const conn = connect(t, server);
		await conn.request('GET', '/first');
		const first = await conn.getResponse();
		assert.deepEqual([first.status, first.version, await first.text()], [200, server.version, 'GET /first ']);
		const second = await conn.roundTrip('POST', '/second', { body: 'text', headers: { 'x-name': 'value' } });
		assert.equal(await second.text(), 'POST /second text');
		assert.deepEqual(second.headers.get('x-name'), ['value']);
		assert.equal(conn.version, server.version);
	}
});

test('getResponse accepts the result of request on every version', async (t) => {
	for (const server of await everyVersion(t)) {
		const conn = connect(t, server);
		for (const path of ['/first', '/second']) {
			const id = await conn.request('GET', path);
			assert.equal(await (await conn.getResponse(id)).text(), `GET ${path} `);
		}
	}
});

test('an accepted upgrade answers on stream 1, a declined one with an ordinary response', async (t) => {
	for (const [server, streamId] of [
		[await serveH2C(t), 1],
		[await serveHTTP1(t), null],
	] as const) {
		const conn = connect(t, { version: 'HTTP/2', ...server });
		const response = await conn.roundTrip('GET', '/', { body: 'with content' });
		assert.equal(response.streamId, streamId);
		assert.equal(await response.text(), 'GET / with content');
	}
});

test('the scheme and the port stay those of the caller after an upgrade', async (t) => {
	const { origin, requests } = await serveH2C(t);
	const conn = connect(t, { version: 'HTTP/2', origin });
	for (const path of ['/first', '/second']) await (await conn.roundTrip('GET', path)).text();
	const { host } = new URL(origin);
	assert.deepEqual(requests, [{ scheme: 'http', authority: host, path: '/second' }]);
	assert.deepEqual([conn.secure, conn.port], [false, Number(host.split(':')[1])]);
});

test('asyncDispose closes connections of every class', async (t) => {
	for (const Connection of [HTTPConnection, HTTP11Connection]) {
		const { origin, closed } = await serveHTTP1(t);
		const conn = new Connection(origin);
		await (await conn.roundTrip('GET', '/')).text();
		await conn[Symbol.asyncDispose]();
		await closed;
	}
	const { origin, ca } = await serveTLS(t, 'h2');
	const conn = new HTTP20Connection(origin, { tls: { ca } });
	await (await conn.roundTrip('GET', '/')).text();
	await conn[Symbol.asyncDispose]();
	assert.equal(conn.streams, 0);
});
