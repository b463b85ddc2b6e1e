// A server that renegotiates TLS 1.2 in mid-connection: forbidden on HTTP/2 (RFC 9113 §9.2.1), allowed on HTTP/1.1, where
// servers ask for a client certificate in this way.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import tls from 'node:tls';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { HTTP11Connection, HTTP20Connection, ProtocolError } from '../../src/index.ts';
import { type ByteStreams, ScriptedPeer } from '../../src/testing.ts';
import { testCertificates } from '../support/certificates.ts';
import { listen } from '../support/loopback.ts';
import '../support/checked-sinks.ts';

const { ca, cert, key } = await testCertificates();

async function serve(ALPNProtocols: string[]): Promise<{ origin: string; accepted: Promise<[tls.TLSSocket]> }> {
	const server = tls.createServer({ cert, key, maxVersion: 'TLSv1.2', ALPNProtocols });
	const accepted = once(server, 'secureConnection') as Promise<[tls.TLSSocket]>;
	return { origin: `https://localhost:${await listen(server)}`, accepted };
}

function renegotiate(socket: tls.TLSSocket): Promise<void> {
	return new Promise((resolve, reject) => {
		socket.renegotiate({}, (error) => (error === null ? resolve() : reject(error)));
	});
}

for (const [what, ALPNProtocols] of [
	['', ['h2']],
	[' that was forced without ALPN', []],
] as const) {
	test(`a renegotiation of TLS ends an HTTP/2 connection${what} with PROTOCOL_ERROR`, async () => {
		const { origin, accepted } = await serve([...ALPNProtocols]);
		const conn = new HTTP20Connection(origin, { tls: { ca }, forceProtocol: 'h2' });
		const rejected = assert.rejects(conn.roundTrip('GET', '/'), (error: ProtocolError) => {
			assert.ok(error instanceof ProtocolError, String(error));
			assert.equal(error.errorCode, ErrorCode.PROTOCOL_ERROR);
			assert.equal(error.message, 'Server renegotiated TLS (PROTOCOL_ERROR)');
			return true;
		});
		const [socket] = await accepted;
		const peer = new ScriptedPeer({ streams: Duplex.toWeb(socket) as unknown as ByteStreams });
		await peer.handshake();
		await peer.receive('HEADERS');
		await renegotiate(socket);
		await rejected;
		const goaway = await peer.receive('GOAWAY');
		assert.equal(goaway.errorCode, ErrorCode.PROTOCOL_ERROR);
		await conn.close();
	});
}

test('a renegotiation of TLS leaves an HTTP/1.1 connection open', async () => {
	const { origin, accepted } = await serve(['http/1.1']);
	const conn = new HTTP11Connection(origin, { tls: { ca } });
	const response = conn.roundTrip('GET', '/');
	const [socket] = await accepted;
	await once(socket, 'data');
	await renegotiate(socket);
	socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
	assert.equal(await (await response).text(), 'ok');
	await conn.close();
});
