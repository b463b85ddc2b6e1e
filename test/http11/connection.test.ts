import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { HTTP11Connection } from '../../src/http11/connection.ts';
import { LocalProtocolError } from '../../src/index.ts';
import { listen } from '../support/loopback.ts';

test('the constructor of HTTP11Connection does no I/O and sets host, port and version', async () => {
	const conn = new HTTP11Connection('[::1]:8080', { secure: false });
	assert.deepEqual(
		[conn.host, conn.port, conn.secure, conn.version, conn.streams],
		['::1', 8080, false, 'HTTP/1.1', 0],
	);
	await conn.close();
});

test('the constructor of HTTP11Connection refuses invalid options', () => {
	assert.throws(() => new HTTP11Connection('a b'), TypeError);
	assert.throws(() => new HTTP11Connection('a', { forceProtocol: 'h2' }), TypeError);
	assert.throws(() => new HTTP11Connection('a', { timeout: { headers: -1 } }), RangeError);
	assert.throws(() => new HTTP11Connection('a', { limits: { headerFields: -1 } }), RangeError);
	assert.throws(() => new HTTP11Connection('a', { keepAlive: { interval: 1, timeout: 0 } }), RangeError);
});

test('an HTTP11Connection decodes content codings unless its options or those of the request say otherwise', async (t) => {
	const zipped = gzipSync('hello');
	const server = createServer((_request, response) =>
		response.writeHead(200, { 'content-encoding': 'gzip' }).end(zipped),
	);
	const origin = `http://127.0.0.1:${await listen(server)}`;
	const conn = new HTTP11Connection(origin);
	const raw = new HTTP11Connection(origin, { decodeContent: false });
	t.after(() => Promise.all([conn.close(), raw.close()]));
	assert.equal(await (await conn.roundTrip('GET', '/')).text(), 'hello');
	assert.deepEqual(await (await conn.roundTrip('GET', '/', { decodeContent: false })).bytes(), new Uint8Array(zipped));
	assert.deepEqual(await (await raw.roundTrip('GET', '/')).bytes(), new Uint8Array(zipped));
	assert.equal(await (await raw.roundTrip('GET', '/', { decodeContent: true })).text(), 'hello');
});

test('an HTTP11Connection sends hundreds of requests over one connection, and leaves no listeners behind', async (t) => {
	let connections = 0;
	const server = createServer((request, response) => request.pipe(response));
	server.on('connection', () => connections++);
	const conn = new HTTP11Connection(`http://127.0.0.1:${await listen(server)}`);
	t.after(() => conn.close());
	const warnings: Error[] = [];
	const onWarning = (warning: Error) => warnings.push(warning);
	process.on('warning', onWarning);
	for (let i = 0; i < 300; i++) {
		const response = await conn.roundTrip('POST', '/', { body: i % 2 === 0 ? `${i}` : [`${i}`].values() });
		assert.equal(await response.text(), `${i}`);
	}
	process.off('warning', onWarning);
	assert.deepEqual([connections, warnings, conn.streams], [1, [], 0]);
});

test('putHeader, endHeaders and send of an HTTP11Connection need putRequest, and its send takes no stream id', async () => {
	const conn = new HTTP11Connection('http://a');
	assert.throws(() => conn.putHeader('a', 'b'), LocalProtocolError);
	await assert.rejects(conn.endHeaders(), LocalProtocolError);
	await assert.rejects(conn.send('x'), LocalProtocolError);
	await assert.rejects(conn.send('x', {}, 1), /only HTTP\/2 has stream ids/);
});

test('disposing of an HTTP11Connection closes it', async () => {
	const conn = new HTTP11Connection('http://a');
	const answer = assert.rejects(conn.roundTrip('GET', '/'), /closed by its owner/);
	await conn[Symbol.asyncDispose]();
	await answer;
});
