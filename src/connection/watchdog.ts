// Enforces the timeouts of one connection: for response heads, content, idle time and unanswered PINGs. One timer checks
// everything, so that a request costs a single comparison. It also notices that the process was suspended.

import { Deadlines } from '../base/deadlines.ts';
import { TimeoutError } from '../base/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { KeepAliveOptions } from './options.ts';
import type { PendingRequest } from './pending-request.ts';
import type { Wire } from './wire.ts';

/** The timeouts in milliseconds; Infinity: no timeout. */
export interface Patience {
	readonly headers: number;
	readonly body: number;
	readonly idle: number;
	readonly keepAlive: Readonly<KeepAliveOptions> | null;
}

/** After this many milliseconds in which the process did not run, its connections are probed before they are used. */
export const SUSPENSION = 1000;

/** If a waiting request ends early, an HTTP/1.1 connection that was silent for this many milliseconds takes no more requests. */
const SILENCE = 1000;

/** What the watchdog checks. */
interface Watched {
	/** Requests that are not on a wire yet. */
	readonly waiting: readonly PendingRequest[];
	readonly wires: Iterable<Wire>;
	/** Whether `close({ drain: true })` waits for the requests of this wire. */
	isAwaited(wire: Wire): boolean;
}

export class Watchdog {
	readonly #patience: Patience;
	readonly #watched: Watched;
	readonly #runtime: Pick<Runtime, 'now' | 'afterPoll'>;
	readonly #deadlines: Deadlines;
	/** The shortest of all timeouts: nothing that begins now can be overdue before. */
	readonly #least: number;

	constructor(patience: Patience, watched: Watched, runtime: Pick<Runtime, 'now' | 'afterPoll'>) {
		const { headers, body, idle, keepAlive } = patience;
		this.#patience = patience;
		this.#watched = watched;
		this.#runtime = runtime;
		this.#least = Math.min(headers, body, idle, keepAlive?.interval ?? headers, keepAlive?.timeout ?? headers);
		this.#deadlines = new Deadlines(
			runtime,
			(at) => this.#check(at),
			(lateness) => {
				if (lateness >= SUSPENSION) this.distrust();
			},
		);
	}

	/** Call this when something that has a timeout begins at `now`. */
	begin(now: number = this.#runtime.now()): void {
		const at = now + this.#least;
		// `touch` compares too. For most requests, an earlier check is due, and this saves the call.
		if (at < this.#deadlines.at) this.#deadlines.touch(at);
	}

	/** Call this when something expires at `at`. */
	expect(at: number): void {
		this.#deadlines.touch(at);
	}

	/** Call this when the process was suspended: a peer or a NAT may have forgotten our connections meanwhile. */
	distrust(): void {
		for (const wire of [...this.#watched.wires]) {
			if (wire.liveness !== null) wire.liveness.distrust();
			// HTTP/1.1 has no PING, so only a request would show whether the peer is there.
			else if (wire.size === 0) wire.retire();
		}
	}

	/**
	 * Call this when a request ends early that has waited for this wire since `since`. As with a request that was sent, the
	 * peer may be gone.
	 */
	suspect(wire: Wire, since: number): void {
		if (wire.receivedAt > since) return;
		if (wire.liveness !== null) wire.liveness.suspect();
		// Otherwise, each request that waits behind a slow response and soon ends would cost a connection.
		else if (this.#runtime.now() - wire.receivedAt >= SILENCE) wire.retire();
	}

	/** Call this when no request or wire is left. */
	stop(): void {
		this.#deadlines.stop();
	}

	/** Ends whatever is overdue and returns the next check: after `#least` if there are wires, as requests may begin. */
	#check(now: number): number {
		let next = Number.POSITIVE_INFINITY;
		for (const pending of [...this.#watched.waiting]) next = Math.min(next, this.#checkHead(pending, null, now));
		for (const wire of [...this.#watched.wires]) next = Math.min(next, this.#checkWire(wire, now), now + this.#least);
		return next;
	}

	#checkWire(wire: Wire, now: number): number {
		let next = Number.POSITIVE_INFINITY;
		for (const pending of wire.requests()) {
			if (pending.state === 'answered') next = Math.min(next, this.#checkContent(pending, wire, now));
			else if (pending.state === 'complete') next = Math.min(next, this.#checkUpload(pending, wire, now));
			else next = Math.min(next, this.#checkHead(pending, wire, now));
		}
		next = Math.min(next, this.#checkPings(wire, now));
		if (wire.closing) return next;
		next = Math.min(next, this.#checkLife(wire, now));
		if (wire.closing) return next;
		const idleAt = wire.idleSince + this.#patience.idle;
		if (idleAt > now) return Math.min(next, idleAt);
		wire.retire();
		return next;
	}

	/** The timeout counts from the request, and restarts whenever content is sent. */
	#checkHead(pending: PendingRequest, wire: Wire | null, now: number): number {
		const { headers } = this.#patience;
		const at = Math.max(pending.since, wire?.contentSentAt(pending) ?? 0) + headers;
		if (at > now) return at;
		pending.abort(new TimeoutError('headers', `Response did not begin within ${headers} ms`));
		return Number.POSITIVE_INFINITY;
	}

	#checkContent(pending: PendingRequest, wire: Wire, now: number): number {
		const { body } = this.#patience;
		if (!pending.isReading || !wire.isPeersTurn(pending)) {
			return this.#checkCaller(pending, wire, now);
		}
		// The server's turn began at some time after the last check.
		if (pending.since === Number.POSITIVE_INFINITY) pending.since = now;
		const at = Math.max(pending.since, wire.contentSentAt(pending)) + body;
		if (at > now) return at;
		pending.abort(new TimeoutError('body', `No content of the response arrived within ${body} ms`));
		return Number.POSITIVE_INFINITY;
	}

	/**
	 * It is not the server's turn. Only content that the caller feeds by hand has a timeout then, because it may never be
	 * finished, and everything that the end of a drain waits for.
	 */
	#checkCaller(pending: PendingRequest, wire: Wire, now: number): number {
		const { body } = this.#patience;
		// Something arrived or was read since the last check.
		if (pending.since !== Number.POSITIVE_INFINITY) pending.callersTurnSince = now;
		pending.since = Number.POSITIVE_INFINITY;
		const isBounded = (pending.request.manual && pending.isReading) || this.#watched.isAwaited(wire);
		if (!isBounded) pending.callersTurnSince = now;
		const at = Math.max(pending.callersTurnSince, wire.contentSentAt(pending)) + body;
		if (at > now) return at;
		pending.abort(new TimeoutError('body', `No content was sent or read within ${body} ms`));
		return Number.POSITIVE_INFINITY;
	}

	/** The response is complete, but not the request. */
	#checkUpload(pending: PendingRequest, wire: Wire, now: number): number {
		const at = Math.max(pending.endedAt, wire.contentSentAt(pending)) + this.#patience.body;
		if (at > now) return at;
		pending.abandonUpload();
		return Number.POSITIVE_INFINITY;
	}

	/** A PING is acknowledged within `timeout.headers`, like a response, or rejects. */
	#checkPings(wire: Wire, now: number): number {
		const { headers } = this.#patience;
		const makeReason = () => new TimeoutError('ping', `Server did not answer a PING within ${headers} ms`);
		return wire.expirePings(now - headers, makeReason) + headers;
	}

	/** Gives up a wire whose peer does not answer a probe, and probes one that has been silent for `keepAlive.interval`. */
	#checkLife(wire: Wire, now: number): number {
		const { liveness, receivedAt } = wire;
		const next = liveness?.check(now) ?? Number.POSITIVE_INFINITY;
		const { keepAlive } = this.#patience;
		if (liveness === null || keepAlive === null || wire.closing || next < Number.POSITIVE_INFINITY) return next;
		const { interval, timeout } = keepAlive;
		return receivedAt + interval > now ? receivedAt + interval : liveness.probe(timeout);
	}
}
