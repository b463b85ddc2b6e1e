// Brings the requests of a connection onto links: dials when there is none, keeps requests until there is room, takes a
// new link when the server goes away, and sends again what the server says it has not processed (RFC 9113 §8.7).

import { runtime } from '#runtime';
import { CANCEL } from '../../assembly/shared/error-code.ts';
import { ConnectionError, type HyperError, StreamResetError } from '../base/errors.ts';
import { Calm } from '../connection/backoff.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import { canBeSentAgain } from '../message/request.ts';
import type { Transport } from '../runtime/transport.ts';
import type { SessionOptions } from '../session/core.ts';
import type { TransportSource } from './connector.ts';
import type { Pushes } from './pushes.ts';
import type { Stream } from './stream.ts';
import { ENDLESS, type Patience, Timekeeper } from './watchdog.ts';
import { Link } from './wire.ts';
import type { LinkOwner } from './wire-owner.ts';

/** How often a request that was sent and refused is sent again: a storm of refusals must not feed on itself. */
const MAX_REPLAYS = 1;

export class Dispatcher implements LinkOwner<Link> {
	readonly pushes: Pushes | null;
	readonly #dialler: TransportSource;
	readonly #options: Omit<SessionOptions, 'firstStreamId'>;
	/** Makes what is told of one dial, and of what becomes of it. */
	readonly #diagnose: () => ConnectionDiagnostics;
	/** The link that takes new streams. */
	#link: Link | null = null;
	#dialling: { promise: Promise<void>; canceller: AbortController } | null = null;
	/** All links whose transports are not closed. */
	readonly #links = new Set<Link>();
	readonly #timekeeper: Timekeeper;
	readonly #calm = new Calm();
	/** The streams of links that the owner of the connection has closed: what runs on them is not sent again. */
	readonly #ownerClosed = new WeakSet<object>();
	/** Requests that wait for a link with room, in the order in which they were made. */
	#waiting: Stream[] = [];
	#submitted = 0;
	/** Goes on from link to link, so that the ids of one connection stay unique until it is closed. */
	#nextStreamId = 1;

	constructor(
		dialler: TransportSource,
		options: Omit<SessionOptions, 'firstStreamId'>,
		diagnose: () => ConnectionDiagnostics,
		patience: Patience = ENDLESS,
		pushes: Pushes | null = null,
	) {
		this.#dialler = dialler;
		this.#options = options;
		this.#diagnose = diagnose;
		this.pushes = pushes;
		this.#timekeeper = new Timekeeper(patience, this, () => runtime.now());
	}

	/** All links whose transports are not closed. */
	get links(): Iterable<Link> {
		return this.#links;
	}

	/** Requests that wait for a link with room. */
	get waiting(): readonly Stream[] {
		return this.#waiting;
	}

	/** The link that takes new streams; null before the first request, and after the server went away. */
	get link(): Link | null {
		return this.#link;
	}

	get hasWaiting(): boolean {
		return this.#waiting.length > 0;
	}

	/** Streams that are open. */
	get size(): number {
		let size = 0;
		for (const link of this.#links) size += link.streams.size;
		return size;
	}

	/** Sends the request as soon as there is room; what goes wrong closes the stream. */
	submit(stream: Stream): void {
		if (stream.closed) return;
		stream.order = this.#submitted++;
		this.#timekeeper.begin(stream.since);
		if (this.#waiting.length === 0 && this.#link?.canOpen(stream)) return this.#open(this.#link, stream);
		stream.onClosed = (closed) => this.#forget(closed);
		this.#waiting.push(stream);
		this.#openWaiting();
		this.#link?.scheduleFlush();
	}

	/** The stream that has this id, and has not ended. */
	find(streamId: number): Stream | undefined {
		for (const { streams } of this.#links) {
			const found = streams.get(streamId);
			if (found !== undefined) return found;
		}
		return undefined;
	}

	/** Whether a request of ours has had this id. */
	hasOpened(streamId: number): boolean {
		return (streamId & 1) === 1 && streamId < (this.#link?.session.nextStreamId ?? this.#nextStreamId);
	}

	/** Goes on with a transport on which an Upgrade was agreed to, and with the request that has asked for it. */
	adopt(transport: Transport, stream: Stream, diagnostics: ConnectionDiagnostics): void {
		stream.order = this.#submitted++;
		this.#nextStreamId = 1;
		this.#takeLink(transport, diagnostics, stream);
		this.#openWaiting();
	}

	/** Resolves once there is a link. */
	connect(): Promise<void> {
		return this.#link === null ? this.#dial() : Promise.resolve();
	}

	/** Resets what is open, or waits for it; says GOAWAY; resolves when every transport is closed. */
	async close(errorCode: number, drain: boolean): Promise<void> {
		const reason = new ConnectionError('Connection was closed by its owner');
		this.#dialling?.canceller.abort(reason);
		this.#dialling = null;
		// Requests from now on dial anew, also while what runs is waited for; those keep their ids.
		this.#nextStreamId = drain ? (this.#link?.session.nextStreamId ?? this.#nextStreamId) : 1;
		this.#link = null;
		for (const stream of this.#waiting.splice(0)) stream.close(reason);
		const links = [...this.#links];
		for (const link of links) {
			if (!drain) {
				link.streams.resetAll(CANCEL, (id) => new StreamResetError(id, CANCEL, 'local', reason.message));
			}
			this.#ownerClosed.add(link.streams);
			link.drain(errorCode);
		}
		await Promise.all(links.map((link) => link.whenClosed()));
	}

	onCapacity(link: Link): void {
		if (link === this.#link) this.#openWaiting();
	}

	onRefused(stream: Stream): boolean {
		if (!canBeSentAgain(stream.request) || stream.refusals > MAX_REPLAYS) return false;
		if (stream.carrier !== null && this.#ownerClosed.has(stream.carrier)) return false;
		stream.carrier = null;
		// An upload that waits sees that its time is over.
		stream.stopUpload();
		stream.onClosed = (closed) => this.#forget(closed);
		const younger = this.#waiting.findIndex(({ order }) => order > stream.order);
		this.#waiting.splice(younger === -1 ? this.#waiting.length : younger, 0, stream);
		// The events that are being handled come first: they may say that the link is gone.
		queueMicrotask(() => this.#openWaiting());
		return true;
	}

	onDraining(link: Link, reason: HyperError | null): void {
		if (this.#link !== link) return;
		this.#link = null;
		this.#calm.onDraining(reason);
		this.#nextStreamId = link.session.exhausted ? 1 : link.session.nextStreamId;
		if (reason !== null && !link.uptake.hasBegun) this.#endFruitless(link.session.greeted ? MAX_REPLAYS : 0, reason);
		this.#openWaiting();
	}

	onClosed(link: Link, reason: HyperError): void {
		this.onDraining(link, reason);
		this.#links.delete(link);
		if (this.#links.size === 0 && this.#waiting.length === 0) this.#timekeeper.stop();
	}

	/** A server that takes nothing must not be dialled for ever: requests have waited for so many such links, and no more. */
	#endFruitless(most: number, reason: HyperError): void {
		for (const stream of [...this.#waiting]) {
			if (++stream.fruitless > most) stream.close(reason);
		}
	}

	#openWaiting(): void {
		while (this.#waiting.length > 0) {
			const stream = this.#waiting[0] as Stream;
			if (this.#link === null) {
				// Who waits is told by `#dial`.
				this.#dial().catch(() => undefined);
				return;
			}
			if (!this.#link.canOpen(stream)) return;
			this.#waiting.shift();
			stream.onClosed = null;
			this.#open(this.#link, stream);
		}
	}

	#open(link: Link, stream: Stream): void {
		try {
			link.streams.open(stream);
		} catch (error) {
			stream.close(error);
		}
	}

	/** A request that was given up while it waited. */
	#forget(stream: Stream): void {
		const i = this.#waiting.indexOf(stream);
		if (i !== -1) this.#waiting.splice(i, 1);
		this.#link?.scheduleFlush();
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
		try {
			const pause = this.#calm.wait(signal);
			if (pause !== null) await pause;
			diagnostics = this.#diagnose();
			transport = await this.#dialler.dial(signal);
			transport = await diagnostics.opened(transport, 'HTTP/2');
			signal.throwIfAborted();
			this.#takeLink(transport, diagnostics, null);
		} catch (error) {
			transport?.destroy();
			diagnostics?.closed(signal.aborted ? null : error);
			// Who waits now waits for a later dial, if this one was given up.
			if (!signal.aborted) {
				this.#dialling = null;
				for (const stream of this.#waiting.splice(0)) stream.close(error);
			}
			throw error;
		}
		this.#dialling = null;
		this.#openWaiting();
	}

	#takeLink(transport: Transport, diagnostics: ConnectionDiagnostics, adopted: Stream | null): void {
		const options = { ...this.#options, firstStreamId: this.#nextStreamId };
		const link = new Link(transport, runtime, options, this, diagnostics, adopted);
		this.#link = link;
		this.#links.add(link);
		this.#timekeeper.begin(link.receivedAt);
	}
}
