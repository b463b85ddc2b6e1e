// One exchange on an HTTP/1.1 connection: handles the events of the platform's request and response.

import { runtime } from '#runtime';
import { startTimer } from '../base/abort.ts';
import { ConnectionError, type HyperError, InvalidResponseError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { PendingRequest } from '../connection/pending-request.ts';
import { detourOf } from '../connection/replay.ts';
import { Upload, type UploadTarget } from '../connection/upload.ts';
import type { HeaderFields } from '../fields/header-map.ts';
import { ResponseHead } from '../message/response.ts';
import type { Origin } from '../net/origin.ts';
import type { HTTP1Platform, IncomingMessage, TransportDuplex } from '../runtime/http1.ts';
import { type RequestHead, trailerLines } from './request-head.ts';
import { mayRefuseOffer } from './upgrade.ts';
import type { HTTP11Wire } from './wire.ts';

type ClientRequest = InstanceType<HTTP1Platform['ClientRequest']>;

/** Unread bytes of content to buffer before we stop reading from the server. */
const HELD = 65_536;
/** The same while another request waits for the connection, if reading has not begun. */
const HELD_UNREAD = 16 * 1024 * 1024;
/** The most bytes to write at once, so that the timeouts see progress. Content up to this size is sent with the head. */
const PIECE = 65_536;
/** Pieces of content to receive before the event loop turns. */
const PIECES_PER_TURN = 4096;
/** The platform's parser stores its limit in a signed 32-bit integer. */
const MAX_HEADER_SIZE = 0x7fffffff;

/** The connection of a request, and the parts of its head that depend on the connection. */
interface RequestLine {
	readonly platform: HTTP1Platform;
	readonly duplex: TransportDuplex;
	/** Whether the connection has been free before, so that the server may have timed it out. */
	readonly isReused: boolean;
	readonly limits: Readonly<Limits>;
	readonly origin: Pick<Origin, 'scheme' | 'host' | 'port'>;
	/** The request target in the request line. */
	readonly target: string;
	/** Names and values alternate. */
	readonly fields: readonly string[];
}

/**
 * running ── the response is complete ──> ended
 *    └── anything else ends it ─────────> over: events are ignored
 */
type CallState = 'running' | 'ended' | 'over';

export class Call implements UploadTarget {
	readonly pieceSize: number = PIECE;
	readonly stopsAfterError = true;
	readonly pending: PendingRequest;
	readonly head: RequestHead;
	/** Whether the request offers an upgrade to HTTP/2, which the server has not accepted. */
	offersUpgrade: boolean;
	state: CallState = 'running';
	/** Whether writing to the connection has begun, and whether all of the request was written. */
	isWritten = false;
	isSent = false;
	readonly #message: ClientRequest;
	readonly #duplex: TransportDuplex;
	readonly #limits: Readonly<Limits>;
	readonly #isReused: boolean;
	readonly #wire: HTTP11Wire;
	#response: IncomingMessage | null = null;
	#informational = 0;
	/** Bytes delivered but not consumed. */
	#held = 0;
	/** How many of them to hold before we stop reading from the server. */
	#bound = HELD;
	#isRead = false;
	#isPaused = false;
	/** Pieces of content received. */
	#pieces = 0;
	#unreadTimer: ReturnType<typeof setTimeout> | undefined;
	/** Runs while the server has not answered the offer. */
	#offerTimer: ReturnType<typeof setTimeout> | undefined;

	/** `offerWait`: `UpgradeOffer.wait`; null without an offer. Throws the platform's error if the request cannot be sent. */
	constructor(
		pending: PendingRequest,
		head: RequestHead,
		offerWait: number | null,
		wire: HTTP11Wire,
		line: RequestLine,
	) {
		this.pending = pending;
		this.head = head;
		this.offersUpgrade = offerWait !== null;
		this.#duplex = line.duplex;
		this.#limits = line.limits;
		this.#isReused = line.isReused;
		this.#wire = wire;
		// The part of an Agent that the platform needs to reuse a connection.
		const agent = {
			keepAlive: true,
			protocol: `${line.origin.scheme}:`,
			addRequest: (request: ClientRequest) => request.onSocket(line.duplex as never),
		};
		// Not `http.request`, which tools of observability and mocking replace: they copy options and headers into new objects.
		const message = new line.platform.ClientRequest({
			agent: agent as never,
			// For those that observe requests by diagnostics_channel.
			host: line.origin.host,
			port: line.origin.port,
			protocol: `${line.origin.scheme}:`,
			method: pending.request.method,
			path: line.target,
			headers: line.fields as never,
			maxHeaderSize: Math.min(Math.max(1, line.limits.headerListSize), MAX_HEADER_SIZE),
		});
		// No limit, because the platform silently drops excess fields. `checkSection` counts them.
		message.maxHeadersCount = 0;
		this.#message = message;
		message.on('socket', (socket) => {
			// The platform writes nothing to a socket that has just broken.
			if (socket.destroyed || this.state !== 'running') return;
			this.isWritten = true;
			if (offerWait !== null) this.#waitForAnswer(offerWait);
			this.#wire.onWritten(this);
		});
		message.on('continue', () => pending.upload?.onContinue());
		message.on('information', ({ statusCode, rawHeaders }) => this.#onInformational(statusCode, rawHeaders));
		message.on('response', this.#onResponse);
		message.on('upgrade', (response, _socket, following) => {
			clearTimeout(this.#offerTimer);
			if (this.state === 'running') this.#wire.onSwitched(this, response.rawHeaders, following);
		});
		message.on('error', (error) => {
			// After a complete response, the wire handles errors of the connection.
			if (!this.isReceived) this.fail(error);
		});
		this.#startUpload(head);
	}

	/** Whether the platform has read the whole response. */
	get isReceived(): boolean {
		return this.#response?.complete === true;
	}

	/** Whether the platform still expects bytes of a response. */
	get isReading(): boolean {
		return this.isWritten && this.#response?.complete !== true;
	}

	/** Whether the server must send bytes, and we are reading. */
	get isOwed(): boolean {
		return this.state === 'running' && !this.#isPaused;
	}

	/** Content was read or discarded, so there is room for more. */
	consume(length: number): void {
		this.#held -= length;
		this.#isRead = true;
		this.#bound = HELD;
		if (this.#isPaused && this.#held < this.#bound) this.#resume();
	}

	/** Another request waits: buffers content that nothing reads yet, up to HELD_UNREAD, to free the connection. */
	hurry(): void {
		if (!this.#isRead) this.#bound = HELD_UNREAD;
		if (!this.#isPaused) return;
		if (this.#held < this.#bound) this.#resume();
		else if (!this.#isRead) this.#reportUnread();
	}

	/** Ends the call without an error; later events are ignored. */
	abandon(): void {
		this.state = 'over';
		clearTimeout(this.#offerTimer);
		this.pending.upload?.stop();
	}

	/** Ends the request with an error, unless it is over. */
	fail(cause: unknown): void {
		if (this.state !== 'running') return;
		// The platform reports a parse error before it delivers the content that precedes it.
		if (this.#response?.destroyed === false) while (this.#response.read() !== null);
		if (this.state !== 'running') return;
		this.abandon();
		this.#wire.onFailed(this, cause);
	}

	write(_pending: PendingRequest, bytes: Uint8Array, end: boolean): boolean {
		if (end) {
			this.#end(bytes);
			return true;
		}
		const hasRoom = this.#message.write(bytes);
		if (hasRoom) this.#onProgress();
		return hasRoom;
	}

	writeTrailers(_pending: PendingRequest, trailers: HeaderFields): void {
		this.#message.addTrailers(trailerLines(trailers));
		this.#end(null);
	}

	onUploadFailed(_pending: PendingRequest, cause: unknown): void {
		const why = cause instanceof Error ? cause.message : String(cause);
		this.fail(new ConnectionError(`Request could not be sent: its body failed (${why})`, { cause }));
	}

	/** In a process that was busy, the timer fires before the sockets are read. */
	#waitForAnswer(milliseconds: number): void {
		const onTime = (): void => {
			if (this.state === 'running') this.#wire.onOfferUnanswered(this);
		};
		this.#offerTimer = startTimer(() => runtime.afterPoll(onTime), milliseconds);
	}

	#startUpload({ chunked }: RequestHead): void {
		const { body, trailers, manual, expectsContinue } = this.pending.request;
		if (!manual && body === null && trailers === undefined) return this.#end(null);
		const whole = body?.bytes ?? null;
		// With an upgrade, the content must be written at once: the platform reports a 101 before later writes are done.
		const goesWithHead = whole !== null && (whole.length <= PIECE || this.offersUpgrade);
		if (goesWithHead && trailers === undefined && !chunked && !expectsContinue) return this.#end(whole);
		const upload = new Upload(this.pending, this);
		this.pending.upload = upload;
		this.#message.on('drain', () => {
			this.#onProgress();
			upload.onRoom();
		});
		this.#message.flushHeaders();
		if (!manual) upload.start();
	}

	#end(content: Uint8Array | null): void {
		this.isSent = true;
		if (content === null || content.length === 0) this.#message.end();
		else this.#message.end(content);
	}

	#onProgress(): void {
		if (this.state === 'running') this.pending.since = this.#wire.now();
	}

	#onInformational(status: number, fields: readonly string[]): void {
		if (this.state !== 'running') return;
		const fault = checkSection(`Response with status ${status}`, fields, this.#limits);
		if (fault !== null) return this.fail(fault);
		if (++this.#informational > this.#limits.informational) {
			return this.fail(new InvalidResponseError(`Server sent more than ${this.#limits.informational} 1xx responses`));
		}
		this.pending.onInformational(status, fields, null);
	}

	readonly #onResponse = (response: IncomingMessage): void => {
		if (this.state !== 'running') return;
		const { pending } = this;
		const { statusCode: status = 0, statusMessage: reason = '', rawHeaders: fields } = response;
		this.#response = response;
		const fault =
			status < 200 ? statusError(status) : checkSection('Header section of the response', fields, this.#limits);
		if (fault !== null) return this.fail(fault);
		clearTimeout(this.#offerTimer);
		if (this.offersUpgrade && mayRefuseOffer(status) && this.#wire.onDetour(this, 'declined', status, fields)) return;
		const detour = status >= 400 ? detourOf(status, pending.request, this.#isReused) : null;
		if (detour !== null && this.#wire.onDetour(this, detour, status, fields)) return;
		response.on('data', this.#onContent);
		response.on('end', this.#onEnd);
		response.on('error', (error) => this.fail(error));
		// RFC 9112 §6.3. The parser has rejected invalid lengths.
		const isEmpty = pending.request.method === 'HEAD' || status === 204 || status === 304;
		const head = new ResponseHead('HTTP/1.1', status, reason, isEmpty ? 0 : null, fields);
		this.#wire.onHead(this, head, fields);
		pending.onHead(head, this.#wire.now());
		this.#wire.owner.onDue();
	};

	readonly #onContent = (bytes: Uint8Array): void => {
		if (this.state !== 'running') return;
		this.#held += bytes.length;
		this.pending.onContent(bytes, true, this.#wire.now());
		if (++this.#pieces % PIECES_PER_TURN === 0) this.#pauseForTurn();
		if (this.#held < this.#bound) return;
		this.#isPaused = true;
		// Not the response: while paused, it keeps the chunks of a read as objects of 1 KB, 10,000 if each has one byte.
		this.#duplex.hold(true);
		if (this.#bound === HELD_UNREAD) this.#reportUnread();
	};

	readonly #onEnd = (): void => {
		if (this.state !== 'running') return;
		const trailers = this.#response?.rawTrailers ?? [];
		const fault = checkSection('Trailer section of the response', trailers, this.#limits);
		if (fault !== null) return this.fail(fault);
		this.state = 'ended';
		if (this.#isPaused || this.#pieces >= PIECES_PER_TURN) this.#duplex.hold(false);
		if (trailers.length > 0) {
			this.#wire.onTrailers(trailers);
			this.pending.onTrailers(trailers);
		}
		this.pending.onEnd(this.#wire.now());
		this.#wire.onEnded(this, this.isSent && this.#message.writableFinished);
	};

	/**
	 * Rejects requests that wait for too much unread content, but in a later turn: reading may begin before that,
	 * and a sink that dispatches again in `onError` must not be called recursively.
	 */
	#reportUnread(): void {
		this.#unreadTimer ??= startTimer(() => {
			this.#unreadTimer = undefined;
			if (this.state === 'running' && !this.#isRead) this.#wire.onUnread(HELD_UNREAD);
		}, 0);
	}

	/** Node reads a socket up to 32 times before its timers run, and each read may have 10,000 chunks of a byte. */
	#pauseForTurn(): void {
		this.#duplex.hold(true);
		void runtime.nextTurn().then(() => {
			if (this.state === 'running' && !this.#isPaused) this.#duplex.hold(false);
		});
	}

	#resume(): void {
		this.#isPaused = false;
		this.pending.since = this.#wire.now();
		this.#duplex.hold(false);
		this.#wire.owner.onDue();
	}
}

function statusError(status: number): HyperError {
	if (status !== 101) return new InvalidResponseError(`Server sent the invalid status ${status}`);
	return new InvalidResponseError('Server sent 101 Switching Protocols without saying what it switches to');
}

/** Null, or the error for a section that exceeds our limits. */
function checkSection(what: string, fields: readonly string[], limits: Readonly<Limits>): HyperError | null {
	const count = fields.length / 2;
	if (count > limits.headerFields) {
		return new InvalidResponseError(`${what} has ${count} fields, but limits.headerFields is ${limits.headerFields}`);
	}
	// Counted as in HTTP/2 (RFC 9113 §6.5.2), so that the limit means the same on both versions.
	let size = 32 * count;
	for (const text of fields) size += text.length;
	if (size <= limits.headerListSize) return null;
	return new InvalidResponseError(`${what} has ${size} bytes, but limits.headerListSize is ${limits.headerListSize}`);
}
