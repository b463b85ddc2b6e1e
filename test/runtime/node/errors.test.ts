// Every way in which a dial to a real server fails: the class and message of its error.

import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import { ConnectError, NegotiationError, TLSError, type TLSFailure } from '../../../src/base/errors.ts';
import { runtime } from '../../../src/runtime/node/node.ts';
import type { TLSOptions } from '../../../src/runtime/transport.ts';
import { testCertificates } from '../../support/certificates.ts';
import { freePort, listen, plainDial, secureDial } from '../../support/loopback.ts';
import { TransportRecorder } from '../../support/transport-recorder.ts';

const { ca, cert, key, clientCert, encryptedClientKey, otherCa, selfSigned, expired } = await testCertificates();

describe('the TLS handshake fails', () => {
	test('a server that accepts none of the ALPN protocols is a NegotiationError', async () => {
		const port = await listen(tls.createServer({ cert, key, ALPNProtocols: ['spdy/3'] }));
		await assert.rejects(runtime.dial(secureDial(port)), (error: NegotiationError) => {
			assert.ok(error instanceof NegotiationError);
			assert.equal(
				error.message,
				`Cannot negotiate a protocol with localhost:${port}: it accepts none of h2, http/1.1`,
			);
			assert.equal(error.alpn, null);
			return true;
		});
	});

	test('an unknown CA is a TLSError that names the host, the reason and the option to set', async () => {
		const port = await listen(tls.createServer({ cert, key }));
		await assert.rejects(runtime.dial(secureDial(port, { ca: otherCa })), (error: TLSError) => {
			assert.ok(error instanceof TLSError);
			assert.equal(
				error.message,
				`Cannot verify the certificate of localhost:${port}: unable to verify the first certificate; \`tls: { ca }\` adds a trusted CA`,
			);
			assert.equal((error.cause as { code: string }).code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
			return true;
		});
	});

	test('a certificate for another name is a TLSError that has both names', async () => {
		const port = await listen(tls.createServer({ cert, key }));
		await assert.rejects(runtime.dial(secureDial(port, { servername: 'other.test' })), (error: TLSError) => {
			assert.ok(error instanceof TLSError);
			assert.match(error.message, /^Cannot verify the certificate of localhost:\d+: it is for DNS:localhost, .*/);
			assert.match(error.message, /not for other\.test; `tls: \{ servername \}` sets the expected name$/);
			return true;
		});
	});

	for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
		test(`a missing client certificate is a TLSError in ${version}`, async () => {
			const port = await listen(tls.createServer({ cert, key, ca, requestCert: true, maxVersion: version }));
			const recorder = new TransportRecorder();
			// In TLS 1.3 our side completes the handshake before the server checks the certificate.
			const failure = await runtime.dial(secureDial(port)).then(
				async (transport) => {
					transport.start(recorder);
					await recorder.untilEvent('close');
					return recorder.error;
				},
				(error) => error,
			);
			assert.ok(failure instanceof TLSError, String(failure));
			assert.match(failure.message, /^Cannot complete the TLS handshake with localhost:\d+: /);
			if (version === 'TLSv1.3') assert.match(failure.message, /`tls: \{ cert, key \}` provides one$/);
			assert.equal(failure.failure, version === 'TLSv1.3' ? 'client-certificate' : null);
		});
	}

	test('a peer without a common TLS version is a TLSError', async () => {
		const port = await listen(tls.createServer({ cert, key, maxVersion: 'TLSv1.2' }));
		await assert.rejects(runtime.dial(secureDial(port, { minVersion: 'TLSv1.3' })), (error: TLSError) => {
			assert.ok(error instanceof TLSError);
			assert.match(error.message, /the peer supports no TLS version that we allow$/);
			return true;
		});
	});

	test('an invalid key is a TLSError before a connection is opened', async () => {
		await assert.rejects(runtime.dial(secureDial(1, { cert, key: 'no key' })), (error: TLSError) => {
			assert.ok(error instanceof TLSError);
			assert.match(error.message, /^Cannot use the TLS options for localhost:1: /);
			return true;
		});
	});

	const HANDSHAKES: [
		what: string,
		server: tls.TlsOptions,
		ours: TLSOptions,
		failure: TLSFailure | null,
		reason: RegExp,
	][] = [
		['a self-signed certificate', selfSigned, { ca }, 'untrusted', /self-signed certificate;/],
		['an unknown CA', { cert, key }, { ca: otherCa }, 'untrusted', /unable to verify the first certificate;/],
		[
			'an unknown CA that the server sends',
			{ cert: `${cert}\n${ca}`, key },
			{ ca: otherCa },
			'untrusted',
			/in certificate chain;/,
		],
		['an expired certificate', expired, { ca: expired.cert }, 'unverified', /certificate has expired$/],
		[
			'a certificate for another name',
			{ cert, key },
			{ servername: 'other.test' },
			'unverified',
			/not for other\.test;/,
		],
		[
			'no common TLS version',
			{ cert, key, maxVersion: 'TLSv1.2' },
			{ minVersion: 'TLSv1.3' },
			null,
			/no TLS version that we allow$/,
		],
		[
			'no common cipher',
			{ cert, key, ciphers: 'TLS_AES_256_GCM_SHA384' },
			{ ciphers: 'TLS_AES_128_GCM_SHA256' },
			null,
			/accepts none of our ciphers, or/,
		],
	];
	for (const [what, server, ours, failure, reason] of HANDSHAKES) {
		test(`${what} is a TLSError with the failure ${failure}`, async () => {
			const port = await listen(tls.createServer(server));
			await assert.rejects(runtime.dial(secureDial(port, { ca, ...ours })), (error: TLSError) => {
				assert.ok(error instanceof TLSError);
				assert.match(error.message, reason);
				assert.equal(error.failure, failure);
				return true;
			});
		});
	}

	test('a key whose passphrase is missing or wrong is a TLSError with the failure passphrase', async () => {
		for (const passphrase of [undefined, 'wrong']) {
			const ours = { cert: clientCert, key: encryptedClientKey, ...(passphrase === undefined ? {} : { passphrase }) };
			await assert.rejects(runtime.dial(secureDial(1, ours)), (error: TLSError) => {
				assert.ok(error instanceof TLSError);
				assert.equal(error.failure, 'passphrase');
				return true;
			});
		}
	});

	const plaintextPeers: Record<string, (socket: net.Socket) => void> = {
		'HTTP/1.1': (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
		// RFC 9113 §6.5: an empty SETTINGS frame.
		'HTTP/2': (socket) => socket.write(Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0)),
		text: (socket) => socket.write('220 mail.test ESMTP ready\r\n'),
	};
	for (const [protocol, greet] of Object.entries(plaintextPeers)) {
		test(`a plaintext port (${protocol}) is a TLSError that names secure: false`, async () => {
			const port = await listen(net.createServer(greet));
			await assert.rejects(runtime.dial(secureDial(port)), (error: TLSError) => {
				assert.ok(error instanceof TLSError);
				assert.equal(
					error.message,
					`Cannot start TLS with localhost:${port}: the server seems to speak plaintext; \`secure: false\` connects without TLS`,
				);
				assert.equal(error.failure, 'plaintext');
				return true;
			});
		});
	}

	test('a peer that closes during the handshake is a TLSError', async () => {
		const port = await listen(net.createServer((socket) => socket.once('data', () => socket.end())));
		await assert.rejects(runtime.dial(secureDial(port)), (error: TLSError) => {
			assert.ok(error instanceof TLSError);
			assert.match(error.message, /the peer closed the connection$/);
			return true;
		});
	});
});

describe('the connection fails', () => {
	test('a refused port is a ConnectError', async () => {
		const port = await freePort();
		await assert.rejects(runtime.dial(plainDial(port)), (error: ConnectError) => {
			assert.ok(error instanceof ConnectError);
			assert.equal(error.message, `Cannot connect to 127.0.0.1:${port}: connection refused`);
			assert.equal((error.cause as { code: string }).code, 'ECONNREFUSED');
			return true;
		});
	});

	test('the error for a name names every address that was tried, by reason', async () => {
		const port = await freePort();
		const found = [
			{ address: '127.0.0.1', family: 4 },
			// A test network that nothing may route to (RFC 5737), refused because the local address is loopback.
			{ address: '192.0.2.1', family: 4 },
			{ address: '127.0.0.2', family: 4 },
		];
		const lookup: net.LookupFunction = (_host, _options, callback) => callback(null, found);
		const options = { host: 'many.test', lookup, localAddress: '127.0.0.1' };
		await assert.rejects(runtime.dial(secureDial(port, {}, options)), (error: ConnectError) => {
			assert.ok(error instanceof ConnectError);
			assert.match(
				error.message,
				/^Cannot connect to many\.test:\d+: connection refused \(127\.0\.0\.1, 127\.0\.0\.2\), /,
			);
			assert.match(error.message, / \(192\.0\.2\.1\)$/);
			assert.ok(error.cause instanceof AggregateError);
			assert.equal((error.cause as AggregateError & { code: string }).code, 'ECONNREFUSED');
			assert.deepEqual(
				error.cause.errors.map(({ address }) => address),
				found.map(({ address }) => address),
			);
			return true;
		});
	});

	test('the error for a name with one address has its own cause', async () => {
		const port = await freePort();
		const lookup: net.LookupFunction = (_host, _options, callback) => callback(null, '127.0.0.1', 4);
		await assert.rejects(runtime.dial(plainDial(port, { host: 'one.test', lookup })), (error: ConnectError) => {
			assert.ok(error instanceof ConnectError);
			assert.equal(error.message, `Cannot connect to one.test:${port}: connection refused (127.0.0.1)`);
			assert.equal((error.cause as { code: string }).code, 'ECONNREFUSED');
			return true;
		});
	});

	test('a name that is not found is a ConnectError', async () => {
		const lookup: net.LookupFunction = (host, _options, callback) =>
			callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }), '');
		await assert.rejects(runtime.dial(plainDial(80, { host: 'nowhere.test', lookup })), (error: ConnectError) => {
			assert.ok(error instanceof ConnectError);
			assert.equal(error.message, 'Cannot connect to nowhere.test:80: host name not found');
			return true;
		});
	});

	test('a missing Unix socket is a ConnectError with its path', async () => {
		const socketPath = '/nowhere/at/all.sock';
		await assert.rejects(runtime.dial(plainDial(0, { socketPath })), (error: ConnectError) => {
			assert.ok(error instanceof ConnectError);
			assert.equal(error.message, 'Cannot connect to /nowhere/at/all.sock: no such socket');
			return true;
		});
	});
});
