// Sockets of Node, and of Deno and Bun, which have the same modules. node:net and node:tls are loaded at the first
// dial: importing this file must cost nothing. Chosen by the import condition `#runtime`.

import type * as Net from 'node:net';
import type * as TLS from 'node:tls';
import { TLSError } from '../errors.ts';
import { Delivery } from './delivery.ts';
import { describeEndpoint } from './endpoint.ts';
import { connectFailure, handshakeFailure, optionsFailure, sessionFailure } from './node-errors.ts';
import { HIGH_WATER_MARK, SocketTransport } from './node-transport.ts';
import type { DialOptions, Runtime, TLSOptions, Transport } from './runtime.ts';

export const runtime: Runtime = {
	name: 'node',
	dial,
	// process.nextTick alone would run before the promise jobs when the caller is an I/O callback.
	afterTurn: (callback) => queueMicrotask(() => process.nextTick(callback)),
	now: () => performance.now(),
	allocateShared,
	warn: (message) => process.emitWarning(message, 'HyperWarning'),
};

/** One TLS record carries 16 KiB at most; larger reads save callbacks on plaintext and on a busy connection. */
const READ_BUFFER_BYTES = 65_536;

type OnRead = { buffer: Uint8Array; callback(length: number, buffer: Uint8Array): boolean };

function allocateShared(length: number): Uint8Array<ArrayBuffer> {
	// Zeros would cost as much as the copy that overwrites them.
	const { buffer } = Buffer.allocUnsafeSlow(length);
	process.getBuiltinModule('node:worker_threads').markAsUntransferable(buffer);
	return new Uint8Array(buffer);
}

function dial(options: DialOptions): Promise<Transport> {
	const { signal } = options;
	return new Promise((resolve, reject) => {
		signal?.throwIfAborted();
		let phase: 'connecting' | 'handshake' | 'open' = 'connecting';
		let failure: Error | null = null;
		let connected = 0;

		const delivery = new Delivery(() => socket.resume());
		// Some runtimes call back with a buffer of their own: only the argument counts.
		const socket = openSocket(options, {
			buffer: new Uint8Array(READ_BUFFER_BYTES),
			callback: (length, buffer) => delivery.bytes(length === buffer.length ? buffer : buffer.subarray(0, length)),
		});
		socket.setNoDelay(true);
		socket.on('connect', () => {
			connected = runtime.now();
			phase = 'handshake';
			if (options.tls === null) open(null, null);
		});
		socket.on('secureConnect', () => {
			const { alpnProtocol } = socket as TLS.TLSSocket;
			if (isObsolete(socket as TLS.TLSSocket)) {
				socket.destroy();
				refuse(new TLSError(`Cannot use the connection to ${describeEndpoint(options)}: TLS is older than 1.2`));
			} else open(alpnProtocol || null, runtime.now());
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

		function open(alpn: string | null, secured: number | null): void {
			phase = 'open';
			signal?.removeEventListener('abort', abort);
			resolve(new SocketTransport(socket, delivery, alpn, { connected, secured }));
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

function openSocket(options: DialOptions, onread: OnRead): Net.Socket {
	const target = {
		host: options.host,
		port: options.port,
		path: options.socketPath,
		localAddress: options.localAddress,
		lookup: options.lookup as Net.LookupFunction | undefined,
		family: options.family ?? 0,
		allowHalfOpen: true,
		highWaterMark: HIGH_WATER_MARK,
		onread,
	};
	// getBuiltinModule is synchronous and no bundler follows it.
	const net = process.getBuiltinModule('node:net');
	if (options.tls === null) return net.connect(target as unknown as Net.NetConnectOpts);

	const { keylog, minVersion, servername, ...rest } = options.tls;
	rejectObsolete(minVersion);
	try {
		const socket = process.getBuiltinModule('node:tls').connect({
			...rest,
			...target,
			socket: undefined,
			// RFC 6066 §3: neither an IP literal nor a trailing dot belongs in SNI.
			servername: servername ?? (net.isIP(options.host) === 0 ? options.host.replace(/\.$/, '') : undefined),
			// Node refuses minVersion beside secureProtocol; isObsolete looks at the outcome.
			...(rest.secureProtocol === undefined ? { minVersion: minVersion ?? 'TLSv1.2' } : {}),
			...(options.alpnProtocols.length > 0 ? { ALPNProtocols: [...options.alpnProtocols] } : {}),
		} as TLS.ConnectionOptions);
		if (typeof keylog === 'function') socket.on('keylog', keylog as (line: Buffer) => void);
		return socket;
	} catch (error) {
		throw optionsFailure(error, options);
	}
}

/** RFC 9113 §9.2: "Implementations of HTTP/2 MUST use TLS version 1.2 [TLS12] or higher for HTTP/2 over TLS." */
function rejectObsolete(minVersion: TLSOptions['minVersion']): void {
	if (minVersion === undefined || minVersion === 'TLSv1.2' || minVersion === 'TLSv1.3') return;
	throw new TypeError(`Cannot use tls.minVersion ${JSON.stringify(minVersion)}: must be 'TLSv1.2' or 'TLSv1.3'`);
}

/** A ready secureContext may allow what `minVersion` cannot forbid. */
function isObsolete(socket: TLS.TLSSocket): boolean {
	const protocol = socket.getProtocol();
	return protocol === 'TLSv1.1' || protocol === 'TLSv1' || protocol === 'SSLv3';
}
