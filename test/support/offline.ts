// A connection and a scripted peer, joined in memory or, for tests in which the connection dials again, over loopback.

import { createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { after } from 'node:test';
import { HTTP20Connection, type HTTP20ConnectionOptions } from '../../src/index.ts';
import type { ByteStreams } from '../../src/testing.ts';
import { ScriptedPeer, type ScriptedPeerOptions } from '../../src/testing.ts';
import './checked-sinks.ts';

/** Joined in memory; the test does the handshake. */
export function join(
	options: HTTP20ConnectionOptions = {},
	peerOptions: ScriptedPeerOptions = {},
): { conn: HTTP20Connection; peer: ScriptedPeer } {
	const peer = new ScriptedPeer(peerOptions);
	return { conn: new HTTP20Connection('localhost', { transport: peer.transport, ...options }), peer };
}

/** Joined in memory, after the handshake. */
export async function greet(
	settings: Parameters<ScriptedPeer['handshake']>[0] = {},
	options: HTTP20ConnectionOptions = {},
	peerOptions: ScriptedPeerOptions = {},
): Promise<{ conn: HTTP20Connection; peer: ScriptedPeer }> {
	const { conn, peer } = join(options, peerOptions);
	await Promise.all([conn.connect(), peer.handshake(settings)]);
	return { conn, peer };
}

/** Keeps the process running until the tests of the file have ended, which in-memory transports do not. */
export function keepProcessRunning(): void {
	const timer = setInterval(() => undefined, 1000);
	after(() => clearInterval(timer));
}

/** A loopback port on which every connection gets a scripted peer. */
export class ScriptedServer {
	readonly origin: string;
	readonly #server: Server;
	readonly #peerOptions: ScriptedPeerOptions;
	#accepted = 0;
	#peers: ScriptedPeer[] = [];
	#waiters: ((peer: ScriptedPeer) => void)[] = [];

	private constructor(server: Server, peerOptions: ScriptedPeerOptions) {
		this.#server = server;
		this.#peerOptions = peerOptions;
		this.origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
		server.on('connection', (socket) => this.#accept(socket));
	}

	/** Listens until the end of the test file. */
	static async listen(peerOptions: ScriptedPeerOptions = {}): Promise<ScriptedServer> {
		const server = createServer();
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		after(() => {
			server.close();
		});
		return new ScriptedServer(server, peerOptions);
	}

	/** The number of connections so far. */
	get accepted(): number {
		return this.#accepted;
	}

	/** The peer of the next connection. */
	next(): Promise<ScriptedPeer> {
		const peer = this.#peers.shift();
		return peer === undefined ? new Promise((resolve) => this.#waiters.push(resolve)) : Promise.resolve(peer);
	}

	/** Stops accepting connections. */
	close(): void {
		this.#server.close();
	}

	#accept(socket: Socket): void {
		this.#accepted++;
		socket.on('error', () => undefined);
		const peer = new ScriptedPeer({ ...this.#peerOptions, streams: Duplex.toWeb(socket) as unknown as ByteStreams });
		const waiter = this.#waiters.shift();
		if (waiter === undefined) this.#peers.push(peer);
		else waiter(peer);
	}
}

/** The state of a promise after the current turn. */
export async function stateOf(promise: Promise<unknown>): Promise<'pending' | 'resolved' | 'rejected'> {
	return Promise.race([
		promise.then(
			() => 'resolved' as const,
			() => 'rejected' as const,
		),
		new Promise<'pending'>((resolve) => setImmediate(resolve, 'pending')),
	]);
}
