// What hyper promised about TLS: ALPN, verified names, and contexts and CAs given by the caller.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createSecureContext, createServer, type TlsOptions } from 'node:tls';
import { HTTP20Connection, NegotiationError, TLSError } from '../../src/index.ts';
import { testCertificates } from '../support/certificates.ts';
import { listen } from '../support/loopback.ts';
import { serveHTTP2 } from '../support/node-server.ts';

/** A TLS server that sends nothing. */
async function serveTLS(options: TlsOptions): Promise<number> {
	const { cert, key } = await testCertificates();
	const server = createServer({ cert, key, ...options }, (socket) => socket.on('error', () => {}));
	return listen(server);
}

async function connected(t: TestContext, origin: string, tls: Record<string, unknown>): Promise<HTTP20Connection> {
	const conn = new HTTP20Connection(origin, { tls });
	t.after(() => conn.close());
	return conn;
}

test('a connection over TLS speaks the protocol that ALPN has selected', async (t) => {
	const { origin, certificates } = await serveHTTP2(t, (stream) =>
		stream.respond({ ':status': 204 }, { endStream: true }),
	);
	const conn = await connected(t, origin, { ca: certificates.ca });
	assert.equal((await conn.roundTrip('GET', '/')).status, 204);
});

test('a secureContext given by the caller is used, and ALPN is offered with it', async (t) => {
	const { origin, certificates } = await serveHTTP2(t, (stream) =>
		stream.respond({ ':status': 204 }, { endStream: true }),
	);
	const secureContext = createSecureContext({ ca: certificates.ca });
	const conn = await connected(t, origin, { secureContext });
	assert.equal((await conn.roundTrip('GET', '/')).status, 204);
});

test('a CA given by the caller is trusted, and rejectUnauthorized: false trusts any certificate', async (t) => {
	const { origin, certificates } = await serveHTTP2(t, (stream) =>
		stream.respond({ ':status': 204 }, { endStream: true }),
	);
	for (const tls of [{ ca: certificates.ca }, { ca: certificates.otherCa, rejectUnauthorized: false }]) {
		const conn = await connected(t, origin, tls);
		assert.equal((await conn.roundTrip('GET', '/')).status, 204);
	}
	const conn = await connected(t, origin, { ca: certificates.otherCa });
	await assert.rejects(conn.roundTrip('GET', '/'), TLSError);
});

test('a certificate for another host name is refused', async (t) => {
	const { port, certificates } = await serveHTTP2(t, () => assert.fail('the request must not get here'));
	const conn = await connected(t, `https://127.0.0.1:${port}`, { ca: certificates.ca, servername: 'other.example' });
	await assert.rejects(
		conn.roundTrip('GET', '/'),
		(error) => error instanceof TLSError && /other\.example/.test(error.message),
	);
});

test('a TLS server without HTTP/2 is a NegotiationError that names its choice', async (t) => {
	const { ca } = await testCertificates();
	for (const [options, alpn] of [
		[{ ALPNProtocols: ['http/1.1'] }, 'http/1.1'],
		[{}, null],
	] as const) {
		const port = await serveTLS(options as TlsOptions);
		const conn = new HTTP20Connection(`https://localhost:${port}`, { tls: { ca }, alpnProtocols: ['h2', 'http/1.1'] });
		t.after(() => conn.close());
		await assert.rejects(conn.roundTrip('GET', '/'), (error) => {
			return error instanceof NegotiationError && error.alpn === alpn;
		});
	}
});
