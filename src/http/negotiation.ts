// Opens the wires of a connection whose HTTP version is negotiated: over TLS by ALPN (RFC 7301), in plaintext by an offer
// of h2c with the first safe request (RFC 7540 §3.2). The result is kept until the connection is closed.

import { NegotiationError, TimeoutError } from '../base/errors.ts';
import type { HTTPVersion } from '../base/version.ts';
import type { ResolvedOptions } from '../connection/options.ts';
import type { Connected, WireSource } from '../connection/wire.ts';
import { OFFER_WAIT, type UpgradeOffer } from '../http11/upgrade.ts';
import { HTTP11WireSource } from '../http11/wire-source.ts';
import { HTTP20WireSource, speaksH2 } from '../http20/wire-source.ts';
import type { OutgoingRequest } from '../message/request.ts';
import { Connector } from '../net/connector.ts';
import { dropTransport } from '../runtime/drop.ts';
import { Session } from '../session/session.ts';
import { encodeSettings, type Settings } from '../session/settings.ts';

/**
 * After this many offers that callers gave up unanswered, we make no more. One says little about the server, but if all
 * signals are shorter than OFFER_WAIT, a server that ignores offers would fail every request.
 */
const MOST_GIVEN_UP = 2;

interface Knowledge {
	/** What the server has chosen; null before its first answer. */
	version: HTTPVersion | null;
	/** Whether a request went in HTTP/1.1 because it could not offer HTTP/2. */
	isWithheld: boolean;
	/** How many requests with the offer the caller has ended before an answer. */
	givenUp: number;
}

/** unknown ── ALPN, a 101, or an answer in HTTP/1.1 ──> HTTP/2 ── fallBack ──> HTTP/1.1 ── reset ──> unknown */
export class NegotiatingWireSource implements WireSource {
	readonly expectedCapacity = 1;
	readonly dialsOnce: boolean;
	readonly http20: HTTP20WireSource;
	readonly #options: ResolvedOptions;
	readonly #connector: Connector;
	readonly #http11: HTTP11WireSource;
	/** Replaced by `reset`, so that late answers on old connections do not change it. */
	#known: Knowledge = noKnowledge();

	constructor(options: ResolvedOptions) {
		this.#options = options;
		const { origin, route } = options;
		this.dialsOnce = route.transport !== null;
		this.#connector = new Connector(origin, route);
		this.http20 = new HTTP20WireSource(options, this.#connector);
		// Once the server has chosen HTTP/1.1, later dials offer nothing else.
		this.#http11 = new HTTP11WireSource(options, new Connector(origin, { ...route, alpnProtocols: ['http/1.1'] }));
	}

	get version(): HTTPVersion | null {
		const { version, isWithheld } = this.#known;
		return version ?? (isWithheld ? 'HTTP/1.1' : null);
	}

	async connect(signal: AbortSignal): Promise<Connected> {
		const known = this.#known;
		// HTTP/1.1 needs no engine, so a platform without WebAssembly offers nothing else.
		if (known.version === null && !Session.isAvailable) known.version = 'HTTP/1.1';
		if (known.version === 'HTTP/1.1') return this.#http11.connect(signal);
		if (!this.#options.origin.secure) {
			return known.version === null ? this.#http11.connect(signal, this.#offer(known)) : this.http20.connect(signal);
		}
		const transport = await this.#connector.dial(signal);
		const { alpn } = transport;
		const { authority } = this.#options.origin;
		if (speaksH2(alpn)) {
			known.version = 'HTTP/2';
			return this.http20.over(transport);
		}
		if (known.version === 'HTTP/2') {
			// The server no longer chooses HTTP/2, so the next request negotiates again.
			known.version = null;
			dropTransport(transport);
			throw new NegotiationError(
				`Cannot speak HTTP/2 with ${authority}: the server no longer chooses it; the next request negotiates again`,
				alpn,
			);
		}
		if (alpn === null || alpn === 'http/1.1') {
			known.version = 'HTTP/1.1';
			return this.#http11.over(transport);
		}
		dropTransport(transport);
		throw new NegotiationError(
			`Cannot connect to ${authority}: the server chose ${alpn} by ALPN, which is neither HTTP/2 nor HTTP/1.1`,
			alpn,
		);
	}

	checkRequest(request: OutgoingRequest): void {
		if (this.#known.version === 'HTTP/1.1') this.#http11.checkRequest(request);
	}

	/** The server wants HTTP/1.1 after all. */
	fallBack(): boolean {
		this.#known.version = 'HTTP/1.1';
		return true;
	}

	reset(keepsIds: boolean): void {
		this.#known = noKnowledge();
		this.http20.reset(keepsIds);
	}

	/** The offer to send with the requests of one connection. */
	#offer(known: Knowledge): UpgradeOffer {
		return {
			settings: upgradeSettings(this.#options.session.settings),
			wait: Math.min(OFFER_WAIT, this.#options.timeouts.headers / 2),
			onWithheld: () => {
				known.isWithheld = true;
			},
			onDeclined: () => {
				known.version = 'HTTP/1.1';
			},
			onGivenUp: (reason) => {
				if (reason instanceof TimeoutError || ++known.givenUp === MOST_GIVEN_UP) known.version = 'HTTP/1.1';
			},
			adopt: (...switched) => {
				known.version = 'HTTP/2';
				// A connection opened before `reset` only drains, and later ones do not continue its stream ids.
				const isCurrent = known === this.#known;
				const source = isCurrent ? this.http20 : new HTTP20WireSource(this.#options, this.#connector);
				return source.adopt(...switched);
			},
		};
	}
}

function noKnowledge(): Knowledge {
	return { version: null, isWithheld: false, givenUp: 0 };
}

/** The value of HTTP2-Settings: the payload of our SETTINGS frame as base64url (RFC 7540 §3.2.1). */
export function upgradeSettings(settings: Partial<Settings>): string {
	const base64 = btoa(String.fromCharCode(...encodeSettings(settings)));
	return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
