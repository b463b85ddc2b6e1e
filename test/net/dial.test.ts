// How a target becomes the options of the runtime, and how a dial ends when it fails, times out or is aborted.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import { ConnectError, LocalProtocolError, ProxyError, TimeoutError } from '../../src/base/errors.ts';
import { type DialTarget, dialOrigin } from '../../src/net/dial.ts';
import { parseProxy } from '../../src/net/proxy.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { DialOptions, Transport } from '../../src/runtime/transport.ts';
import { testCertificates } from '../support/certificates.ts';
import { freePort, listen } from '../support/loopback.ts';
import { TransportRecorder } from '../support/transport-recorder.ts';

/** A runtime that records the options of its dials. */
function recordingRuntime(answer: (options: DialOptions) => Promise<Transport>): Runtime & { asked: DialOptions[] } {
	const asked: DialOptions[] = [];
	return {
		...runtime,
		name: 'recording',
		asked,
		dial(options) {
			asked.push(options);
			return answer(options);
		},
	};
}

const toLoopback: net.LookupFunction = (_host, { all }, callback) => {
	if (all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
	else callback(null, '127.0.0.1', 4);
};

function listenerCount(signal: AbortSignal): number {
	const { getEventListeners } = process.getBuiltinModule('node:events');
	return getEventListeners(signal, 'abort').length;
}

test('a secure target dials with TLS and ALPN', async () => {
	const { ca, cert, key } = await testCertificates();
	const port = await listen(tls.createServer({ cert, key, ALPNProtocols: ['h2'] }));
	const target = { host: 'localhost', port, secure: true, tls: { ca }, alpnProtocols: ['h2'], timeout: 10_000 };
	const transport = await dialOrigin(target, runtime);
	assert.equal(transport.alpn, 'h2');
	assert.ok(transport.openedAt?.secured);
	transport.destroy();
});

test('a plaintext target dials without TLS, even if it has TLS options', async () => {
	const port = await listen(net.createServer((socket) => socket.pipe(socket)));
	const target = { host: '127.0.0.1', port, secure: false, tls: { ca: 'unused' }, alpnProtocols: ['h2'] };
	const transport = await dialOrigin(target, runtime);
	assert.equal(transport.alpn, null);
	assert.equal(transport.openedAt?.secured, null);
	transport.destroy();
});

test('the runtime gets every option of the target and no other', async () => {
	const recording = recordingRuntime(async () => createMemoryTransports()[0]);
	const lookup = (): void => {};
	const given = { socketPath: '/s', localAddress: '127.0.0.2', lookup, family: 6 as const, tcpKeepAlive: 5000 };
	await dialOrigin(
		{ host: 'a', port: 1, secure: true, tls: { servername: 'b' }, alpnProtocols: ['h2'], ...given },
		recording,
	);
	await dialOrigin({ host: 'a', port: 1, secure: true }, recording);
	const [full, bare] = recording.asked.map(({ signal, onAttempt, ...options }) => {
		assert.ok(signal instanceof AbortSignal);
		assert.ok(onAttempt);
		return options;
	});
	assert.deepEqual(full, { host: 'a', port: 1, tls: { servername: 'b' }, alpnProtocols: ['h2'], ...given });
	assert.deepEqual(bare, { host: 'a', port: 1, tls: {}, alpnProtocols: [] });
});

test('an error of the runtime is passed on unchanged and leaves no timer or listener', async () => {
	const error = new ConnectError('Cannot connect to a:1: connection refused');
	const recording = recordingRuntime(() => Promise.reject(error));
	const { signal } = new AbortController();
	const target: DialTarget = { host: 'a', port: 1, secure: false, timeout: 5, signal };
	await assert.rejects(dialOrigin(target, recording), (thrown) => thrown === error);
	assert.equal(listenerCount(signal), 0);
	assert.equal(recording.asked[0]?.signal?.aborted, false);
});

test('a server that never answers the handshake is a TimeoutError, and the socket is destroyed', async () => {
	const server = net.createServer();
	const port = await listen(server);
	const accepted = once(server, 'connection');
	// Not the system's lookup, which may take longer than the timeout on a busy machine: then nothing would be accepted.
	const target: DialTarget = { host: 'localhost', port, secure: true, timeout: 50, lookup: toLoopback };
	const rejected = assert.rejects(dialOrigin(target, runtime), (error: TimeoutError) => {
		assert.ok(error instanceof TimeoutError);
		assert.equal(error.phase, 'connect');
		assert.equal(error.message, `Cannot connect to localhost:${port}: no connection within 50 ms (tried 127.0.0.1)`);
		return true;
	});
	const [socket] = (await accepted) as [net.Socket];
	await rejected;
	await once(socket.resume(), 'end');
});

test('abort rejects with its reason and destroys the socket', async () => {
	const server = net.createServer();
	const port = await listen(server);
	const accepted = once(server, 'connection');
	const controller = new AbortController();
	const reason = new Error('changed my mind');
	const dialing = dialOrigin(
		{ host: 'localhost', port, secure: true, signal: controller.signal, timeout: 60_000 },
		runtime,
	);
	const rejected = assert.rejects(dialing, (error) => error === reason);
	const [socket] = (await accepted) as [net.Socket];
	controller.abort(reason);
	await rejected;
	await once(socket.resume(), 'end');
	assert.equal(listenerCount(controller.signal), 0);
});

test('a signal that is already aborted opens nothing', async () => {
	const recording = recordingRuntime(async () => createMemoryTransports()[0]);
	const signal = AbortSignal.abort('no');
	await assert.rejects(dialOrigin({ host: 'a', port: 1, secure: false, signal }, recording), (error) => error === 'no');
	assert.equal(recording.asked.length, 0);
});

test('a transport that opens after the abort is destroyed', async () => {
	const [transport] = createMemoryTransports();
	const controller = new AbortController();
	const deaf = recordingRuntime(async () => {
		controller.abort('too late');
		return transport;
	});
	const target: DialTarget = { host: 'a', port: 1, secure: false, signal: controller.signal };
	await assert.rejects(dialOrigin(target, deaf), (error) => error === 'too late');
	const recorder = new TransportRecorder();
	transport.start(recorder);
	await recorder.untilEvent('close');
});

describe('through a proxy', () => {
	const origin = { host: 'origin.test', port: 443, secure: true };

	test('a proxied dial connects only to the proxy, with the socket options of the target', async () => {
		const recording = recordingRuntime(() => Promise.reject(new ConnectError('no')));
		const given = { localAddress: '127.0.0.2', lookup: () => {}, family: 4 as const };
		const tls = { servername: 'other.test', ca: 'of the origin' };
		for (const [url, expected] of [
			['http://proxy.test:3128', { host: 'proxy.test', port: 3128, tls: null, alpnProtocols: [] }],
			[
				'https://proxy.test',
				{ host: 'proxy.test', port: 443, tls: { ca: 'of the proxy' }, alpnProtocols: ['http/1.1'] },
			],
		] as const) {
			const proxy = parseProxy({ url, tls: { ca: 'of the proxy' } });
			await assert.rejects(dialOrigin({ ...origin, ...given, tls, proxy }, recording), ProxyError);
			const { signal, onAttempt, ...asked } = recording.asked.pop() as DialOptions;
			assert.ok(signal && onAttempt);
			assert.deepEqual(asked, { ...expected, ...given });
			assert.equal(recording.asked.length, 0);
		}
	});

	test('a proxy that cannot be reached is a ProxyError that says why', async () => {
		const proxy = parseProxy(`http://user:secret@127.0.0.1:${await freePort()}`);
		for (const [through, message] of [
			['tunnel', `Cannot open a tunnel to origin.test:443 through 127.0.0.1:${proxy.port}: `],
			['forward', `Cannot use the proxy 127.0.0.1:${proxy.port}: `],
		] as const) {
			await assert.rejects(dialOrigin({ ...origin, proxy, through }, runtime), (error: ProxyError) => {
				assert.ok(error instanceof ProxyError);
				assert.equal(error.message, `${message}Cannot connect to 127.0.0.1:${proxy.port}: connection refused`);
				assert.equal(error.response, null);
				assert.ok(error.cause instanceof ConnectError);
				return true;
			});
		}
	});

	test('a proxy that cannot be reached in time is a TimeoutError, and an invalid option of its dial stays a TypeError', async () => {
		const proxy = parseProxy('http://proxy.test');
		const silent = recordingRuntime(
			({ signal }) =>
				new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
		);
		const late = dialOrigin({ ...origin, proxy, timeout: 1 }, silent);
		await assert.rejects(late, (error) => error instanceof TimeoutError && error.phase === 'connect');
		const invalid = new TypeError('lookup gave 5, which is not an address');
		const strict = recordingRuntime(() => Promise.reject(invalid));
		await assert.rejects(dialOrigin({ ...origin, proxy }, strict), (error) => error === invalid);
	});

	test('a platform that cannot start TLS in a tunnel dials nothing', async () => {
		const recording = { ...recordingRuntime(async () => createMemoryTransports()[0]), canSecure: false };
		const proxy = parseProxy('http://proxy.test');
		await assert.rejects(dialOrigin({ ...origin, proxy }, recording), LocalProtocolError);
		assert.equal(recording.asked.length, 0);
		(await dialOrigin({ ...origin, proxy, through: 'forward' }, recording)).destroy();
		assert.equal(recording.asked.length, 1);
	});

	test('a tunnel for plaintext needs neither TLS nor an HTTP/1.1 client of the platform', async () => {
		const [near, peer] = createMemoryTransports();
		const recorder = new TransportRecorder();
		recorder.onChunk = () => peer.write([new Uint8Array(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))]);
		peer.start(recorder);
		const bare = { ...recordingRuntime(async () => near), canSecure: false };
		bare.http1 = () => assert.fail('was asked for');
		(await dialOrigin({ ...origin, secure: false, proxy: parseProxy('http://proxy.test') }, bare)).destroy();
	});

	for (const [name, secure, answer] of [
		['a proxy that never answers CONNECT', false, ''],
		['an origin behind a proxy that never answers the handshake', true, 'HTTP/1.1 200 OK\r\n\r\n'],
	] as const) {
		test(`${name} is a TimeoutError, and the socket is destroyed`, async () => {
			const server = net.createServer((socket) => socket.once('data', () => socket.write(answer)));
			const port = await listen(server);
			const accepted = once(server, 'connection');
			const proxy = parseProxy(`http://127.0.0.1:${port}`);
			const rejected = assert.rejects(
				dialOrigin({ ...origin, secure, proxy, timeout: 100 }, runtime),
				(error: TimeoutError) => {
					assert.ok(error instanceof TimeoutError);
					assert.equal(error.phase, 'connect');
					const tunnel = `origin.test:443 through 127.0.0.1:${port}`;
					assert.equal(error.message, `Cannot connect to ${tunnel}: no connection within 100 ms`);
					return true;
				},
			);
			const [socket] = (await accepted) as [net.Socket];
			await rejected;
			if (!socket.closed) await once(socket.resume(), 'close');
		});
	}
});

describe('SSLKEYLOGFILE', () => {
	function loggingRuntime(file: string | undefined, appendLine: Runtime['appendLine']) {
		const warnings: string[] = [];
		const logging: Runtime = {
			...runtime,
			env: (name) => (name === 'SSLKEYLOGFILE' ? file : undefined),
			appendLine,
			warn: (message) => warnings.push(message),
		};
		return { logging, warnings };
	}

	async function dialOnce(logging: Runtime, tlsOptions: object = {}): Promise<void> {
		const { ca, cert, key } = await testCertificates();
		const port = await listen(tls.createServer({ cert, key }));
		(await dialOrigin({ host: 'localhost', port, secure: true, tls: { ca, ...tlsOptions } }, logging)).destroy();
	}

	test('SSLKEYLOGFILE gets every line that the keylog callback gets', async () => {
		const lines: Record<string, string[]> = { file: [], callback: [] };
		const { logging } = loggingRuntime('/keys', (file, line) => {
			assert.equal(file, '/keys');
			lines.file?.push(Buffer.from(line).toString());
		});
		await dialOnce(logging, { keylog: (line: Uint8Array) => lines.callback?.push(Buffer.from(line).toString()) });
		assert.ok(lines.file?.some((line) => /^CLIENT_TRAFFIC_SECRET_0 \w+ \w+\n$/.test(line)));
		assert.deepEqual(lines.file, lines.callback);
	});

	test('a keylog callback that throws is a warning, and the file gets every line', async () => {
		for (const file of ['/keys', undefined]) {
			let written = 0;
			const { logging, warnings } = loggingRuntime(file, () => written++);
			await dialOnce(logging, { keylog: () => assert.fail('thrown') });
			assert.deepEqual(warnings, ['tls.keylog threw an error and will not be called again: AssertionError: thrown']);
			assert.equal(written > 1, file !== undefined);
		}
	});

	test('an empty or unset SSLKEYLOGFILE is not written to', async () => {
		for (const file of ['', undefined]) {
			await dialOnce(loggingRuntime(file, () => assert.fail('a line was written')).logging);
		}
	});

	test('an SSLKEYLOGFILE that cannot be written to is a warning', async () => {
		const { logging, warnings } = loggingRuntime('/keys', () => {
			throw new Error('disk full');
		});
		await dialOnce(logging);
		assert.equal(warnings[0], 'Cannot write to /keys, which SSLKEYLOGFILE names: disk full');
	});
});
