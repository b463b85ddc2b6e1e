// Opens the transport of an HTTP/1.1 connection, and makes sure that the server speaks HTTP/1.1 on it.

import { NegotiationError } from '../base/errors.ts';
import type { ResolvedOptions } from '../connection/options.ts';
import { type Forwarding, Connector as OriginDialler } from '../net/connector.ts';
import { dropTransport } from '../runtime/drop.ts';
import type { Transport } from '../runtime/transport.ts';

/** What a link is made of. */
export interface Connected {
	readonly transport: Transport;
	/** Set when the other end is a proxy that takes requests in absolute form. */
	readonly forward: Forwarding | null;
}

/** Where a connection gets its transports from. */
export interface ConnectedSource {
	/** Rejects with `signal.reason` and drops what it has. */
	dialForHTTP1(signal: AbortSignal): Promise<Connected>;
}

export class Dialler implements ConnectedSource {
	readonly #origin: ResolvedOptions['origin'];
	readonly #dialler: OriginDialler;
	readonly #forced: boolean;

	constructor({ origin, route, forceProtocol }: ResolvedOptions) {
		this.#origin = origin;
		this.#dialler = new OriginDialler(origin, route);
		this.#forced = forceProtocol === 'http/1.1';
	}

	async dialForHTTP1(signal: AbortSignal): Promise<Connected> {
		const connected = await this.#dialler.dialForHTTP1(signal);
		const { alpn } = connected.transport;
		if (this.#forced || alpn === null || alpn.startsWith('http/1.')) return connected;
		dropTransport(connected.transport);
		throw new NegotiationError(
			`Cannot speak HTTP/1.1 with ${this.#origin.authority}: the server chose ${alpn} by ALPN; ` +
				"use a client for it, or forceProtocol: 'http/1.1' for a server that speaks HTTP/1.1 all the same",
			alpn,
		);
	}
}
