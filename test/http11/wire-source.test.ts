import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createServer } from 'node:tls';
import { type ConnectionOptions, resolveOptions } from '../../src/connection/options.ts';
import type { UpgradeOffer } from '../../src/http11/upgrade.ts';
import { HTTP11WireSource } from '../../src/http11/wire-source.ts';
import { LocalProtocolError, NegotiationError } from '../../src/index.ts';
import { createRequest } from '../../src/message/request.ts';
import type { TransportSource } from '../../src/net/connector.ts';
import { parseHost } from '../../src/net/origin.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { testCertificates } from '../support/certificates.ts';
import { listen } from '../support/loopback.ts';

const { signal } = new AbortController();

async function dialTLS(t: TestContext, ALPNProtocols: string[] | undefined, options: ConnectionOptions = {}) {
	const { ca, cert, key } = await testCertificates();
	const server = createServer({ cert, key, ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }) });
	const host = `https://localhost:${await listen(server)}`;
	const source = new HTTP11WireSource(resolveOptions(host, { tls: { ca }, ...options }, 'HTTP/1.1'));
	const connected = await source.connect(signal);
	t.after(() => connected.transport.destroy());
	connected.transport.start({ onBytes: () => {}, onDrain: () => {}, onEnd: () => {}, onClose: () => {} });
	return connected;
}

test('an HTTP/1.1 connection offers HTTP/1.1 by ALPN, and accepts a server without ALPN', async (t) => {
	const connected = await dialTLS(t, ['h2', 'http/1.1']);
	assert.deepEqual([connected.version, connected.transport.alpn], ['HTTP/1.1', 'http/1.1']);
	assert.equal((await dialTLS(t, undefined)).transport.alpn, null);
});

test('an HTTP/1.1 connection rejects a server that chooses h2, unless HTTP/1.1 is forced', async (t) => {
	const alpnProtocols = ['h2', 'http/1.1'];
	await assert.rejects(
		dialTLS(t, ['h2'], { alpnProtocols }),
		(error) => error instanceof NegotiationError && error.alpn === 'h2',
	);
	assert.equal((await dialTLS(t, ['h2'], { alpnProtocols, forceProtocol: 'http/1.1' })).transport.alpn, 'h2');
});

test('an upgrade is not offered to a forwarding proxy, which counts as declined', async () => {
	for (const forward of [null, { headers: [] }]) {
		let declined = 0;
		const connector: TransportSource = {
			dial: () => assert.fail('HTTP/1.1 has a dial of its own'),
			dialForHTTP1: async () => ({ transport: createMemoryTransports()[0], forward }),
		};
		const source = new HTTP11WireSource(resolveOptions('http://a', {}, 'HTTP/1.1'), connector);
		const offer: UpgradeOffer = {
			settings: 'AAA',
			wait: 1000,
			onWithheld: () => {},
			onDeclined: () => declined++,
			onGivenUp: () => {},
			adopt: () => assert.fail('nothing is upgraded'),
		};
		const { transport } = await source.connect(signal, offer);
		assert.equal(declined, forward === null ? 0 : 1);
		transport.destroy();
	}
});

test('CONNECT and the extended CONNECT are refused by an HTTP/1.1 connection before anything is sent', () => {
	const source = new HTTP11WireSource(resolveOptions('http://a', {}, 'HTTP/1.1'));
	const origin = parseHost('http://a');
	source.checkRequest(createRequest('GET', '/', origin, {}));
	assert.throws(() => source.checkRequest(createRequest('CONNECT', 'a:1', origin, {})), LocalProtocolError);
});
