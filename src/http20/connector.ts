// Opens the transport of an HTTP/2 connection, and makes sure that the server speaks HTTP/2 on it. RFC 9113 §3.

import { NegotiationError } from '../base/errors.ts';
import type { ResolvedOptions } from '../connection/options.ts';
import { Connector as OriginDialler } from '../net/connector.ts';
import { dropTransport } from '../runtime/drop.ts';
import type { Transport } from '../runtime/transport.ts';
import { speaksH2 } from './options.ts';

/** Gives transports on which HTTP/2 is spoken. */
export interface TransportSource {
	/** Rejects with `signal.reason` when that comes first. */
	dial(signal: AbortSignal): Promise<Transport>;
}

export class Dialler implements TransportSource {
	readonly #origin: ResolvedOptions['origin'];
	readonly #dialler: OriginDialler;
	/** Whatever ALPN gives. */
	readonly #mustSpeakH2: boolean;

	constructor({ origin, route, forceProtocol }: ResolvedOptions) {
		this.#origin = origin;
		this.#dialler = new OriginDialler(origin, route);
		this.#mustSpeakH2 = !origin.secure || forceProtocol === 'h2' || route.transport !== null;
	}

	async dial(signal: AbortSignal): Promise<Transport> {
		const transport = await this.#dialler.dial(signal);
		if (this.#mustSpeakH2 || speaksH2(transport.alpn)) return transport;
		dropTransport(transport);
		const gave = transport.alpn === null ? 'agreed on no protocol' : `chose ${transport.alpn}`;
		throw new NegotiationError(
			`Cannot speak HTTP/2 with ${this.#origin.authority}: the server ${gave} by ALPN; ` +
				"use a client for HTTP/1.1, or forceProtocol: 'h2' for a server that speaks HTTP/2 without ALPN",
			transport.alpn,
		);
	}
}
