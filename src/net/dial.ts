// Opens one transport: the socket, the tunnel through a proxy and TLS, within a timeout. Called by Connector. No HTTP.

import { withTimeout } from '../base/abort.ts';
import { HyperError, LocalProtocolError, ProxyError, TimeoutError } from '../base/errors.ts';
import { guard } from '../base/guard.ts';
import { describeEndpoint } from '../runtime/endpoint.ts';
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
	/** Milliseconds of silence before the first TCP keep-alive probe; 0 or undefined: no probes. */
	tcpKeepAlive?: number;
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
	const tried: string[] = [];
	const onTimeout = (): TimeoutError => timedOut(target, timeout, tried);
	return withTimeout({ milliseconds: timeout, onTimeout, signal }, async (inner) => {
		const transport = await open(target, runtime, inner, (address) => tried.push(address));
		if (!inner.aborted) return transport;
		transport.destroy();
		throw inner.reason;
	});
}

async function open(
	target: DialTarget,
	runtime: Runtime,
	signal: AbortSignal,
	onAttempt: (address: string) => void,
): Promise<Transport> {
	const { proxy, through } = target;
	const options = { ...dialOptions(target, runtime), signal };
	if (proxy === undefined) return runtime.dial({ ...options, ...socketOptions(target), onAttempt });

	const isTunnel = through !== 'forward';
	if (isTunnel && options.tls !== null && !runtime.canSecure) {
		throw new LocalProtocolError(
			`Cannot start TLS inside a tunnel: ${runtime.name} supports TLS only on its own sockets; connect without a proxy`,
		);
	}
	const pipe = await dialProxy(target, proxy, runtime, { signal, onAttempt });
	if (!isTunnel) return pipe;
	const tunnel = await openTunnel(pipe, target, proxy, signal);
	return options.tls === null ? tunnel : runtime.secure(tunnel, options);
}

async function dialProxy(
	target: DialTarget,
	proxy: ProxyEndpoint,
	runtime: Runtime,
	watch: Required<Pick<DialOptions, 'signal' | 'onAttempt'>>,
): Promise<Transport> {
	try {
		const options = dialOptions({ ...proxy, alpnProtocols: ['http/1.1'] }, runtime);
		return await runtime.dial({ ...options, ...socketOptions(target), ...watch });
	} catch (error) {
		if (watch.signal.aborted || !(error instanceof HyperError)) throw error;
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
function socketOptions({ socketPath, localAddress, lookup, family, tcpKeepAlive }: DialTarget): Partial<DialOptions> {
	return {
		...(socketPath === undefined ? {} : { socketPath }),
		...(localAddress === undefined ? {} : { localAddress }),
		...(lookup === undefined ? {} : { lookup }),
		...(family === undefined ? {} : { family }),
		...(tcpKeepAlive === undefined ? {} : { tcpKeepAlive }),
	};
}

/** Adds the file that SSLKEYLOGFILE names, as browsers and curl do. */
function withKeyLog(tls: TLSOptions, runtime: Runtime): TLSOptions {
	const file = runtime.env('SSLKEYLOGFILE');
	const report = tls.keylog === undefined ? null : guard(tls.keylog, 'tls.keylog', runtime);
	if (!file) return report === null ? tls : { ...tls, keylog: report };
	const keylog = (line: Uint8Array): void => {
		report?.(line);
		try {
			runtime.appendLine(file, line);
		} catch (error) {
			runtime.warn(`Cannot write to ${file}, which SSLKEYLOGFILE names: ${(error as Error).message}`);
		}
	};
	return { ...tls, keylog };
}

function timedOut(target: DialTarget, timeout: number, tried: readonly string[]): TimeoutError {
	const { proxy } = target;
	const through = proxy === undefined ? '' : ` through ${describeEndpoint(proxy)}`;
	const { host, socketPath } = { ...target, ...proxy };
	// The host itself, if it is an address, is in the message already.
	const those = tried.filter((address) => address !== host && address !== socketPath);
	return new TimeoutError(
		'connect',
		`Cannot connect to ${describeEndpoint(target)}${through}: no connection within ${timeout} ms${
			those.length === 0 ? '' : ` (tried ${those.join(', ')})`
		}`,
	);
}
