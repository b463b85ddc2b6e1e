// HTTP/1.1 requests on the wire, byte for byte.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { HTTP11Connection } from '../../src/http11/connection.ts';
import { ConnectionError, LocalProtocolError, type RequestOptions } from '../../src/index.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import { lines, OK, openHTTP11 } from '../support/http11.ts';
import { plainDial } from '../support/loopback.ts';
import { RawServer } from '../support/raw-server.ts';
import { transportsForHTTP1 } from '../support/transport-source.ts';

/** What a request sends up to `end`, with the host replaced by `HOST`. The request is answered. */
async function wire(
	t: TestContext,
	method: string,
	options: RequestOptions = {},
	end = '\r\n\r\n',
	path = '/p?q=1',
): Promise<string> {
	const { conn, server, host } = await openHTTP11(t);
	const response = conn.roundTrip(method, path, options);
	const peer = await server.accept();
	const text = await peer.readTo(end);
	peer.answer(OK);
	assert.equal((await response).status, 200);
	return text.replaceAll(host, 'HOST');
}

/** The head of a request to `origin` over a transport that leads to a local server. */
async function dialledBy(
	t: TestContext,
	origin: string,
	forward: { headers: (readonly [string, string])[] } | null,
	{ method = 'GET', path = '/', headers = {} } = {},
): Promise<{ head: string }> {
	const server = await RawServer.start();
	const transports = transportsForHTTP1(() => runtime.dial(plainDial(server.port)), forward);
	const conn = new HTTP11Connection(origin, {}, transports);
	t.after(() => conn.close());
	const response = conn.roundTrip(method, path, { headers });
	const peer = await server.accept();
	const head = await peer.readHead();
	peer.answer(OK);
	await response;
	return { head };
}

describe('head', () => {
	test("an HTTP/1.1 head has Host first, then the caller's fields with their case, order and repetitions", async (t) => {
		const headers: [string, string][] = [
			['X-Upper', 'A'],
			['accept', 'b'],
			['x-upper', ' c '],
			['X-Bytes', '\xe4\xff'],
		];
		assert.equal(
			await wire(t, 'GET', { headers }),
			lines(
				...['GET /p?q=1 HTTP/1.1', 'Host: HOST', 'X-Upper: A', 'accept: b', 'x-upper: c', 'X-Bytes: \xe4\xff'],
				...['Connection: keep-alive', '', ''],
			),
		);
	});

	test("an HTTP/1.1 head keeps the caller's Host in its place and accepts pseudo-header fields in place of method, path and Host", async (t) => {
		assert.equal(
			await wire(t, 'GET', { headers: { 'X-A': '1', host: 'other:8080' } }),
			lines('GET /p?q=1 HTTP/1.1', 'X-A: 1', 'host: other:8080', 'Connection: keep-alive', '', ''),
		);
		const headers = { ':authority': 'other', ':path': '/elsewhere', ':method': 'HEAD', ':scheme': 'https' };
		assert.equal(
			await wire(t, 'GET', { headers }),
			lines('HEAD /elsewhere HTTP/1.1', 'Host: other', 'Connection: keep-alive', '', ''),
		);
	});

	test('cookie crumbs are joined into one field line over HTTP/1.1', async (t) => {
		const headers: [string, string][] = [
			['cookie', 'a=1'],
			['X-A', '1'],
			['Cookie', 'b=2; c=3'],
		];
		assert.equal(
			await wire(t, 'GET', { headers }),
			lines('GET /p?q=1 HTTP/1.1', 'Host: HOST', 'cookie: a=1; b=2; c=3', 'X-A: 1', 'Connection: keep-alive', '', ''),
		);
	});

	test('the Host of an HTTP/1.1 request has an IPv6 address in brackets', async (t) => {
		const { head } = await dialledBy(t, 'http://[::1]', null);
		assert.match(head, /^GET \/ HTTP\/1.1\r\nHost: \[::1\]\r\n/);
	});

	test("an HTTP/1.1 request to a forwarding proxy has the absolute form and the proxy's fields", async (t) => {
		const forward = { headers: [['Proxy-Authorization', 'Basic eDp5'] as const, ['X-Proxy', '1'] as const] };
		const { head } = await dialledBy(t, 'http://[::1]:8080', forward);
		assert.equal(
			head,
			lines(
				...['GET http://[::1]:8080/ HTTP/1.1', 'Host: [::1]:8080', 'Proxy-Authorization: Basic eDp5', 'X-Proxy: 1'],
				...['Connection: keep-alive', '', ''],
			),
		);
		const options = { path: '*', method: 'OPTIONS', headers: { host: 'other', 'x-proxy': 'mine' } };
		const other = await dialledBy(t, 'http://example.com', forward, options);
		assert.equal(
			other.head,
			lines(
				...['OPTIONS http://other HTTP/1.1', 'host: other', 'x-proxy: mine', 'Proxy-Authorization: Basic eDp5'],
				...['Connection: keep-alive', '', ''],
			),
		);
	});

	test('an invalid HTTP/1.1 request is refused before anything is written', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const bad: [string, string, RequestOptions][] = [
			['GET ', '/', {}],
			['G\rT', '/', {}],
			['', '/', {}],
			['GET', '/a b', {}],
			['GET', '/a\r\nX: y', {}],
			['GET', '', {}],
			['GET', 'elsewhere', {}],
			['GET', '*', {}],
			['GET', '/', { headers: { ':protocol': 'websocket' } }],
			['GET', '/', { headers: { ':path': '/ x' } }],
			['GET', '/', { headers: { ':authority': 'a@b' } }],
			['GET', '/', { headers: { host: 'a/b' } }],
			[
				'GET',
				'/',
				{
					headers: [
						['host', 'a'],
						['Host', 'b'],
					],
				},
			],
			['GET', '/', { headers: { 'x-a': 'a\nb' } }],
			['GET', '/', { headers: { 'x-a': '\x01' } }],
			['GET', '/', { headers: { 'x a': 'b' } }],
			['POST', '/', { headers: { 'transfer-encoding': 'gzip, chunked' }, body: 'x' }],
			['POST', '/', { headers: { 'content-length': '1x' }, body: Readable.from(['x']) }],
			[
				'POST',
				'/',
				{
					headers: [
						['content-length', '1'],
						['Content-Length', '1'],
					],
					body: 'x',
				},
			],
		];
		for (const [method, path, options] of bad) {
			await assert.rejects(conn.roundTrip(method, path, options), TypeError, JSON.stringify([method, path, options]));
		}
		await assert.rejects(conn.roundTrip('POST', '/', { headers: { 'content-length': '2' }, body: 'x' }), TypeError);
		await assert.rejects(conn.roundTrip('CONNECT', 'host:1'), LocalProtocolError);
		assert.equal(server.connections.length, 0);
	});
});

describe('content', () => {
	test('content in memory is sent over HTTP/1.1 with its Content-Length', async (t) => {
		const head = ['POST /p?q=1 HTTP/1.1', 'Host: HOST', 'Content-Length: 6', 'Connection: keep-alive', '', ''];
		assert.equal(await wire(t, 'POST', { body: 'gr\u00fc\u00df' }, '\xc3\x9f'), `${lines(...head)}gr\xc3\xbc\xc3\x9f`);
		assert.equal(
			await wire(t, 'POST', { body: new Uint8Array([1, 2, 3, 4, 5, 6]) }, '\x06'),
			`${lines(...head)}\x01\x02\x03\x04\x05\x06`,
		);
		assert.equal(await wire(t, 'POST', { body: ['a', 'bc', '', 'def'] }, 'def'), `${lines(...head)}abcdef`);
	});

	test('an HTTP/1.1 request without content has Content-Length: 0 if its method usually has content', async (t) => {
		for (const [method, has] of [
			['GET', false],
			['DELETE', false],
			['OPTIONS', false],
			['POST', true],
			['PUT', true],
			['PROPFIND', true],
		] as const) {
			const head = await wire(t, method);
			assert.equal(/Content-Length: 0\r/.test(head), has, method);
			assert.doesNotMatch(head, /transfer-encoding/i);
		}
	});

	test('content from an iterable is sent in chunks, which an empty item does not end', async (t) => {
		const head = ['POST /p?q=1 HTTP/1.1', 'Host: HOST', 'Transfer-Encoding: chunked', 'Connection: keep-alive', '', ''];
		const body = (async function* () {
			yield 'abc';
			yield '';
			yield new Uint8Array(17).fill(0x2e);
		})();
		assert.equal(
			await wire(t, 'POST', { body }, '0\r\n\r\n'),
			`${lines(...head)}3\r\nabc\r\n11\r\n.................\r\n0\r\n\r\n`,
		);
		assert.match(
			await wire(t, 'GET', { body: Readable.from(['x']) }, '0\r\n\r\n'),
			/chunked[\s\S]*1\r\nx\r\n0\r\n\r\n$/,
		);
		assert.match(await wire(t, 'POST', { body: Readable.from([]) }, '\r\n0\r\n\r\n'), /keep-alive\r\n\r\n0\r\n\r\n$/);
	});

	test("content of known length is sent in chunks when the caller's transfer-encoding says so", async (t) => {
		const text = await wire(t, 'POST', { body: 'abc', headers: { 'transfer-encoding': 'Chunked' } }, '0\r\n\r\n');
		assert.doesNotMatch(text, /content-length/i);
		assert.match(text, /Transfer-Encoding: chunked\r\n[\s\S]*\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/);
	});

	test('chunked content ends with trailers, from an object or from a function called after the body', async (t) => {
		let sent = 0;
		const body = (function* () {
			for (; sent < 3; sent++) yield 'x';
		})();
		assert.match(
			await wire(t, 'POST', { body, trailers: async () => ({ 'X-Sent': `${sent}` }) }, 'X-Sent: 3\r\n\r\n'),
			/1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n0\r\nX-Sent: 3\r\n\r\n$/,
		);
		const text = await wire(
			t,
			'POST',
			{ body: 'abc', trailers: { 'X-A': '1' }, headers: { 'content-length': '3' } },
			'X-A: 1\r\n\r\n',
		);
		assert.doesNotMatch(text, /content-length/i);
		assert.match(text, /3\r\nabc\r\n0\r\nX-A: 1\r\n\r\n$/);
		assert.match(await wire(t, 'GET', { trailers: { 'X-A': '1' } }, 'X-A: 1\r\n\r\n'), /\r\n\r\n0\r\nX-A: 1\r\n\r\n$/);
	});

	test("an HTTP/1.1 upload with the caller's content-length fails if it has more or less content", async (t) => {
		const headers = { 'content-length': '4' };
		assert.match(
			await wire(t, 'PUT', { body: Readable.from(['ab', 'cd']), headers }, 'abcd'),
			/Content-Length: 4\r\n[\s\S]*\r\n\r\nabcd$/,
		);
		for (const items of [['abc'], ['abc', 'de'], []]) {
			const { conn, server } = await openHTTP11(t);
			const response = conn.roundTrip('PUT', '/', { body: Readable.from(items), headers });
			const peer = await server.accept();
			await assert.rejects(
				response,
				(error) => error instanceof ConnectionError && error.cause instanceof LocalProtocolError,
			);
			await peer.readToEnd();
		}
	});

	test('a form is sent over HTTP/1.1 with its boundary', async (t) => {
		const form = new FormData();
		form.set('a', '1');
		const text = await wire(t, 'POST', { body: form }, '--\r\n');
		const boundary = /Content-Type: multipart\/form-data; boundary=(\S+)\r/.exec(text)?.[1] as string;
		assert.ok(text.endsWith(`\r\n--${boundary}--\r\n`), text);
	});
});
