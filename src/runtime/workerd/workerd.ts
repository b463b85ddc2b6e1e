/// <reference path="./cloudflare-sockets.d.ts" />
// Sockets of workerd. The platform offers no ALPN, no certificates or CAs per connection and no Unix sockets: options
// that ask for those are refused, and `alpn` is null. No Node module may be reached from here.

import { connect, type Socket } from 'cloudflare:sockets';
import { ConnectError, LocalProtocolError, TLSError } from '../../base/errors.ts';
import { describeEndpoint } from '../endpoint.ts';
import type { DiagnosticsChannel, Runtime } from '../runtime.ts';
import type { DialOptions, Transport } from '../transport.ts';
import { decompress } from '../web/compression.ts';
import { transportFromStreams } from '../web/streams.ts';

export const runtime: Runtime = {
	name: 'workerd',
	dial,
	async secure(transport) {
		transport.destroy();
		throw new LocalProtocolError(
			'Cannot start TLS inside a tunnel: workerd secures only sockets of its own; connect without a proxy',
		);
	},
	http1() {
		throw new LocalProtocolError(
			'Cannot speak HTTP/1.1: workerd has no client for it over our sockets; ' +
				"use forceProtocol: 'h2' for a server that speaks HTTP/2, or fetch of the platform",
		);
	},
	decompress,
	channel: () => SILENT,
	env: () => undefined,
	proxyFor: async () => '',
	appendLine(file) {
		throw new LocalProtocolError(`Cannot write to ${file}: workerd has no files`);
	},
	log: (line) => console.debug(line),
	// Promise jobs may queue any number of others, so a fixed count of microtasks would come too early.
	afterTurn: (callback) => {
		setTimeout(callback, 0);
	},
	now: () => performance.now(),
	// Nothing here takes memory by transfer from another's hands: there are no workers to send it to.
	allocateShared: (length) => new Uint8Array(length),
	warn: (message) => console.warn(message),
};

/** Nothing can subscribe here. */
const SILENT: DiagnosticsChannel = { hasSubscribers: false, publish: () => {} };

async function dial(options: DialOptions): Promise<Transport> {
	rejectUnsupported(options);
	const { signal } = options;
	signal?.throwIfAborted();
	const socket = open(options);
	// The failure of an open socket reaches the owner through its streams.
	socket.closed.catch(() => {});
	let abort: (() => void) | undefined;
	const aborted = new Promise<never>((_, reject) => {
		abort = () => reject(signal?.reason);
		signal?.addEventListener('abort', abort, { once: true });
	});
	try {
		await Promise.race([socket.opened, aborted]);
	} catch (error) {
		socket.close().catch(() => {});
		throw signal?.aborted ? signal.reason : dialFailure(error, options);
	} finally {
		if (abort !== undefined) signal?.removeEventListener('abort', abort);
	}
	const opened = runtime.now();
	// One promise tells of connection and handshake, so both share its time.
	return transportFromStreams(socket, { connected: opened, secured: options.tls === null ? null : opened });
}

function open(options: DialOptions): Socket {
	const { host, port, tls } = options;
	const address = { hostname: host.includes(':') ? `[${host}]` : host, port };
	if (tls === null) return connect(address, { secureTransport: 'off', allowHalfOpen: true });
	if (tls.servername === undefined || tls.servername === host) {
		return connect(address, { secureTransport: 'on', allowHalfOpen: true });
	}
	// Only the second step of STARTTLS takes a name other than the address.
	const plain = connect(address, { secureTransport: 'starttls', allowHalfOpen: true });
	plain.opened.catch(() => {});
	plain.closed.catch(() => {});
	return plain.startTls({ expectedServerHostname: tls.servername });
}

function rejectUnsupported(options: DialOptions): void {
	for (const name of ['socketPath', 'localAddress', 'lookup'] as const) {
		if (options[name] !== undefined) throw new TypeError(`Cannot use ${name}: workerd has no such option for sockets`);
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
	return new ConnectError(`Cannot connect to ${endpoint}: ${reason}`, { cause: error });
}
