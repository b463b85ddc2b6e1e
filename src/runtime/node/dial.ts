// Sockets of Node: opens plaintext and TLS connections, and TLS over a pipe that is open already, and watches them until
// they stand. node:net and node:tls are loaded at the first dial.

import type * as Net from 'node:net';
import type * as TLS from 'node:tls';
import { TLSError } from '../../base/errors.ts';
import { Delivery } from '../delivery.ts';
import { describeEndpoint } from '../endpoint.ts';
import type { DialOptions, Transport } from '../transport.ts';
import { toDuplex } from './duplex.ts';
import { connectFailure, handshakeFailure, sessionFailure } from './errors.ts';
import { HIGH_WATER_MARK, SocketTransport } from './socket-transport.ts';
import { connectTLS, isObsolete } from './tls.ts';

/** One TLS record carries 16 KiB at most; larger reads save callbacks on plaintext and on a busy connection. */
const READ_BUFFER_BYTES = 65_536;

export function dial(options: DialOptions): Promise<Transport> {
	return establish(options, null, (delivery) => {
		const target = {
			host: options.host,
			port: options.port,
			path: options.socketPath,
			localAddress: options.localAddress,
			lookup: options.lookup as Net.LookupFunction | undefined,
			family: options.family ?? 0,
			allowHalfOpen: true,
			highWaterMark: HIGH_WATER_MARK,
			// Some runtimes call back with a buffer of their own: only the argument counts.
			onread: {
				buffer: new Uint8Array(READ_BUFFER_BYTES),
				callback: (length: number, buffer: Uint8Array) =>
					delivery.bytes(length === buffer.length ? buffer : buffer.subarray(0, length)),
			},
		} as unknown as Net.NetConnectOpts;
		// getBuiltinModule is synchronous and no bundler follows it.
		if (options.tls === null) return process.getBuiltinModule('node:net').connect(target);
		return connectTLS(options, target as TLS.ConnectionOptions);
	});
}

export async function secure(transport: Transport, options: DialOptions): Promise<Transport> {
	const pipe = toDuplex(transport);
	try {
		return await establish(options, transport, (delivery) => {
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

/** @param pipe what TLS goes over; null for a socket that is yet to connect. */
function establish(
	options: DialOptions,
	pipe: Transport | null,
	open: (delivery: Delivery) => Net.Socket,
): Promise<Transport> {
	const { signal } = options;
	return new Promise((resolve, reject) => {
		signal?.throwIfAborted();
		let phase: 'connecting' | 'handshake' | 'open' = pipe === null ? 'connecting' : 'handshake';
		let failure: Error | null = null;
		let connected = pipe?.openedAt?.connected ?? performance.now();

		const delivery = new Delivery(() => socket.resume());
		const socket = open(delivery);
		socket.setNoDelay(true);
		socket.on('connect', () => {
			connected = performance.now();
			phase = 'handshake';
			if (options.tls === null) succeed(null, null);
		});
		socket.on('secureConnect', () => {
			const { alpnProtocol } = socket as TLS.TLSSocket;
			if (isObsolete(socket as TLS.TLSSocket)) {
				socket.destroy();
				refuse(new TLSError(`Cannot use the connection to ${describeEndpoint(options)}: TLS is older than 1.2`));
			} else succeed(alpnProtocol || null, performance.now());
		});
		socket.on('end', () => delivery.end());
		// Stays for the life of the socket: errors also come after destroy.
		socket.on('error', (error: Error) => {
			failure ??= error;
			// A TLS alert after the handshake is told without closing the socket.
			socket.destroy();
			if (phase !== 'open')
				refuse(phase === 'connecting' ? connectFailure(error, options) : handshakeFailure(error, options));
		});
		socket.on('close', () => {
			if (phase !== 'open') refuse(connectFailure(new Error('the socket was closed'), options));
			delivery.close(failure === null ? null : sessionFailure(failure, options));
		});
		signal?.addEventListener('abort', abort, { once: true });

		function succeed(alpn: string | null, secured: number | null): void {
			phase = 'open';
			signal?.removeEventListener('abort', abort);
			resolve(new SocketTransport(socket, delivery, alpn, { connected, secured }, pipe ?? socket));
		}
		function refuse(error: unknown): void {
			signal?.removeEventListener('abort', abort);
			reject(error);
		}
		function abort(): void {
			socket.destroy();
			refuse(signal?.reason);
		}
	});
}
