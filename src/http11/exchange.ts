// One request and its response: the mailbox between what the connection reads and the caller's promises. It stays the
// same when the request is sent again on another connection. The promises of an exchange live here.

import { type Abortable, unwatchAbort, watchAbort } from '../base/abort.ts';
import { ConnectionError, LocalProtocolError } from '../base/errors.ts';
import { DEFAULT_LIMITS } from '../base/limits.ts';
import type { RequestBody } from '../body/request-body.ts';
import { BodyBuffer, type ContentOwner } from '../content/body-buffer.ts';
import type { DecodingLimits } from '../content/content-coding.ts';
import { HTTPHeaderMap } from '../fields/header-map.ts';
import type { OutgoingRequest } from '../message/request.ts';
import type { InformationalResponse, ResponseSource, Timings } from '../message/response.ts';
import { HTTP11Response, type ResponseHead } from './response.ts';
import type { Upgraded, UpgradeOffer, UpgradeOutcome } from './upgrade.ts';

/** What an exchange asks of the connection that carries it. */
export interface Carrier {
	/** Octets of content were read, or thrown away: there is room for more. */
	consume(exchange: Exchange, length: number): void;
	/** Ends the connection, since an exchange that is given up cannot be told from the next one. */
	drop(exchange: Exchange, reason: unknown): void;
	/** Sends content by hand; resolves when there is room for more. */
	send(exchange: Exchange, body: RequestBody | null, final: boolean): Promise<void>;
	/** The caller has the response from now on. */
	handOut(response: HTTP11Response, exchange: Exchange): void;
}

/** To be settled once. */
interface Waiter<T> {
	resolve(value: T): void;
	reject(reason: unknown): void;
}

const NONE: readonly InformationalResponse[] = [];

export class Exchange implements Abortable, ResponseSource, ContentOwner {
	/** HTTP/1.1 has no streams. */
	readonly id = null;
	readonly request: OutgoingRequest;
	readonly body: BodyBuffer;
	readonly timings: Timings;
	readonly decodeContent: boolean;
	readonly decodingLimits: DecodingLimits;
	/** What the server may switch to; null when it may not. */
	readonly upgrade: UpgradeOffer | null;
	informational: readonly InformationalResponse[] = NONE;
	/** The connection that carries it, or did last; null before that. */
	carrier: Carrier | null = null;
	/** When it last went on: how long the server has been silent since is what its timeouts measure. */
	since: number;
	/** How often the request was sent again. */
	replays = 0;
	/** Nothing is sent or received any more. */
	closed = false;
	/** Who has the exchange in a queue, and drops it when it is given up. */
	onClosed: ((exchange: Exchange) => void) | null = null;
	#head: ResponseHead | null = null;
	#trailers: readonly string[] = [];
	#signal: AbortSignal | null = null;
	#written: Waiter<null> | null = null;
	#outcome: Waiter<UpgradeOutcome> | null = null;
	/** Why there will be no response, or not all of it; null while all is well. */
	#failure: { reason: unknown } | null = null;

	constructor(
		request: OutgoingRequest,
		now: number,
		decodeContent = false,
		decodingLimits: DecodingLimits = DEFAULT_LIMITS,
		upgrade: UpgradeOffer | null = null,
	) {
		this.request = request;
		this.decodeContent = decodeContent;
		this.decodingLimits = decodingLimits;
		this.upgrade = upgrade;
		this.since = now;
		this.timings = { queued: now, dialled: null, secured: null, sent: null, firstByte: null, end: null };
		this.body = new BodyBuffer(this);
	}

	/** The response has begun. */
	get answered(): boolean {
		return this.#head !== null;
	}

	get failure(): { reason: unknown } | null {
		return this.#failure;
	}

	/** Ends the exchange when the signal does. */
	listen(signal: AbortSignal): void {
		this.#signal = signal;
		watchAbort(signal, this);
	}

	/** Resolves with null once the head is written. To be called once, before that. */
	written(): Promise<null> {
		return new Promise((resolve, reject) => {
			this.#written = { resolve, reject };
		});
	}

	/** Resolves with the response once its head is there. To be called once, on a request that offers no upgrade. */
	response(): Promise<HTTP11Response> {
		return this.outcome() as Promise<HTTP11Response>;
	}

	/** As `response`, or with what the connection has become. */
	outcome(): Promise<UpgradeOutcome> {
		if (this.#head !== null) return Promise.resolve(this.#createResponse(this.#head));
		if (this.#failure !== null) return Promise.reject(this.#failure.reason);
		return new Promise((resolve, reject) => {
			this.#outcome = { resolve, reject };
		});
	}

	/** Sends content by hand; resolves when there is room for more. */
	async send(body: RequestBody | null, final: boolean): Promise<void> {
		const { carrier } = this;
		if (carrier !== null && !this.closed) return carrier.send(this, body, final);
		throw this.#failure?.reason ?? new LocalProtocolError('Cannot send content: the request has ended');
	}

	onWritten(now: number): void {
		this.timings.sent = now;
		this.#written?.resolve(null);
		this.#written = null;
	}

	onInformational(status: number, fields: readonly string[]): void {
		const headers = HTTPHeaderMap.fromFlat(fields);
		this.informational = [...this.informational, { status, headers }];
		try {
			this.request.onInformational?.(status, headers);
		} catch (error) {
			this.cancel(error);
		}
	}

	onHead(head: ResponseHead, contentLength: number, now: number): void {
		this.#head = head;
		this.timings.firstByte = now;
		this.body.contentLength = contentLength;
		this.#outcome?.resolve(this.#createResponse(head));
		this.#outcome = null;
	}

	onContent(bytes: Uint8Array): void {
		this.body.push({ bytes, start: 0, end: bytes.length, endOfFrame: true });
	}

	onEnd(trailers: readonly string[], now: number): void {
		this.#trailers = trailers;
		this.timings.end = now;
		this.body.end();
	}

	onUpgraded(upgraded: Upgraded): void {
		this.#outcome?.resolve(upgraded);
		this.#outcome = null;
	}

	onConsumed(length: number): void {
		this.carrier?.consume(this, length);
	}

	readTrailers(): HTTPHeaderMap {
		return HTTPHeaderMap.fromFlat(this.#trailers);
	}

	/** The end of all: rejects what waits, unless the reason is null or the response is complete. */
	close(reason: unknown): void {
		if (this.closed) return;
		this.closed = true;
		if (this.#signal !== null) unwatchAbort(this.#signal, this);
		if (reason !== null && !this.body.ended) this.#fail(reason);
		this.request.body?.release();
		this.onClosed?.(this);
	}

	/** The caller wants no more: its promises reject with `reason`. */
	cancel(reason: unknown): void {
		if (this.closed) return;
		this.#fail(reason);
		const { carrier } = this;
		if (carrier === null) this.close(reason);
		else carrier.drop(this, reason);
	}

	/** Nobody will read the response. */
	abandon(): void {
		this.body.discard();
		this.cancel(new ConnectionError('Response was closed before its end'));
	}

	onAbort(reason: unknown): void {
		this.cancel(reason);
	}

	#createResponse(head: ResponseHead): HTTP11Response {
		const response = new HTTP11Response(this, head);
		this.carrier?.handOut(response, this);
		return response;
	}

	#fail(reason: unknown): void {
		if (this.#failure !== null) return;
		this.#failure = { reason };
		this.#outcome?.reject(reason);
		this.#outcome = null;
		this.#written?.reject(reason);
		this.#written = null;
		this.body.fail(reason);
	}
}
