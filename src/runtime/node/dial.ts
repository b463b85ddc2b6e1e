// Opens sockets of Node: plaintext, TLS, and TLS over an open transport. Called by node.ts. node:net and node:tls are loaded
// at the first dial.

import type * as Net from 'node:net';
import type * as TLS from 'node:tls';
import { abortable } from '../../base/abort.ts';
import { TLSError } from '../../base/errors.ts';
import { Delivery } from '../delivery.ts';
import { describeEndpoint } from '../endpoint.ts';
import { type DialOptions, HIGH_WATER_MARK, type Transport } from '../transport.ts';
import { findAddresses } from './addresses.ts';
import { toDuplex } from './duplex.ts';
import { connectFailure, handshakeFailure, sessionFailure } from './errors.ts';
import { isForbidden } from './permissions.ts';
import { type Attempt, race } from './race.ts';
import { readInto, SocketTransport } from './socket-transport.ts';
import { connectTLS, isObsolete, Renegotiations } from './tls.ts';

export async function dial(options: DialOptions): Promise<Transport> {
	const { socketPath, signal } = options;
	signal?.throwIfAborted();
	const addresses = socketPath === undefined ? await findAddresses(options) : [socketPath];
	const opening = await connectToAny(addresses, options);
	return opening.transport(signal);
}

export async function secure(transport: Transport, options: DialOptions): Promise<Transport> {
	const pipe = toDuplex(transport);
	try {
		options.signal?.throwIfAborted();
		const opening = new Opening(options, transport, (delivery) => {
			const socket = connectTLS(options, { socket: pipe, highWaterMark: HIGH_WATER_MARK } as TLS.ConnectionOptions);
			socket.on('data', (bytes) => {
				if (!delivery.bytes(bytes)) socket.pause();
			});
			return socket;
		});
		return await opening.transport(options.signal);
	} catch (error) {
		pipe.destroy();
		throw error;
	}
}

async function connectToAny(addresses: readonly string[], options: DialOptions): Promise<Opening> {
	try {
		return await race(addresses, (address) => connect(address, options), options.signal);
	} catch (error) {
		if (!(error instanceof AggregateError)) throw error;
		// With `--allow-net=example.com`, Deno connects to the name, but not to its addresses.
		const isDialledByName = addresses[0] === options.host || options.lookup !== undefined;
		if (!isDialledByName && error.errors.every(isForbidden)) return connectToAny([options.host], options);
		throw connectFailure(error, options, addresses);
	}
}

function connect(address: string, options: DialOptions): Opening {
	options.onAttempt?.(address);
	return new Opening(options, null, (delivery) => {
		const target = {
			...(options.socketPath === undefined ? { host: address, port: options.port } : { path: address }),
			localAddress: options.localAddress,
			family: options.family ?? 0,
			allowHalfOpen: true,
			highWaterMark: HIGH_WATER_MARK,
			onread: readInto(delivery),
		} as unknown as Net.NetConnectOpts;
		// getBuiltinModule is synchronous, and bundlers do not follow it.
		if (options.tls === null) return process.getBuiltinModule('node:net').connect(target);
		return connectTLS(options, target as TLS.ConnectionOptions);
	});
}

/** A socket until it is open, which for TLS is the end of the handshake. */
class Opening implements Attempt {
	readonly connected: Promise<void>;
	readonly #socket: Net.Socket;
	readonly #opened: Promise<Transport>;

	/** @param pipe the open transport below TLS; null for a socket that has yet to connect. */
	constructor(options: DialOptions, pipe: Transport | null, makeSocket: (delivery: Delivery) => Net.Socket) {
		const delivery = new Delivery(() => socket.resume());
		const socket = makeSocket(delivery);
		this.#socket = socket;
		this.connected = pipe === null ? connected(socket) : Promise.resolve();
		this.#opened = opened(socket, delivery, pipe, options);
		// It also rejects if the socket does not connect.
		this.#opened.catch(() => {});
	}

	/** Destroys the socket if it fails, or if the signal aborts first. */
	async transport(signal: AbortSignal | undefined): Promise<Transport> {
		try {
			return await abortable(this.#opened, signal);
		} catch (error) {
			this.destroy();
			throw error;
		}
	}

	destroy(): void {
		this.#socket.destroy();
	}
}

function connected(socket: Net.Socket): Promise<void> {
	return new Promise((resolve, reject) => {
		socket.once('connect', resolve);
		socket.once('error', reject);
		socket.once('close', () => reject(new Error('the socket was closed')));
	});
}

function opened(
	socket: Net.Socket,
	delivery: Delivery,
	pipe: Transport | null,
	options: DialOptions,
): Promise<Transport> {
	return new Promise((resolve, reject) => {
		let phase: 'handshake' | 'open' = 'handshake';
		let failure: Error | null = null;
		const renegotiations = new Renegotiations();
		let connected = pipe?.openedAt?.connected ?? performance.now();

		socket.setNoDelay(true);
		socket.on('connect', () => {
			connected = performance.now();
			// Not before: the handle of a socket that is not connected forgets the delay.
			if (options.tcpKeepAlive) socket.setKeepAlive(true, Math.max(1000, options.tcpKeepAlive));
			if (options.tls === null) succeed(null, null);
		});
		socket.on('secureConnect', () => {
			const { alpnProtocol } = socket as TLS.TLSSocket;
			if (phase === 'open') {
				if (renegotiations.count()) delivery.renegotiated();
				else socket.destroy(new TLSError(`${describeEndpoint(options)} renegotiates TLS too often`));
			} else if (isObsolete(socket as TLS.TLSSocket)) {
				reject(new TLSError(`Cannot use the connection to ${describeEndpoint(options)}: TLS is older than 1.2`));
			} else succeed(alpnProtocol || null, performance.now());
		});
		// Bun emits it behind an error, too.
		socket.on('end', () => {
			if (failure === null) delivery.end();
		});
		// Never removed: errors may follow even after `destroy`.
		socket.on('error', (error: Error) => {
			failure ??= error;
			// A TLS alert after the handshake does not close the socket.
			socket.destroy();
			if (phase === 'handshake') reject(handshakeFailure(error, options));
		});
		socket.on('close', () => {
			if (phase === 'handshake') reject(connectFailure(new Error('the socket was closed'), options));
			delivery.close(failure === null ? null : sessionFailure(failure, options));
		});

		function succeed(alpn: string | null, secured: number | null): void {
			phase = 'open';
			resolve(new SocketTransport(socket, delivery, alpn, { connected, secured }, pipe ?? socket));
		}
	});
}
