/// <reference path="./platform.d.ts" />
// The Runtime of workerd. Its sockets have no ALPN, no certificates or CAs per connection and no Unix sockets: options for
// those are rejected, and `alpn` is null. No Node module may be imported, because workerd has them only with the compatibility
// flag nodejs_compat; those that it has are found at run time.

import { connect, type Socket } from 'cloudflare:sockets';
import { abortable } from '../../base/abort.ts';
import { ConnectError, LocalProtocolError, TLSError } from '../../base/errors.ts';
import { describeEndpoint } from '../endpoint.ts';
import type { DiagnosticsChannel, Runtime } from '../runtime.ts';
import type { DialOptions, Transport } from '../transport.ts';
import { decompress as decompressOnWeb } from '../web/compression.ts';
import { transportFromStreams } from '../web/streams.ts';
import { nextTurn } from '../web/turns.ts';

export const runtime: Runtime = {
	name: 'workerd',
	dial,
	canSecure: false,
	async secure(transport) {
		transport.destroy();
		throw new LocalProtocolError(
			'Cannot start TLS inside a tunnel: workerd supports TLS only on its own sockets; connect without a proxy',
		);
	},
	http1() {
		throw new LocalProtocolError(
			'Cannot speak HTTP/1.1: workerd has no HTTP/1.1 client for sockets, and no ALPN to choose HTTP/2 by; ' +
				"set forceProtocol: 'h2' for a server that speaks HTTP/2, or use the platform's fetch",
		);
	},
	decompress: async (compression, source) => {
		if (builtin('node:zlib') !== undefined) {
			return (await import('../node/compression.ts')).decompress(compression, source, nextTurn);
		}
		if (compression !== 'br') return decompressOnWeb(compression, source);
		throw new LocalProtocolError(
			'Cannot decode br: workerd has a decoder for it only with the compatibility flag nodejs_compat; ' +
				'set it, or decodeContent: false, which gives the content as it was sent',
		);
	},
	claim,
	// They are called outside of requests.
	canFinalize: false,
	channel: (name) => builtin('node:diagnostics_channel')?.channel(name) ?? SILENT,
	// Text bindings, with nodejs_compat. Keys of TLS cannot be logged.
	env: (name) => (name === 'SSLKEYLOGFILE' ? undefined : globalThis.process?.env?.[name]),
	appendLine(file) {
		throw new LocalProtocolError(`Cannot write to ${file}: workerd has no files`);
	},
	log: (line) => console.debug(line),
	// Not a fixed number of microtasks, because promise jobs may queue any number of others.
	afterTurn: (callback) => {
		setTimeout(callback, 0);
	},
	afterPoll: (callback) => {
		setTimeout(callback, 0);
	},
	snapshot: () => builtin('node:async_hooks')?.AsyncLocalStorage.snapshot() ?? ((callback) => callback()),
	nextTurn,
	now: () => performance.now(),
	// Cannot be transferred anyway: there are no workers.
	allocateShared: (length) => new Uint8Array(length),
	warn: (message) => console.warn(message),
};

/** Without node:diagnostics_channel nothing can subscribe. */
const SILENT: DiagnosticsChannel = { hasSubscribers: false, publish: () => {} };

/** Undefined without nodejs_compat. */
const builtin: typeof process.getBuiltinModule = (name: string) =>
	globalThis.process?.getBuiltinModule?.(name) as never;

/** A WebSocket that is never used is an I/O object whose properties, unlike those of sockets, throw in other requests. */
function claim(): () => boolean {
	let mark: { readonly readyState: number };
	try {
		[mark] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
	} catch (cause) {
		throw new LocalProtocolError(
			'Cannot use the connection: workerd does I/O only for requests; call it in a handler, such as fetch',
			{ cause },
		);
	}
	return () => {
		try {
			return mark.readyState >= 0;
		} catch {
			return false;
		}
	};
}

async function dial(options: DialOptions): Promise<Transport> {
	rejectUnsupported(options);
	const { signal } = options;
	signal?.throwIfAborted();
	const socket = open(options);
	// Errors of an open socket are reported by its streams.
	socket.closed.catch(() => {});
	try {
		await abortable(socket.opened, signal);
	} catch (error) {
		socket.close().catch(() => {});
		throw signal?.aborted ? signal.reason : dialFailure(error, options);
	}
	const opened = runtime.now();
	// One promise stands for connection and handshake, so both get its time.
	return transportFromStreams(socket, { connected: opened, secured: options.tls === null ? null : opened });
}

function open(options: DialOptions): Socket {
	const { host, port, tls } = options;
	const address = { hostname: host.includes(':') ? `[${host}]` : host, port };
	if (tls === null) return connect(address, { secureTransport: 'off', allowHalfOpen: true });
	if (tls.servername === undefined || tls.servername === host) {
		return connect(address, { secureTransport: 'on', allowHalfOpen: true });
	}
	// Only startTls accepts a server name other than the address.
	const plain = connect(address, { secureTransport: 'starttls', allowHalfOpen: true });
	plain.opened.catch(() => {});
	plain.closed.catch(() => {});
	return plain.startTls({ expectedServerHostname: tls.servername });
}

function rejectUnsupported(options: DialOptions): void {
	for (const name of ['socketPath', 'localAddress', 'lookup'] as const) {
		if (options[name] !== undefined) throw new TypeError(`Cannot use ${name}: sockets of workerd have no such option`);
	}
	if (options.family) throw new TypeError('Cannot use family: workerd chooses the address family itself');
	for (const [name, value] of Object.entries(options.tls ?? {})) {
		if (value === undefined || name === 'servername' || (name === 'rejectUnauthorized' && value === true)) continue;
		throw new TypeError(
			`Cannot use tls.${name}: workerd takes TLS settings from its own configuration, for example trustedCertificates`,
		);
	}
}

function dialFailure(error: unknown, options: DialOptions): ConnectError | TLSError {
	const endpoint = describeEndpoint(options);
	const reason = error instanceof Error ? error.message : String(error);
	if (options.tls !== null && /tls|ssl|certificate/i.test(reason)) {
		return new TLSError(`Cannot complete the TLS handshake with ${endpoint}: ${reason}`, { cause: error });
	}
	// workerd itself reports every failure of TLS as one to connect, and writes the reason to its log only.
	const hint = options.tls === null ? '' : ' (or the TLS handshake failed: the log of workerd says why)';
	return new ConnectError(`Cannot connect to ${endpoint}: ${reason}${hint}`, { cause: error });
}
