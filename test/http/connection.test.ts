// HTTPConnection as its callers see it, over servers that speak one version each.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { HTTPConnection } from '../../src/http/connection.ts';
import { ScriptedServer } from '../support/offline.ts';
import { serveH2C, serveHTTP1, serveTLS } from '../support/version-servers.ts';

const servers = {
	'HTTP/2 over TLS': { start: (t) => serveTLS(t, 'h2'), version: 'HTTP/2' },
	'HTTP/1.1 over TLS': { start: (t) => serveTLS(t, 'http/1.1'), version: 'HTTP/1.1' },
	'h2c by Upgrade': { start: serveH2C, version: 'HTTP/2' },
	'HTTP/1.1 in plaintext': { start: serveHTTP1, version: 'HTTP/1.1' },
} satisfies Record<string, { start(t: TestContext): Promise<{ origin: string; ca?: string }>; version: string }>;

for (const [name, { start, version }] of Object.entries(servers)) {
	const isHTTP2 = version === 'HTTP/2';
	describe(name, () => {
		async function open(t: TestContext): Promise<HTTPConnection> {
			const { origin, ca } = (await start(t)) as { origin: string; ca?: string };
			const conn = new HTTPConnection(origin, { tls: { ca }, h2c: 'upgrade' });
			t.after(() => conn.close());
			return conn;
		}

		test(`the version is known with the first response, and unknown again after close, with ${name}`, async (t) => {
			const conn = await open(t);
			assert.equal(conn.version, null);
			const response = await conn.roundTrip('GET', '/a');
			assert.equal(await response.text(), 'GET /a ');
			assert.deepEqual([conn.version, response.version], [version, version]);
			assert.equal(conn.remoteSettings !== null, isHTTP2);
			await conn.close();
			assert.deepEqual([conn.version, conn.remoteSettings, conn.streams], [null, null, 0]);
		});

		test(`requests made before the version is known all get their responses, with ${name}`, async (t) => {
			const conn = await open(t);
			const paths = ['/1', '/2', '/3', '/4', '/5'];
			const responses = await Promise.all(paths.map((path) => conn.roundTrip('GET', path)));
			assert.deepEqual(
				await Promise.all(responses.map((response) => response.text())),
				paths.map((path) => `GET ${path} `),
			);
		});

		test(`request and getResponse give responses in order, with or without ids, with ${name}`, async (t) => {
			const conn = await open(t);
			await (await conn.roundTrip('GET', '/')).text();
			const first = await conn.request('POST', '/1', { body: 'one' });
			const second = await conn.request('GET', '/2');
			assert.deepEqual(
				[first, second].map((id) => typeof id),
				isHTTP2 ? ['number', 'number'] : ['object', 'object'],
			);
			assert.equal(await (await conn.getResponse()).text(), 'POST /1 one');
			assert.equal(await (await conn.getResponse(second)).text(), 'GET /2 ');
			await assert.rejects(conn.getResponse(), LocalProtocolError);
		});

		test(`a body that can be read once is sent, with ${name}`, async (t) => {
			const conn = await open(t);
			await (await conn.roundTrip('GET', '/')).text();
			async function* pieces(): AsyncGenerator<string> {
				yield 'a';
				yield 'b';
			}
			assert.equal(await (await conn.roundTrip('POST', '/', { body: pieces() })).text(), 'POST / ab');
			assert.equal(conn.version, version);
		});

		test(`a request can be built piece by piece, with ${name}`, async (t) => {
			const conn = await open(t);
			await (await conn.roundTrip('GET', '/')).text();
			conn.putRequest('POST', '/low');
			conn.putHeader('x-name', 'value');
			const id = await conn.endHeaders({ body: 'a' });
			await conn.send('b');
			await conn.send('c', { final: true }, id);
			const response = await conn.getResponse(id);
			assert.deepEqual([await response.text(), response.headers.get('x-name')], ['POST /low abc', ['value']]);

			const whole = conn.putRequest('POST', '/whole');
			await conn.getResponse(await conn.endHeaders({ body: 'xyz', final: true }, whole)).then(async (response) => {
				assert.equal(await response.text(), 'POST /whole xyz');
			});
		});

		test(`ping resolves on HTTP/2 and rejects on HTTP/1.1, with ${name}`, async (t) => {
			const conn = await open(t);
			await (await conn.roundTrip('GET', '/')).bytes();
			if (isHTTP2) assert.ok((await conn.ping()) >= 0);
			else await assert.rejects(conn.ping(), /Cannot send PING: only HTTP\/2 has PING/);
		});

		test(`the object can be used again after close, with ${name}`, async (t) => {
			const conn = await open(t);
			for (let i = 0; i < 3; i++) {
				assert.equal(await (await conn.roundTrip('GET', `/${i}`)).text(), `GET /${i} `);
				await conn.close();
			}
		});

		test(`a request whose signal is already aborted is not sent and rejects with the reason, with ${name}`, async (t) => {
			const conn = await open(t);
			const reason = new Error('no longer');
			const signal = AbortSignal.abort(reason);
			await assert.rejects(conn.roundTrip('GET', '/', { signal }), (error) => error === reason);
			await assert.rejects(conn.request('GET', '/', { signal }), (error) => error === reason);
			assert.equal(conn.version, null);
		});
	});
}

test('methods that continue a request refuse to do so before any request', async () => {
	const conn = new HTTPConnection('https://localhost:1');
	assert.deepEqual([conn.host, conn.port, conn.secure, conn.streams], ['localhost', 1, true, 0]);
	await assert.rejects(conn.getResponse(), LocalProtocolError);
	await assert.rejects(conn.send('x'), LocalProtocolError);
	assert.throws(() => conn.putHeader('a', 'b'), LocalProtocolError);
	assert.throws(() => conn.getPushes(), LocalProtocolError);
	await conn.close();
});

test('invalid options are refused before any dial', () => {
	assert.throws(() => new HTTPConnection('a b'), TypeError);
	assert.throws(() => new HTTPConnection('a', { forceProtocol: 'spdy' as 'h2' }), /forceProtocol is 'spdy'/);
	assert.throws(() => new HTTPConnection('a', { h2c: true as never }), {
		name: 'TypeError',
		message: "h2c is true, but must be false, 'upgrade' or 'prior-knowledge'",
	});
	assert.throws(() => new HTTPConnection('a', { timeout: { headers: -1 } }), RangeError);
	assert.throws(() => new HTTPConnection('a', { limits: { headerFields: -1 } }), RangeError);
	assert.throws(() => new HTTPConnection('a', { settings: { maxFrameSize: 1 } }), RangeError);
	assert.throws(() => new HTTPConnection('a', { proxy: 'socks5://localhost:1' }), TypeError);
});

test('a plaintext HTTPConnection speaks HTTP/1.1 by default, or HTTP/2 with prior knowledge if the option h2c asks for it', async (t) => {
	const { origin } = await serveHTTP1(t);
	const http1 = new HTTPConnection(origin);
	assert.equal(http1.version, 'HTTP/1.1');
	assert.equal(await (await http1.roundTrip('POST', '/', { body: 'x' })).text(), 'POST / x');
	await http1.close();
	assert.equal(http1.version, 'HTTP/1.1');
	const server = await ScriptedServer.listen();
	const http2 = new HTTPConnection(server.origin, { h2c: 'prior-knowledge' });
	t.after(() => http2.close());
	assert.equal(http2.version, 'HTTP/2');
	const asked = http2.roundTrip('GET', '/');
	const peer = await server.next();
	await peer.handshake();
	const { streamId } = await peer.receive('HEADERS');
	peer.send.headers(streamId, { ':status': '204' }, { endStream: true });
	assert.equal((await asked).version, 'HTTP/2');
});

test('the option h2c has no effect over TLS', async (t) => {
	const { origin, ca } = await serveTLS(t, 'http/1.1');
	for (const h2c of [false, 'upgrade', 'prior-knowledge'] as const) {
		const conn = new HTTPConnection(origin, { tls: { ca }, h2c });
		assert.equal((await conn.roundTrip('GET', '/')).version, 'HTTP/1.1');
		await conn.close();
	}
});
