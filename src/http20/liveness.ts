// Detects a peer that is gone. The wire sends a PING (RFC 9113 §6.7) if a request ends early and no bytes have arrived since
// it was sent, after a suspend, and for the option `keepAlive`. Any bytes are an answer; if none arrive in time, the wire
// closes. The watchdog calls `check` at the time that `probe` and `check` return.

import { ConnectionResetError, TimeoutError } from '../base/errors.ts';
import type { PendingRequest } from '../connection/pending-request.ts';
import type { Prober, WireOwner } from '../connection/wire.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { parseOpaque } from './pings.ts';
import type { HTTP20Wire } from './wire.ts';

/** The peer must answer within this many milliseconds, or within four round trips if those are longer. */
const PATIENCE = 1000;
const ROUND_TRIPS = 4;

/**
 * alive ── suspect or probe ──> probed ── no answer in time ──> dead
 *  │ ^                          ^   │
 *  │ └────────── bytes ─────────┼───┤
 *  └──── suspect again ────> suspect
 *
 * `suspect`: the last PING was sent so recently that the next one is still to come.
 */
type LivenessState = 'alive' | 'suspect' | 'probed' | 'dead';

export class Liveness implements Prober {
	state: LivenessState = 'alive';
	/** Whether all requests wait for an answer. Otherwise only those wait that could not be sent again. */
	holdsAll = false;
	/** Whether `onHeard` wants to know that bytes arrived: in all states but `alive`, and before a round trip is measured. */
	listens = true;
	readonly #wire: HTTP20Wire;
	readonly #owner: WireOwner;
	readonly #runtime: Pick<Runtime, 'now'>;
	readonly #createdAt: number;
	/** `suspect`: when to send the PING. `probed`: when the peer must have answered. */
	#at = Number.POSITIVE_INFINITY;
	/** When the last PING was sent, and the bytes that it carried. */
	#sentAt = Number.NEGATIVE_INFINITY;
	#opaque: readonly [first: number, second: number] = [0, 0];
	/** The last measured round-trip time in milliseconds; null before the first. */
	#roundTrip: number | null = null;

	constructor(wire: HTTP20Wire, owner: WireOwner, runtime: Pick<Runtime, 'now'>) {
		this.#wire = wire;
		this.#owner = owner;
		this.#runtime = runtime;
		this.#createdAt = runtime.now();
	}

	/** How long the peer may take to answer. */
	get #patience(): number {
		return Math.max(PATIENCE, ROUND_TRIPS * (this.#roundTrip ?? 0));
	}

	/** Whether the peer was silent since this request, which ends early with `reason`, was sent. */
	isSilentSince(pending: PendingRequest, reason: unknown): boolean {
		const { receivedAt } = this.#wire;
		if (this.#wire.now() - receivedAt >= this.#patience) return true;
		if (!this.#wire.hasWritten(pending)) return false;
		// `since` is Infinity if it was not the server's turn.
		const turnBegan = reason instanceof TimeoutError && pending.since < Number.POSITIVE_INFINITY ? pending.since : 0;
		return receivedAt <= Math.max(pending.sentAt ?? 0, this.#wire.contentSentAt(pending), turnBegan);
	}

	/**
	 * Sends a PING, or postpones it while the last one is younger than the patience: a client that aborts requests in a loop
	 * must not send a PING for each.
	 */
	suspect(): void {
		const now = this.#runtime.now();
		const earliest = this.#sentAt + this.#patience;
		if (this.state === 'alive' && earliest > now) {
			this.state = 'suspect';
			this.listens = true;
			this.#at = earliest;
		} else if (this.state !== 'suspect') {
			this.probe(this.#patience);
		}
		this.#owner.onDue(this.#at);
	}

	distrust(): void {
		if (this.#wire.closing) return;
		this.holdsAll = true;
		this.#owner.onDue(this.probe(this.#patience));
	}

	probe(timeout: number): number {
		if (this.state === 'dead' || this.#wire.closing) return Number.POSITIVE_INFINITY;
		const now = this.#runtime.now();
		if (this.state === 'probed') {
			this.#at = Math.min(this.#at, now + timeout);
			return this.#at;
		}
		this.#opaque = parseOpaque(undefined);
		this.#wire.session.ping(...this.#opaque);
		this.#wire.writer.schedule();
		this.state = 'probed';
		this.listens = true;
		this.#sentAt = now;
		this.#at = now + timeout;
		return this.#at;
	}

	check(now: number): number {
		if (this.state === 'alive' || this.state === 'dead') return Number.POSITIVE_INFINITY;
		if (this.#at > now) return this.#at;
		if (this.state === 'suspect') return this.probe(this.#patience);
		this.state = 'dead';
		const waited = Math.round(now - this.#sentAt);
		const cause = new TimeoutError('ping', `Server did not answer a PING within ${waited} ms`);
		this.#wire.giveUp(new ConnectionResetError(`Connection is dead: ${cause.message}`, { cause }));
		return Number.POSITIVE_INFINITY;
	}

	/** Bytes arrived and were received by the session. */
	onHeard(): void {
		if (this.#roundTrip === null && this.#wire.session.isAcknowledged) {
			this.#roundTrip = this.#wire.receivedAt - this.#createdAt;
		}
		if (this.state === 'dead') return;
		this.listens = this.#roundTrip === null;
		if (this.state === 'alive') return;
		this.state = 'alive';
		this.holdsAll = false;
		this.#owner.onCapacity(this.#wire);
	}

	/** A PING was acknowledged. `roundTrip`: its time if it was the caller's; null: it may be ours. */
	onPong(first: number, second: number, roundTrip: number | null): void {
		if (roundTrip !== null) this.#roundTrip = roundTrip;
		else if (first === this.#opaque[0] && second === this.#opaque[1])
			this.#roundTrip = this.#runtime.now() - this.#sentAt;
	}

	/** The transport, which was full, takes bytes again: the peer accepts them, but the PING may still be behind them. */
	onDrain(): void {
		if (this.state === 'probed') this.#at = Math.max(this.#at, this.#runtime.now() + this.#patience);
	}

	/** Whether a new request must wait until the peer is heard. `canRepeat`: it can be sent again if it is lost. */
	mustWait(canRepeat: boolean): boolean {
		return this.holdsAll || (!canRepeat && this.#wire.now() - this.#wire.receivedAt >= PATIENCE);
	}
}
