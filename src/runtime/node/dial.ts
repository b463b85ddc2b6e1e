// Opens sockets of Node: plaintext, TLS, and TLS over an open transport. Called by node.ts. node:net and node:tls are loaded
// at the first dial.

import type * as Net from 'node:net';
import type * as TLS from 'node:tls';
import { abortable } from '../../base/abort.ts';
import { TLSError } from '../../base/errors.ts';
import { Delivery } from '../delivery.ts';
import { describeEndpoint } from '../endpoint.ts';
import { type DialOptions, HIGH_WATER_MARK, type Transport } from '../transport.ts';
import { toDuplex } from './duplex.ts';
import { connectFailure, handshakeFailure, sessionFailure } from './errors.ts';
import { readInto, SocketTransport } from './socket-transport.ts';
import { connectTLS, isObsolete } from './tls.ts';

export function dial(options: DialOptions): Promise<Transport> {
	return open(options, null, (delivery) => {
		const target = {
			host: options.host,
			port: options.port,
			path: options.socketPath,
			localAddress: options.localAddress,
			lookup: options.lookup as Net.LookupFunction | undefined,
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

export async function secure(transport: Transport, options: DialOptions): Promise<Transport> {
	const pipe = toDuplex(transport);
	try {
		return await open(options, transport, (delivery) => {
			const socket = connectTLS(options, { socket: pipe, highWaterMark: HIGH_WATER_MARK } as TLS.ConnectionOptions);
			socket.on('data', (bytes) => {
				if (!delivery.bytes(bytes)) socket.pause();
			});
			return socket;
		});
	} catch (error) {
		pipe.destroy();
		throw error;
	}
}

/** @param pipe the open transport below TLS; null for a socket that has yet to connect. */
async function open(
	options: DialOptions,
	pipe: Transport | null,
	makeSocket: (delivery: Delivery) => Net.Socket,
): Promise<Transport> {
	const { signal } = options;
	signal?.throwIfAborted();
	const delivery = new Delivery(() => socket.resume());
	const socket = makeSocket(delivery);
	try {
		return await abortable(opened(socket, delivery, pipe, options), signal);
	} catch (error) {
		socket.destroy();
		throw error;
	}
}

function opened(
	socket: Net.Socket,
	delivery: Delivery,
	pipe: Transport | null,
	options: DialOptions,
): Promise<Transport> {
	return new Promise((resolve, reject) => {
		let phase: 'connecting' | 'handshake' | 'open' = pipe === null ? 'connecting' : 'handshake';
		let failure: Error | null = null;
		let connected = pipe?.openedAt?.connected ?? performance.now();

		socket.setNoDelay(true);
		socket.on('connect', () => {
			connected = performance.now();
			phase = 'handshake';
			if (options.tls === null) succeed(null, null);
		});
		socket.on('secureConnect', () => {
			const { alpnProtocol } = socket as TLS.TLSSocket;
			if (isObsolete(socket as TLS.TLSSocket)) {
				reject(new TLSError(`Cannot use the connection to ${describeEndpoint(options)}: TLS is older than 1.2`));
			} else succeed(alpnProtocol || null, performance.now());
		});
		socket.on('end', () => delivery.end());
		// Never removed: errors may follow even after `destroy`.
		socket.on('error', (error: Error) => {
			failure ??= error;
			// A TLS alert after the handshake does not close the socket.
			socket.destroy();
			if (phase !== 'open') {
				reject(phase === 'connecting' ? connectFailure(error, options) : handshakeFailure(error, options));
			}
		});
		socket.on('close', () => {
			if (phase !== 'open') reject(connectFailure(new Error('the socket was closed'), options));
			delivery.close(failure === null ? null : sessionFailure(failure, options));
		});

		function succeed(alpn: string | null, secured: number | null): void {
			phase = 'open';
			resolve(new SocketTransport(socket, delivery, alpn, { connected, secured }, pipe ?? socket));
		}
	});
}
