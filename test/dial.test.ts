// What a target becomes for the runtime, and how a dial ends when nobody answers.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import { type DialTarget, dial } from '../src/dial.ts';
import { ConnectError, TimeoutError } from '../src/errors.ts';
import { createTransportPair } from '../src/runtime/memory.ts';
import { runtime } from '../src/runtime/node.ts';
import type { DialOptions, Runtime, Transport } from '../src/runtime/runtime.ts';
import { testCertificates } from './support/certificates.ts';
import { listen } from './support/loopback.ts';
import { TransportRecorder } from './support/transport-recorder.ts';

/** A runtime that only takes down what it is asked for. */
function recordingRuntime(answer: (options: DialOptions) => Promise<Transport>): Runtime & { asked: DialOptions[] } {
	const asked: DialOptions[] = [];
	return {
		name: 'recording',
		asked,
		dial(options) {
			asked.push(options);
			return answer(options);
		},
		afterTurn: runtime.afterTurn,
		now: runtime.now,
		allocateShared: runtime.allocateShared,
		warn: runtime.warn,
	};
}

function listenerCount(signal: AbortSignal): number {
	const { getEventListeners } = process.getBuiltinModule('node:events');
	return getEventListeners(signal, 'abort').length;
}

test('a secure target dials with TLS and ALPN', async () => {
	const { ca, cert, key } = await testCertificates();
	const port = await listen(tls.createServer({ cert, key, ALPNProtocols: ['h2'] }));
	const target = { host: 'localhost', port, secure: true, tls: { ca }, alpnProtocols: ['h2'], timeout: 10_000 };
	const transport = await dial(target, runtime);
	assert.equal(transport.alpn, 'h2');
	assert.ok(transport.openedAt?.secured);
	transport.destroy();
});

test('a plaintext target dials without TLS, whatever TLS options it has', async () => {
	const port = await listen(net.createServer((socket) => socket.pipe(socket)));
	const target = { host: '127.0.0.1', port, secure: false, tls: { ca: 'unused' }, alpnProtocols: ['h2'] };
	const transport = await dial(target, runtime);
	assert.equal(transport.alpn, null);
	assert.equal(transport.openedAt?.secured, null);
	transport.destroy();
});

test('every option reaches the runtime, and none that was not given', async () => {
	const recording = recordingRuntime(async () => createTransportPair()[0]);
	const lookup = (): void => {};
	const given = { socketPath: '/s', localAddress: '127.0.0.2', lookup, family: 6 as const };
	await dial(
		{ host: 'a', port: 1, secure: true, tls: { servername: 'b' }, alpnProtocols: ['h2'], ...given },
		recording,
	);
	await dial({ host: 'a', port: 1, secure: true }, recording);
	const [full, bare] = recording.asked.map(({ signal, ...options }) => {
		assert.ok(signal instanceof AbortSignal);
		return options;
	});
	assert.deepEqual(full, { host: 'a', port: 1, tls: { servername: 'b' }, alpnProtocols: ['h2'], ...given });
	assert.deepEqual(bare, { host: 'a', port: 1, tls: {}, alpnProtocols: [] });
});

test('an error of the runtime comes through unchanged, and leaves no timer or listener', async () => {
	const error = new ConnectError('Cannot connect to a:1: connection refused');
	const recording = recordingRuntime(() => Promise.reject(error));
	const { signal } = new AbortController();
	const target: DialTarget = { host: 'a', port: 1, secure: false, timeout: 5, signal };
	await assert.rejects(dial(target, recording), (thrown) => thrown === error);
	assert.equal(listenerCount(signal), 0);
	assert.equal(recording.asked[0]?.signal?.aborted, false);
});

test('a listener that never answers the handshake is a TimeoutError, and its socket is dropped', async () => {
	const server = net.createServer();
	const port = await listen(server);
	const accepted = once(server, 'connection');
	const target: DialTarget = { host: 'localhost', port, secure: true, timeout: 50 };
	const rejected = assert.rejects(dial(target, runtime), (error: TimeoutError) => {
		assert.ok(error instanceof TimeoutError);
		assert.equal(error.phase, 'connect');
		assert.equal(error.message, `Cannot connect to localhost:${port}: no connection within 50 ms`);
		return true;
	});
	const [socket] = (await accepted) as [net.Socket];
	await rejected;
	await once(socket.resume(), 'end');
});

test('abort rejects with its reason, and the socket is dropped', async () => {
	const server = net.createServer();
	const port = await listen(server);
	const accepted = once(server, 'connection');
	const controller = new AbortController();
	const reason = new Error('changed my mind');
	const dialled = dial({ host: 'localhost', port, secure: true, signal: controller.signal, timeout: 60_000 }, runtime);
	const rejected = assert.rejects(dialled, (error) => error === reason);
	const [socket] = (await accepted) as [net.Socket];
	controller.abort(reason);
	await rejected;
	await once(socket.resume(), 'end');
	assert.equal(listenerCount(controller.signal), 0);
});

test('a signal that is aborted already opens nothing', async () => {
	const recording = recordingRuntime(async () => createTransportPair()[0]);
	const signal = AbortSignal.abort('no');
	await assert.rejects(dial({ host: 'a', port: 1, secure: false, signal }, recording), (error) => error === 'no');
	assert.equal(recording.asked.length, 0);
});

test('a transport that comes after the abort is destroyed', async () => {
	const [transport] = createTransportPair();
	const controller = new AbortController();
	const deaf = recordingRuntime(async () => {
		controller.abort('too late');
		return transport;
	});
	const target: DialTarget = { host: 'a', port: 1, secure: false, signal: controller.signal };
	await assert.rejects(dial(target, deaf), (error) => error === 'too late');
	const recorder = new TransportRecorder();
	transport.start(recorder);
	await recorder.untilEvent('close');
});

test('a timeout that no timer can hold is a RangeError', async () => {
	for (const timeout of [-1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY]) {
		await assert.rejects(dial({ host: 'a', port: 1, secure: false, timeout }, runtime), RangeError);
	}
});
