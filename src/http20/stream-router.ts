// The streams of one link, promised ones too: what they ask of the session, and the events that come back, each to the
// stream that it is for.

import { CANCEL, PROTOCOL_ERROR } from '../../assembly/shared/error-code.ts';
import { errorCodeName, type HyperError, StreamResetError } from '../base/errors.ts';
import { HandedOut } from '../connection/unread-responses.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import type { FlatFields } from '../fields/flat-fields.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Transport } from '../runtime/transport.ts';
import type { DataEvent, PushEvent, SessionEvent } from '../session/events.ts';
import type { Session } from '../session/session.ts';
import { StreamTable } from '../session/streams.ts';
import type { Uptake } from './replay.ts';
import { requestFields } from './request-fields.ts';
import type { Carrier, Stream } from './stream.ts';
import { endsWithHeaders, startUpload } from './upload.ts';
import type { LinkOwner } from './wire-owner.ts';

/** RFC 7540 §3.2: the stream of the request that an Upgrade has carried. */
const UPGRADED_STREAM = 1;

/** What the streams ask of their link. */
export interface LinkTurn {
	/** Milliseconds; the same for all that happens in one turn. */
	now(): number;
	/** Has what there is written at the end of the turn. */
	scheduleFlush(): void;
	dispatch(events: readonly SessionEvent[]): void;
	/** The state cannot be trusted any more. */
	fail(cause: unknown): void;
}

export class LinkStreams implements Carrier {
	readonly #link: LinkTurn;
	readonly #session: Session;
	readonly #uptake: Uptake;
	readonly #owner: Pick<LinkOwner<never>, 'pushes' | 'onRefused'>;
	readonly #openedAt: Transport['openedAt'];
	readonly #diagnostics: ConnectionDiagnostics;
	readonly #table = new StreamTable<Stream>();
	readonly #handedOut = new HandedOut();

	constructor(
		link: LinkTurn,
		session: Session,
		uptake: Uptake,
		owner: Pick<LinkOwner<never>, 'pushes' | 'onRefused'>,
		openedAt: Transport['openedAt'],
		diagnostics: ConnectionDiagnostics,
	) {
		this.#link = link;
		this.#session = session;
		this.#uptake = uptake;
		this.#owner = owner;
		this.#openedAt = openedAt;
		this.#diagnostics = diagnostics;
	}

	/** Those that have not ended. */
	get size(): number {
		return this.#table.size;
	}

	/** Those that somebody may wait for: pushes that nobody has taken are not. */
	get wanted(): number {
		const { size } = this.#table;
		return size === 0 ? 0 : size - (this.#owner.pushes?.countOn(this) ?? 0);
	}

	get(id: number): Stream | undefined {
		return this.#table.get(id);
	}

	values(): Stream[] {
		return this.#table.values();
	}

	/** Sends the request. Throws LocalProtocolError or HPACKEncodingError for one that cannot be sent; nothing is changed then. */
	open(stream: Stream): void {
		// Also when it throws: the turn has begun, and its time must not last.
		this.#link.scheduleFlush();
		const ends = endsWithHeaders(stream);
		const section = requestFields(stream.request);
		this.#begin(stream, this.#session.openStream(section.fields, section.neverIndexed, ends), section);
		if (!ends && !stream.request.manual) startUpload(stream, this);
	}

	/** Takes in a request that was sent before HTTP/2 was spoken. */
	adopt(stream: Stream): void {
		this.#begin(stream, UPGRADED_STREAM, requestFields(stream.request));
	}

	#begin(stream: Stream, id: number, section: FlatFields): void {
		this.#table.set(id, stream);
		this.#diagnostics.request(id, section);
		const { timings } = stream;
		timings.dialled = this.#openedAt?.connected ?? null;
		timings.secured = this.#openedAt?.secured ?? null;
		stream.onOpened(this, id, this.#link.now());
	}

	consume(stream: Stream, length: number): void {
		stream.since = this.#link.now();
		try {
			this.#session.consume(stream.id, length);
		} catch (cause) {
			this.#link.fail(cause);
		}
		this.#link.scheduleFlush();
	}

	reset(stream: Stream, errorCode: number, error: HyperError): void {
		this.#session.resetStream(stream.id, errorCode, error);
		this.#link.dispatch(this.#session.takeEvents());
		this.#link.scheduleFlush();
	}

	sendData(stream: Stream, bytes: Uint8Array, endStream: boolean): boolean {
		this.#link.scheduleFlush();
		return this.#session.sendData(stream.id, bytes, endStream);
	}

	sendTrailers(stream: Stream, section: FlatFields): void {
		this.#link.scheduleFlush();
		this.#session.sendTrailers(stream.id, section.fields, section.neverIndexed);
	}

	/** What is handed out is watched from the end of the turn: its stream is reset when it is garbage. */
	handOut(response: object, stream: Stream): void {
		// Then no flush may come any more, and there is nothing to reset.
		if (this.#session.phase === 'dead') return;
		this.#handedOut.add(response, stream);
		this.#link.scheduleFlush();
	}

	/** Ends every stream with RST_STREAM. */
	resetAll(errorCode: number, errorOf: (streamId: number) => HyperError): void {
		for (const id of this.#table.ids()) this.#session.resetStream(id, errorCode, errorOf(id));
		this.#link.dispatch(this.#session.takeEvents());
	}

	/** The turn is over. */
	watch(runtime: Runtime): void {
		this.#handedOut.watch(runtime);
	}

	/** False for an event that is for no stream. */
	deliver(event: SessionEvent): boolean {
		switch (event.type) {
			case 'response': {
				this.#diagnostics.response(event.streamId, event.status, event);
				const stream = this.#table.get(event.streamId);
				const response = stream?.onResponse(event, this.#link.now());
				if (stream && response && !event.endStream) this.handOut(response, stream);
				return true;
			}
			case 'data':
				this.#onData(event);
				return true;
			case 'closed': {
				const stream = this.#table.get(event.streamId);
				if (stream === undefined) return true;
				this.#table.delete(event.streamId);
				this.#onClosed(stream, event.error);
				return true;
			}
			case 'informational':
				this.#table.get(event.streamId)?.onInformational(event);
				return true;
			case 'trailers':
				this.#diagnostics.trailers(event.streamId, event);
				this.#table.get(event.streamId)?.onTrailers(event, this.#link.now());
				return true;
			case 'writable':
				this.#table.get(event.streamId)?.wakeUpload?.();
				return true;
			case 'push':
				this.#onPush(event);
				return true;
			case 'refused':
				this.#warnRefused(event.promisedStreamId, event.errorCode, event.why);
				return true;
			default:
				return false;
		}
	}

	/** Ends those whose last event is lost. */
	closeAll(error: HyperError): void {
		const left = this.#table.values();
		for (const { id } of left) this.#table.delete(id);
		for (const stream of left) stream.close(error);
	}

	#onData(event: DataEvent): void {
		const stream = this.#table.get(event.streamId);
		// An event before this one may have made the caller give the stream up.
		if (stream === undefined) return this.#session.consume(event.streamId, event.end - event.start);
		stream.onData(event, this.#link.now());
		if (!(event.streamId & 1)) this.#owner.pushes?.onData(stream);
	}

	#onClosed(stream: Stream, error: HyperError | null): void {
		// What was promised cannot be asked for again.
		const isRequest = (stream.id & 1) === 1;
		if (isRequest && error !== null && this.#uptake.excludes(stream, error) && this.#owner.onRefused(stream)) return;
		// After a complete response the end of the request is nobody's failure.
		if (error !== null && !(stream.body.ended && stream.failure === null)) this.#diagnostics.error(stream.id, error);
		stream.close(error);
	}

	#onPush(event: PushEvent): void {
		const { promisedStreamId: id } = event;
		const { pushes } = this.#owner;
		const parent = this.#table.get(event.streamId);
		// An event before this one may have made the caller give the request up.
		if (pushes === null || parent === undefined)
			return this.#refuse(id, CANCEL, 'The request it came with was given up');
		const code = pushes.refusalOf(event, parent);
		if (code === PROTOCOL_ERROR) return this.#refuse(id, code, 'The server does not speak for its origin');
		if (code !== null) return this.#refuse(id, code, 'There are too many');
		this.#table.set(id, pushes.add(event, parent, this, this.#link.now()));
	}

	#refuse(id: number, errorCode: number, why: string): void {
		const error = new StreamResetError(id, errorCode, 'local', `Promise of stream ${id} was refused`);
		this.#session.refusePromise(id, errorCode, error);
		this.#warnRefused(id, errorCode, why);
	}

	#warnRefused(id: number, errorCode: number, why: string): void {
		this.#diagnostics.warn(id, `Promise of stream ${id} was refused with ${errorCodeName(errorCode)}: ${why}`);
	}
}
