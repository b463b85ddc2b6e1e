// Opens the transports of one connection to its origin, as often as it needs one: by its options, by way of its proxy,
// or the ready one it was given. Which protocol is spoken on them is the caller's.

import { runtime } from '#runtime';
import { LocalProtocolError } from '../base/errors.ts';
import type { FieldLine } from '../fields/header-map.ts';
import type { TLSOptions, TLSSessions, Transport } from '../runtime/transport.ts';
import { type ByteStreams, transportFromStreams } from '../runtime/web/streams.ts';
import { DEFAULT_CONNECT_TIMEOUT, dialOrigin } from './dial.ts';
import type { Origin } from './origin.ts';
import { type ProxyEndpoint, type ProxyOptions, parseProxy, proxyFromEnvironment } from './proxy.ts';

/** The options of a connection that say how its origin is reached. */
export interface DiallerOptions {
	tls?: TLSOptions;
	/** What is offered by ALPN, the preferred one first; `tls.alpnProtocols` goes before. */
	alpnProtocols?: readonly string[];
	socketPath?: string;
	localAddress?: string;
	lookup?: unknown;
	family?: 0 | 4 | 6;
	/** A URL, which may hold user name and password, or `env` for what HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say. */
	proxy?: string | ProxyOptions;
	/** A ready byte pipe instead of a connection of our own. It serves one generation: there is no reconnecting. */
	transport?: ByteStreams;
	timeout?: { connect?: number };
}

/** How a proxy takes plaintext requests of HTTP/1.1: in absolute-form (RFC 9112 §3.2.2), with these fields. */
export interface Forwarding {
	readonly headers: readonly FieldLine[];
}

/** Ready pipes, each of which serves once: one connection may have several diallers. */
const taken = new WeakSet<ByteStreams>();

export class Dialler {
	readonly #origin: Origin;
	readonly #options: DiallerOptions;
	readonly #tls: TLSOptions;
	readonly #alpnProtocols: readonly string[];
	readonly #proxy: ProxyEndpoint | 'env' | null;
	#session: Uint8Array | undefined;

	/** TypeError for a proxy that cannot be. `alpnProtocols` is offered when the options name none. */
	constructor(origin: Origin, options: DiallerOptions, alpnProtocols: readonly string[]) {
		const { alpnProtocols: inTLS, ...tls }: TLSOptions = options.tls ?? {};
		this.#origin = origin;
		this.#options = options;
		this.#tls = tls;
		this.#alpnProtocols = inTLS ?? options.alpnProtocols ?? alpnProtocols;
		this.#proxy = proxyOf(options);
	}

	/** A pipe to the origin, through a tunnel where there is a proxy. */
	async dial(signal: AbortSignal): Promise<Transport> {
		return this.#takeReady() ?? this.#dial(await this.#findProxy(), 'tunnel', signal);
	}

	/** A pipe for HTTP/1.1 alone: a proxy is left to forward what is not TLS. `forward` is null where none does. */
	async dialForHTTP1(signal: AbortSignal): Promise<{ transport: Transport; forward: Forwarding | null }> {
		const ready = this.#takeReady();
		if (ready !== null) return { transport: ready, forward: null };
		const proxy = await this.#findProxy();
		const forwards = this.#isForwarder(proxy);
		const transport = await this.#dial(proxy, forwards ? 'forward' : 'tunnel', signal);
		return { transport, forward: forwards ? { headers: proxy.fields } : null };
	}

	/** Whether plaintext requests of HTTP/1.1 would go to a proxy that forwards them. */
	async forwards(): Promise<boolean> {
		return this.#isForwarder(await this.#findProxy());
	}

	/** A tunnel is for TLS: what is not, a proxy may read, keep and answer itself. */
	#isForwarder(proxy: ProxyEndpoint | null): proxy is ProxyEndpoint {
		return proxy !== null && !this.#origin.secure;
	}

	#takeReady(): Transport | null {
		const { transport } = this.#options;
		if (transport === undefined) return null;
		if (taken.has(transport)) {
			throw new LocalProtocolError('Cannot reconnect: the connection was given a ready transport');
		}
		taken.add(transport);
		return transportFromStreams(transport);
	}

	async #findProxy(): Promise<ProxyEndpoint | null> {
		return this.#proxy === 'env' ? proxyFromEnvironment(this.#origin, runtime) : this.#proxy;
	}

	async #dial(proxy: ProxyEndpoint | null, through: 'tunnel' | 'forward', signal: AbortSignal): Promise<Transport> {
		const { host, port, secure } = this.#origin;
		const { socketPath, localAddress, lookup, family, timeout } = this.#options;
		const target = {
			host,
			port,
			secure,
			tls: this.#tls,
			alpnProtocols: this.#alpnProtocols,
			sessions: this.#sessions,
			socketPath,
			localAddress,
			lookup,
			family,
			...(proxy === null ? {} : { proxy, through }),
			timeout: timeout?.connect ?? DEFAULT_CONNECT_TIMEOUT,
			signal,
		};
		try {
			return await dialOrigin(target, runtime);
		} catch (error) {
			// It may be what the server stumbles over.
			this.#session = undefined;
			throw error;
		}
	}

	/** Of the last connection, for the next one. */
	readonly #sessions: TLSSessions = {
		get: () => this.#session,
		set: (session) => {
			this.#session = session;
		},
	};
}

function proxyOf({ proxy, socketPath, transport }: DiallerOptions): ProxyEndpoint | 'env' | null {
	if (proxy === undefined) return null;
	if (socketPath !== undefined)
		throw new TypeError('Cannot use a proxy with socketPath: the socket is the way already');
	if (transport !== undefined) throw new TypeError('Cannot use a proxy with a ready transport: it is the way already');
	return proxy === 'env' ? 'env' : parseProxy(proxy);
}
