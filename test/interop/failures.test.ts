// Servers that cannot be reached or that refuse us: each gives a typed error that says what to do.

import assert from 'node:assert/strict';
import { createServer as createPlainServer } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect as connectTCP, createServer as createTCPServer, type Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createServer as createTLSServer, type TLSSocket } from 'node:tls';
import { ConnectError, HTTP20Connection, NegotiationError, TLSError, type TLSOptions } from '../../src/index.ts';
import { testCertificates } from '../support/certificates.ts';
import { connectionTo, serverFor } from '../support/interop.ts';
import { type Served, serveHTTP2 } from '../support/node-server.ts';
import { serverNames } from '../support/servers.ts';

for (const name of serverNames) {
	test(`a connection to ${name} succeeds only if its certificate is trusted`, async (t) => {
		const server = await serverFor(t, name);
		if (server === null) return;
		const { otherCa } = server.certificates;
		await rejects(
			connectionTo(t, server, 'TLS', { tls: { ca: otherCa } }),
			TLSError,
			/Cannot verify .*`tls: \{ ca \}`/,
		);
		const elsewhere = connectionTo(t, server, 'TLS', { tls: { servername: 'example.org' } });
		await rejects(elsewhere, TLSError, /it is for .*localhost.*, not for example\.org/);
		const careless = connectionTo(t, server, 'TLS', { tls: { ca: otherCa, rejectUnauthorized: false } });
		assert.equal((await careless.roundTrip('GET', '/128')).status, 200);
	});

	test(`TLS to the plaintext port of ${name} is an error that says so`, async (t) => {
		const server = await serverFor(t, name);
		if (server === null) return;
		const connection = new HTTP20Connection(`https://localhost:${server.clear.port}`);
		await rejects(connection, TLSError, /server seems to speak plaintext; `secure: false`|peer closed the connection/);
	});
}

test("a server's certificate is not trusted if its CA is not given", async (t) => {
	const { origin } = await serveHTTP2(t, (stream) => stream.respond({}, { endStream: true }));
	await rejects(new HTTP20Connection(origin), TLSError, /`tls: \{ ca \}` adds a trusted CA/);
});

for (const minVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
	for (const name of ['client', 'none'] as const) {
		test(`a server that requests a client certificate receives ${name} over ${minVersion}`, async (t) => {
			const served = await serveHTTP2(t, answerWithPeer, {
				tls: { requestCert: true, rejectUnauthorized: true, minVersion, maxVersion: minVersion },
			});
			const { ca, clientCert, clientKey } = served.certificates;
			const own: TLSOptions = name === 'client' ? { cert: clientCert, key: clientKey } : {};
			const connection = connectionOf(t, served, { ca, ...own });
			if (name === 'none') return rejects(connection, TLSError, /client certificate|handshake/);
			const response = await connection.roundTrip('GET', '/');
			assert.equal(await response.text(), 'hyper-wasm test client');
		});
	}
}

test('a server without HTTP/2 in its ALPN is a NegotiationError that names HTTP/1.1', async (t) => {
	const { cert, key, ca } = await testCertificates();
	const port = await listen(
		t,
		createSecureServer({ cert, key }, (_request, response) => response.end()),
	);
	const connection = new HTTP20Connection(`https://localhost:${port}`, { tls: { ca } });
	await rejects(connection, NegotiationError, /accepts none of h2|chose http\/1\.1/);
	// It chooses HTTP/1.1 if the client offers that too.
	const both = new HTTP20Connection(`https://localhost:${port}`, { tls: { ca }, alpnProtocols: ['h2', 'http/1.1'] });
	await rejects(both, NegotiationError, /chose http\/1\.1 by ALPN; use HTTPConnection/);
});

test('forceProtocol makes a server without ALPN speak HTTP/2', async (t) => {
	const served = await serveHTTP2(t, (stream) => stream.respond({ ':status': 204 }, { endStream: true }), {
		secure: false,
	});
	const { cert, key, ca } = served.certificates;
	const port = await listen(
		t,
		createTLSServer({ cert, key }, (socket) => {
			const inner = connectTCP(served.port, '127.0.0.1');
			for (const end of [socket, inner]) end.on('error', () => {});
			socket.pipe(inner).pipe(socket);
		}),
	);
	const tls = { ca };
	await rejects(
		new HTTP20Connection(`https://localhost:${port}`, { tls }),
		NegotiationError,
		/no protocol.*forceProtocol/,
	);
	const forced = new HTTP20Connection(`https://localhost:${port}`, { tls, forceProtocol: 'h2' });
	t.after(() => forced.close());
	assert.equal((await forced.roundTrip('GET', '/')).status, 204);
});

test('a plaintext server that speaks HTTP/1.1 is a NegotiationError that names HTTP/1.1', async (t) => {
	const port = await listen(
		t,
		createPlainServer((_request, response) => response.end()),
	);
	await rejects(new HTTP20Connection(`http://127.0.0.1:${port}`), NegotiationError, /HTTP\/1\.1/);
});

test('dialling a port without a listener is a ConnectError', async (t) => {
	const closed = createTCPServer();
	const port = await listen(t, closed);
	await new Promise((resolve) => closed.close(resolve));
	for (const origin of [`https://localhost:${port}`, `http://127.0.0.1:${port}`]) {
		await rejects(new HTTP20Connection(origin), ConnectError, /Cannot connect to .*: connection refused/);
	}
});

test('connecting to a server that sends nothing times out and can be tried again', async (t) => {
	const port = await listen(t, createTCPServer());
	const connection = new HTTP20Connection(`https://localhost:${port}`, { timeout: { connect: 50 } });
	for (let attempt = 0; attempt < 2; attempt++) {
		await assert.rejects(connection.connect(), { code: 'HYPER_TIMEOUT', phase: 'connect' });
	}
});

test('every request rejects when the server speaks neither HTTP/2 nor HTTP/1.1', async (t) => {
	const port = await listen(
		t,
		createTCPServer((socket) => {
			socket.on('error', () => {});
			socket.write('220 mail.example ESMTP\r\n');
		}),
	);
	const connection = new HTTP20Connection(`http://127.0.0.1:${port}`);
	t.after(() => connection.close());
	const answers = await Promise.allSettled([1, 2, 3].map(() => connection.roundTrip('GET', '/')));
	for (const answer of answers) {
		assert.equal(answer.status, 'rejected');
		assert.equal(answer.status === 'rejected' && answer.reason.name, 'ProtocolError');
	}
});

/** Asserts that connect() and a request reject with an error of this class whose message matches. */
async function rejects(
	connection: HTTP20Connection,
	expected: new (...args: never[]) => Error,
	message: RegExp,
): Promise<void> {
	await assert.rejects(connection.roundTrip('GET', '/'), (error: Error) => {
		assert.ok(error instanceof expected, `${error.name}: ${error.message}`);
		assert.match(error.message, message);
		return true;
	});
	assert.equal(connection.streams, 0);
	await connection.close();
}

function answerWithPeer(stream: ServerHttp2Stream): void {
	const socket = stream.session?.socket as TLSSocket | undefined;
	stream.respond({ ':status': 200 });
	stream.end(socket?.getPeerCertificate().subject.CN);
}

function connectionOf(t: TestContext, { origin }: Served, tls: TLSOptions): HTTP20Connection {
	const connection = new HTTP20Connection(origin, { tls });
	t.after(() => connection.close());
	return connection;
}

/** Listens, and returns the port. The server and its sockets close when the test ends. */
async function listen(t: TestContext, server: Server): Promise<number> {
	server.on('connection', (socket) => t.after(() => socket.destroy()));
	server.on('tlsClientError', () => {});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.after(() => server.close());
	return (server.address() as AddressInfo).port;
}
