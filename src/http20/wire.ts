// One transport and its session: one generation of a connection. Bytes go in, events go to the streams they are for; all
// that one turn wants to send goes out in one write.

import { CANCEL, NO_ERROR } from '../../assembly/shared/error-code.ts';
import {
	ConnectionError,
	ConnectionResetError,
	describeErrorCode,
	type HyperError,
	StreamResetError,
	TLSError,
} from '../base/errors.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import { isReplayable } from '../message/request.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Transport, TransportReceiver } from '../runtime/transport.ts';
import type { SessionOptions } from '../session/core.ts';
import type { SessionEvent } from '../session/events.ts';
import { Session } from '../session/session.ts';
import { parseOpaque } from './ping.ts';
import { Pings } from './pings.ts';
import { Uptake } from './replay.ts';
import type { Stream } from './stream.ts';
import { LinkStreams, type LinkTurn } from './stream-router.ts';
import type { LinkOwner } from './wire-owner.ts';
import { Outlet } from './writer.ts';

/** Streams that may be opened before the server's SETTINGS: RFC 9113 §6.5.2 advises no server to allow fewer. */
const BEFORE_SETTINGS = 100;

export class Link implements TransportReceiver, LinkTurn {
	readonly session: Session;
	readonly uptake: Uptake;
	readonly streams: LinkStreams;
	readonly #outlet: Outlet;
	readonly #transport: Transport;
	readonly #runtime: Runtime;
	readonly #owner: LinkOwner<Link>;
	readonly #diagnostics: ConnectionDiagnostics;
	readonly pings: Pings = new Pings();
	/** Nobody is to wait for pushes that were not taken: the link was given up by us. */
	#retired = false;
	#closing = false;
	/** Why it is closing; null when all is in order. */
	#failure: HyperError | null = null;
	/** Why the server is about to close, when its GOAWAY has said so. */
	#farewell: ConnectionError | null = null;
	#closed = false;
	/** The time of this turn; 0 when it has to be asked for. */
	#now = 0;
	#receivedAt: number;
	/** Since when nobody waits for anything; Infinity while somebody does. */
	#idleSince = Number.POSITIVE_INFINITY;
	readonly #closeWaits: (() => void)[] = [];

	/** `adopted`: the request that an Upgrade has carried, which is answered on stream 1. */
	constructor(
		transport: Transport,
		runtime: Runtime,
		options: SessionOptions,
		owner: LinkOwner<Link>,
		diagnostics: ConnectionDiagnostics,
		adopted: Stream | null = null,
	) {
		this.#transport = transport;
		this.#runtime = runtime;
		this.#owner = owner;
		this.#diagnostics = diagnostics;
		this.#receivedAt = runtime.now();
		this.session = new Session(adopted === null ? options : { ...options, upgradedMethod: adopted.request.method });
		this.#outlet = new Outlet(transport, this.session, runtime, () => this.#onFlushed());
		this.uptake = new Uptake(this.session, this.#outlet, options.firstStreamId);
		this.streams = new LinkStreams(this, this.session, this.uptake, owner, transport.openedAt, diagnostics);
		if (adopted !== null) this.streams.adopt(adopted);
		transport.start(this);
		this.#outlet.flush();
	}

	/** When octets came last, whatever they were. */
	get receivedAt(): number {
		return this.#receivedAt;
	}

	/** Infinity while somebody waits for something. */
	get idleSince(): number {
		return this.#isBusy ? Number.POSITIVE_INFINITY : this.#idleSince;
	}

	/** The transport has ended, or is about to. */
	get closing(): boolean {
		return this.#closing;
	}

	/** Milliseconds; the same for all that happens in one turn. */
	now(): number {
		if (this.#now === 0) this.#now = this.#runtime.now();
		return this.#now;
	}

	/** Whether `open` may be called now: a body that can be sent only once waits for the server's SETTINGS. */
	canOpen(stream: Stream): boolean {
		if (this.#closing) return false;
		return this.session.canOpenStream(isReplayable(stream.request) ? BEFORE_SETTINGS : 0);
	}

	/** Resolves with the round trip in milliseconds; rejects when the connection ends. */
	ping(first: number, second: number): Promise<number> {
		if (this.#closing) return Promise.reject(new ConnectionError('Cannot send PING: the connection is closing'));
		this.session.ping(first, second);
		this.scheduleFlush();
		return this.pings.wait(first, second, this.#runtime.now());
	}

	/** Sends PING whose answer nobody waits for: any octet will do. */
	probe(): void {
		this.session.ping(...parseOpaque(undefined));
		this.scheduleFlush();
	}

	/** No new streams; the link closes when those that are open have ended. */
	drain(errorCode: number = NO_ERROR): void {
		this.#retired = true;
		this.session.drain(errorCode);
		this.#afterEvents();
		this.scheduleFlush();
	}

	/** As `drain`, for a reason of our own: requests from now on go elsewhere. */
	retire(): void {
		if (this.#closing) return;
		this.#owner.onDraining(this, null);
		this.drain();
	}

	/** The peer is gone: every stream ends with `reason`, and nothing is waited for. */
	giveUp(reason: HyperError): void {
		if (this.#closing) return;
		this.#closing = true;
		this.#failure = reason;
		this.session.end(reason);
		this.dispatch(this.session.takeEvents());
		this.pings.reject(reason);
		this.#owner.onDraining(this, reason);
		this.#transport.destroy();
	}

	/** Resolves when the transport is closed. */
	whenClosed(): Promise<void> {
		if (this.#closed) return Promise.resolve();
		return new Promise((resolve) => this.#closeWaits.push(resolve));
	}

	/** Has what there is written at the end of the turn. */
	scheduleFlush(): void {
		this.#outlet.schedule();
	}

	onBytes(bytes: Uint8Array): void {
		if (this.#closing) return;
		this.#now = 0;
		this.#receivedAt = this.now();
		try {
			this.dispatch(this.session.receive(bytes, this.#receivedAt));
		} catch (cause) {
			this.fail(cause);
		}
		this.#now = 0;
		// Most pieces of a large body need no answer, and a turn of its own for each would be felt.
		if (this.session.hasOutput || this.streams.wanted === 0) this.scheduleFlush();
	}

	onDrain(): void {
		this.#outlet.onDrain();
	}

	onEnd(): void {
		if (this.#closing) return;
		const reason = resetError('Server closed the connection before the response was complete', this.#farewell);
		const isIdle = this.streams.size === 0;
		this.session.end(reason);
		this.dispatch(this.session.takeEvents());
		this.#shut(reason, isIdle ? null : reason);
	}

	onClose(error: Error | null): void {
		if (this.#closed) return;
		const isInOrder = this.#closing || (this.streams.size === 0 && error === null);
		this.#closed = true;
		this.#closing = true;
		this.#outlet.close();
		// With TLS 1.3 a server refuses our certificate only after our side of the handshake.
		const refused = error instanceof TLSError && !this.session.greeted;
		const message = 'Connection was closed before the response was complete';
		const reason = refused ? error : resetError(message, this.#farewell ?? error);
		this.session.end(reason);
		this.dispatch(this.session.takeEvents());
		this.pings.reject(reason);
		this.session.release();
		this.#diagnostics.closed(isInOrder ? this.#failure : reason);
		this.#owner.onClosed(this, reason);
		for (const resolve of this.#closeWaits) resolve();
	}

	/** Events of the session. */
	dispatch(events: readonly SessionEvent[]): void {
		if (events.length === 0) return;
		for (let i = 0; i < events.length; i++) {
			const event = events[i] as SessionEvent;
			if (!this.streams.deliver(event)) this.#onEvent(event);
		}
		this.#afterEvents();
	}

	/** What concerns the whole link. */
	#onEvent(event: SessionEvent): void {
		switch (event.type) {
			case 'pong': {
				const roundTrip = this.pings.acknowledge(event.first, event.second, this.#runtime.now());
				if (roundTrip !== null) this.session.onRoundTrip(roundTrip);
				break;
			}
			case 'goaway': {
				const error = goawayError(event.errorCode);
				if (event.errorCode !== NO_ERROR) {
					this.#farewell = error;
					this.#diagnostics.error(null, error);
				}
				this.#owner.onDraining(this, error);
				break;
			}
			case 'failed':
				this.pings.reject(event.error);
				this.#shut(event.error);
				break;
		}
	}

	/** What follows from events together: room for streams, or nothing left to wait for. */
	#afterEvents(): void {
		if (this.#closing) return;
		if (this.session.phase === 'open') {
			this.#owner.onCapacity(this);
			if (this.session.exhausted) this.retire();
		} else if (this.streams.size === 0) {
			this.#shut(null);
		} else if (this.#retired && this.streams.wanted === 0) {
			const message = 'Push was not taken before the connection ended';
			this.streams.resetAll(CANCEL, (id) => new StreamResetError(id, CANCEL, 'local', message));
		}
	}

	/** Somebody waits for something. */
	get #isBusy(): boolean {
		return this.streams.wanted > 0 || this.pings.size > 0 || this.#owner.hasWaiting;
	}

	/** The turn is over. */
	#onFlushed(): void {
		this.#now = 0;
		this.dispatch(this.session.takeEvents());
		this.streams.watch(this.#runtime);
		const isBusy = this.#isBusy;
		if (isBusy) this.#idleSince = Number.POSITIVE_INFINITY;
		else if (this.#idleSince === Number.POSITIVE_INFINITY) this.#idleSince = this.#runtime.now();
		this.#outlet.hold(isBusy || this.#closing);
	}

	/** What was called here threw, a flow control of the caller's perhaps: the state cannot be trusted any more. */
	fail(cause: unknown): void {
		const why = cause instanceof Error ? cause.message : String(cause);
		const error = new ConnectionError(`Connection was given up: ${why}`, { cause });
		this.session.fail(error);
		this.dispatch(this.session.takeEvents());
		// Those whose last event was among what was lost.
		this.streams.closeAll(error);
	}

	/** `failure` is what diagnostics are told. */
	#shut(reason: HyperError | null, failure: HyperError | null = reason): void {
		if (this.#closing) return;
		this.#closing = true;
		this.#failure = failure;
		this.#owner.onDraining(this, reason);
		this.#outlet.end();
	}
}

function resetError(message: string, cause: Error | null): ConnectionResetError {
	return new ConnectionResetError(cause === null ? message : `${message}: ${cause.message}`, {
		cause: cause ?? undefined,
	});
}

function goawayError(errorCode: number): ConnectionError {
	return new ConnectionError(`Server is going away with ${describeErrorCode(errorCode)}`, {
		retryable: true,
		errorCode,
	});
}
