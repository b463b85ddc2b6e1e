import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createServer } from 'node:tls';
import { type ConnectionOptions, resolveOptions } from '../../src/connection/options.ts';
import { Dialler } from '../../src/http11/connector.ts';
import { NegotiationError } from '../../src/index.ts';
import { testCertificates } from '../support/certificates.ts';
import { listen } from '../support/loopback.ts';

async function dialTLS(t: TestContext, ALPNProtocols: string[] | undefined, options: ConnectionOptions = {}) {
	const { ca, cert, key } = await testCertificates();
	const server = createServer({ cert, key, ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }) });
	const host = `https://localhost:${await listen(server)}`;
	const dialler = new Dialler(resolveOptions(host, { tls: { ca }, ...options }, 'HTTP/1.1'));
	const connected = await dialler.dialForHTTP1(new AbortController().signal);
	t.after(() => connected.transport.destroy());
	connected.transport.start({ onBytes: () => {}, onDrain: () => {}, onEnd: () => {}, onClose: () => {} });
	return connected;
}

test('HTTP/1.1 is what is offered, and a server without ALPN is taken at its word', async (t) => {
	assert.equal((await dialTLS(t, ['h2', 'http/1.1'])).transport.alpn, 'http/1.1');
	assert.equal((await dialTLS(t, undefined)).transport.alpn, null);
	assert.equal((await dialTLS(t, undefined)).forward, null);
});

test('a server that chooses h2 is not spoken to, unless that is forced', async (t) => {
	const alpnProtocols = ['h2', 'http/1.1'];
	await assert.rejects(
		dialTLS(t, ['h2'], { alpnProtocols }),
		(error) => error instanceof NegotiationError && error.alpn === 'h2',
	);
	assert.equal((await dialTLS(t, ['h2'], { alpnProtocols, forceProtocol: 'http/1.1' })).transport.alpn, 'h2');
});
