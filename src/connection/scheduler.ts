// Assigns the requests of one connection to wires: dials if no wire is open, queues requests until a wire has room, opens
// a new wire when the server goes away, and sends lost requests again where that is allowed (replay.ts).

import { NO_ERROR } from '../../assembly/shared/error-code.ts';
import { ConnectionError, type HyperError } from '../base/errors.ts';
import { callUncaught } from '../base/guard.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import { withoutContinue } from '../message/request.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { Backoff } from './backoff.ts';
import type { ConnectionState } from './contract.ts';
import { openWire } from './open-wire.ts';
import type { PendingRequest } from './pending-request.ts';
import { type Fate, MAX_REPLAYS, mayReplay, needsNewConnection, requiresHTTP11 } from './replay.ts';
import { type Patience, SUSPENSION, Watchdog } from './watchdog.ts';
import type { Wire, WireOwner, WireSource } from './wire.ts';

export class Scheduler implements WireOwner {
	#onChange: (() => void) | null = null;
	/** Calls `onChange`, which may throw, but must end neither requests nor the wire that calls. */
	#tellOfChange: (() => void) | null = null;
	readonly #source: WireSource;
	/** Creates the diagnostics of one dial and of the connection that it opens. */
	readonly #diagnose: () => ConnectionDiagnostics;
	/** Of the latest dial, which waiting requests wait for. */
	#diagnostics: ConnectionDiagnostics | null = null;
	readonly #watchdog: Watchdog;
	readonly #backoff = new Backoff();
	/** The wire that takes requests; null before a dial succeeds, and once that wire has stopped taking requests. */
	wire: Wire | null = null;
	/** `isAwaited`: by `connect`, so that it goes on without requests. */
	#dialling: { promise: Promise<void>; canceller: AbortController; isAwaited: boolean } | null = null;
	readonly #wires = new Set<Wire>();
	/** Wires that `close` has closed: their requests are not sent again, unless the offer of an upgrade was all that failed. */
	readonly #closedByOwner = new WeakSet<Wire>();
	/** Requests that are sent again while `close` drains, until the wire that each gets for itself has closed. */
	readonly #alone = new Map<PendingRequest, Promise<void>>();
	/** Requests that wait for a wire with room, oldest first. */
	readonly #waiting: PendingRequest[] = [];
	#submitted = 0;
	/** How far the wall clock was ahead of the monotonic clock when a request was last made, and the time of that request. */
	#ahead = Number.NaN;
	#lookedAt = Number.NaN;
	#isClosed = false;

	constructor(source: WireSource, runtime: Runtime, patience: Patience, diagnose: () => ConnectionDiagnostics) {
		this.#source = source;
		this.#diagnose = diagnose;
		this.#watchdog = new Watchdog(patience, this, runtime);
	}

	/** Called after anything that may have changed `state` or `capacity`. What it throws becomes an uncaught exception. */
	get onChange(): (() => void) | null {
		return this.#onChange;
	}

	set onChange(callback: (() => void) | null) {
		this.#onChange = callback;
		this.#tellOfChange = callback && (() => callUncaught(callback));
	}

	/** All wires whose transports are not closed. */
	get wires(): Iterable<Wire> {
		return this.#wires;
	}

	get waiting(): readonly PendingRequest[] {
		return this.#waiting;
	}

	get hasWaiting(): boolean {
		return this.#waiting.length > 0;
	}

	isAwaited(wire: Wire): boolean {
		return this.#closedByOwner.has(wire);
	}

	/** The number of requests on all wires. */
	get size(): number {
		return [...this.#wires].reduce((sum, { size }) => sum + size, 0);
	}

	/** Whether nothing is open, being opened or waiting. */
	get isAtRest(): boolean {
		return this.#wires.size + this.#waiting.length + this.#alone.size === 0 && this.#dialling === null;
	}

	get state(): ConnectionState {
		if (this.wire !== null) return 'open';
		if (this.#dialling !== null) return 'idle';
		if (this.#wires.size > 0 || this.#alone.size > 0) return 'draining';
		return this.#isClosed ? 'closed' : 'idle';
	}

	get capacity(): number {
		const { state } = this;
		if (state === 'draining' || state === 'closed') return 0;
		const most = this.wire === null ? this.#source.expectedCapacity : this.wire.capacity;
		return Math.max(0, most - this.#waiting.length);
	}

	/** The open request with this stream id. */
	find(streamId: number): PendingRequest | null {
		for (const wire of this.#wires) {
			const found = wire.requests().find(({ id }) => id === streamId);
			if (found !== undefined) return found;
		}
		return null;
	}

	/** Sends the request as soon as a wire has room; a failure closes it. */
	submit(pending: PendingRequest): void {
		if (pending.state === 'closed') return;
		this.#isClosed = false;
		pending.order = this.#submitted++;
		// While a machine sleeps, only its wall clock runs on some systems: neither timers nor the monotonic clock do.
		// Once a turn is enough, because all its requests have the same time: reading the wall clock for each was measurable.
		if (pending.since !== this.#lookedAt) {
			this.#lookedAt = pending.since;
			const ahead = Date.now() - pending.since;
			if (ahead - this.#ahead >= SUSPENSION) this.#watchdog.distrust();
			this.#ahead = ahead;
		}
		const wire = this.wire;
		if (wire !== null && this.#waiting.length === 0 && this.#take(wire, pending)) return this.#tellOfChange?.();
		this.#enqueue(pending, this.#waiting.length);
		if (this.wire === null) this.#takeWaiting();
		else this.wire.hurry();
		this.#tellOfChange?.();
	}

	/** Resolves once a wire is open. */
	connect(): Promise<void> {
		this.#isClosed = false;
		if (this.wire !== null) return Promise.resolve();
		const dialled = this.#dial(true);
		this.#tellOfChange?.();
		return dialled;
	}

	/**
	 * Resets open requests, or waits for them with `drain`; resolves when every transport is closed. A caller that does not
	 * own them (ownership.ts) can neither send nor wait, so they are dropped.
	 */
	async close(errorCode: number = NO_ERROR, drain = false, isOwner = true): Promise<void> {
		const reason = new ConnectionError('Connection was closed by its owner');
		this.#abortDial(reason);
		// New requests dial again, even during a drain. During a drain, stream ids continue, so that no id occurs twice.
		this.#source.reset(drain);
		this.wire = null;
		this.#isClosed = true;
		for (const pending of [...this.#waiting]) pending.close(reason);
		const wires = [...this.#wires];
		for (const wire of wires) {
			this.#closedByOwner.add(wire);
			if (!isOwner) wire.giveUp(reason);
			else if (drain) wire.drain(errorCode);
			else wire.close(errorCode, reason);
		}
		if (!drain) for (const pending of this.#alone.keys()) pending.close(reason);
		if (this.#wires.size === 0) this.#watchdog.stop();
		this.#tellOfChange?.();
		await Promise.all(wires.map((wire) => wire.whenClosed()));
		await Promise.all(this.#alone.values());
	}

	onCapacity(wire: Wire): void {
		if (wire !== this.wire) return;
		if (this.#waiting.length > 0) this.#takeWaiting();
		this.#tellOfChange?.();
	}

	onLost(wire: Wire, pending: PendingRequest, fate: Fate): boolean {
		if (this.#closedByOwner.has(wire)) return fate === 'declined' && this.#sendAlone(pending);
		if (fate === 'needs HTTP/1.1') {
			if (!this.#fallBack(wire)) return false;
			this.#leave(wire);
		}
		const leaves = needsNewConnection(fate, wire.version);
		// The answer says more than the error of a dial that cannot succeed.
		if (leaves && this.#source.dialsOnce) return false;
		if (!mayReplay(pending, fate)) return false;
		if (leaves) this.#leave(wire);
		if (fate === 'expectation failed') pending.request = withoutContinue(pending.request) ?? pending.request;
		pending.requeue();
		const younger = this.#waiting.findIndex(({ order }) => order > pending.order);
		this.#enqueue(pending, younger === -1 ? this.#waiting.length : younger);
		// Wait for the rest of the current events, which may close the wire.
		queueMicrotask(() => this.#takeWaiting());
		return true;
	}

	onDraining(wire: Wire, reason: HyperError | null): void {
		// Before the requests that wait dial again.
		const fellBack = reason !== null && requiresHTTP11(reason) && this.#fallBack(wire);
		if (this.wire !== wire) return;
		this.wire = null;
		this.#backoff.onDraining(reason);
		if (reason !== null && !fellBack) this.#blame(wire, reason);
		this.#takeWaiting();
		this.#tellOfChange?.();
	}

	onClosed(wire: Wire, reason: HyperError | null): void {
		this.onDraining(wire, reason);
		this.#wires.delete(wire);
		if (this.#wires.size === 0 && this.#waiting.length === 0) this.#watchdog.stop();
		this.#tellOfChange?.();
	}

	onBlocked(wire: Wire, error: HyperError): void {
		if (wire !== this.wire) return;
		for (const pending of [...this.#waiting]) pending.close(error);
	}

	onDue(at?: number): void {
		// A wire that has just closed may still report the end of its last request.
		if (this.#wires.size === 0) return;
		if (at === undefined) this.#watchdog.begin();
		else this.#watchdog.expect(at);
	}

	onUpgraded(wire: Wire, upgraded: Wire): void {
		this.#wires.delete(wire);
		this.#wires.add(upgraded);
		this.#watchdog.begin();
		if (this.#closedByOwner.has(wire)) {
			this.#closedByOwner.add(upgraded);
			upgraded.drain(NO_ERROR);
			return;
		}
		this.wire = upgraded;
		this.#takeWaiting();
		this.#tellOfChange?.();
	}

	/** Whether later dials speak HTTP/1.1 now: not if the connection speaks only HTTP/2, or has been closed since. */
	#fallBack(wire: Wire): boolean {
		return !this.#closedByOwner.has(wire) && this.#source.fallBack?.() === true;
	}

	/** Sends new requests to another wire. Retires this one later, because its events are being delivered. */
	#leave(wire: Wire): void {
		if (wire === this.wire) this.wire = null;
		queueMicrotask(() => {
			wire.retire();
			this.#takeWaiting();
			this.#tellOfChange?.();
		});
	}

	/** Notes a GOAWAY as why requests wait, and ends those that too many wires have not taken, so that we do not dial forever. */
	#blame(wire: Wire, reason: HyperError): void {
		const hasCode = reason instanceof ConnectionError && reason.errorCode !== null;
		for (const pending of [...this.#waiting]) {
			if (hasCode) pending.lostWith ??= reason;
			if (!wire.hasServed && ++pending.failedConnections > (wire.greeted ? MAX_REPLAYS : 0)) pending.close(reason);
		}
	}

	#enqueue(pending: PendingRequest, place: number): void {
		// While there is a wire, the next check is early enough for every request; without one, there may be none.
		this.#watchdog.begin(pending.since);
		pending.onClosed = this.#onWaitingClosed;
		this.#waiting.splice(place, 0, pending);
	}

	/** A queued request was closed. */
	readonly #onWaitingClosed = (pending: PendingRequest): void => {
		const place = this.#waiting.indexOf(pending);
		if (place !== -1) {
			this.#waiting.splice(place, 1);
			this.#report(pending);
			if (this.wire !== null) this.#watchdog.suspect(this.wire, pending.since);
		}
		if (!this.hasWaiting) this.wire?.rest();
		// Nothing waits for the dial any more, but its socket would keep the process running.
		if (!this.hasWaiting && this.#dialling?.isAwaited === false) this.#abortDial(pending.failure?.reason);
		this.#tellOfChange?.();
	};

	/** Reports a request that ended while it waited. */
	#report({ failure }: PendingRequest): void {
		const reason = failure?.reason;
		if (reason instanceof ConnectionError && !this.#isClosed) this.#diagnostics?.error(null, reason);
		else this.#diagnostics?.cancelled(reason);
	}

	#takeWaiting(): void {
		for (;;) {
			const pending = this.#waiting[0];
			const wire = this.wire;
			if (pending === undefined) return wire?.rest();
			if (wire === null) {
				// A failed dial rejects the waiting requests itself.
				this.#dial().catch(() => undefined);
				return;
			}
			// Leave the queue first, because a sink that throws or sends another request calls this method again.
			this.#waiting.shift();
			if (this.#take(wire, pending)) continue;
			this.#waiting.unshift(pending);
			if (wire === this.wire) return wire.hurry();
		}
	}

	/** False: the wire has no room. */
	#take(wire: Wire, pending: PendingRequest): boolean {
		const { onClosed } = pending;
		pending.onClosed = null;
		try {
			if (wire.take(pending)) return true;
		} catch (error) {
			pending.closeUnsent(error);
			return true;
		}
		pending.onClosed = onClosed;
		return false;
	}

	/** Dials, or joins the dial in progress. If the dial fails, every waiting request rejects. */
	#dial(isAwaited = false): Promise<void> {
		if (this.#dialling === null) {
			const canceller = new AbortController();
			this.#dialling = { promise: this.#openWire(canceller.signal), canceller, isAwaited };
		}
		this.#dialling.isAwaited ||= isAwaited;
		return this.#dialling.promise;
	}

	#abortDial(reason: unknown): void {
		this.#dialling?.canceller.abort(reason);
		this.#dialling = null;
	}

	async #openWire(signal: AbortSignal): Promise<void> {
		try {
			await this.#connect(signal, (wire) => {
				this.#dialling = null;
				this.wire = wire;
				this.#takeWaiting();
				this.#tellOfChange?.();
			});
		} catch (error) {
			// If this dial was aborted, waiting requests belong to the next one.
			if (!signal.aborted) {
				this.#dialling = null;
				for (const pending of this.#waiting.splice(0)) {
					// A dial that fails is reported once, but a request that was sent before is reported by itself.
					if (pending.lostWith !== null) this.#diagnostics?.error(null, pending.lostWith);
					pending.close(pending.lostWith ?? error);
				}
				this.#tellOfChange?.();
			}
			if (this.#wires.size === 0 && this.#waiting.length === 0) this.#watchdog.stop();
			throw error;
		}
	}

	/** Dials, and calls back before the wire has any event. */
	async #connect<T>(signal: AbortSignal, onOpen: (wire: Wire) => T): Promise<Awaited<T>> {
		const pause = this.#backoff.wait(signal);
		if (pause !== null) await pause;
		this.#diagnostics = this.#diagnose();
		return await openWire(this.#source, signal, this, this.#diagnostics, (wire) => {
			this.#wires.add(wire);
			this.#watchdog.begin();
			return onOpen(wire);
		});
	}

	/** The server of a wire that `close` drains cannot cope with the offer of this request, which can be sent again. */
	#sendAlone(pending: PendingRequest): boolean {
		if (this.#source.version !== 'HTTP/2') this.#source.fallBack?.();
		pending.requeue();
		const canceller = new AbortController();
		pending.onClosed = () => {
			canceller.abort();
			this.#report(pending);
		};
		const closed = this.#connect(canceller.signal, (wire) => {
			this.#closedByOwner.add(wire);
			this.#take(wire, pending);
			wire.drain(NO_ERROR);
			return wire.whenClosed();
		});
		const onSettled = (error: unknown): void => {
			this.#alone.delete(pending);
			pending.close(pending.lostWith ?? error);
			this.#tellOfChange?.();
		};
		const settled = closed.then(() => onSettled(null), onSettled);
		this.#alone.set(pending, settled);
		return true;
	}
}
