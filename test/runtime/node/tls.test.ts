// What a TLS handshake of Node requests, as seen by servers of node:tls.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type net from 'node:net';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import { TLSError } from '../../../src/base/errors.ts';
import { runtime } from '../../../src/runtime/node/node.ts';
import { Renegotiations } from '../../../src/runtime/node/tls.ts';
import type { DialOptions, TLSOptions, TLSSessions, Transport } from '../../../src/runtime/transport.ts';
import { testCertificates } from '../../support/certificates.ts';
import { listen, secureDial } from '../../support/loopback.ts';
import { TransportRecorder } from '../../support/transport-recorder.ts';

const { ca, cert, key, clientCert, clientKey, encryptedClientKey, otherCa } = await testCertificates();

async function dialThenClose(options: DialOptions): Promise<Transport> {
	const transport = await runtime.dial(options);
	transport.destroy();
	return transport;
}

describe('a handshake', () => {
	test('SNI carries the host name without a trailing dot, and never an address', async () => {
		const server = tls.createServer({ cert, key });
		const port = await listen(server);
		const lookup: net.LookupFunction = (_host, _options, callback) =>
			callback(null, [{ address: '127.0.0.1', family: 4 }]);
		async function nameSeen(options: DialOptions): Promise<unknown> {
			const [transport, [socket]] = await Promise.all([runtime.dial(options), once(server, 'secureConnection')]);
			transport.destroy();
			return socket.servername;
		}
		assert.equal(await nameSeen(secureDial(port)), 'localhost');
		assert.equal(await nameSeen(secureDial(port, {}, { host: 'localhost.', lookup })), 'localhost');
		assert.equal(await nameSeen(secureDial(port, {}, { host: '127.0.0.1' })), false);
		assert.equal(await nameSeen(secureDial(port, { servername: 'localhost' }, { host: '127.0.0.1' })), 'localhost');
	});

	test('an unknown CA is accepted with rejectUnauthorized: false', async () => {
		const port = await listen(tls.createServer({ cert, key, ALPNProtocols: ['h2'] }));
		const transport = await dialThenClose(secureDial(port, { ca: otherCa, rejectUnauthorized: false }));
		assert.equal(transport.alpn, 'h2');
	});

	test('secureContext is used as given', async () => {
		const port = await listen(tls.createServer({ cert, key, ALPNProtocols: ['h2'] }));
		const options = secureDial(port);
		options.tls = { secureContext: tls.createSecureContext({ ca }) };
		assert.equal((await dialThenClose(options)).alpn, 'h2');
	});

	test('TLS below 1.2 is an error, as minVersion and in a secureContext', async () => {
		const minVersion = 'TLSv1.1' as 'TLSv1.2';
		await assert.rejects(
			runtime.dial(secureDial(1, { minVersion })),
			/^TypeError: Cannot use tls\.minVersion "TLSv1\.1"/,
		);

		const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
		const port = await listen(tls.createServer({ cert, key, ...old }));
		const options = secureDial(port);
		options.tls = { secureContext: tls.createSecureContext({ ca, ...old }) };
		await assert.rejects(runtime.dial(options), (error: TLSError) => {
			assert.ok(error instanceof TLSError);
			assert.match(error.message, /TLS is older than 1\.2$/);
			return true;
		});
	});

	test('without SNI, the certificate is verified for the host and not for its address', async () => {
		const port = await listen(tls.createServer({ cert, key }));
		const lookup: net.LookupFunction = (_host, _options, callback) => callback(null, '127.0.0.1', 4);
		await dialThenClose(secureDial(port, { servername: '' }, { lookup }));
		const elsewhere = secureDial(port, { servername: '' }, { host: 'elsewhere.test', lookup });
		await assert.rejects(runtime.dial(elsewhere), /not for elsewhere\.test/);
		const names: string[] = [];
		const checkServerIdentity = (name: string): undefined => void names.push(name);
		await dialThenClose(secureDial(port, { servername: '', checkServerIdentity }, { lookup }));
		await dialThenClose(secureDial(port, { checkServerIdentity }, { host: '127.0.0.1' }));
		assert.deepEqual(names, ['localhost', '127.0.0.1']);
	});

	test('the minimum version of the platform counts if it is stricter, and yields to minVersion', async () => {
		const port = await listen(tls.createServer({ cert, key, maxVersion: 'TLSv1.2' }));
		const before = tls.DEFAULT_MIN_VERSION;
		try {
			tls.DEFAULT_MIN_VERSION = 'TLSv1.3';
			for (const roots of ['default', 'all'] as const) {
				await assert.rejects(runtime.dial(secureDial(port, { roots })), TLSError);
				await dialThenClose(secureDial(port, { roots, minVersion: 'TLSv1.2' }));
			}
			tls.DEFAULT_MIN_VERSION = 'TLSv1';
			await dialThenClose(secureDial(port));
			const old = await listen(tls.createServer({ cert, key, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }));
			await assert.rejects(runtime.dial(secureDial(old, { ciphers: 'DEFAULT@SECLEVEL=0' })), TLSError);
		} finally {
			tls.DEFAULT_MIN_VERSION = before;
		}
	});

	test('a change of the default versions applies to the next dial with roots `all`', async () => {
		const server = tls.createServer({ cert, key, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' });
		const port = await listen(server);
		const before = tls.DEFAULT_MAX_VERSION;
		try {
			for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
				tls.DEFAULT_MAX_VERSION = version;
				const secured = once(server, 'secureConnection');
				const transport = await runtime.dial(secureDial(port, { roots: 'all' }));
				const [socket] = (await secured) as [tls.TLSSocket];
				assert.equal(socket.getProtocol(), version);
				transport.destroy();
			}
		} finally {
			tls.DEFAULT_MAX_VERSION = before;
		}
	});

	test('a checkServerIdentity that throws or returns what is not an error is a TLSError', async () => {
		const port = await listen(tls.createServer({ cert, key }));
		const wrong = (what: string) => `tls.checkServerIdentity must return an error or undefined, not ${what}`;
		for (const host of ['localhost', '127.0.0.1']) {
			for (const [checkServerIdentity, reason] of [
				[() => assert.fail('thrown'), 'thrown'],
				[() => Promise.reject(new Error('rejected')), wrong('an object')],
				[() => 'bad', wrong('a string')],
				[() => true, wrong('a boolean')],
				[() => new Error('refused'), 'refused'],
			] as const) {
				await assert.rejects(runtime.dial(secureDial(port, { checkServerIdentity }, { host })), (error: Error) => {
					assert.ok(error instanceof TLSError && error.message.endsWith(`: ${reason}`), error.message);
					return true;
				});
			}
		}
	});

	test('key log lines reach tls.keylog', async () => {
		const port = await listen(tls.createServer({ cert, key }));
		const lines: string[] = [];
		await dialThenClose(secureDial(port, { keylog: (line) => lines.push(Buffer.from(line).toString()) }));
		assert.ok(lines.some((line) => line.startsWith('CLIENT_TRAFFIC_SECRET_0 ')));
	});
});

describe('client certificates', () => {
	test('a client certificate is sent when the server requests it, even with an encrypted key', async () => {
		for (const options of [
			{ cert: clientCert, key: clientKey },
			{ cert: clientCert, key: encryptedClientKey, passphrase: 'open sesame' },
		]) {
			const server = tls.createServer({ cert, key, ca, requestCert: true });
			const port = await listen(server);
			const secured = once(server, 'secureConnection');
			const transport = await runtime.dial(secureDial(port, options));
			const [socket] = (await secured) as [tls.TLSSocket];
			assert.equal(socket.getPeerCertificate().subject.CN, 'hyper-wasm test client');
			transport.destroy();
		}
	});

	const faults: Record<string, [options: TLSOptions, words: RegExp]> = {
		'a wrong passphrase': [{ key: encryptedClientKey, passphrase: 'wrong' }, /`tls: \{ passphrase \}` is wrong/],
		'a missing passphrase': [{ key: encryptedClientKey }, /`tls: \{ passphrase \}`/],
		'the key of another certificate': [{ key }, /the key does not belong to the certificate$/],
		'a malformed key': [{ key: 'garbage' }, /localhost:1: the key is not in PEM format, or of an unsupported kind$/],
		'a malformed certificate': [{ cert: 'garbage' }, /localhost:1: the certificate is not in PEM format$/],
	};
	for (const [name, [options, words]] of Object.entries(faults)) {
		test(`${name} is a TLSError`, async () => {
			const dialing = runtime.dial(secureDial(1, { cert: clientCert, ...options }));
			await assert.rejects(dialing, (error: TLSError) => {
				assert.ok(error instanceof TLSError);
				assert.match(error.message, words);
				assert.ok(error.cause instanceof Error);
				return true;
			});
		});
	}
});

describe('sessions', () => {
	/** Keeps the last session. */
	function keeper(): TLSSessions & { kept: Uint8Array[] } {
		const kept: Uint8Array[] = [];
		return { kept, get: () => kept.at(-1), set: (session) => kept.push(session) };
	}

	/** Waits for an answer, before which the server sends its session tickets. */
	async function visit(server: tls.Server, options: DialOptions, secure = false): Promise<boolean> {
		const secured = once(server, 'secureConnection');
		const transport = secure
			? await runtime.secure(await runtime.dial({ ...options, tls: null }), options)
			: await runtime.dial(options);
		const recorder = new TransportRecorder();
		transport.start(recorder);
		transport.write([new Uint8Array(1)]);
		await recorder.until(() => recorder.byteCount > 0);
		const [socket] = (await secured) as [tls.TLSSocket];
		transport.destroy();
		return socket.isSessionReused();
	}

	for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
		test(`a dial resumes the session of the previous one, ${maxVersion}`, async () => {
			const server = tls.createServer({ cert, key, maxVersion }, (socket) => socket.pipe(socket));
			const port = await listen(server);
			const sessions = keeper();
			const options = secureDial(port, {}, { sessions });
			assert.equal(await visit(server, options), false);
			assert.ok(sessions.kept.length > 0);
			assert.equal(await visit(server, options), true);
			assert.equal(await visit(server, options, true), true);
			assert.equal(await visit(server, secureDial(port)), false);
		});
	}

	test('a session that the server has forgotten leads to a full handshake', async () => {
		const sessions = keeper();
		for (let i = 0; i < 2; i++) {
			const server = tls.createServer({ cert, key }, (socket) => socket.pipe(socket));
			const port = await listen(server);
			assert.equal(await visit(server, secureDial(port, {}, { sessions })), false);
		}
	});
});

test('undefined options do not override defaults', async () => {
	const port = await listen(tls.createServer({ cert, key, maxVersion: 'TLSv1.1' } as tls.TlsOptions));
	const tlsOptions = { minVersion: undefined, ciphers: undefined } as unknown as TLSOptions;
	await assert.rejects(runtime.dial(secureDial(port, tlsOptions)), TLSError);
});

test('an unknown value of roots is a TypeError', async () => {
	const roots = 'some' as 'all';
	await assert.rejects(runtime.dial(secureDial(1, { roots })), /^TypeError: Cannot use tls\.roots "some"/);
});

describe('renegotiations', () => {
	test('three renegotiations in ten minutes are allowed, and no more', (t) => {
		let now = 1_000_000;
		t.mock.method(performance, 'now', () => now);
		const renegotiations = new Renegotiations();
		for (const allowed of [true, true, true, false]) assert.equal(renegotiations.count(), allowed);
		now += 599_000;
		assert.equal(renegotiations.count(), false);
		now += 2000;
		for (const allowed of [true, true, true, false]) assert.equal(renegotiations.count(), allowed);
	});

	test('a server that renegotiates too often loses the connection', async (t) => {
		t.mock.method(Renegotiations.prototype, 'count', () => false);
		const server = tls.createServer({ cert, key, maxVersion: 'TLSv1.2' });
		const port = await listen(server);
		const secured = once(server, 'secureConnection');
		const transport = await runtime.dial(secureDial(port));
		const recorder = new TransportRecorder();
		transport.start(recorder);
		const [socket] = (await secured) as [tls.TLSSocket];
		socket.renegotiate({}, () => {});
		await recorder.untilEvent('close');
		assert.ok(recorder.error instanceof TLSError);
		assert.equal(recorder.error.message, `localhost:${port} renegotiates TLS too often`);
	});

	test('tickets of TLS 1.3 are no renegotiation', async () => {
		const server = tls.createServer({ cert, key }, (socket) => socket.pipe(socket));
		const transport = await runtime.dial(secureDial(await listen(server)));
		const recorder = Object.assign(new TransportRecorder(), { onRenegotiated: () => assert.fail('was renegotiated') });
		transport.start(recorder);
		// Tickets come before the echo.
		transport.write([new Uint8Array(1)]);
		await recorder.until(() => recorder.byteCount > 0);
		transport.destroy();
	});
});
