// Every kind of transport, each joined to a Node Duplex as its peer. Used by transport-contract.test.ts.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, Writable } from 'node:stream';
import tls from 'node:tls';
import { http1Of } from '../../src/runtime/http1.ts';
import { createMemoryTransports, type TransportPairOptions } from '../../src/runtime/memory.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import type { DialOptions, TLSOptions, Transport } from '../../src/runtime/transport.ts';
import { transportFromStreams } from '../../src/runtime/web/streams.ts';
import { testCertificates } from './certificates.ts';

export interface TransportPair {
	transport: Transport;
	peer: Duplex;
	/** Resets the connection like a crashed peer; null if that is impossible. */
	reset: (() => void) | null;
	/** Closes everything that the pair opened. */
	release(): void;
}

export interface TransportKind {
	name: string;
	/** Whether the peer can reset the connection. */
	resettable: boolean;
	open(): Promise<TransportPair>;
}

export const transportKinds: readonly TransportKind[] = [
	{ name: 'node, plaintext', resettable: true, open: () => openSocket(false, false) },
	{ name: 'node, TLS', resettable: true, open: () => openSocket(true, false) },
	{ name: 'node, Unix socket', resettable: false, open: () => openSocket(false, true) },
	{ name: 'node, TLS over a Unix socket', resettable: false, open: () => openSocket(true, true) },
	{ name: 'node, TLS over a transport', resettable: true, open: () => openSocket(true, false, secureOverPipe) },
	{ name: 'node, released by a stream', resettable: true, open: () => openSocket(false, false, throughStream) },
	{ name: 'web streams', resettable: true, open: () => openStreams(false) },
	{ name: 'web streams, BYOB', resettable: true, open: () => openStreams(true) },
	{ name: 'memory', resettable: true, open: () => openMemory({}) },
	{ name: 'memory, one byte at a time', resettable: true, open: () => openMemory({ chunkSize: 1 }) },
];

type Dial = (options: DialOptions) => Promise<Transport>;

async function secureOverPipe(options: DialOptions): Promise<Transport> {
	return runtime.secure(await runtime.dial({ ...options, tls: null }), options);
}

async function throughStream(options: DialOptions): Promise<Transport> {
	return http1Of(runtime)
		.toDuplex(await runtime.dial(options))
		.release();
}

async function openSocket(secure: boolean, unix: boolean, dial: Dial = runtime.dial): Promise<TransportPair> {
	const { ca, cert, key } = await testCertificates();
	const server = secure
		? tls.createServer({ cert, key, allowHalfOpen: true } as tls.TlsOptions)
		: net.createServer({ allowHalfOpen: true });
	const folder = unix ? mkdtempSync(join(tmpdir(), 'hyper-')) : null;
	const socketPath = folder === null ? undefined : join(folder, 'socket');
	server.listen(socketPath === undefined ? { port: 0, host: '127.0.0.1' } : { path: socketPath });
	await once(server, 'listening');
	const accepted = once(server, 'connection');
	const ready = once(server, secure ? 'secureConnection' : 'connection');
	const tlsOptions: TLSOptions | null = secure ? { ca } : null;
	const port = socketPath === undefined ? (server.address() as net.AddressInfo).port : 0;
	const transport = await dial({
		host: 'localhost',
		port,
		tls: tlsOptions,
		alpnProtocols: [],
		...(socketPath === undefined ? {} : { socketPath }),
	});
	const [raw] = (await accepted) as [net.Socket];
	const [peer] = (await ready) as [net.Socket];
	quiet(raw);
	quiet(peer);
	return {
		transport,
		peer,
		reset: unix ? null : () => raw.resetAndDestroy(),
		release() {
			transport.destroy();
			peer.destroy();
			server.close();
			if (folder !== null) rmSync(folder, { recursive: true });
		},
	};
}

async function openStreams(byob: boolean): Promise<TransportPair> {
	const server = net.createServer({ allowHalfOpen: true });
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const ready = once(server, 'connection');
	const socket = net.connect({
		port: (server.address() as net.AddressInfo).port,
		host: '127.0.0.1',
		allowHalfOpen: true,
	});
	quiet(socket);
	const [peer] = (await ready) as [net.Socket];
	quiet(peer);
	const writable = Writable.toWeb(socket);
	return {
		transport: transportFromStreams({
			readable: streamOver(socket, byob),
			writable: writable as WritableStream<Uint8Array>,
		}),
		peer,
		reset: () => peer.resetAndDestroy(),
		release() {
			socket.destroy();
			peer.destroy();
			server.close();
		},
	};
}

/** Not Node's own adapter, which makes no byte streams and reports the end only after both directions have ended. */
function streamOver(socket: net.Socket, byob: boolean): ReadableStream<Uint8Array> {
	const start = (controller: ReadableByteStreamController | ReadableStreamDefaultController): void => {
		socket.pause();
		socket.on('data', (bytes) => {
			controller.enqueue(new Uint8Array(bytes));
			if ((controller.desiredSize ?? 0) <= 0) socket.pause();
		});
		socket.on('end', () => {
			controller.close();
			if ('byobRequest' in controller) controller.byobRequest?.respond(0);
		});
		socket.on('error', (error) => controller.error(error));
	};
	const pull = (): void => {
		socket.resume();
	};
	const cancel = (): void => {
		socket.destroy();
	};
	if (!byob) return new ReadableStream<Uint8Array>({ start, pull, cancel });
	return new ReadableStream({ type: 'bytes', start, pull, cancel }) as ReadableStream<Uint8Array>;
}

async function openMemory(options: TransportPairOptions): Promise<TransportPair> {
	const [transport, far] = createMemoryTransports(options);
	const peer = duplexOver(far);
	quiet(peer);
	return { transport, peer, reset: () => far.destroy(new Error('crashed')), release: () => far.destroy() };
}

function duplexOver(transport: Transport): Duplex {
	let drained: (() => void) | null = null;
	const duplex = new Duplex({
		allowHalfOpen: true,
		read: () => transport.resume(),
		write(chunk: Uint8Array, _encoding, callback) {
			if (transport.write([new Uint8Array(chunk)])) callback();
			else drained = callback;
		},
		final(callback) {
			transport.end();
			callback();
		},
		destroy(error, callback) {
			transport.destroy(error ?? undefined);
			callback(error);
		},
	});
	transport.start({
		onBytes(bytes) {
			if (!duplex.push(Buffer.from(bytes))) transport.pause();
		},
		onDrain() {
			drained?.();
			drained = null;
		},
		onEnd: () => duplex.push(null),
		onClose(error) {
			duplex.destroy(error ?? undefined);
		},
	});
	return duplex;
}

/** Ignores the errors of the peer. */
function quiet(stream: Duplex): void {
	stream.on('error', () => {});
}
