// Opens one transport: the socket, the tunnel through a proxy and TLS, within a timeout. Called by Connector. No HTTP.

import { withTimeout } from '../base/abort.ts';
import { HyperError, ProxyError, TimeoutError } from '../base/errors.ts';
import { describeEndpoint } from '../runtime/endpoint.ts';
import { http1Of } from '../runtime/http1.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { DialOptions, TLSOptions, TLSSessions, Transport } from '../runtime/transport.ts';
import type { ProxyEndpoint } from './proxy.ts';
import { openTunnel, tunnelFailure } from './tunnel.ts';

export interface DialTarget {
	host: string;
	port: number;
	/** TLS or plaintext. */
	secure: boolean;
	/** Used when `secure`. */
	tls?: TLSOptions;
	/** Offered when `secure`, most preferred first. */
	alpnProtocols?: readonly string[];
	/** Used when `secure`. */
	sessions?: TLSSessions;
	/** A Unix socket to connect to; `host` is then used only to verify the certificate. */
	socketPath?: string;
	localAddress?: string;
	lookup?: unknown;
	family?: 0 | 4 | 6;
	/** The options of name lookup, address and socket then apply to the proxy. */
	proxy?: ProxyEndpoint;
	/** `tunnel`: the transport ends at the origin. `forward`: it ends at the proxy, which forwards requests. */
	through?: 'tunnel' | 'forward';
	/** Milliseconds for name lookup, connection, tunnel and TLS handshake together; Infinity or undefined: no limit. */
	timeout?: number;
	signal?: AbortSignal;
}

/** Milliseconds for a dial; the default of `timeout.connect`. */
export const DEFAULT_CONNECT_TIMEOUT = 10_000;

/** Rejects with ConnectError, TLSError, NegotiationError, ProxyError, TimeoutError (phase `connect`) or `signal.reason`. */
export async function dialOrigin(target: DialTarget, runtime: Runtime): Promise<Transport> {
	const { timeout = Number.POSITIVE_INFINITY, signal } = target;
	return withTimeout({ milliseconds: timeout, onTimeout: () => timedOut(target, timeout), signal }, async (inner) => {
		const transport = await open(target, runtime, inner);
		if (!inner.aborted) return transport;
		transport.destroy();
		throw inner.reason;
	});
}

async function open(target: DialTarget, runtime: Runtime, signal: AbortSignal): Promise<Transport> {
	const { proxy, through } = target;
	const options = { ...dialOptions(target, runtime), signal };
	if (proxy === undefined) return runtime.dial({ ...options, ...socketOptions(target) });

	// Checked before anything is opened: not every platform can open a tunnel.
	const platform = through === 'forward' ? null : http1Of(runtime);
	const pipe = await dialProxy(target, proxy, runtime, signal);
	if (platform === null) return pipe;
	const tunnel = await openTunnel(pipe, target, proxy, platform, signal);
	return options.tls === null ? tunnel : runtime.secure(tunnel, options);
}

async function dialProxy(
	target: DialTarget,
	proxy: ProxyEndpoint,
	runtime: Runtime,
	signal: AbortSignal,
): Promise<Transport> {
	try {
		const options = dialOptions({ ...proxy, alpnProtocols: ['http/1.1'] }, runtime);
		return await runtime.dial({ ...options, ...socketOptions(target), signal });
	} catch (error) {
		if (signal.aborted || !(error instanceof HyperError)) throw error;
		if (target.through !== 'forward') throw tunnelFailure(error.message, target, proxy, null, error);
		throw new ProxyError(`Cannot use the proxy ${describeEndpoint(proxy)}: ${error.message}`, null, { cause: error });
	}
}

function dialOptions(target: DialTarget, runtime: Runtime): DialOptions {
	const { host, port, secure, tls = {}, alpnProtocols = [], sessions } = target;
	if (!secure) return { host, port, tls: null, alpnProtocols: [] };
	return { host, port, tls: withKeyLog(tls, runtime), alpnProtocols, ...(sessions === undefined ? {} : { sessions }) };
}

/** The options of the first socket, whether it leads to the proxy or to the origin. */
function socketOptions({ socketPath, localAddress, lookup, family }: DialTarget): Partial<DialOptions> {
	return {
		...(socketPath === undefined ? {} : { socketPath }),
		...(localAddress === undefined ? {} : { localAddress }),
		...(lookup === undefined ? {} : { lookup }),
		...(family === undefined ? {} : { family }),
	};
}

/** Adds the file that SSLKEYLOGFILE names, as browsers and curl do. */
function withKeyLog(tls: TLSOptions, runtime: Runtime): TLSOptions {
	const file = runtime.env('SSLKEYLOGFILE');
	if (!file) return tls;
	const keylog = (line: Uint8Array): void => {
		tls.keylog?.(line);
		try {
			runtime.appendLine(file, line);
		} catch (error) {
			runtime.warn(`Cannot write to ${file}, which SSLKEYLOGFILE names: ${(error as Error).message}`);
		}
	};
	return { ...tls, keylog };
}

function timedOut(target: DialTarget, timeout: number): TimeoutError {
	const through = target.proxy === undefined ? '' : ` through ${describeEndpoint(target.proxy)}`;
	return new TimeoutError(
		'connect',
		`Cannot connect to ${describeEndpoint(target)}${through}: no connection within ${timeout} ms`,
	);
}
