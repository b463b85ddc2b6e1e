// Requests that the server wants by another way: in HTTP/1.1 (HTTP_1_1_REQUIRED, RFC 9113 §7) or on another connection (status
// 421, RFC 9110 §15.5.20).

import assert from 'node:assert/strict';
import { constants, createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import {
	HTTP11Connection,
	HTTP20Connection,
	HTTPConnection,
	type StreamResetError,
	type TLSOptions,
} from '../../src/index.ts';
import { testCertificates } from '../support/certificates.ts';
import { listen } from '../support/loopback.ts';
import { ScriptedServer } from '../support/offline.ts';
import { type RawConnection, RawServer } from '../support/raw-server.ts';

type Answer = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** A TLS server for both versions, whose requests in HTTP/2 go to `answer`; in HTTP/1.1 it answers `METHOD PATH CONTENT`. */
async function serveBoth(answer: Answer): Promise<{ origin: string; options: { tls: TLSOptions } }> {
	const { ca, cert, key } = await testCertificates();
	const server = createSecureServer({ allowHTTP1: true, cert, key }, async (request, response) => {
		if (request.httpVersionMajor === 2) return answer(request, response);
		let content = '';
		for await (const chunk of request) content += chunk;
		response.end(`${request.method} ${request.url} ${content}`);
	});
	return { origin: `https://localhost:${await listen(server)}`, options: { tls: { ca } } };
}

function requireHTTP11({ stream }: Http2ServerRequest): void {
	stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED);
}

test('a request that HTTP/2 refuses with HTTP_1_1_REQUIRED is sent in HTTP/1.1, and so are later ones until close', async () => {
	let refused = 0;
	const { origin, options } = await serveBoth((request) => {
		refused++;
		requireHTTP11(request);
	});
	await using conn = new HTTPConnection(origin, options);
	const response = await conn.roundTrip('POST', '/1', { body: 'content' });
	assert.deepEqual([response.version, await response.text()], ['HTTP/1.1', 'POST /1 content']);
	assert.equal(await (await conn.roundTrip('GET', '/2')).text(), 'GET /2 ');
	assert.deepEqual([conn.version, refused], ['HTTP/1.1', 1]);
	await conn.close();
	assert.equal(await (await conn.roundTrip('GET', '/3')).text(), 'GET /3 ');
	assert.equal(refused, 2, 'after close, the version is negotiated again');
});

test('getResponse finds a request by the stream id that its caller was given, also after it was sent again', async () => {
	const { origin, options } = await serveBoth(requireHTTP11);
	await using conn = new HTTPConnection(origin, options);
	const id = await conn.request('GET', '/');
	const response = await conn.getResponse(id);
	assert.deepEqual([id, response.version, await response.text()], [1, 'HTTP/1.1', 'GET / ']);

	const server = await ScriptedServer.listen();
	const refused = new HTTP20Connection(server.origin);
	const started = refused.request('GET', '/');
	const peer = await server.next();
	await peer.handshake();
	assert.equal(await started, 1);
	await peer.expect('HEADERS', { streamId: 1 });
	peer.send.rstStream(1, ErrorCode.REFUSED_STREAM);
	await peer.expect('HEADERS', { streamId: 3 });
	peer.send.headers(3, { ':status': '204' }, { endStream: true });
	await peer.roundTrip();
	assert.equal((await refused.getResponse(1)).status, 204);
	await refused.close();
});

test('requests of the connection that HTTP_1_1_REQUIRED leaves finish on it, and refused ones do not multiply dials', async () => {
	const slow: Http2ServerResponse[] = [];
	const { origin, options } = await serveBoth((request, response) => {
		if (request.url === '/slow') slow.push(response);
		else requireHTTP11(request);
	});
	await using conn = new HTTPConnection(origin, options);
	const running = conn.roundTrip('GET', '/slow');
	const others = await Promise.all(['/1', '/2', '/3'].map((path) => conn.roundTrip('GET', path)));
	for (const [i, response] of others.entries()) assert.equal(await response.text(), `GET /${i + 1} `);
	for (const response of slow) response.end('by HTTP/2');
	const response = await running;
	assert.deepEqual([response.version, await response.text()], ['HTTP/2', 'by HTTP/2']);
});

test('content that can be read once and was lost to HTTP_1_1_REQUIRED rejects, and the next request is sent in HTTP/1.1', async () => {
	const { origin, options } = await serveBoth((request) => {
		request.once('data', () => requireHTTP11(request));
	});
	await using conn = new HTTPConnection(origin, options);
	const body = (function* () {
		for (let i = 0; i < 4; i++) yield new Uint8Array(50_000);
	})();
	await assert.rejects(conn.roundTrip('POST', '/', { body }), {
		name: 'StreamResetError',
		errorCode: ErrorCode.HTTP_1_1_REQUIRED,
	});
	assert.equal((await conn.roundTrip('POST', '/', { body: 'x' })).version, 'HTTP/1.1');
});

test('a response that HTTP_1_1_REQUIRED ends rejects, and the next request is sent in HTTP/1.1', async () => {
	const { origin, options } = await serveBoth((request, response) => {
		response.write('begun', () => requireHTTP11(request));
	});
	await using conn = new HTTPConnection(origin, options);
	const response = await conn.roundTrip('GET', '/');
	await assert.rejects(response.text(), { name: 'StreamResetError', errorCode: ErrorCode.HTTP_1_1_REQUIRED });
	assert.equal((await conn.roundTrip('POST', '/', { body: 'x' })).version, 'HTTP/1.1');
});

test('a connection that ends after a GOAWAY with HTTP_1_1_REQUIRED moves its requests to HTTP/1.1', async () => {
	const { origin, options } = await serveBoth(({ stream }) => {
		const { session } = stream;
		session?.goaway(constants.NGHTTP2_HTTP_1_1_REQUIRED);
		session?.ping(() => session.destroy());
	});
	await using conn = new HTTPConnection(origin, options);
	const response = await conn.roundTrip('POST', '/', { body: 'x' });
	assert.deepEqual([response.version, await response.text()], ['HTTP/1.1', 'POST / x']);
});

test('HTTP_1_1_REQUIRED on a connection that speaks only HTTP/2 rejects with an error that names HTTPConnection', async () => {
	const { origin, options } = await serveBoth(requireHTTP11);
	for (const conn of [
		new HTTP20Connection(origin, options),
		new HTTPConnection(origin, { ...options, forceProtocol: 'h2' }),
	]) {
		await assert.rejects(
			conn.roundTrip('GET', '/'),
			({ errorCode, message }: StreamResetError) =>
				errorCode === ErrorCode.HTTP_1_1_REQUIRED && /use HTTP\/1\.1 .* HTTPConnection/.test(message),
		);
		await conn.close();
	}
});

test('status 421 on HTTP/2 repeats the request once on a new connection, whatever its method', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	for (const statuses of [
		['421', '200'],
		['421', '421'],
	] as const) {
		const asked = conn.roundTrip('POST', '/', { body: 'content' });
		for (const status of statuses) {
			const peer = await server.next();
			await peer.handshake();
			const { streamId } = await peer.expect('DATA', { data: 'content' });
			peer.send.headers(streamId, { ':status': status });
			peer.send.data(streamId, status, { endStream: true });
		}
		const response = await asked;
		assert.deepEqual([String(response.status), await response.text()], [statuses[1], statuses[1]]);
		await conn.close();
	}
	assert.equal(server.accepted, 4);
});

test('status 421 on HTTP/2 goes to the caller if the content cannot be sent again', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const handle = conn.putRequest('POST', '/');
	const started = conn.endHeaders({}, handle);
	const peer = await server.next();
	await peer.handshake();
	await started;
	peer.send.headers(1, { ':status': '421' }, { endStream: true });
	assert.equal((await conn.getResponse()).status, 421);
	assert.equal(server.accepted, 1);
	await conn.close();
});

test('status 421 on HTTP/1.1 repeats the request once on a new connection, whatever its method', async () => {
	const server = await RawServer.start();
	const conn = new HTTP11Connection(server.origin);
	const asked = conn.roundTrip('POST', '/', { body: 'content' });
	for (const [status, content] of [
		['421 Misdirected Request', 'no'],
		['200 OK', 'ok'],
	] as const) {
		const connection = await server.accept();
		assert.match(await connection.readHead(), /^POST /);
		connection.answer([`HTTP/1.1 ${status}`, 'content-length: 2'], content);
	}
	assert.equal(await (await asked).text(), 'ok');
	assert.equal(server.connections.length, 2);
	await conn.close();
});

/** Answers the next request on this connection. */
async function answer(connection: RawConnection, status: string): Promise<void> {
	await connection.readTo('content');
	connection.answer([`HTTP/1.1 ${status}`, 'content-length: 0']);
}

test('status 408 on a reused HTTP/1.1 connection repeats the request once on a new one, whatever its method', async () => {
	for (const last of ['200 OK', '408 Request Timeout']) {
		const server = await RawServer.start();
		const conn = new HTTP11Connection(server.origin);
		const first = conn.roundTrip('POST', '/', { body: 'content' });
		const reused = await server.accept();
		await answer(reused, '200 OK');
		await (await first).bytes();
		const asked = conn.roundTrip('POST', '/', { body: 'content' });
		await answer(reused, '408 Request Timeout');
		await answer(await server.accept(), last);
		assert.equal((await asked).status, Number(last.slice(0, 3)));
		assert.equal(server.connections.length, 2);
		await conn.close();
	}
});

test('status 408 goes to the caller on a new HTTP/1.1 connection, or if the content cannot be sent again', async () => {
	for (const isReused of [false, true]) {
		const server = await RawServer.start();
		const conn = new HTTP11Connection(server.origin);
		if (isReused) {
			const first = conn.roundTrip('GET', '/content');
			await answer(await server.accept(), '200 OK');
			await (await first).bytes();
			await conn.endHeaders({}, conn.putRequest('POST', '/'));
			await conn.send('content');
		} else {
			await conn.request('POST', '/', { body: 'content' });
			await server.accept();
		}
		await answer(server.connections[0] as RawConnection, '408 Request Timeout');
		assert.equal((await conn.getResponse()).status, 408);
		assert.equal(server.connections.length, 1);
		await conn.close();
	}
});

for (const [status, headers] of [
	['421 Misdirected Request', {}],
	['417 Expectation Failed', { expect: '100-continue' }],
] as const) {
	test(`a request that was answered with ${status} rejects with the status if no other connection can be opened`, async () => {
		const server = await RawServer.start();
		const conn = new HTTP11Connection(server.origin);
		const asked = conn.roundTrip('POST', '/', { body: 'content', headers });
		const peer = await server.accept();
		await peer.readHead();
		// The server keeps its connections, but accepts no more.
		server.server.close();
		peer.answer([`HTTP/1.1 ${status}`, 'content-length: 0']);
		await assert.rejects(asked, {
			name: 'ConnectionError',
			message: new RegExp(`^Server answered with status ${status.slice(0, 3)} .*no other connection could be opened$`),
		});
		await conn.close();
	});
}
