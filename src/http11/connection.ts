// HTTP11Connection: one origin over HTTP/1.1, as its users see it. When requests go is the queue's to decide.

import { runtime } from '#runtime';
import { LocalProtocolError } from '../base/errors.ts';
import { openBody, type RequestBodyInit } from '../body/request-body.ts';
import {
	checkCloseOptions,
	checkEndHeadersOptions,
	checkPushOptions,
	checkSendOptions,
} from '../connection/call-options.ts';
import { ConnectionBase } from '../connection/connection-base.ts';
import { type ConnectionOptions, resolveOptions } from '../connection/options.ts';
import type { RequestHandle } from '../connection/request-handle.ts';
import type { DecodingLimits } from '../content/content-coding.ts';
import { Diagnostics } from '../diagnostics/diagnostics.ts';
import { createManualRequest, createRequest, type OutgoingRequest, type RequestOptions } from '../message/request.ts';
import { NO_OPTIONS } from '../message/request-options.ts';
import { type ConnectedSource, Dialler } from './connector.ts';
import { Exchange } from './exchange.ts';
import { Queue } from './queue.ts';
import { checkForHTTP11 } from './request-head.ts';
import type { HTTP11Response } from './response.ts';
import type { UpgradeOffer, UpgradeOutcome } from './upgrade.ts';

/**
 * A connection that speaks HTTP/1.1 only. Requests wait for their turn: one at a time is on the connection, and the next
 * one goes when the response before it has been read, or fits into memory. Making a connection does no I/O.
 *
 * @example
 * const conn = new HTTP11Connection('http://example.com');
 * const response = await conn.roundTrip('GET', '/');
 * console.log(response.status, response.reason, await response.text());
 * await conn.close();
 */
export class HTTP11Connection extends ConnectionBase {
	readonly version = 'HTTP/1.1';
	/** HTTP/1.1 has no SETTINGS. */
	readonly remoteSettings = null;
	readonly #decodingLimits: DecodingLimits;
	/** The default for requests that do not say. */
	readonly #decodeContent: boolean;
	readonly #queue: Queue;
	/** Requests whose responses `getResponse` has not given, oldest first. */
	readonly #untaken = new Set<Exchange>();
	/** The exchange that is fed by `send`. */
	#byHand: Exchange | null = null;

	/**
	 * TypeError for a malformed host, RangeError or TypeError for options that cannot be. `source`, which is internal, gives
	 * transports instead of a dialler of its own.
	 */
	constructor(host: string, options: ConnectionOptions = {}, source?: ConnectedSource) {
		const resolved = resolveOptions(host, options, 'HTTP/1.1');
		super(resolved.origin);
		const { limits, timeouts } = resolved;
		this.#decodingLimits = limits;
		this.#decodeContent = resolved.decodeContent;
		const diagnostics = new Diagnostics(resolved.diagnostics, runtime);
		const diagnose = () => diagnostics.opening(this.host, this.port);
		this.#queue = new Queue(source ?? new Dialler(resolved), runtime, { limits, timeouts, diagnose });
	}

	/** Exchanges that are under way; those that wait for their turn do not count. */
	get streams(): number {
		return this.#queue.size;
	}

	/** Opens the connection, unless it is open. */
	connect(): Promise<void> {
		return this.#queue.connect();
	}

	/** Sends a request and resolves with its response: the fast path. */
	roundTrip(method: string, path: string, options: RequestOptions = NO_OPTIONS): Promise<HTTP11Response> {
		try {
			const exchange = this.#createExchange(createRequest(method, path, this.origin, options), options);
			const response = exchange.response();
			this.#queue.submit(exchange);
			return response;
		} catch (error) {
			return Promise.reject(error);
		}
	}

	/** Sends a request and resolves with null, for there are no ids, once its head is written; the body goes on being sent. */
	async request(method: string, path: string, options: RequestOptions = NO_OPTIONS): Promise<null> {
		return this.#send(this.#createExchange(createRequest(method, path, this.origin, options), options));
	}

	/** The response to the oldest request whose response was not taken; HTTP/1.1 has no ids to ask for another one. */
	async getResponse(streamId?: number | null): Promise<HTTP11Response> {
		if (streamId !== undefined && streamId !== null) {
			throw new LocalProtocolError(`Cannot get the response of stream ${streamId}: only HTTP/2 has stream ids`);
		}
		const [exchange] = this.#untaken;
		if (exchange === undefined) throw new LocalProtocolError('Cannot get a response: no request waits for one');
		this.#untaken.delete(exchange);
		return exchange.response();
	}

	/** None: HTTP/1.1 has no push. */
	getPushes(_streamId?: number | null, options: { captureAll?: boolean } = {}): AsyncIterableIterator<never> {
		checkPushOptions(options);
		return noPushes();
	}

	/** Sends the head, and the body if there is one; `final` ends the request, else `send` goes on. Resolves with null. */
	async endHeaders(
		options: { body?: RequestBodyInit | null; final?: boolean } = {},
		handle: RequestHandle = this.lastHandle(),
	): Promise<null> {
		checkEndHeadersOptions(options);
		const { body = null, final = false } = options;
		const { method, path, headers } = handle;
		if (final) return this.request(method, path, { headers, body });
		const exchange = this.#createExchange(createManualRequest(method, path, this.origin, headers), NO_OPTIONS);
		const content = openBody(body);
		await this.#send(exchange);
		this.#byHand = exchange;
		if (content !== null) await exchange.send(content, false);
		return null;
	}

	/** Sends content of the last request of `endHeaders`; resolves when there is room for more. */
	async send(data: RequestBodyInit, options: { final?: boolean } = {}, streamId?: number | null): Promise<void> {
		checkSendOptions(options);
		const { final = false } = options;
		if (streamId !== undefined && streamId !== null) {
			throw new LocalProtocolError(`Cannot send content on stream ${streamId}: only HTTP/2 has stream ids`);
		}
		const exchange = this.#byHand;
		if (exchange === null) throw new LocalProtocolError('Cannot send content: no request is fed by send');
		if (final) this.#byHand = null;
		await exchange.send(openBody(data), final);
	}

	/** Rejects: HTTP/1.1 has no PING. */
	async ping(_opaque?: Uint8Array | string): Promise<number> {
		throw new LocalProtocolError('Cannot send PING: HTTP/1.1 has none');
	}

	/**
	 * Ends the connection: what runs rejects, or is waited for with `drain`; what waits for its turn rejects. The object can
	 * be used again: it dials anew.
	 */
	async close(options: { errorCode?: number; drain?: boolean } = {}): Promise<void> {
		checkCloseOptions(options);
		const { drain = false } = options;
		if (!drain) {
			this.#byHand = null;
			this.#untaken.clear();
		}
		await this.#queue.close(drain);
	}

	/**
	 * Sends a request and offers to go on in HTTP/2 (RFC 7540 §3.2); its content must be in memory. `settings` is for
	 * HTTP2-Settings. A server that agrees has the request; this object then dials anew for others.
	 *
	 * @internal
	 */
	async offerUpgrade(method: string, path: string, options: RequestOptions, settings: string): Promise<UpgradeOutcome> {
		const request = createRequest(method, path, this.origin, options);
		const exchange = this.#createExchange(request, options, { settings });
		const outcome = exchange.outcome();
		this.#queue.submit(exchange);
		return outcome;
	}

	#createExchange(
		request: OutgoingRequest,
		{ signal, decodeContent = this.#decodeContent }: RequestOptions,
		upgrade: UpgradeOffer | null = null,
	): Exchange {
		checkForHTTP11(request);
		signal?.throwIfAborted();
		const exchange = new Exchange(request, runtime.now(), decodeContent, this.#decodingLimits, upgrade);
		if (signal) exchange.listen(signal);
		return exchange;
	}

	/** Submits an exchange and waits until its head is written; the response is to be taken by `getResponse`. */
	async #send(exchange: Exchange): Promise<null> {
		const written = exchange.written();
		this.#untaken.add(exchange);
		this.#queue.submit(exchange);
		try {
			return await written;
		} catch (error) {
			// Who made the request has been told.
			this.#untaken.delete(exchange);
			throw error;
		}
	}
}

async function* noPushes(): AsyncGenerator<never, void> {}
