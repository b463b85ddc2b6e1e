// One transport that carries HTTP/1.1 requests one after another. Decides when it is free, when it can no longer be used,
// and whether its request may then be sent again.

import { startTimer } from '../base/abort.ts';
import { ConnectionResetError, type HyperError, InvalidResponseError, LocalProtocolError } from '../base/errors.ts';
import { type Carrier, PendingRequest } from '../connection/pending-request.ts';
import type { Detour } from '../connection/replay.ts';
import type { Wire, WireOwner } from '../connection/wire.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import { fieldValues } from '../fields/flat-fields.ts';
import { type BufferedResponse, HandedOut } from '../message/buffered-response.ts';
import type { ResponseHead } from '../message/response.ts';
import type { Forwarding } from '../net/connector.ts';
import { dropTransport } from '../runtime/drop.ts';
import type { TransportDuplex } from '../runtime/http1.ts';
import type { Transport } from '../runtime/transport.ts';
import { Call } from './call.ts';
import { FramelessWire } from './frameless-wire.ts';
import { Persistence } from './persistence.ts';
import { Reception } from './reception.ts';
import { addressed, checkForHTTP11, requestHead } from './request-head.ts';
import { canOfferUpgrade, switchesToH2C, type UpgradeOffer } from './upgrade.ts';
import type { WireContext } from './wire-source.ts';

/**
 * open ── drain ──> draining ── the transport is closed ──> gone
 *   └──────────────────┴── a 101 to h2c ──> switching ── HTTP/2 has the transport ──> gone
 */
type HTTP11WireState = 'open' | 'draining' | 'switching' | 'gone';

export class HTTP11Wire extends FramelessWire implements Wire, Carrier {
	readonly version = 'HTTP/1.1';
	readonly openedAt: Transport['openedAt'];
	readonly #transport: Transport;
	/** Set if the transport ends at a proxy that forwards requests in absolute form. */
	readonly #forward: Forwarding | null;
	/** Sent with each request until the server has answered one of them. */
	#offer: UpgradeOffer | null;
	readonly #context: WireContext;
	readonly #duplex: TransportDuplex;
	readonly owner: WireOwner;
	readonly #diagnostics: ConnectionDiagnostics;
	readonly #handedOut: HandedOut;
	readonly #closeWaits: (() => void)[] = [];
	#state: HTTP11WireState = 'open';
	/** The current exchange; null while the wire is free. */
	#call: Call | null = null;
	/** A request that is about to be sent, if the connection still stands then. */
	#next: PendingRequest | null = null;
	readonly #persistence: Persistence;
	readonly #reception: Reception;

	constructor(
		transport: Transport,
		forward: Forwarding | null,
		offer: UpgradeOffer | null,
		context: WireContext,
		owner: WireOwner,
		diagnostics: ConnectionDiagnostics,
	) {
		super();
		this.#transport = transport;
		this.openedAt = transport.openedAt;
		this.#forward = forward;
		this.#offer = offer;
		this.#context = context;
		this.#handedOut = new HandedOut(context.runtime);
		this.owner = owner;
		this.#diagnostics = diagnostics;
		this.#persistence = new Persistence(this.now(), context.habits);
		this.#reception = new Reception(transport.alpn, context.limits, context.lenient, this.now());
		this.#duplex = context.platform.toDuplex(transport, this.#onBytes);
		// The stream flows also between two exchanges, when the platform does not listen.
		this.#duplex.on('data', () => {});
		this.#duplex.on('end', () => this.#onEnd());
		this.#duplex.on('error', (error: Error) => {
			this.#reception.failure = error;
		});
		this.#duplex.on('close', this.#onClose);
		// Emitted when the platform is done with an exchange.
		this.#duplex.on('free', this.#onFree);
	}

	get size(): number {
		return this.requests().length;
	}

	get capacity(): number {
		return this.#isFree ? 1 : 0;
	}

	get closing(): boolean {
		return this.#state === 'gone';
	}

	get receivedAt(): number {
		return this.#reception.at;
	}

	get idleSince(): number {
		return this.#isFree ? this.#persistence.idleSince : Number.POSITIVE_INFINITY;
	}

	now(): number {
		return this.#context.runtime.now();
	}

	take(pending: PendingRequest): boolean {
		if (!this.#isFree) return false;
		const pause = this.#persistence.pauseBefore(pending, this.#reception.at, this.now());
		if (pause === Number.POSITIVE_INFINITY) {
			this.retire();
			return false;
		}
		checkForHTTP11(pending.request);
		if (pause === null) {
			this.#start(pending);
			return true;
		}
		this.#next = pending;
		const { runtime } = this.#context;
		if (pause === 0) runtime.afterPoll(this.#startNext);
		else startTimer(() => runtime.afterPoll(this.#startNext), pause);
		return true;
	}

	hurry(): void {
		this.#call?.hurry();
	}

	rest(): void {
		if (!this.#isFree) return;
		if (!this.#persistence.isReused) this.#persistence.onIdle(this.now());
		this.#transport.unref();
		this.owner.onDue();
	}

	requests(): PendingRequest[] {
		const pending = this.#call?.state === 'running' ? this.#call.pending : this.#next;
		return pending === null || pending.isClosed ? [] : [pending];
	}

	isPeersTurn(pending: PendingRequest): boolean {
		return this.#call?.pending === pending && this.#call.isOwed;
	}

	drain(): void {
		if (this.#state !== 'open') return;
		this.#state = 'draining';
		if (this.#call !== null) this.#call.hurry();
		else if (this.#next === null) this.#drop();
	}

	retire(): void {
		this.owner.onDraining(this, null);
		this.drain();
	}

	close(_errorCode: number, reason: HyperError): void {
		if (this.requests().length > 0) this.#diagnostics.cancelled(reason);
		this.giveUp(reason);
	}

	giveUp(reason: unknown): void {
		const [pending] = this.requests();
		this.#call?.abandon();
		pending?.close(reason);
		this.#drop();
	}

	whenClosed(): Promise<void> {
		if (this.#state === 'gone') return Promise.resolve();
		return new Promise((resolve) => this.#closeWaits.push(resolve));
	}

	consume(pending: PendingRequest, length: number): void {
		if (this.#call?.pending === pending) this.#call.consume(length);
	}

	/** Closes the connection, since HTTP/1.1 cannot end a response early; after a 101, HTTP/2 resets the stream instead. */
	cancel(pending: PendingRequest, _errorCode: number, reason: unknown): void {
		this.#diagnostics.cancelled(reason);
		if (this.#call?.pending === pending && this.#call.offersUpgrade) this.#offer?.onGivenUp(reason);
		// HTTP/2 cannot begin while part of the request is unwritten, which may be for ever if the server does not read.
		const becomesStream = this.#state === 'switching' && this.#duplex.writableLength === 0;
		if (this.#call?.pending === pending && !becomesStream) this.giveUp(reason);
		else pending.close(reason);
	}

	handOut(response: object, source: BufferedResponse): void {
		this.#handedOut.add(response, source);
		this.#context.runtime.afterTurn(this.#handedOut.watch);
	}

	/** The head of the request has been written. */
	onWritten({ pending, head, offersUpgrade }: Call): void {
		// With an offer, only the response shows whether the request becomes stream 1 of HTTP/2.
		pending.onSent(this, this.now(), offersUpgrade ? undefined : null);
		if (!offersUpgrade) this.#offer?.onWithheld();
		if (!this.#diagnostics.wantsHeads) return;
		const { method, scheme, authority, path } = pending.request;
		const pseudo = [':method', method, ':scheme', scheme, ':authority', authority, ':path', path];
		this.#diagnostics.request(null, { fields: [...pseudo, ...head.fields], neverIndexed: null });
	}

	/** The head of the final response has arrived. */
	onHead({ pending, offersUpgrade }: Call, head: ResponseHead, fields: readonly string[]): void {
		this.#persistence.onHead(head);
		if (offersUpgrade) {
			this.#decline();
			pending.onStart(null);
		}
		if (this.#diagnostics.wantsHeads) this.#diagnostics.response(null, head.status, { fields, neverIndexed: null });
	}

	/**
	 * The server cannot cope with the offer, or answers with status 408, 417 or 421. Returns whether the request is sent again.
	 * That takes another connection: after a 417, the server may expect the content that was withheld.
	 */
	onDetour(call: Call, fate: 'declined' | Detour, status = 0, fields: readonly string[] = []): boolean {
		if (this.#state === 'switching' || !this.owner.onLost(this, call.pending, fate)) return false;
		call.abandon();
		if (status !== 0) this.#diagnostics.response(null, status, { fields, neverIndexed: null });
		if (fate === 'declined') this.#decline();
		this.#drop();
		return true;
	}

	onOfferUnanswered(call: Call): void {
		if (this.#reception.length === 0) this.onDetour(call, 'declined');
	}

	onTrailers(fields: readonly string[]): void {
		this.#diagnostics.trailers(null, { fields, neverIndexed: null });
	}

	/** Another request waits, and more than `limit` bytes of the current response are unread. */
	onUnread(limit: number): void {
		const why = `more than ${limit} bytes of the previous response are unread; read or close it first`;
		this.owner.onBlocked(this, new LocalProtocolError(`Cannot send the request: ${why}`));
	}

	/** The response is complete. `isFlushed`: so is the request. */
	onEnded(call: Call, isFlushed: boolean): void {
		const { pending, head } = call;
		call.state = 'over';
		pending.close(null);
		// The server would mistake the rest of this request for the next one.
		if (!isFlushed || head.closes || this.#reception.isDoubtful || this.#persistence.isDoubtful) this.#drop();
	}

	/** The exchange failed; `cause` is one of our errors or the platform's. */
	onFailed(call: Call, cause: unknown): void {
		const { pending } = call;
		const isAnswered = pending.state !== 'sent' && pending.state !== 'waiting';
		const error = this.#reception.failureOf(cause, isAnswered ? 'the response was complete' : 'the response began');
		pending.lostWith ??= error;
		const isLost = (this.#state !== 'draining' && error instanceof ConnectionResetError) || call.offersUpgrade;
		const fate = isLost ? this.#persistence.fateOf(call, this.#duplex.hasSent, this.#reception.length) : 'processed';
		if (fate === 'declined') this.#decline();
		if (fate === 'unanswered') pending.doubt ??= error;
		if (!this.owner.onLost(this, pending, fate)) {
			this.#reception.failure = error;
			this.#diagnostics.error(null, error);
			pending.close(error);
		}
		this.#drop();
	}

	/** The server has sent a 101 response, and the platform has released the connection. */
	onSwitched(call: Call, fields: readonly string[], following: Uint8Array): void {
		const offer = this.#offer;
		if (offer === null || !switchesToH2C(fields)) {
			const to = fieldValues(fields, 'upgrade').join(', ');
			return call.fail(new InvalidResponseError(`Server sent an unrequested or invalid 101, with upgrade "${to}"`));
		}
		this.#state = 'switching';
		call.offersUpgrade = false;
		// A server that stops reading meanwhile runs into the timeout for the response.
		this.#handOver(call, offer, following).catch((cause: unknown) => call.fail(cause));
	}

	/** Passes the transport to an HTTP/2 wire. Rejects if it breaks before the request is flushed. */
	async #handOver(call: Call, offer: UpgradeOffer, following: Uint8Array): Promise<void> {
		this.#duplex.pause();
		if (following.length > 0) this.#duplex.unshift(following);
		const released = await this.#duplex.release();
		// The released duplex will close, but the connection continues.
		this.#duplex.off('close', this.#onClose);
		let transport: Transport;
		try {
			transport = await this.#diagnostics.opened(released, 'HTTP/2');
		} catch (error) {
			dropTransport(released);
			call.fail(error);
			return this.#leave();
		}
		if (call.state !== 'running') {
			dropTransport(transport);
			this.#diagnostics.closed(null);
			return this.#leave();
		}
		this.#state = 'gone';
		call.abandon();
		const { pending } = call;
		// The server answers on stream 1 even if the request was cancelled after the 101, so a stand-in is reset there.
		const adopted = pending.isClosed ? new PendingRequest(pending.request, this.now(), {}) : pending;
		const upgraded = offer.adopt(transport, adopted, this.owner, this.#diagnostics);
		this.owner.onUpgraded(this, upgraded);
		if (adopted !== pending) adopted.abort();
		for (const resolve of this.#closeWaits) upgraded.whenClosed().then(resolve);
	}

	get #isFree(): boolean {
		return this.#call === null && this.#next === null && this.#state === 'open' && !this.#duplex.destroyed;
	}

	#start(pending: PendingRequest): void {
		const { request } = pending;
		this.#reception.begin(request.method);
		this.#duplex.hasSent = false;
		this.#transport.ref();
		const head = requestHead(request);
		const offer = this.#offer !== null && canOfferUpgrade(request) ? this.#offer : null;
		const line = {
			...this.#context,
			duplex: this.#duplex,
			isReused: this.#persistence.isReused,
			...addressed(request, head, offer, this.#forward),
		};
		try {
			this.#call = new Call(pending, head, offer?.wait ?? null, this, line);
			pending.carrier = this;
		} catch (error) {
			// The platform may have written a part of the request.
			this.#drop();
			pending.closeUnsent(error);
		}
	}

	/** Starts the request that has waited. If the connection has closed meanwhile, #onClose has moved it. */
	readonly #startNext = (): void => {
		const pending = this.#next;
		if (pending === null || this.#duplex.destroyed) return;
		this.#next = null;
		if (pending.state === 'closed') return this.#onFree();
		this.#start(pending);
	};

	/** Offers no upgrade from now on. */
	#decline(): void {
		this.#offer?.onDeclined();
		this.#offer = null;
	}

	readonly #onBytes = (bytes: Uint8Array): Uint8Array => {
		// Unrequested bytes would be mistaken for the next response.
		if (this.#call === null || !this.#call.isReading) this.#drop();
		return this.#reception.onBytes(bytes, this.now());
	};

	#onEnd(): void {
		if (this.#call === null || !this.#call.isReading) this.#drop();
	}

	readonly #onFree = (): void => {
		if (this.#state !== 'open') return this.#drop();
		this.#call = null;
		this.#persistence.onIdle(this.#reception.at);
		if (this.#isFree) this.owner.onCapacity(this);
		this.rest();
	};

	readonly #onClose = (): void => {
		if (this.#state === 'gone') return;
		const call = this.#call;
		const next = this.#next;
		this.#next = null;
		if (call === null) this.#persistence.onUnused();
		if (next !== null && !next.isClosed && !this.owner.onLost(this, next, 'unwritten')) {
			next.close(this.#reception.failureOf(new Error('the connection was closed'), 'the response began'));
		}
		// The platform reports the close to its request within this turn, unless it is not listening yet.
		this.#context.runtime.afterTurn(() => {
			if (call?.state === 'running' && !call.isReceived) call.fail(new Error('the connection was closed'));
			this.#diagnostics.closed(this.#reception.failure);
		});
		this.#leave();
	};

	#leave(): void {
		this.#state = 'gone';
		this.owner.onClosed(this, null);
		for (const resolve of this.#closeWaits.splice(0)) resolve();
	}

	#drop(): void {
		if (this.#state !== 'gone') this.#duplex.destroy();
	}
}
