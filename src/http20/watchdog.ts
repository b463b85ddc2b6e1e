// What may take too long on one connection: responses, their content, idleness, and the silence of a peer that may be
// gone. Looks at everything when the one timer of deadlines.ts says so; requests cost a comparison.

import { Deadlines } from '../base/deadlines.ts';
import { ConnectionResetError, TimeoutError } from '../base/errors.ts';
import type { KeepAliveOptions } from '../connection/options.ts';
import type { Stream } from './stream.ts';
import type { Link } from './wire.ts';

/** Milliseconds; Infinity for what may take any time. */
export interface Patience {
	readonly headers: number;
	readonly body: number;
	readonly idle: number;
	readonly keepAlive: Readonly<KeepAliveOptions> | null;
}

export const ENDLESS: Patience = {
	headers: Number.POSITIVE_INFINITY,
	body: Number.POSITIVE_INFINITY,
	idle: Number.POSITIVE_INFINITY,
	keepAlive: null,
};

/** What is looked at. */
export interface Watched {
	/** Requests that no connection carries yet. */
	readonly waiting: readonly Stream[];
	readonly links: Iterable<Link>;
}

export class Timekeeper {
	readonly #patience: Patience;
	readonly #watched: Watched;
	readonly #deadlines: Deadlines;
	/** Whatever begins now is not late before this time has passed. */
	readonly #least: number;
	/** When links were probed that have not answered, by any octet. */
	readonly #probedAt = new WeakMap<Link, number>();

	constructor(patience: Patience, watched: Watched, now: () => number) {
		const { headers, body, idle, keepAlive } = patience;
		this.#patience = patience;
		this.#watched = watched;
		this.#least = Math.min(headers, body, idle);
		if (keepAlive !== null) this.#least = Math.min(this.#least, keepAlive.interval, keepAlive.timeout);
		this.#deadlines = new Deadlines(now, (at) => this.#check(at));
	}

	/** A request was made, or a link: there is something to look at. */
	begin(now: number): void {
		this.#deadlines.touch(now + this.#least);
	}

	/** Nothing is left to look at. */
	stop(): void {
		this.#deadlines.stop();
	}

	/** When to look again; what changes meanwhile is late after `least` at the earliest. */
	#check(now: number): number {
		let next = Number.POSITIVE_INFINITY;
		for (const stream of [...this.#watched.waiting]) next = Math.min(next, this.#checkHead(stream, null, now));
		for (const link of [...this.#watched.links]) next = Math.min(next, this.#checkLink(link, now), now + this.#least);
		return next;
	}

	#checkLink(link: Link, now: number): number {
		let next = Number.POSITIVE_INFINITY;
		for (const stream of link.streams.values()) {
			const at = stream.head === null ? this.#checkHead(stream, link, now) : this.#checkContent(stream, link, now);
			next = Math.min(next, at);
		}
		next = Math.min(next, this.#checkPings(link, now));
		if (link.closing) return next;
		const idleAt = link.idleSince + this.#patience.idle;
		if (idleAt <= now) link.retire();
		else next = Math.min(next, idleAt, this.#checkLife(link, now));
		return next;
	}

	/** The time of each counts from the request on, and begins again as content is sent. */
	#checkHead(stream: Stream, link: Link | null, now: number): number {
		const { headers } = this.#patience;
		const at = Math.max(stream.since, link?.session.sentAt(stream.id) ?? 0) + headers;
		if (at > now) return at;
		const { sent } = stream.timings;
		stream.cancel(new TimeoutError('headers', `No response within ${headers} ms`));
		// Nothing at all has come since: the next request is not to wait for the same silence.
		if (link !== null && sent !== null && link.receivedAt < sent) link.retire();
		return Number.POSITIVE_INFINITY;
	}

	#checkContent(stream: Stream, link: Link, now: number): number {
		const { body: content } = stream;
		if (content.ended) return Number.POSITIVE_INFINITY;
		const { body } = this.#patience;
		const isRead = content.unread === 0 || content.isAwaited;
		if (!isRead || !link.session.isPeersTurn(stream.id)) {
			stream.since = Number.POSITIVE_INFINITY;
			return now + body;
		}
		// It owes something again since some time after the last look.
		if (stream.since === Number.POSITIVE_INFINITY) stream.since = now;
		const at = Math.max(stream.since, link.session.sentAt(stream.id)) + body;
		if (at > now) return at;
		stream.cancel(new TimeoutError('body', `Response on stream ${stream.id} has stopped: nothing came for ${body} ms`));
		return Number.POSITIVE_INFINITY;
	}

	/** An acknowledgement is an answer, and has as long to come as a response. */
	#checkPings(link: Link, now: number): number {
		const { headers } = this.#patience;
		const reason = () => new TimeoutError('ping', `Server has not answered a PING within ${headers} ms`);
		return link.pings.expire(now - headers, reason) + headers;
	}

	/** Asks a silent peer for a sign of life. */
	#checkLife(link: Link, now: number): number {
		const { keepAlive } = this.#patience;
		if (keepAlive === null) return Number.POSITIVE_INFINITY;
		const { interval, timeout } = keepAlive;
		const probedAt = this.#probedAt.get(link) ?? 0;
		if (probedAt > link.receivedAt) {
			if (probedAt + timeout > now) return probedAt + timeout;
			const cause = new TimeoutError('ping', `Server has not answered a PING within ${timeout} ms`);
			link.giveUp(new ConnectionResetError(`Connection is dead: ${cause.message}`, { cause }));
			return Number.POSITIVE_INFINITY;
		}
		if (link.receivedAt + interval > now) return link.receivedAt + interval;
		this.#probedAt.set(link, now);
		link.probe();
		return now + timeout;
	}
}
