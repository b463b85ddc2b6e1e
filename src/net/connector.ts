// Opens the transports of one connection to its origin: by the connection's options, through its proxy, or the transport
// that the user passed. Called by every kind of connection, which decides on the version of HTTP.

import { runtime } from '#runtime';
import { LocalProtocolError } from '../base/errors.ts';
import { nullOr, type OptionCheck, objectWith, string } from '../base/options.ts';
import type { FieldLine } from '../fields/header-map.ts';
import type { TLSOptions, TLSSessions, Transport } from '../runtime/transport.ts';
import { type ByteStreams, transportFromStreams } from '../runtime/web/streams.ts';
import { DEFAULT_CONNECT_TIMEOUT, dialOrigin } from './dial.ts';
import type { Origin } from './origin.ts';
import { type ProxyEndpoint, type ProxyOptions, parseProxy, proxyFromEnvironment } from './proxy.ts';

/** The options of a connection that say how to reach its origin. */
export interface ConnectorOptions {
	tls?: TLSOptions;
	/** Offered by ALPN, most preferred first; overridden by `tls.alpnProtocols`. */
	alpnProtocols?: readonly string[];
	socketPath?: string;
	localAddress?: string;
	lookup?: unknown;
	family?: 0 | 4 | 6;
	/** Milliseconds of silence before the first TCP keep-alive probe; 0: no probes. Default: 60,000. */
	tcpKeepAlive?: number;
	/** A URL, which may contain user name and password, or `env`: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY decide. */
	proxy?: string | ProxyOptions;
	/** A connected byte pipe to use instead of opening one. It is used once: the connection cannot reconnect. */
	transport?: ByteStreams;
}

const isPair = objectWith('a pair of streams { readable, writable }', 'readable', 'writable');
const isReadable = objectWith('a ReadableStream; Duplex.toWeb makes one of a Node stream', 'getReader');
const isWritable = objectWith('a WritableStream; Duplex.toWeb makes one of a Node stream', 'getWriter');
const isName = nullOr(string);

/** The check of the option `transport`. */
export const transportOption: OptionCheck = (value, name) => {
	isPair(value, name);
	const { readable, writable, alpn } = value as Record<keyof ByteStreams, unknown>;
	isReadable(readable, `${name}.readable`);
	isWritable(writable, `${name}.writable`);
	if (alpn !== undefined) isName(alpn, `${name}.alpn`);
};

/** How to reach the origin: checked options, with defaults filled in. */
export interface Route {
	readonly tls: TLSOptions;
	/** Offered by ALPN, most preferred first. */
	readonly alpnProtocols: readonly string[];
	readonly address: Pick<ConnectorOptions, 'socketPath' | 'localAddress' | 'lookup' | 'family' | 'tcpKeepAlive'>;
	readonly proxy: ProxyEndpoint | 'env' | null;
	readonly transport: ByteStreams | null;
	/** Milliseconds for one dial; Infinity: no limit. */
	readonly timeout: number;
}

/**
 * As in curl and undici. Load balancers and NATs forget idle connections after minutes (AWS: 350 s, Azure: 240 s). Node
 * probes ten times, one second apart, before it gives up, so a shorter delay would end more connections in short outages.
 */
const DEFAULT_TCP_KEEP_ALIVE = 60_000;

/** `alpnProtocols` are offered unless the options name others. TypeError for an invalid proxy. */
export function resolveRoute(
	options: ConnectorOptions,
	alpnProtocols: readonly string[],
	timeout: number = DEFAULT_CONNECT_TIMEOUT,
): Route {
	const { alpnProtocols: inTLS, ...tls }: TLSOptions = options.tls ?? {};
	const { socketPath, localAddress, lookup, family, tcpKeepAlive = DEFAULT_TCP_KEEP_ALIVE, transport } = options;
	return {
		tls,
		alpnProtocols: inTLS ?? options.alpnProtocols ?? alpnProtocols,
		address: { socketPath, localAddress, lookup, family, tcpKeepAlive },
		proxy: proxyOf(options),
		transport: transport ?? null,
		timeout,
	};
}

/** A proxy that forwards plaintext HTTP/1.1 requests: they have absolute-form (RFC 9112 §3.2.2) and carry these fields. */
export interface Forwarding {
	readonly headers: readonly FieldLine[];
}

/** Opens the transports of one connection. Both reject with `signal.reason` if the signal aborts first. */
export interface TransportSource {
	dial(signal: AbortSignal): Promise<Transport>;
	/** `forward` is null unless the transport ends at a proxy that forwards. */
	dialForHTTP1(signal: AbortSignal): Promise<{ transport: Transport; forward: Forwarding | null }>;
}

/** The `transport` options already in use: one connection may have several connectors. */
const used = new WeakSet<ByteStreams>();

export class Connector implements TransportSource {
	readonly #origin: Origin;
	readonly #route: Route;
	#session: Uint8Array | undefined;

	constructor(origin: Origin, route: Route) {
		this.#origin = origin;
		this.#route = route;
	}

	/** Opens a transport to the origin, through a tunnel if there is a proxy. */
	async dial(signal: AbortSignal): Promise<Transport> {
		return this.#takeTransport() ?? this.#dial(this.#findProxy(), 'tunnel', signal);
	}

	/** Like `dial`, but a plaintext transport may end at a proxy that forwards HTTP/1.1 requests; then `forward` is set. */
	async dialForHTTP1(signal: AbortSignal): Promise<{ transport: Transport; forward: Forwarding | null }> {
		const given = this.#takeTransport();
		if (given !== null) return { transport: given, forward: null };
		const proxy = this.#findProxy();
		const forwards = this.#isForwarder(proxy);
		const transport = await this.#dial(proxy, forwards ? 'forward' : 'tunnel', signal);
		return { transport, forward: forwards ? { headers: proxy.fields } : null };
	}

	/** HTTP/1.1 uses a tunnel only for TLS: a proxy may read, cache and answer plaintext requests. */
	#isForwarder(proxy: ProxyEndpoint | null): proxy is ProxyEndpoint {
		return proxy !== null && !this.#origin.secure;
	}

	#takeTransport(): Transport | null {
		const { transport } = this.#route;
		if (transport === null) return null;
		if (used.has(transport)) {
			throw new LocalProtocolError('Cannot reconnect: the option transport can be used only once');
		}
		used.add(transport);
		return transportFromStreams(transport);
	}

	#findProxy(): ProxyEndpoint | null {
		const { proxy } = this.#route;
		return proxy === 'env' ? proxyFromEnvironment(this.#origin, runtime) : proxy;
	}

	async #dial(proxy: ProxyEndpoint | null, through: 'tunnel' | 'forward', signal: AbortSignal): Promise<Transport> {
		const { host, port, secure } = this.#origin;
		const { tls, alpnProtocols, address, timeout } = this.#route;
		const target = {
			host,
			port,
			secure,
			tls,
			alpnProtocols,
			sessions: this.#sessions,
			...address,
			...(proxy === null ? {} : { proxy, through }),
			timeout,
			signal,
		};
		try {
			return await dialOrigin(target, runtime);
		} catch (error) {
			// The dial may have failed because of the resumed session.
			this.#session = undefined;
			throw error;
		}
	}

	/** Keeps the session of the last dial for the next one. */
	readonly #sessions: TLSSessions = {
		get: () => this.#session,
		set: (session) => {
			this.#session = session;
		},
	};
}

function proxyOf({ proxy, socketPath, transport }: ConnectorOptions): ProxyEndpoint | 'env' | null {
	if (proxy === undefined) return null;
	if (socketPath !== undefined) throw new TypeError('Cannot use the options proxy and socketPath together');
	if (transport !== undefined) throw new TypeError('Cannot use the options proxy and transport together');
	return proxy === 'env' ? 'env' : parseProxy(proxy);
}
