// The streams of one wire, including promised ones: passes their calls to the session, and each event of the session to
// its request.

import { CANCEL, INTERNAL_ERROR, NO_ERROR, PROTOCOL_ERROR } from '../../assembly/shared/error-code.ts';
import { errorCodeName, HyperError, LocalProtocolError, StreamResetError } from '../base/errors.ts';
import { brokenBy } from '../base/failures.ts';
import type { FrameHead } from '../base/frame-heads.ts';
import type { Carrier, PendingRequest } from '../connection/pending-request.ts';
import { detourOf, type Fate, requiresHTTP11 } from '../connection/replay.ts';
import { Upload, type UploadTarget } from '../connection/upload.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import type { HeaderFields } from '../fields/header-map.ts';
import { type BufferedResponse, HandedOut } from '../message/buffered-response.ts';
import { ResponseHead } from '../message/response.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Transport } from '../runtime/transport.ts';
import type { DataEvent, PushEvent, ResponseEvent, SessionEvent } from '../session/events.ts';
import type { Session } from '../session/session.ts';
import { StreamTable } from '../session/streams.ts';
import type { Pushes } from './pushes.ts';
import { requestFields, trailerFields } from './request-fields.ts';
import type { HTTP20Wire } from './wire.ts';

/** RFC 7540 §3.2: the stream of the request that offered the upgrade. */
const UPGRADED_STREAM = 1;

export class StreamRouter implements Carrier, UploadTarget {
	readonly openedAt: Transport['openedAt'];
	readonly pieceSize: number = Number.POSITIVE_INFINITY;
	readonly stopsAfterError = false;
	readonly #wire: HTTP20Wire;
	readonly #session: Session;
	readonly #pushes: Pushes | null;
	readonly #diagnostics: ConnectionDiagnostics;
	readonly #table = new StreamTable<PendingRequest>();
	readonly handedOut: HandedOut;
	/** Whether a stream has ended without an error. */
	hasCompleted = false;
	/** Higher than the id of every stream opened here. */
	nextStreamId: number;

	constructor(
		wire: HTTP20Wire,
		session: Session,
		pushes: Pushes | null,
		openedAt: Transport['openedAt'],
		diagnostics: ConnectionDiagnostics,
		runtime: Runtime,
	) {
		this.#wire = wire;
		this.#session = session;
		this.nextStreamId = session.nextStreamId;
		this.#pushes = pushes;
		this.openedAt = openedAt;
		this.#diagnostics = diagnostics;
		this.handedOut = new HandedOut(runtime);
	}

	get frameHeads(): readonly FrameHead[] {
		return this.#session.frameHeads;
	}

	/** Streams that have not ended. */
	get size(): number {
		return this.#table.size;
	}

	/** Streams that a caller may be waiting for, so not untaken pushes. */
	get wanted(): number {
		const { size } = this.#table;
		return size === 0 ? 0 : size - (this.#pushes?.countOn(this) ?? 0);
	}

	get(id: number): PendingRequest | undefined {
		return this.#table.get(id);
	}

	values(): PendingRequest[] {
		return this.#table.values();
	}

	/** Sends the request. Throws LocalProtocolError or HPACKEncodingError, without any effect, if it cannot be sent. */
	open(pending: PendingRequest): void {
		// First, because the end of the turn must clear the cached time even if this method throws.
		this.#wire.writer.schedule();
		const { request } = pending;
		const { body, trailers, manual, protocol } = request;
		// RFC 8441 §3: "Upon receipt of SETTINGS_ENABLE_CONNECT_PROTOCOL with a value of 1, a client MAY use the Extended CONNECT".
		if (protocol !== null && !this.#session.remoteSettings.enableConnectProtocol) {
			throw new LocalProtocolError('Cannot send :protocol: the server did not send SETTINGS_ENABLE_CONNECT_PROTOCOL');
		}
		const endStream = !manual && trailers === undefined && (body === null || body.bytes?.length === 0);
		const section = requestFields(request);
		let id: number;
		try {
			id = this.#session.openCheckedStream(section.fields, section.neverIndexed, endStream);
		} catch (error) {
			// After any other, the server's dynamic table may differ from ours.
			if (!(error instanceof HyperError || error instanceof TypeError)) this.#wire.giveUp(brokenBy(error));
			throw error;
		}
		this.nextStreamId = id + 2;
		this.#table.set(id, pending);
		// First, because a subscriber of the diagnostics may cancel the request.
		pending.carrier = this;
		pending.id = id;
		this.#diagnostics.request(id, section);
		pending.onSent(this, this.#wire.now(), id);
		if (endStream || pending.isClosed) return;
		if (!manual && trailers === undefined && body?.bytes && !request.expectsContinue) {
			this.#session.sendData(id, body.bytes, true);
			return;
		}
		pending.upload = new Upload(pending, this);
		if (!manual) pending.upload.start();
	}

	/** Adopts a request that was sent by HTTP/1.1 before the upgrade. */
	adopt(pending: PendingRequest): void {
		this.#table.set(UPGRADED_STREAM, pending);
		this.#diagnostics.request(UPGRADED_STREAM, requestFields(pending.request));
		pending.carrier = this;
		pending.onStart(UPGRADED_STREAM);
	}

	consume(pending: PendingRequest, length: number): void {
		pending.since = this.#wire.now();
		try {
			this.#session.consume(pending.id as number, length);
		} catch (cause) {
			this.#wire.fail(cause);
		}
		this.#wire.writer.schedule();
	}

	cancel(pending: PendingRequest, errorCode: number, reason: unknown): void {
		const message = `Stream ${pending.id} was cancelled`;
		const isSilent = this.#wire.liveness.isSilentSince(pending, reason);
		this.#reset(pending.id as number, errorCode, message, reason, isSilent);
	}

	write(pending: PendingRequest, bytes: Uint8Array, end: boolean): boolean {
		this.#wire.writer.schedule();
		return this.#session.sendData(pending.id as number, bytes, end);
	}

	writeTrailers(pending: PendingRequest, trailers: HeaderFields): void {
		this.#wire.writer.schedule();
		const { fields, neverIndexed } = trailerFields(trailers);
		this.#session.sendTrailers(pending.id as number, fields, neverIndexed);
	}

	/** Resets the stream with INTERNAL_ERROR; the request's error has `cause` as its cause. */
	onUploadFailed(pending: PendingRequest, cause: unknown): void {
		const id = pending.id as number;
		const why = cause instanceof Error ? cause.message : String(cause);
		const message = `Request on stream ${id} could not be sent: its body failed (${why})`;
		pending.abort(new StreamResetError(id, INTERNAL_ERROR, 'local', message, { cause }), INTERNAL_ERROR);
	}

	/** Watches a response from the end of the turn, and resets its stream if the response is garbage-collected. */
	handOut(response: object, source: BufferedResponse): void {
		// A wire that is closing may never flush again, and has no stream to reset.
		if (this.#wire.closing) return;
		this.handedOut.add(response, source);
		this.#wire.writer.schedule();
	}

	/** Ends every stream with RST_STREAM. */
	resetAll(errorCode: number, message: string): void {
		for (const id of this.#table.ids()) {
			this.#session.resetStream(id, errorCode, new StreamResetError(id, errorCode, 'local', message));
		}
		this.#wire.dispatch(this.#session.takeEvents());
	}

	/** Delivers an event to its request. Returns false if the event concerns no stream. */
	deliver(event: SessionEvent): boolean {
		switch (event.type) {
			case 'response':
				this.#onResponse(event);
				return true;
			case 'data':
				this.#onData(event);
				return true;
			case 'closed':
				this.#onClosed(event.streamId, event.error);
				return true;
			case 'informational':
				this.#table.get(event.streamId)?.onInformational(event.status, event.fields, event.neverIndexed, 2);
				return true;
			case 'trailers': {
				this.#diagnostics.trailers(event.streamId, event);
				const pending = this.#table.get(event.streamId);
				pending?.onTrailers(event.fields, event.neverIndexed);
				if (pending !== undefined) this.#end(pending);
				return true;
			}
			case 'writable':
				this.#table.get(event.streamId)?.upload?.onRoom();
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

	/** Closes all remaining requests, whose `closed` events were lost. */
	closeAll(error: HyperError): void {
		const left = this.#table.values();
		for (const { id } of left) this.#table.delete(id as number);
		for (const pending of left) pending.close(error);
	}

	#onResponse(event: ResponseEvent): void {
		this.#diagnostics.response(event.streamId, event.status, event);
		const pending = this.#table.get(event.streamId);
		if (pending === undefined) return;
		if (event.status >= 400 && this.#isDetoured(pending, event.status)) return;
		const { status, contentLength, fields, neverIndexed } = event;
		pending.onHead(new ResponseHead('HTTP/2', status, '', contentLength, fields, neverIndexed), this.#wire.now());
		if (event.endStream) this.#end(pending);
	}

	#onData(event: DataEvent): void {
		const { streamId, bytes, start, end } = event;
		const pending = this.#table.get(streamId);
		// An event before this one may have made the caller cancel the request.
		if (pending === undefined) return this.#session.consume(streamId, end - start);
		const piece = start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
		pending.onContent(piece, event.endOfFrame, this.#wire.now());
		if (event.endStream) this.#end(pending);
		if (!(streamId & 1)) this.#pushes?.onData(pending);
	}

	/** The response is complete. */
	#end(pending: PendingRequest): void {
		pending.onEnd(this.#wire.now());
		if (pending.upload?.state !== 'withheld') return;
		// §8.1: NO_ERROR, because nothing has failed; END_STREAM would claim that the content was complete.
		const id = pending.id as number;
		this.#reset(id, NO_ERROR, `Request on stream ${id} was answered before its content was sent`);
	}

	#reset(id: number, errorCode: number, message: string, cause?: unknown, isSilent = false): void {
		this.#session.resetStream(id, errorCode, new StreamResetError(id, errorCode, 'local', message, { cause }));
		// Before the events, because a request that they make may have to wait for the answer.
		if (isSilent) this.#wire.liveness.suspect();
		this.#wire.dispatch(this.#session.takeEvents());
		this.#wire.writer.schedule();
	}

	#onClosed(streamId: number, error: HyperError | null): void {
		const pending = this.#table.get(streamId);
		if (pending === undefined) return;
		this.#table.delete(streamId);
		if (error === null) this.hasCompleted = true;
		// A promised response cannot be requested again.
		const isRequest = (streamId & 1) === 1;
		if (isRequest && error !== null && this.#isReplayed(pending, error)) return;
		// After a complete response, a reset of the request is not a failure.
		if (error !== null && !(pending.state === 'complete' && pending.failure === null)) {
			this.#diagnostics.error(streamId, error);
		}
		pending.close(error);
	}

	/** Whether the request is sent again instead of delivering an answer with this status. */
	#isDetoured(pending: PendingRequest, status: number): boolean {
		const id = pending.id as number;
		const detour = detourOf(status, pending.request);
		if (detour === null || pending.state !== 'sent' || (id & 1) === 0) return false;
		if (!this.#wire.onLost(pending, detour)) return false;
		this.#table.delete(id);
		this.#reset(id, CANCEL, `Request on stream ${id} is sent again after status ${status}`);
		return true;
	}

	#isReplayed(pending: PendingRequest, error: HyperError): boolean {
		const fate = this.#fateOf(pending, error);
		pending.lostWith ??= error;
		if (fate === 'unanswered') pending.doubt ??= error;
		return this.#wire.onLost(pending, fate);
	}

	/** What happened to a request that ended with this error, as far as we can be certain: RFC 9113 §8.7. */
	#fateOf(pending: PendingRequest, error: HyperError): Fate {
		const isOurDoing = error instanceof StreamResetError && error.initiator === 'local';
		if (!isOurDoing && requiresHTTP11(error)) return 'needs HTTP/1.1';
		if (pending.state !== 'sent') return 'processed';
		// If the server has not even sent SETTINGS, another connection would probably fare no better.
		if (!isOurDoing && this.#session.greeted && !this.#wire.hasWritten(pending)) return 'unwritten';
		if (!error.retryable) return this.#wire.hasBrokenInReuse ? 'unanswered' : 'processed';
		return this.#wire.hasLeftBehind(pending) ? 'left behind' : 'refused';
	}

	#onPush(event: PushEvent): void {
		const { promisedStreamId: id } = event;
		const parent = this.#table.get(event.streamId);
		// An event before this one may have made the caller cancel the request.
		if (this.#pushes === null || parent === undefined) {
			return this.#refuse(id, CANCEL, 'Its request was cancelled');
		}
		const code = this.#pushes.refusalOf(event, parent);
		if (code === PROTOCOL_ERROR) return this.#refuse(id, code, 'The server is not authoritative for its origin');
		if (code !== null) return this.#refuse(id, code, 'Too many promised streams are open');
		this.#table.set(id, this.#pushes.add(event, parent, this, this.#wire.now()));
	}

	#refuse(id: number, errorCode: number, why: string): void {
		this.#session.refusePromise(id, errorCode);
		this.#warnRefused(id, errorCode, why);
	}

	#warnRefused(id: number, errorCode: number, why: string): void {
		// A server may promise as many as it can send.
		if (!this.#diagnostics.wantsWarnings) return;
		this.#diagnostics.warn(id, `Promise of stream ${id} was refused with ${errorCodeName(errorCode)}: ${why}`);
	}
}
