// What hyper added last: proxies with tunnels for TLS, credentials and fields for the proxy, and an error class of their own.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { HTTPConnection, ProxyError } from '../../src/index.ts';
import { listen } from '../support/loopback.ts';
import { serveHTTP1, serveTLS } from '../support/version-servers.ts';

test("a tunnel through a proxy is opened with the proxy's credentials and the caller's fields", async (t) => {
	const { origin, ca } = await serveTLS(t, 'h2');
	const asked: unknown[] = [];
	const proxy = createServer();
	proxy.on('connect', (request, socket: Socket, head: Buffer) => {
		asked.push([request.url, request.headers['proxy-authorization'], request.headers['x-proxy']]);
		const { hostname, port } = new URL(`http://${request.url}`);
		const upstream = connect({ host: hostname, port: Number(port) }, () => {
			socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
			upstream.write(head);
			upstream.pipe(socket).pipe(upstream);
		});
		for (const each of [socket, upstream]) each.on('error', () => undefined);
	});
	const url = `http://user:p%40ss@127.0.0.1:${await listen(proxy)}`;
	const conn = new HTTPConnection(origin, { tls: { ca }, proxy: { url, headers: { 'x-proxy': 'yes' } } });
	t.after(() => conn.close());
	const response = await conn.roundTrip('GET', '/');
	assert.deepEqual([response.version, await response.text()], ['HTTP/2', 'GET / ']);
	const credentials = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
	assert.deepEqual(asked, [[new URL(origin).host, credentials, 'yes']]);
});

test('a refusal by the proxy is a ProxyError with its response, and nothing is sent to the origin', async (t) => {
	const { origin, ca } = await serveTLS(t, 'h2');
	const proxy = createServer();
	proxy.on('connect', (_request, socket: Socket) => {
		socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n');
	});
	const conn = new HTTPConnection(origin, { tls: { ca }, proxy: `http://127.0.0.1:${await listen(proxy)}` });
	t.after(() => conn.close());
	await assert.rejects(
		conn.roundTrip('GET', '/'),
		(error) => error instanceof ProxyError && error.response?.status === 407,
	);
});

test('a plaintext request is sent to its proxy in absolute-form', async (t) => {
	const { origin } = await serveHTTP1(t);
	const targets: unknown[] = [];
	const proxy = createServer((request, response) => {
		targets.push([request.url, request.headers.host]);
		response.end('from the proxy');
	});
	const conn = new HTTPConnection(origin, { proxy: `http://127.0.0.1:${await listen(proxy)}` });
	t.after(() => conn.close());
	assert.equal(await (await conn.roundTrip('GET', '/path')).text(), 'from the proxy');
	assert.deepEqual(targets, [[`${origin}/path`, new URL(origin).host]]);
});
