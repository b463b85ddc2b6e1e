// Opens the wires of an HTTP/2 connection, and checks that ALPN selected HTTP/2 where that is required. RFC 9113 §3.

import { runtime } from '#runtime';
import { LocalProtocolError, NegotiationError } from '../base/errors.ts';
import type { ResolvedOptions } from '../connection/options.ts';
import type { PendingRequest } from '../connection/pending-request.ts';
import type { Connected, Wire, WireOwner, WireSource } from '../connection/wire.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import { Connector, type TransportSource } from '../net/connector.ts';
import { dropTransport } from '../runtime/drop.ts';
import type { Transport } from '../runtime/transport.ts';
import type { HTTP20Push } from './push.ts';
import { Pushes } from './pushes.ts';
import { HTTP20Wire } from './wire.ts';

/** RFC 9113 §6.5.2 recommends that servers allow at least so many streams. */
const RECOMMENDED_STREAMS = 100;

/** Includes the tokens of drafts that hyper offered. A server that selects one is treated as an HTTP/2 server. */
const H2_TOKENS: ReadonlySet<string> = new Set(['h2', 'h2-16', 'h2-15', 'h2-14']);

export function speaksH2(alpn: string | null): boolean {
	return alpn !== null && H2_TOKENS.has(alpn);
}

export class HTTP20WireSource implements WireSource {
	readonly version = 'HTTP/2';
	readonly dialsOnce: boolean;
	/** Null if push is disabled. */
	readonly pushes: Pushes | null;
	readonly #options: ResolvedOptions;
	readonly #connector: Pick<TransportSource, 'dial'>;
	/** The wire that was created last. */
	#wire: HTTP20Wire | null = null;
	/** Continues from wire to wire, so that stream ids stay unique until the connection is closed. */
	#nextStreamId = 1;
	/** How many streams the server of the wire before `#wire` allowed. */
	#allowed = RECOMMENDED_STREAMS;

	constructor(
		options: ResolvedOptions,
		connector: Pick<TransportSource, 'dial'> = new Connector(options.origin, options.route),
	) {
		this.#options = options;
		this.dialsOnce = options.route.transport !== null;
		this.#connector = connector;
		this.pushes = options.enablePush ? new Pushes(options) : null;
	}

	/** A server that allowed fewer would refuse the others again, and a request that is refused twice fails. */
	get expectedCapacity(): number {
		const session = this.#wire?.session;
		if (session === undefined || !session.greeted) return this.#allowed;
		return Math.min(RECOMMENDED_STREAMS, Math.max(1, session.remoteSettings.maxConcurrentStreams));
	}

	async connect(signal: AbortSignal): Promise<Connected> {
		const transport = await this.#connector.dial(signal);
		const { origin, forceProtocol, route } = this.#options;
		const mustSpeakH2 = !origin.secure || forceProtocol === 'h2' || route.transport !== null;
		if (mustSpeakH2 || speaksH2(transport.alpn)) return this.over(transport);
		dropTransport(transport);
		const gave = transport.alpn === null ? 'agreed on no protocol' : `chose ${transport.alpn}`;
		throw new NegotiationError(
			`Cannot speak HTTP/2 with ${origin.authority}: the server ${gave} by ALPN; ` +
				"use HTTPConnection, or forceProtocol: 'h2' for a server that speaks HTTP/2 without ALPN",
			transport.alpn,
		);
	}

	/** Speaks HTTP/2 on an open transport. */
	over(transport: Transport): Connected {
		return {
			transport,
			version: 'HTTP/2',
			createWire: (traced, owner, diagnostics) => this.#createWire(traced, owner, diagnostics, null),
		};
	}

	adopt(transport: Transport, pending: PendingRequest, owner: WireOwner, diagnostics: ConnectionDiagnostics): Wire {
		this.#wire = null;
		this.#nextStreamId = 1;
		return this.#createWire(transport, owner, diagnostics, pending);
	}

	reset(keepsIds: boolean): void {
		this.#nextStreamId = keepsIds ? this.#takeNextStreamId() : 1;
		this.#wire = null;
		this.#allowed = RECOMMENDED_STREAMS;
		if (!keepsIds) this.pushes?.clear();
	}

	/** Implements `getPushes` of a connection. `parent` is the request with this id; null if it has ended and was taken. */
	getPushes(
		streamId: number | null,
		parent: PendingRequest | null,
		captureAll: boolean,
	): AsyncIterableIterator<HTTP20Push> {
		const { pushes } = this;
		if (pushes === null) throw new LocalProtocolError('Cannot get pushes: the option enablePush is off');
		if (streamId === null) {
			if (parent === null) throw new LocalProtocolError('Cannot get pushes: no request was sent');
			return pushes.iterate(parent, captureAll);
		}
		if (!this.#hasOpened(streamId)) {
			throw new LocalProtocolError(`Cannot get pushes: stream ${streamId} is not a request of this connection`);
		}
		return pushes.iterate(parent ?? pushes.parentOf(streamId), captureAll);
	}

	#hasOpened(streamId: number): boolean {
		return (streamId & 1) === 1 && streamId < (this.#wire?.session.nextStreamId ?? this.#nextStreamId);
	}

	#createWire(
		transport: Transport,
		owner: WireOwner,
		diagnostics: ConnectionDiagnostics,
		adopted: PendingRequest | null,
	): HTTP20Wire {
		this.#allowed = this.expectedCapacity;
		const session = {
			...this.#options.session,
			firstStreamId: this.#takeNextStreamId(),
			expectedStreams: this.#allowed,
		};
		this.#wire = new HTTP20Wire(transport, runtime, session, owner, diagnostics, this.pushes, adopted);
		return this.#wire;
	}

	#takeNextStreamId(): number {
		const session = this.#wire?.session;
		if (session === undefined) return this.#nextStreamId;
		return session.exhausted ? 1 : session.nextStreamId;
	}
}
