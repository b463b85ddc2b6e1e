// One transport and its HTTP/2 session. Received bytes go to the session, and its events to their requests. Everything
// that is sent during one turn goes to the transport in one write.

import { CANCEL, NO_ERROR } from '../../assembly/shared/error-code.ts';
import { MAX_STREAM_ID } from '../../assembly/shared/limit.ts';
import { ConnectionError, type HyperError, TLSError } from '../base/errors.ts';
import { brokenBy, resetErrorOf } from '../base/failures.ts';
import type { PendingRequest } from '../connection/pending-request.ts';
import type { Fate } from '../connection/replay.ts';
import type { Wire, WireOwner } from '../connection/wire.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import { isReplayable } from '../message/request.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Transport, TransportReceiver } from '../runtime/transport.ts';
import { pauseForTurn } from '../runtime/turns.ts';
import type { SessionOptions } from '../session/core.ts';
import type { SessionEvent } from '../session/events.ts';
import { Session } from '../session/session.ts';
import type { Settings } from '../session/settings.ts';
import { Liveness } from './liveness.ts';
import { Pings, parseOpaque } from './pings.ts';
import type { Pushes } from './pushes.ts';
import { Reuse } from './reuse.ts';
import { StreamRouter } from './stream-router.ts';
import { Writer } from './writer.ts';

/**
 *                        drain                  the last stream has ended
 * open ──────────────────────────────> draining ──────────────────────────> closing ── the transport is closed ──> closed
 *   └── GOAWAY ──> going away ── drain ───^                                    ^
 *                      └────────────── the last stream has ended ──────────────┤
 * any state before ─────────── an error, or the server's end of the transport ─┘
 *
 * `going away` was caused by the server, and waits for untaken pushes; `draining` was caused by us, and resets them. If the
 * transport is closed without a warning, `closed` follows on any state.
 */
type HTTP20WireState = 'open' | 'going away' | 'draining' | 'closing' | 'closed';

export class HTTP20Wire implements Wire, TransportReceiver {
	readonly version = 'HTTP/2';
	readonly session: Session;
	readonly streams: StreamRouter;
	readonly writer: Writer;
	readonly liveness: Liveness;
	readonly #transport: Transport;
	readonly #runtime: Runtime;
	readonly #owner: WireOwner;
	readonly #diagnostics: ConnectionDiagnostics;
	readonly #pings = new Pings();
	readonly #firstStreamId: number;
	/** How many streams to open before the server's SETTINGS arrive. */
	readonly #expectedStreams: number;
	#state: HTTP20WireState = 'open';
	readonly #reuse: Reuse;
	/** The failure that closes the wire; null for an orderly close. */
	#failure: HyperError | null = null;
	/** The error from the server's GOAWAY; null without one. */
	#farewell: ConnectionError | null = null;
	/** The time of this turn; 0 until the clock is read. */
	#now = 0;
	#receivedAt: number;
	/** When the wire became idle; Infinity while it is in use. */
	#idleSince = Number.POSITIVE_INFINITY;
	readonly #closeWaits: (() => void)[] = [];

	/** `adopted`: the request that offered the upgrade, which is answered on stream 1. */
	constructor(
		transport: Transport,
		runtime: Runtime,
		options: SessionOptions & { expectedStreams: number },
		owner: WireOwner,
		diagnostics: ConnectionDiagnostics,
		pushes: Pushes | null = null,
		adopted: PendingRequest | null = null,
	) {
		this.#transport = transport;
		this.#runtime = runtime;
		this.#owner = owner;
		this.#diagnostics = diagnostics;
		this.#firstStreamId = options.firstStreamId;
		this.#expectedStreams = options.expectedStreams;
		this.#receivedAt = runtime.now();
		this.#reuse = new Reuse(runtime, () => this.#afterEvents());
		this.session = new Session(adopted === null ? options : { ...options, upgradedMethod: adopted.request.method });
		this.writer = new Writer(this, transport, this.session, runtime);
		this.liveness = new Liveness(this, owner, runtime);
		this.streams = new StreamRouter(this, this.session, pushes, transport.openedAt, diagnostics, runtime);
		if (adopted !== null) this.streams.adopt(adopted);
		transport.start(this);
		this.writer.flush();
	}

	get remoteSettings(): Readonly<Settings> {
		return this.session.remoteSettings;
	}

	get size(): number {
		return this.streams.size;
	}

	get capacity(): number {
		return this.liveness.holdsAll ? 0 : this.session.freeStreams(this.#expectedStreams);
	}

	get closing(): boolean {
		return this.#state === 'closing' || this.#state === 'closed';
	}

	get greeted(): boolean {
		return this.session.greeted;
	}

	get hasServed(): boolean {
		const { greeted, nextStreamId, lastTakenId } = this.session;
		return greeted && nextStreamId > this.#firstStreamId && lastTakenId >= this.#firstStreamId;
	}

	get receivedAt(): number {
		return this.#receivedAt;
	}

	get idleSince(): number {
		// A request may have been made since the last turn ended.
		return this.streams.wanted > 0 || this.#owner.hasWaiting ? Number.POSITIVE_INFINITY : this.#idleSince;
	}

	/** Milliseconds; constant during one turn. */
	now(): number {
		if (this.#now === 0) this.#now = this.#runtime.now();
		return this.#now;
	}

	/**
	 * A body that can be sent only once waits for the server's SETTINGS, and so does an extended CONNECT. A request that would
	 * not be sent again if it were lost (replay.ts) waits until a reused connection has been looked at. The wire retires with
	 * the request that uses its last stream id.
	 */
	take(pending: PendingRequest): boolean {
		const { request } = pending;
		const beforeSettings = request.protocol === null && isReplayable(request) ? this.#expectedStreams : 0;
		if (this.session.freeStreams(beforeSettings) === 0) return false;
		if (this.liveness.state !== 'alive' && this.liveness.mustWait(request.repeatable)) return false;
		if (!request.repeatable && this.#isReused) {
			if (!this.#reuse.mayWrite(this.streams.wanted > 0, this.now() - this.#receivedAt)) return false;
		}
		this.streams.open(pending);
		if (this.streams.nextStreamId > MAX_STREAM_ID) this.retire();
		return true;
	}

	/** The end of the turn keeps the process running. */
	hurry(): void {
		this.writer.schedule();
	}

	/** The end of the turn lets the process exit if the wire is idle. */
	rest(): void {
		this.writer.schedule();
	}

	requests(): PendingRequest[] {
		return this.streams.values();
	}

	contentSentAt(pending: PendingRequest): number {
		return this.session.contentSentAt(pending.id as number);
	}

	isPeersTurn(pending: PendingRequest): boolean {
		return this.session.isPeersTurn(pending.id as number);
	}

	/** Whether the peer was gone, or closed a reused connection: RFC 9110 §9.2.2 lets idempotent requests be sent again. */
	get hasBrokenInReuse(): boolean {
		return this.liveness.state === 'dead' || (this.#reuse.isBroken && this.#isReused);
	}

	/** Whether the HEADERS of the request was written to the transport. */
	hasWritten(pending: PendingRequest): boolean {
		return this.writer.hasWritten(pending.id as number);
	}

	/** Whether the server's GOAWAY excludes this request but includes an earlier one of this wire. */
	hasLeftBehind(pending: PendingRequest): boolean {
		const { lastTakenId } = this.session;
		return (pending.id as number) > lastTakenId && lastTakenId >= this.#firstStreamId;
	}

	onLost(pending: PendingRequest, fate: Fate): boolean {
		return this.#owner.onLost(this, pending, fate);
	}

	/** Resolves with the round-trip time in milliseconds; rejects when the connection ends. */
	ping(opaque?: Uint8Array | string): Promise<number> {
		if (this.closing) return Promise.reject(new ConnectionError('Cannot send PING: the connection is closing'));
		const [first, second] = parseOpaque(opaque);
		this.session.ping(first, second);
		this.writer.schedule();
		return this.#pings.wait(first, second, this.#runtime.now());
	}

	expirePings(time: number, makeReason: () => unknown): number {
		if (this.#pings.size > 0) this.rest();
		return this.#pings.expire(time, makeReason);
	}

	drain(errorCode: number = NO_ERROR): void {
		if (!this.closing) this.#state = 'draining';
		this.session.drain(errorCode);
		this.#afterEvents();
		this.writer.schedule();
	}

	retire(): void {
		if (this.#state === 'draining' || this.closing) return;
		const wasOpen = this.#state === 'open';
		this.drain();
		if (wasOpen) this.#owner.onDraining(this, null);
	}

	close(errorCode: number, reason: HyperError): void {
		this.streams.resetAll(CANCEL, reason.message);
		this.drain(errorCode);
	}

	giveUp(reason: HyperError): void {
		if (!this.closing) this.#shut(reason);
		this.#transport.destroy();
	}

	whenClosed(): Promise<void> {
		if (this.#state === 'closed') return Promise.resolve();
		return new Promise((resolve) => this.#closeWaits.push(resolve));
	}

	onBytes(bytes: Uint8Array): void {
		if (this.closing) return;
		this.#now = 0;
		this.#receivedAt = this.now();
		try {
			this.dispatch(this.session.receive(bytes, this.#receivedAt));
			if (this.session.isSated) pauseForTurn(this.#transport, this.#runtime);
		} catch (cause) {
			this.fail(cause);
		}
		if (this.liveness.listens) this.liveness.onHeard();
		this.#now = 0;
		// Most pieces of a large body cause no output, and scheduling the end of a turn for each would be measurable.
		if (this.session.hasOutput || this.streams.wanted === 0) this.writer.schedule();
	}

	onDrain(): void {
		this.liveness.onDrain();
		this.writer.onDrain();
	}

	onEnd(): void {
		if (this.closing) return;
		const reason = resetErrorOf('Server closed the connection before the response was complete', this.#farewell);
		this.#reuse.isBroken = !this.#isBlamed;
		this.#shut(reason, this.streams.size === 0 ? null : reason);
		this.writer.end(true);
	}

	onRenegotiated(): void {
		this.session.onRenegotiated();
		this.dispatch(this.session.takeEvents());
	}

	onClose(error: Error | null): void {
		if (this.#state === 'closed') return;
		const wasClosing = this.closing;
		const isInOrder = wasClosing || (this.streams.size === 0 && error === null);
		this.#state = 'closed';
		this.writer.close();
		// No turn of this wire will end any more.
		this.streams.handedOut.watch();
		// With TLS 1.3, a server rejects our certificate only after we have completed the handshake.
		const isRefused = error instanceof TLSError && !this.session.greeted;
		const message = 'Connection was closed before the response was complete';
		// A GOAWAY without an error does not explain why the transport failed.
		const why = this.#isBlamed ? this.#farewell : (error ?? this.#farewell);
		const reason = isRefused ? error : resetErrorOf(message, why);
		this.#reuse.isBroken ||= !wasClosing && !isRefused && !this.#isBlamed;
		this.session.end(reason);
		this.dispatch(this.session.takeEvents());
		this.#pings.reject(reason);
		this.session.release();
		this.#diagnostics.closed(isInOrder ? this.#failure : reason);
		this.#owner.onClosed(this, reason);
		for (const resolve of this.#closeWaits) resolve();
	}

	/** Delivers events of the session. */
	dispatch(events: readonly SessionEvent[]): void {
		if (events.length === 0) return;
		for (let i = 0; i < events.length; i++) {
			const event = events[i] as SessionEvent;
			if (!this.streams.deliver(event)) this.#onEvent(event);
		}
		this.#afterEvents();
	}

	/** Ends the session after an exception, for example in the caller's flow-control manager: its state may be wrong. */
	fail(cause: unknown): void {
		const error = brokenBy(cause);
		try {
			this.session.fail(error);
			this.dispatch(this.session.takeEvents());
		} catch {
			this.giveUp(error);
		}
		// Requests whose `closed` event was lost by the exception.
		this.streams.closeAll(error);
	}

	/** Handles events that concern the whole wire. */
	#onEvent(event: SessionEvent): void {
		switch (event.type) {
			case 'pong': {
				const roundTrip = this.#pings.acknowledge(event.first, event.second, this.#runtime.now());
				this.liveness.onPong(event.first, event.second, roundTrip);
				if (roundTrip !== null) this.session.onRoundTrip(roundTrip);
				break;
			}
			case 'goaway': {
				const { errorCode, text } = event;
				if (this.#farewell === null || (!this.#isBlamed && errorCode !== NO_ERROR)) {
					const message = `Server is going away with ${text}`;
					this.#farewell = new ConnectionError(message, { retryable: true, errorCode });
					if (this.#isBlamed) this.#diagnostics.error(null, this.#farewell);
				}
				if (this.#state !== 'open') break;
				this.#state = 'going away';
				this.#owner.onDraining(this, this.#farewell);
				break;
			}
			case 'failed':
				if (this.closing) break;
				this.#shut(event.error);
				this.writer.end(true);
				break;
		}
	}

	/** After a batch of events: there may be room for more streams, or nothing left to wait for. */
	#afterEvents(): void {
		if (this.closing) return;
		if (this.#state === 'open') {
			this.#owner.onCapacity(this);
		} else if (this.streams.size === 0) {
			this.#shut(null);
			this.writer.end(false);
		} else if (this.#state === 'draining' && this.streams.wanted === 0) {
			this.streams.resetAll(CANCEL, 'Push was not taken before the connection was closed');
		}
	}

	/** The turn is over. */
	onFlushed(): void {
		this.#now = 0;
		this.dispatch(this.session.takeEvents());
		this.streams.handedOut.watch();
		const isBusy = this.streams.wanted > 0 || this.#pings.size > 0 || this.#owner.hasWaiting;
		if (isBusy) this.#idleSince = Number.POSITIVE_INFINITY;
		else if (this.#idleSince === Number.POSITIVE_INFINITY) {
			this.#idleSince = this.#runtime.now();
			this.#reuse.wasIdle = true;
		}
		const mustHold = isBusy || this.closing;
		if (mustHold !== this.writer.isHeld) this.writer.hold(mustHold);
	}

	/** The server has sent a GOAWAY with an error. */
	get #isBlamed(): boolean {
		return this.#farewell !== null && this.#farewell.errorCode !== NO_ERROR;
	}

	get #isReused(): boolean {
		return this.#reuse.wasIdle || this.streams.hasCompleted;
	}

	/** Ends what is open with `reason`; the caller ends the transport. `failure` is the error that diagnostics report. */
	#shut(reason: HyperError | null, failure: HyperError | null = reason): void {
		const wasOpen = this.#state === 'open';
		// Set first, because the end of the last stream below would otherwise be taken for the end of a drain.
		this.#state = 'closing';
		this.#failure = failure;
		if (reason !== null) {
			this.session.end(reason);
			this.dispatch(this.session.takeEvents());
			this.#pings.reject(reason);
		}
		if (wasOpen) this.#owner.onDraining(this, reason);
	}
}
