import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import { ConnectError, LocalProtocolError, NegotiationError } from '../../src/base/errors.ts';
import { resolveOptions } from '../../src/connection/options.ts';
import { Dialler } from '../../src/http20/connector.ts';
import type { HTTP20ConnectionOptions } from '../../src/http20/options.ts';
import { createTransportPair } from '../../src/testing.ts';
import { testCertificates } from '../support/certificates.ts';
import { listen } from '../support/loopback.ts';

const { signal } = new AbortController();

/** A server of TLS that offers these protocols, and how a dialler with these options fares with it. */
async function dialTLS(offered: string[] | undefined, options: HTTP20ConnectionOptions = {}) {
	const { ca, cert, key } = await testCertificates();
	const server = tls.createServer({ cert, key, ALPNProtocols: offered });
	const port = await listen(server);
	const closed = once(server, 'connection').then(([socket]) => once(socket as net.Socket, 'close'));
	const dialler = new Dialler(resolveOptions('localhost', { port, tls: { ca }, ...options }, 'HTTP/2'));
	return { transport: dialler.dial(signal), closed, port };
}

test('a ready transport is given once', async () => {
	const [near] = createTransportPair();
	const dialler = new Dialler(resolveOptions('localhost', { transport: near }, 'HTTP/2'));
	const transport = await dialler.dial(signal);
	assert.equal(transport.alpn, 'h2');
	await assert.rejects(dialler.dial(signal), LocalProtocolError);
	transport.destroy();
});

test('a server that chooses h2 by ALPN is spoken to', async () => {
	const { transport } = await dialTLS(['http/1.1', 'h2']);
	assert.equal((await transport).alpn, 'h2');
	(await transport).destroy();
});

test('a server that chooses another protocol, or none, is refused and let go of', async () => {
	for (const [offered, options, alpn, words] of [
		[['http/1.1'], { alpnProtocols: ['h2', 'http/1.1'] }, 'http/1.1', /the server chose http\/1\.1 by ALPN/],
		[undefined, {}, null, /agreed on no protocol/],
	] as const) {
		const { transport, closed, port } = await dialTLS(offered && [...offered], options);
		await assert.rejects(transport, (error) => {
			assert.ok(error instanceof NegotiationError);
			assert.equal(error.alpn, alpn);
			assert.match(error.message, words);
			return error.message.includes(`localhost:${port}`);
		});
		await closed;
	}
});

test('with forceProtocol, or in plaintext, ALPN does not count', async () => {
	const { transport } = await dialTLS(undefined, { forceProtocol: 'h2' });
	assert.equal((await transport).alpn, null);
	(await transport).destroy();
	const port = await listen(net.createServer());
	const plain = await new Dialler(resolveOptions(`http://127.0.0.1:${port}`, {}, 'HTTP/2')).dial(signal);
	assert.equal(plain.alpn, null);
	plain.destroy();
});

test('failures and the signal come through', async () => {
	const server = net.createServer();
	const port = await listen(server);
	await new Promise((resolve) => server.close(resolve));
	const dialler = new Dialler(resolveOptions(`http://127.0.0.1:${port}`, {}, 'HTTP/2'));
	await assert.rejects(dialler.dial(signal), ConnectError);
	const reason = new Error('given up');
	await assert.rejects(dialler.dial(AbortSignal.abort(reason)), reason);
});
