// Opens the wires of an HTTP/1.1 connection, and checks that ALPN did not select another protocol.

import { runtime } from '#runtime';
import { NegotiationError } from '../base/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../base/limits.ts';
import type { ResolvedOptions } from '../connection/options.ts';
import type { Connected, WireSource } from '../connection/wire.ts';
import type { OutgoingRequest } from '../message/request.ts';
import { Connector, type Forwarding, type TransportSource } from '../net/connector.ts';
import type { Origin } from '../net/origin.ts';
import { dropTransport } from '../runtime/drop.ts';
import { type HTTP1Platform, http1Of } from '../runtime/http1.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Transport } from '../runtime/transport.ts';
import type { Habits } from './persistence.ts';
import { checkForHTTP11 } from './request-head.ts';
import type { UpgradeOffer } from './upgrade.ts';
import { HTTP11Wire } from './wire.ts';

/** What all wires of a connection share. */
export interface WireContext {
	readonly platform: HTTP1Platform;
	readonly runtime: Runtime;
	readonly limits: Readonly<Limits>;
	/** Whether to accept what browsers accept. */
	readonly lenient: boolean;
	readonly origin: Origin;
	readonly habits: Habits;
}

export class HTTP11WireSource implements WireSource {
	readonly version = 'HTTP/1.1';
	readonly expectedCapacity = 1;
	readonly dialsOnce: boolean;
	readonly checkRequest: (request: OutgoingRequest) => void = checkForHTTP11;
	readonly #options: ResolvedOptions;
	readonly #connector: Pick<TransportSource, 'dialForHTTP1'>;
	readonly #habits: Habits = { closesBehindResponse: false };

	constructor(
		options: ResolvedOptions,
		connector: Pick<TransportSource, 'dialForHTTP1'> = new Connector(options.origin, options.route),
	) {
		this.#options = options;
		this.dialsOnce = options.route.transport !== null;
		this.#connector = connector;
	}

	/** `offer`: the Upgrade to offer. A forwarding proxy declines it, as it would apply to the proxy (RFC 9110 §7.8). */
	async connect(signal: AbortSignal, offer: UpgradeOffer | null = null): Promise<Connected> {
		// Throws before anything is opened if the platform has no HTTP/1.1.
		http1Of(runtime);
		const { transport, forward } = await this.#connector.dialForHTTP1(signal);
		const { alpn } = transport;
		if (this.#options.forceProtocol === 'http/1.1' || alpn === null || alpn.startsWith('http/1.')) {
			if (forward !== null) offer?.onDeclined();
			return this.over(transport, forward, forward === null ? offer : null);
		}
		dropTransport(transport);
		throw new NegotiationError(
			`Cannot speak HTTP/1.1 with ${this.#options.origin.authority}: the server chose ${alpn} by ALPN; ` +
				"use HTTPConnection, or forceProtocol: 'http/1.1' if the server speaks HTTP/1.1 anyway",
			alpn,
		);
	}

	/** Speaks HTTP/1.1 on an open transport. */
	over(transport: Transport, forward: Forwarding | null = null, offer: UpgradeOffer | null = null): Connected {
		const { lenient, origin } = this.#options;
		return {
			transport,
			version: 'HTTP/1.1',
			// If the platform has no HTTP/1.1, whoever calls this closes the transport.
			createWire: (traced, owner, diagnostics) => {
				const platform = http1Of(runtime);
				const limits = stricter(this.#options.limits, platform.maxHeaderSize);
				const context = { platform, runtime, limits, lenient, origin, habits: this.#habits };
				return new HTTP11Wire(traced, forward, offer, context, owner, diagnostics);
			},
		};
	}

	reset(): void {}
}

/** With the platform's limit for heads in place of our default, but not of a limit that the caller has set. */
function stricter(limits: Readonly<Limits>, maxHeaderSize: number | null): Readonly<Limits> {
	if (maxHeaderSize === null || limits.headerListSize !== DEFAULT_LIMITS.headerListSize) return limits;
	return { ...limits, headerListSize: Math.min(maxHeaderSize, limits.headerListSize) };
}
