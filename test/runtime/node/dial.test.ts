// Dials with node:net and node:tls to real servers, and TLS over open transports. What holds for every transport is in
// transport-contract.test.ts, the options of TLS are in tls.test.ts.

import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import { ConnectError, TLSError } from '../../../src/base/errors.ts';
import { createMemoryTransports } from '../../../src/runtime/memory.ts';
import { runtime } from '../../../src/runtime/node/node.ts';
import type { DialOptions, Transport } from '../../../src/runtime/transport.ts';
import { testCertificates } from '../../support/certificates.ts';
import { listen, plainDial, secureDial } from '../../support/loopback.ts';
import { TransportRecorder } from '../../support/transport-recorder.ts';

const { cert, key } = await testCertificates();

async function dialThenClose(options: DialOptions): Promise<Transport> {
	const transport = await runtime.dial(options);
	transport.destroy();
	return transport;
}

describe('TLS', () => {
	test('alpn is the protocol that the server chose', async () => {
		const port = await listen(tls.createServer({ cert, key, ALPNProtocols: ['http/1.1'] }));
		assert.equal((await dialThenClose(secureDial(port))).alpn, 'http/1.1');
	});

	test('alpn is null if the server does not negotiate', async () => {
		const port = await listen(tls.createServer({ cert, key }));
		assert.equal((await dialThenClose(secureDial(port))).alpn, null);
	});

	test('alpn is null if nothing is offered', async () => {
		const port = await listen(tls.createServer({ cert, key, ALPNProtocols: ['h2'] }));
		assert.equal((await dialThenClose(secureDial(port, {}, { alpnProtocols: [] }))).alpn, null);
	});

	test('openedAt has the times of the connection and of the handshake, in this order', async () => {
		const port = await listen(tls.createServer({ cert, key }));
		const before = runtime.now();
		const { openedAt } = await dialThenClose(secureDial(port));
		assert.ok(openedAt?.secured !== null && openedAt !== undefined);
		assert.ok(before <= openedAt.connected && openedAt.connected <= openedAt.secured);
		assert.ok(openedAt.secured <= runtime.now());
	});
});

describe('connecting', () => {
	test('localAddress is the remote address of the server', async () => {
		const server = net.createServer();
		const port = await listen(server);
		const accepted = once(server, 'connection');
		await dialThenClose(plainDial(port, { localAddress: '127.0.0.3' }));
		const [socket] = (await accepted) as [net.Socket];
		assert.equal(socket.remoteAddress, '127.0.0.3');
	});

	describe('a process that may connect to a name only', () => {
		const forbidden = (): Error => Object.assign(new Error('Requires net access'), { name: 'NotCapable' });

		test('a name whose lookup is forbidden is left to the platform', async (t) => {
			const port = await listen(net.createServer());
			const { lookup } = dns;
			let lookups = 0;
			t.mock.method(dns, 'lookup', (...args: Parameters<typeof lookup>) => {
				if (lookups++ > 0) return lookup(...args);
				const callback = args.at(-1) as unknown as (error: Error) => void;
				callback(Object.assign(new Error('getaddrinfo EPERM'), { code: 'EPERM', syscall: 'getaddrinfo' }));
			});
			const tried: string[] = [];
			const onAttempt = (address: string): unknown => tried.push(address);
			await dialThenClose(plainDial(port, { host: 'localhost', onAttempt }));
			assert.deepEqual(tried, ['localhost']);
		});

		test('a name whose addresses are forbidden is dialled by name', async (t) => {
			const port = await listen(net.createServer());
			const { connect } = net;
			t.mock.method(net, 'connect', (target: net.TcpNetConnectOpts) => {
				if (target.host === 'localhost') return connect(target);
				const socket = new net.Socket();
				process.nextTick(() => socket.destroy(forbidden()));
				return socket;
			});
			await dialThenClose(plainDial(port, { host: 'localhost' }));
			await assert.rejects(runtime.dial(plainDial(port)), (error: ConnectError) => {
				assert.ok(error instanceof ConnectError);
				assert.equal((error.cause as Error).name, 'NotCapable');
				return true;
			});
		});
	});

	test('localAddress with a name of both families reaches the address of its own', async () => {
		const server = net.createServer();
		const port = await listen(server);
		const accepted = once(server, 'connection');
		const lookup: net.LookupFunction = (_host, _options, callback) =>
			callback(null, [
				{ address: '::1', family: 6 },
				{ address: '127.0.0.1', family: 4 },
			]);
		await dialThenClose(plainDial(port, { host: 'both.test', lookup, localAddress: '127.0.0.3' }));
		const [socket] = (await accepted) as [net.Socket];
		assert.equal(socket.remoteAddress, '127.0.0.3');
	});

	test('a name of which only the last address answers is reached', async () => {
		const tried: string[] = [];
		const port = await listen(net.createServer());
		const lookup: net.LookupFunction = (_host, _options, callback) =>
			callback(null, [
				{ address: '127.0.0.2', family: 4 },
				{ address: '::1', family: 6 },
				{ address: '127.0.0.1', family: 4 },
			]);
		const onAttempt = (address: string): unknown => tried.push(address);
		await dialThenClose(plainDial(port, { host: 'many.test', lookup, onAttempt }));
		assert.deepEqual(tried, ['127.0.0.2', '::1', '127.0.0.1']);
	});

	test('tcpKeepAlive is set on plaintext and TLS sockets once they are connected, and not without', async (t) => {
		const seen: unknown[][] = [];
		const { setKeepAlive } = net.Socket.prototype;
		t.mock.method(net.Socket.prototype, 'setKeepAlive', function (this: net.Socket, ...args: [boolean, number]) {
			seen.push([this.connecting, ...args]);
			return setKeepAlive.apply(this, args);
		});
		const plain = await listen(net.createServer());
		const secure = await listen(tls.createServer({ cert, key }));
		await dialThenClose(plainDial(plain, { tcpKeepAlive: 90_000 }));
		await dialThenClose(secureDial(secure, {}, { tcpKeepAlive: 5 }));
		await dialThenClose(plainDial(plain, { tcpKeepAlive: 0 }));
		await dialThenClose(plainDial(plain));
		assert.deepEqual(seen, [
			[false, true, 90_000],
			// Node rounds to seconds, and 0 would be the default of the system: two hours.
			[false, true, 1000],
		]);
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
		const dialing = runtime.dial(plainDial(80, { host: 'slow.test', lookup, signal: controller.signal }));
		await assert.rejects(dialing, (error) => error === 'enough');
	});

	test('abort during the handshake rejects at once and destroys the socket', async () => {
		const server = net.createServer();
		const port = await listen(server);
		const accepted = once(server, 'connection');
		const controller = new AbortController();
		const dialing = runtime.dial(secureDial(port, {}, { signal: controller.signal }));
		const rejected = assert.rejects(dialing, (error) => error === 'enough');
		const [socket] = (await accepted) as [net.Socket];
		controller.abort('enough');
		await rejected;
		await once(socket.resume(), 'end');
	});

	test('abort after the dial has no effect', async () => {
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

describe('TLS over an open transport', () => {
	/** A TLS server and an open plaintext transport to it. */
	async function overPipe(server: net.Server, extra: Partial<DialOptions> = {}) {
		const options = secureDial(await listen(server), {}, extra);
		const pipe = await runtime.dial({ ...options, tls: null });
		return { options, pipe, secured: runtime.secure(pipe, options) };
	}

	test('secure returns a transport with alpn and openedAt, as dial does', async () => {
		const { pipe, secured } = await overPipe(tls.createServer({ cert, key, ALPNProtocols: ['h2'] }));
		const transport = await secured;
		assert.equal(transport.alpn, 'h2');
		assert.equal(transport.openedAt?.connected, pipe.openedAt?.connected);
		assert.ok((transport.openedAt?.secured as number) >= (pipe.openedAt?.connected as number));
		transport.destroy();
	});

	test('secure fails with the same errors as dial, and destroys the transport', async () => {
		const failures: [server: net.Server, words: RegExp][] = [
			[tls.createServer({ cert, key }), /^Cannot verify the certificate of elsewhere\.test:\d+: it is for/],
			[net.createServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')), /seems to speak plaintext/],
			[net.createServer((socket) => socket.once('data', () => socket.end())), /the peer closed the connection$/],
		];
		for (const [server, words] of failures) {
			const closed = once(server, 'connection').then(([socket]) => once((socket as net.Socket).resume(), 'close'));
			const port = await listen(server);
			const pipe = await runtime.dial(plainDial(port));
			const secured = runtime.secure(pipe, secureDial(port, {}, { host: 'elsewhere.test' }));
			await assert.rejects(secured, (error: TLSError) => {
				assert.ok(error instanceof TLSError);
				assert.match(error.message, words);
				return true;
			});
			await closed;
		}
	});

	test('secure destroys the transport if its options are invalid', async () => {
		const [pipe, peer] = createMemoryTransports();
		const recorder = new TransportRecorder();
		peer.start(recorder);
		await assert.rejects(runtime.secure(pipe, secureDial(1, { cert: 'garbage' })), TLSError);
		await recorder.untilEvent('end');
	});

	test('abort of secure rejects with its reason and destroys the transport', async () => {
		const server = net.createServer();
		const controller = new AbortController();
		const accepted = once(server, 'connection');
		const { secured } = await overPipe(server, { signal: controller.signal });
		const rejected = assert.rejects(secured, (error) => error === 'enough');
		const [socket] = (await accepted) as [net.Socket];
		controller.abort('enough');
		await rejected;
		await once(socket.resume(), 'end');
		const [pipe, peer] = createMemoryTransports();
		const recorder = new TransportRecorder();
		peer.start(recorder);
		await assert.rejects(
			runtime.secure(pipe, secureDial(1, {}, { signal: controller.signal })),
			(error) => error === 'enough',
		);
		await recorder.untilEvent('end');
	});

	test('secure rejects if the transport breaks during the handshake', async () => {
		const [pipe, peer] = createMemoryTransports();
		const recorder = new TransportRecorder();
		peer.start(recorder);
		const secured = runtime.secure(pipe, secureDial(443));
		const rejected = assert.rejects(secured, (error) => error instanceof TLSError || error instanceof ConnectError);
		await recorder.until(() => recorder.byteCount > 0);
		peer.destroy(new Error('crashed'));
		await rejected;
	});

	test('unref of a secured transport reaches the socket below', async () => {
		const counts = { ref: 0, unref: 0 };
		const options = secureDial(await listen(tls.createServer({ cert, key })));
		const pipe = await runtime.dial({ ...options, tls: null });
		pipe.ref = () => counts.ref++;
		pipe.unref = () => counts.unref++;
		const transport = await runtime.secure(pipe, options);
		transport.unref();
		transport.ref();
		assert.deepEqual(counts, { ref: 1, unref: 1 });
		transport.destroy();
	});
});
