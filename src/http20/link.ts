// One transport and its session: one generation of a connection. Bytes go in, events go to the streams they are for; all
// that one turn wants to send goes out in one write.

import { NO_ERROR } from '../../assembly/shared/error-code.ts';
import { ConnectionError, ConnectionResetError, describeErrorCode, type HyperError, TLSError } from '../errors.ts';
import type { Runtime, Transport, TransportReceiver } from '../runtime/runtime.ts';
import type { SessionOptions } from '../session/core.ts';
import type { DataEvent, SessionEvent } from '../session/events.ts';
import { Session } from '../session/session.ts';
import { StreamTable } from '../session/stream-table.ts';
import type { LinkOwner } from './link-owner.ts';
import { Outlet } from './outlet.ts';
import { Pings } from './pings.ts';
import { isReplayable } from './request.ts';
import type { FlatFields } from './request-fields.ts';
import type { HTTP20Response } from './response.ts';
import type { Carrier, Stream } from './stream.ts';
import { endsWithHeaders, startUpload } from './upload.ts';
import { Uptake } from './uptake.ts';
import { HandedOut } from './watch.ts';

/** Streams that may be opened before the server's SETTINGS: RFC 9113 §6.5.2 advises no server to allow fewer. */
const BEFORE_SETTINGS = 100;

export class Link implements TransportReceiver, Carrier {
	readonly session: Session;
	readonly uptake: Uptake;
	readonly #outlet: Outlet;
	readonly #transport: Transport;
	readonly #runtime: Runtime;
	readonly #owner: LinkOwner<Link>;
	readonly #streams = new StreamTable<Stream>();
	readonly #pings = new Pings();
	readonly #handedOut = new HandedOut();
	#closing = false;
	#closed = false;
	/** The time of this turn; 0 when it has to be asked for. */
	#now = 0;
	readonly #closeWaits: (() => void)[] = [];

	constructor(transport: Transport, runtime: Runtime, options: SessionOptions, owner: LinkOwner<Link>) {
		this.#transport = transport;
		this.#runtime = runtime;
		this.#owner = owner;
		this.session = new Session(options);
		this.#outlet = new Outlet(transport, this.session, runtime, () => this.#onFlushed());
		this.uptake = new Uptake(this.session, this.#outlet);
		transport.start(this);
		this.#outlet.flush();
	}

	/** Streams that have not ended. */
	get size(): number {
		return this.#streams.size;
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

	/** Sends the request. Throws LocalProtocolError or HPACKEncodingError for one that cannot be sent; nothing is changed then. */
	open(stream: Stream): void {
		const ends = endsWithHeaders(stream);
		const { fields, neverIndexed } = stream.request;
		const id = this.session.openStream(fields, neverIndexed, ends);
		this.#streams.set(id, stream);
		const { timings } = stream;
		timings.dialled = this.#transport.openedAt?.connected ?? null;
		timings.secured = this.#transport.openedAt?.secured ?? null;
		stream.onOpened(this, id, this.now());
		if (!ends && !stream.request.manual) startUpload(stream, this);
		this.scheduleFlush();
	}

	consume(stream: Stream, length: number): void {
		try {
			this.session.consume(stream.id, length);
		} catch (cause) {
			this.#fail(cause);
		}
		this.scheduleFlush();
	}

	reset(stream: Stream, errorCode: number, error: HyperError): void {
		this.session.resetStream(stream.id, errorCode, error);
		this.#dispatch(this.session.takeEvents());
		this.scheduleFlush();
	}

	sendData(stream: Stream, bytes: Uint8Array, endStream: boolean): boolean {
		this.scheduleFlush();
		return this.session.sendData(stream.id, bytes, endStream);
	}

	sendTrailers(stream: Stream, section: FlatFields): void {
		this.scheduleFlush();
		this.session.sendTrailers(stream.id, section.fields, section.neverIndexed);
	}

	handOut(response: HTTP20Response, stream: Stream): void {
		if (this.#closed) return;
		this.#handedOut.add(response, stream);
		this.scheduleFlush();
	}

	/** Resolves with the round trip in milliseconds; rejects when the connection ends. */
	ping(first: number, second: number): Promise<number> {
		if (this.#closing) return Promise.reject(new ConnectionError('Cannot send PING: the connection is closing'));
		this.session.ping(first, second);
		this.scheduleFlush();
		return this.#pings.wait(first, second, this.#runtime.now());
	}

	/** No new streams; the link closes when those that are open have ended. */
	drain(errorCode: number = NO_ERROR): void {
		this.session.drain(errorCode);
		this.#afterEvents();
		this.scheduleFlush();
	}

	/** Ends every stream with RST_STREAM. */
	resetStreams(errorCode: number, errorOf: (streamId: number) => HyperError): void {
		for (const id of this.#streams.ids()) this.session.resetStream(id, errorCode, errorOf(id));
		this.#dispatch(this.session.takeEvents());
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
		try {
			this.#dispatch(this.session.receive(bytes, this.now()));
		} catch (cause) {
			this.#fail(cause);
		}
		this.#now = 0;
		// Most pieces of a large body need no answer, and a turn of its own for each would be felt.
		if (this.session.hasOutput || this.#streams.size === 0) this.scheduleFlush();
	}

	onDrain(): void {
		this.#outlet.onDrain();
	}

	onEnd(): void {
		if (this.#closing) return;
		const reason = new ConnectionResetError('Server closed the connection before the response was complete');
		this.session.end(reason);
		this.#dispatch(this.session.takeEvents());
		this.#shut(reason);
	}

	onClose(error: Error | null): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#closing = true;
		this.#outlet.close();
		const why = error === null ? '' : `: ${error.message}`;
		// With TLS 1.3 a server refuses our certificate only after our side of the handshake.
		const refused = error instanceof TLSError && !this.session.greeted;
		const message = `Connection was closed before the response was complete${why}`;
		const reason = refused ? error : new ConnectionResetError(message, { cause: error ?? undefined });
		this.session.end(reason);
		this.#dispatch(this.session.takeEvents());
		this.#pings.reject(reason);
		this.session.release();
		this.#owner.onClosed(this, reason);
		for (const resolve of this.#closeWaits) resolve();
	}

	#dispatch(events: readonly SessionEvent[]): void {
		if (events.length === 0) return;
		for (let i = 0; i < events.length; i++) this.#onEvent(events[i] as SessionEvent);
		this.#afterEvents();
	}

	#onEvent(event: SessionEvent): void {
		switch (event.type) {
			case 'response': {
				const stream = this.#streams.get(event.streamId);
				const response = stream?.onResponse(event, this.now());
				if (stream && response && !event.endStream) this.handOut(response, stream);
				break;
			}
			case 'data':
				this.#onData(event);
				break;
			case 'closed': {
				const stream = this.#streams.get(event.streamId);
				if (stream === undefined) break;
				this.#streams.delete(event.streamId);
				this.#onStreamClosed(stream, event.error);
				break;
			}
			case 'informational':
				this.#streams.get(event.streamId)?.onInformational(event);
				break;
			case 'trailers':
				this.#streams.get(event.streamId)?.onTrailers(event, this.now());
				break;
			case 'writable':
				this.#streams.get(event.streamId)?.wakeUpload?.();
				break;
			case 'pong': {
				const roundTrip = this.#pings.acknowledge(event.first, event.second, this.#runtime.now());
				if (roundTrip !== null) this.session.onRoundTrip(roundTrip);
				break;
			}
			case 'goaway':
				this.#owner.onDraining(this, goawayError(event.errorCode));
				break;
			case 'failed':
				this.#pings.reject(event.error);
				this.#shut(event.error);
				break;
		}
	}

	#onData(event: DataEvent): void {
		const stream = this.#streams.get(event.streamId);
		// An event before this one may have made the caller give the stream up.
		if (stream === undefined) this.session.consume(event.streamId, event.end - event.start);
		else stream.onData(event, this.now());
	}

	/** What follows from events together: room for streams, or nothing left to wait for. */
	#afterEvents(): void {
		if (this.#closing) return;
		if (this.session.phase === 'open') {
			this.#owner.onCapacity(this);
			if (this.session.exhausted) {
				this.#owner.onDraining(this, null);
				this.drain();
			}
		} else if (this.#streams.size === 0) {
			this.#shut(null);
		}
	}

	#onStreamClosed(stream: Stream, error: HyperError | null): void {
		if (error !== null && this.uptake.excludes(stream, error) && this.#owner.onRefused(stream)) return;
		stream.close(error);
	}

	/** The turn is over. */
	#onFlushed(): void {
		this.#now = 0;
		this.#dispatch(this.session.takeEvents());
		this.#handedOut.watch(this.#runtime);
		const isBusy = this.#streams.size > 0 || this.#pings.size > 0;
		this.#outlet.hold(isBusy || this.#closing || this.#owner.hasWaiting);
	}

	/** What was called here threw, a flow control of the caller's perhaps: the state cannot be trusted any more. */
	#fail(cause: unknown): void {
		const why = cause instanceof Error ? cause.message : String(cause);
		const error = new ConnectionError(`Connection was given up: ${why}`, { cause });
		this.session.fail(error);
		this.#dispatch(this.session.takeEvents());
		// Those whose last event was among what was lost.
		const left = this.#streams.values();
		for (const { id } of left) this.#streams.delete(id);
		for (const stream of left) stream.close(error);
	}

	#shut(reason: HyperError | null): void {
		if (this.#closing) return;
		this.#closing = true;
		this.#owner.onDraining(this, reason);
		this.#outlet.end();
	}
}

function goawayError(errorCode: number): ConnectionError {
	return new ConnectionError(`Server is going away with ${describeErrorCode(errorCode)}`, {
		retryable: true,
		errorCode,
	});
}
