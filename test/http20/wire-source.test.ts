import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { ConnectError, LocalProtocolError, NegotiationError } from '../../src/base/errors.ts';
import { resolveOptions } from '../../src/connection/options.ts';
import type { PendingRequest } from '../../src/connection/pending-request.ts';
import type { Wire, WireOwner } from '../../src/connection/wire.ts';
import type { HTTP20ConnectionOptions } from '../../src/http20/connection.ts';
import type { HTTP20Wire } from '../../src/http20/wire.ts';
import { HTTP20WireSource, speaksH2 } from '../../src/http20/wire-source.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { createTransportPair } from '../../src/testing.ts';
import { testCertificates } from '../support/certificates.ts';
import { frameBytes } from '../support/frame-bytes.ts';
import { FakeTransport, makeDiagnostics, makePending } from '../support/http20-fakes.ts';
import { listen } from '../support/loopback.ts';

const { signal } = new AbortController();

async function transportOf(source: HTTP20WireSource): Promise<Transport> {
	const { transport, version } = await source.connect(signal);
	assert.equal(version, 'HTTP/2');
	return transport;
}

/** Dials a TLS server that offers these protocols with a source that has these options. */
async function dialTLS(offered: string[] | undefined, options: HTTP20ConnectionOptions = {}) {
	const { ca, cert, key } = await testCertificates();
	const server = tls.createServer({ cert, key, ALPNProtocols: offered });
	const port = await listen(server);
	const closed = once(server, 'connection').then(([socket]) => once(socket as net.Socket, 'close'));
	const source = new HTTP20WireSource(resolveOptions('localhost', { port, tls: { ca }, ...options }, 'HTTP/2'));
	return { transport: transportOf(source), closed, port };
}

test("the caller's transport is used once", async () => {
	const [near] = createTransportPair();
	const source = new HTTP20WireSource(resolveOptions('localhost', { transport: near }, 'HTTP/2'));
	const transport = await transportOf(source);
	assert.equal(transport.alpn, 'h2');
	await assert.rejects(source.connect(signal), LocalProtocolError);
	transport.destroy();
});

test('a server that chooses h2 by ALPN is accepted', async () => {
	const { transport } = await dialTLS(['http/1.1', 'h2']);
	assert.equal((await transport).alpn, 'h2');
	(await transport).destroy();
});

test('a server that chooses another protocol, or none, is refused and disconnected', async () => {
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
	const plain = await transportOf(new HTTP20WireSource(resolveOptions(`http://127.0.0.1:${port}`, {}, 'HTTP/2')));
	assert.equal(plain.alpn, null);
	plain.destroy();
});

test('errors of a dial and the reason of its signal are passed on unchanged', async () => {
	const server = net.createServer();
	const port = await listen(server);
	await new Promise((resolve) => server.close(resolve));
	const source = new HTTP20WireSource(resolveOptions(`http://127.0.0.1:${port}`, {}, 'HTTP/2'));
	await assert.rejects(source.connect(signal), ConnectError);
	const reason = new Error('given up');
	await assert.rejects(source.connect(AbortSignal.abort(reason)), reason);
});

test('a server that chooses the ALPN token of a draft speaks HTTP/2', () => {
	for (const token of ['h2', 'h2-16', 'h2-15', 'h2-14']) assert.equal(speaksH2(token), true);
	for (const token of [null, 'http/1.1', 'h2c', 'H2']) assert.equal(speaksH2(token), false);
});

/** Creates wires of a source over transports that go nowhere, and requests on these wires. */
function createWires(options: HTTP20ConnectionOptions = {}) {
	const source = new HTTP20WireSource(resolveOptions('http://localhost', options, 'HTTP/2'));
	const owner: WireOwner = {
		hasWaiting: false,
		onCapacity: () => undefined,
		onLost: () => false,
		onDraining: () => undefined,
		onClosed: () => undefined,
		onBlocked: () => undefined,
		onDue: () => undefined,
		onUpgraded: () => assert.fail('nothing is upgraded'),
	};
	const open = (): Wire => source.over(new FakeTransport()).createWire(new FakeTransport(), owner, makeDiagnostics());
	const send = (wire: Wire): PendingRequest => {
		const pending = makePending();
		assert.equal(wire.take(pending), true);
		return pending;
	};
	const adopt = (pending: PendingRequest): Wire => source.adopt(new FakeTransport(), pending, owner, makeDiagnostics());
	return { source, open, send, adopt };
}

test('stream ids continue from wire to wire, and begin at 1 again when the connection is closed without drain', () => {
	const { source, open, send } = createWires();
	const first = open();
	assert.deepEqual([send(first).id, send(first).id, send(open()).id], [1, 3, 5]);
	source.reset(true);
	assert.equal(send(open()).id, 7);
	source.reset(false);
	assert.equal(send(open()).id, 1);
});

test('a new connection is expected to take as many requests as the last one, at least one and at most a hundred', () => {
	const { source, open } = createWires();
	for (const [allowed, expected] of [
		[0, 1],
		[7, 7],
		[1000, 100],
	] as const) {
		const settings = frameBytes(FrameType.SETTINGS, 0, 0, Uint8Array.of(0, 3, 0, 0, allowed >> 8, allowed & 0xff));
		(open() as HTTP20Wire).onBytes(settings);
		assert.equal(source.expectedCapacity, expected);
	}
});

test('an upgraded request is stream 1, and the next one is stream 3', () => {
	const { open, send, adopt } = createWires();
	send(open());
	const upgraded = makePending();
	const wire = adopt(upgraded);
	assert.deepEqual([upgraded.id, send(wire).id, send(open()).id], [1, 3, 5]);
});

test('getPushes accepts streams that were opened, and no others', () => {
	const { source, open, send, adopt } = createWires({ enablePush: true });
	const wire = adopt(makePending());
	send(wire);
	for (const [id, isOpened] of [
		[1, true],
		[3, true],
		[5, false],
		[2, false],
		[0, false],
	] as const) {
		if (isOpened) source.getPushes(id, null, false);
		else assert.throws(() => source.getPushes(id, null, false), LocalProtocolError, String(id));
	}
	source.reset(true);
	source.getPushes(3, null, false);
	assert.throws(() => source.getPushes(5, null, false), /stream 5 is not a request of this connection/);
	assert.throws(() => source.getPushes(null, null, false), /no request was sent/);
	send(open());
	source.getPushes(5, null, false);
});

test('getPushes throws without enablePush', () => {
	const { source } = createWires();
	assert.throws(() => source.getPushes(null, null, false), /the option enablePush is off/);
});
