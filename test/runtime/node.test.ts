// Dialling with node:net and node:tls against real servers. What holds for every transport is in transport-contract.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import { TLSError } from '../../src/errors.ts';
import { runtime } from '../../src/runtime/node.ts';
import type { DialOptions, Transport } from '../../src/runtime/runtime.ts';
import { testCertificates } from '../support/certificates.ts';
import { listen, plainDial, secureDial } from '../support/loopback.ts';
import { TransportRecorder } from '../support/transport-recorder.ts';

const { ca, cert, key, clientCert, clientKey, otherCa } = await testCertificates();

async function dialThenClose(options: DialOptions): Promise<Transport> {
	const transport = await runtime.dial(options);
	transport.destroy();
	return transport;
}

describe('TLS', () => {
	test('ALPN gives the protocol that the server chose', async () => {
		const port = await listen(tls.createServer({ cert, key, ALPNProtocols: ['http/1.1'] }));
		assert.equal((await dialThenClose(secureDial(port))).alpn, 'http/1.1');
	});

	test('alpn is null when the server takes no part', async () => {
		const port = await listen(tls.createServer({ cert, key }));
		assert.equal((await dialThenClose(secureDial(port))).alpn, null);
	});

	test('alpn is null when nothing is offered', async () => {
		const port = await listen(tls.createServer({ cert, key, ALPNProtocols: ['h2'] }));
		assert.equal((await dialThenClose(secureDial(port, {}, { alpnProtocols: [] }))).alpn, null);
	});

	test('openedAt has the connection before the handshake', async () => {
		const port = await listen(tls.createServer({ cert, key }));
		const before = runtime.now();
		const { openedAt } = await dialThenClose(secureDial(port));
		assert.ok(openedAt?.secured !== null && openedAt !== undefined);
		assert.ok(before <= openedAt.connected && openedAt.connected <= openedAt.secured);
		assert.ok(openedAt.secured <= runtime.now());
	});

	test('SNI carries a name, without its final dot, and never an address', async () => {
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

	test('an unknown CA is accepted with rejectUnauthorized false', async () => {
		const port = await listen(tls.createServer({ cert, key, ALPNProtocols: ['h2'] }));
		const transport = await dialThenClose(secureDial(port, { ca: otherCa, rejectUnauthorized: false }));
		assert.equal(transport.alpn, 'h2');
	});

	test('a client certificate is sent when it is asked for', async () => {
		const server = tls.createServer({ cert, key, ca, requestCert: true });
		const port = await listen(server);
		const secured = once(server, 'secureConnection');
		const transport = await runtime.dial(secureDial(port, { cert: clientCert, key: clientKey }));
		const [socket] = (await secured) as [tls.TLSSocket];
		assert.equal(socket.getPeerCertificate().subject.CN, 'hyper-wasm test client');
		transport.destroy();
	});

	test('a ready secureContext is used', async () => {
		const port = await listen(tls.createServer({ cert, key, ALPNProtocols: ['h2'] }));
		const options = secureDial(port);
		options.tls = { secureContext: tls.createSecureContext({ ca }) };
		assert.equal((await dialThenClose(options)).alpn, 'h2');
	});

	test('TLS below 1.2 is refused: as an option, and from a secureContext', async () => {
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

	test('key log lines reach tls.keylog', async () => {
		const port = await listen(tls.createServer({ cert, key }));
		const lines: string[] = [];
		await dialThenClose(secureDial(port, { keylog: (line: Buffer) => lines.push(line.toString()) }));
		assert.ok(lines.some((line) => line.startsWith('CLIENT_TRAFFIC_SECRET_0 ')));
	});
});

describe('connecting', () => {
	test('localAddress is the address that the server sees', async () => {
		const server = net.createServer();
		const port = await listen(server);
		const accepted = once(server, 'connection');
		await dialThenClose(plainDial(port, { localAddress: '127.0.0.3' }));
		const [socket] = (await accepted) as [net.Socket];
		assert.equal(socket.remoteAddress, '127.0.0.3');
	});

	test('an aborted signal rejects with its reason before anything is opened', async () => {
		const reason = new Error('changed my mind');
		await assert.rejects(
			runtime.dial(plainDial(1, { signal: AbortSignal.abort(reason) })),
			(error) => error === reason,
		);
	});

	test('abort during the name lookup rejects at once', async () => {
		const controller = new AbortController();
		const lookup = (): void => queueMicrotask(() => controller.abort('enough'));
		const dialled = runtime.dial(plainDial(80, { host: 'slow.test', lookup, signal: controller.signal }));
		await assert.rejects(dialled, (error) => error === 'enough');
	});

	test('abort during the handshake rejects at once and drops the socket', async () => {
		const server = net.createServer();
		const port = await listen(server);
		const accepted = once(server, 'connection');
		const controller = new AbortController();
		const dialled = runtime.dial(secureDial(port, {}, { signal: controller.signal }));
		const rejected = assert.rejects(dialled, (error) => error === 'enough');
		const [socket] = (await accepted) as [net.Socket];
		controller.abort('enough');
		await rejected;
		await once(socket.resume(), 'end');
	});

	test('abort after the dial changes nothing', async () => {
		const port = await listen(net.createServer((socket) => socket.pipe(socket)));
		const controller = new AbortController();
		const transport = await runtime.dial(plainDial(port, { signal: controller.signal }));
		controller.abort();
		const recorder = new TransportRecorder();
		transport.start(recorder);
		transport.write([new Uint8Array(3)]);
		await recorder.until(() => recorder.byteCount === 3);
		transport.destroy();
	});
});

describe('the end of the turn', () => {
	function later(depth: number, callback: () => void): void {
		if (depth === 0) callback();
		else queueMicrotask(() => later(depth - 1, callback));
	}

	const origins: Record<string, (callback: () => void) => unknown> = {
		'an I/O callback': (callback) => setImmediate(callback),
		'a promise job': (callback) => Promise.resolve().then(callback),
		'a tick': (callback) => process.nextTick(callback),
	};
	for (const [name, run] of Object.entries(origins)) {
		test(`afterTurn comes after the promise jobs and before new I/O, seen from ${name}`, async () => {
			const order: string[] = [];
			await new Promise<void>((resolve) => {
				run(() => {
					setImmediate(() => {
						order.push('new turn');
						resolve();
					});
					runtime.afterTurn(() => order.push('after turn'));
					later(20, () => order.push('promise jobs'));
				});
			});
			assert.deepEqual(order, ['promise jobs', 'after turn', 'new turn']);
		});
	}
});

test('node:net and node:tls are loaded at the first dial', async () => {
	const { spawnSync } = await import('node:child_process');
	const script = `
		const original = process.getBuiltinModule;
		const asked = [];
		process.getBuiltinModule = (name) => { asked.push(name); return original(name); };
		const { runtime } = await import(${JSON.stringify(new URL('../../src/runtime/node.ts', import.meta.url).href)});
		const before = asked.length;
		await runtime.dial({ host: '', port: 0, socketPath: '/nowhere', tls: null, alpnProtocols: [] }).catch(() => {});
		console.log(before, asked.join());
	`;
	const { stdout, stderr } = spawnSync(
		process.execPath,
		['--conditions=hyper-wasm-source', '--import', 'tsx', '--input-type=module', '--eval', script],
		{ encoding: 'utf8', timeout: 30_000 },
	);
	assert.equal(stdout, '0 node:net\n', stderr);
});
