// Opens the transport of an HTTP/2 connection, and makes sure that the server speaks HTTP/2 on it. RFC 9113 §3.

import { runtime } from '#runtime';
import { dial } from '../dial.ts';
import { LocalProtocolError, NegotiationError } from '../errors.ts';
import type { Origin } from '../origin.ts';
import type { Transport } from '../runtime/runtime.ts';
import { transportFromStreams } from '../runtime/web-streams.ts';
import { DEFAULT_ALPN, DEFAULT_CONNECT_TIMEOUT, type HTTP20ConnectionOptions, speaksH2 } from './options.ts';

export class Dialler {
	readonly #origin: Origin;
	readonly #options: HTTP20ConnectionOptions;
	#used = false;

	constructor(origin: Origin, options: HTTP20ConnectionOptions) {
		this.#origin = origin;
		this.#options = options;
	}

	async dial(signal: AbortSignal): Promise<Transport> {
		const { transport } = this.#options;
		if (transport === undefined) return this.#dialSocket(signal);
		if (this.#used) throw new LocalProtocolError('Cannot reconnect: the connection was given a ready transport');
		this.#used = true;
		return transportFromStreams(transport);
	}

	async #dialSocket(signal: AbortSignal): Promise<Transport> {
		const { host, port, secure } = this.#origin;
		const options = this.#options;
		const { tls, socketPath, localAddress, lookup, family } = options;
		const transport = await dial(
			{
				host,
				port,
				secure,
				tls,
				alpnProtocols: options.alpnProtocols ?? DEFAULT_ALPN,
				socketPath,
				localAddress,
				lookup,
				family,
				timeout: options.timeout?.connect ?? DEFAULT_CONNECT_TIMEOUT,
				signal,
			},
			runtime,
		);
		if (!secure || options.forceProtocol === 'h2' || speaksH2(transport.alpn)) return transport;
		transport.start({ onBytes: ignore, onDrain: ignore, onEnd: ignore, onClose: ignore });
		transport.destroy();
		const gave = transport.alpn === null ? 'agreed on no protocol' : `chose ${transport.alpn}`;
		throw new NegotiationError(
			`Cannot speak HTTP/2 with ${this.#origin.authority}: the server ${gave} by ALPN; ` +
				"use a client for HTTP/1.1, or forceProtocol: 'h2' for a server that speaks HTTP/2 without ALPN",
			transport.alpn,
		);
	}
}

function ignore(): void {}
