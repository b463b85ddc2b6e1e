// Brings the requests of a connection onto links, one at a time: dials when there is none, keeps requests until it is
// their turn, sends again what a closed connection has swallowed, and gives up what takes too long.

import { Deadlines } from '../base/deadlines.ts';
import { ConnectionError, type HyperError, TimeoutError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { TimeoutOptions } from '../connection/options.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import { canBeSentAgain } from '../message/request.ts';
import { http1Of } from '../runtime/http1.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Transport } from '../runtime/transport.ts';
import type { ConnectedSource } from './connector.ts';
import type { Exchange } from './exchange.ts';
import { Link } from './wire.ts';
import type { LinkOwner } from './wire-owner.ts';

/** How often a request is sent again. */
const MAX_REPLAYS = 1;

export interface QueueOptions {
	readonly limits: Readonly<Limits>;
	readonly timeouts: Readonly<Required<TimeoutOptions>>;
	/** A dial begins. */
	readonly diagnose: () => ConnectionDiagnostics;
}

export class Queue implements LinkOwner<Link> {
	readonly #source: ConnectedSource;
	readonly #runtime: Runtime;
	readonly #options: QueueOptions;
	readonly #deadlines: Deadlines;
	/** Nothing is late before this many milliseconds. */
	readonly #shortest: number;
	/** The link that takes requests. */
	#link: Link | null = null;
	#dialling: { promise: Promise<void>; canceller: AbortController } | null = null;
	/** All links whose transports are not closed. */
	readonly #links = new Set<Link>();
	/** Requests that wait for their turn, in the order in which they were made. */
	#waiting: Exchange[] = [];

	constructor(source: ConnectedSource, runtime: Runtime, options: QueueOptions) {
		this.#source = source;
		this.#runtime = runtime;
		this.#options = options;
		const { headers, body, idle } = options.timeouts;
		this.#shortest = Math.min(headers, body, idle);
		this.#deadlines = new Deadlines(
			() => runtime.now(),
			(now) => this.#check(now),
		);
	}

	/** Exchanges that are under way. */
	get size(): number {
		let size = 0;
		for (const { call } of this.#links) if (call !== null) size++;
		return size;
	}

	/** Sends the request when it is its turn; what goes wrong closes the exchange. */
	submit(exchange: Exchange): void {
		if (exchange.closed) return;
		exchange.onClosed = (closed) => this.#forget(closed);
		this.#waiting.push(exchange);
		this.onDue();
		this.#next();
	}

	/** Resolves once there is a link. */
	connect(): Promise<void> {
		return this.#link === null ? this.#dial() : Promise.resolve();
	}

	/** Ends what runs, or waits for it; resolves when every transport is closed. */
	async close(drain: boolean): Promise<void> {
		const reason = new ConnectionError('Connection was closed by its owner');
		this.#dialling?.canceller.abort(reason);
		this.#dialling = null;
		// Requests from now on dial anew, also while what runs is waited for.
		this.#link = null;
		for (const exchange of this.#waiting.splice(0)) exchange.close(reason);
		const links = [...this.#links];
		for (const link of links) {
			if (drain) link.drain();
			else link.close(reason);
		}
		await Promise.all(links.map((link) => link.whenClosed()));
	}

	onFree(link: Link): void {
		if (link === this.#link) this.#next();
	}

	onGone(link: Link): void {
		this.#links.delete(link);
		if (link !== this.#link) return;
		this.#link = null;
		this.#next();
	}

	onLost(exchange: Exchange): boolean {
		if (exchange.replays >= MAX_REPLAYS || !canBeSentAgain(exchange.request)) return false;
		exchange.replays++;
		exchange.carrier = null;
		exchange.onClosed = (closed) => this.#forget(closed);
		this.#waiting.unshift(exchange);
		// The link that lost it is about to go.
		queueMicrotask(() => this.#next());
		return true;
	}

	onBlocked(link: Link, error: HyperError): void {
		if (link !== this.#link) return;
		for (const exchange of this.#waiting.splice(0)) exchange.close(error);
	}

	onDue(): void {
		this.#deadlines.touch(this.#runtime.now() + this.#shortest);
	}

	#next(): void {
		for (;;) {
			const link = this.#link;
			const exchange = this.#waiting[0];
			if (exchange === undefined) {
				if (link?.isFree) link.rest();
				return this.onDue();
			}
			if (link === null) {
				// Who waits is told by `#dial`.
				this.#dial().catch(() => undefined);
				return;
			}
			if (!link.isFree) return link.hurry();
			this.#waiting.shift();
			exchange.onClosed = null;
			try {
				link.start(exchange);
			} catch (error) {
				exchange.close(error);
			}
		}
	}

	/** A request that was given up while it waited. */
	#forget(exchange: Exchange): void {
		const i = this.#waiting.indexOf(exchange);
		if (i !== -1) this.#waiting.splice(i, 1);
	}

	/** One dial at a time; a failure is everybody's who waits. */
	#dial(): Promise<void> {
		if (this.#dialling !== null) return this.#dialling.promise;
		const canceller = new AbortController();
		const promise = this.#openLink(canceller.signal);
		this.#dialling = { promise, canceller };
		return promise;
	}

	async #openLink(signal: AbortSignal): Promise<void> {
		let transport: Transport | null = null;
		let diagnostics: ConnectionDiagnostics | null = null;
		let link: Link;
		try {
			const platform = http1Of(this.#runtime);
			diagnostics = this.#options.diagnose();
			const connected = await this.#source.dialForHTTP1(signal);
			transport = connected.transport;
			transport = await diagnostics.opened(transport, 'HTTP/1.1');
			signal.throwIfAborted();
			const { forward } = connected;
			link = new Link({ transport, forward }, platform, this.#runtime, this.#options.limits, this, diagnostics);
		} catch (error) {
			transport?.destroy();
			diagnostics?.closed(signal.aborted ? null : error);
			// Who waits now waits for a later dial, if this one was given up.
			if (!signal.aborted) {
				this.#dialling = null;
				for (const exchange of this.#waiting.splice(0)) exchange.close(error);
			}
			throw error;
		}
		this.#dialling = null;
		this.#link = link;
		this.#links.add(link);
		this.#next();
	}

	/** Gives up what is late; the time of the next check. */
	#check(now: number): number {
		const { headers, body, idle } = this.#options.timeouts;
		let next = Number.POSITIVE_INFINITY;
		const isLate = (since: number, limit: number): boolean => {
			if (since + limit > now) next = Math.min(next, since + limit);
			return since + limit <= now;
		};
		const expect = (exchange: Exchange, phase: 'headers' | 'body', limit: number): void => {
			if (isLate(exchange.since, limit)) exchange.cancel(timedOut(phase, limit));
		};
		for (const exchange of [...this.#waiting]) expect(exchange, 'headers', headers);
		for (const link of [...this.#links]) {
			const { call } = link;
			if (call !== null && !call.exchange.answered) expect(call.exchange, 'headers', headers);
			else if (call?.owed) expect(call.exchange, 'body', body);
			else if (isLate(link.idleSince, idle)) link.close(null);
		}
		return next;
	}
}

function timedOut(phase: 'headers' | 'body', limit: number): TimeoutError {
	const missing = phase === 'headers' ? 'did not begin' : 'did not go on';
	return new TimeoutError(phase, `Response ${missing} within ${limit} ms`);
}
