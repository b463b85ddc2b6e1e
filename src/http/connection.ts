// HTTPConnection: one origin over the best version of HTTP that its server speaks. Who speaks is found out by
// negotiation.ts, each time that the connection is opened; the rest is HTTP20Connection's or HTTP11Connection's.

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
import type { CloseOptions } from '../http20/connection.ts';
import type { HTTP20Push, PushOptions } from '../http20/push.ts';
import { createManualRequest, createRequest, type RequestOptions } from '../message/request.ts';
import { NO_OPTIONS } from '../message/request-options.ts';
import type { HTTPResponse } from '../message/response.ts';
import type { Settings } from '../session/settings.ts';
import { Negotiation, type Speaker } from './negotiation.ts';

/**
 * A connection that speaks HTTP/2 or HTTP/1.1, as its server can. Over TLS the server chooses by ALPN; in plaintext the
 * first request asks for HTTP/2 by Upgrade, and others wait for the answer. Making one does no I/O.
 *
 * @example
 * const conn = new HTTPConnection('nghttp2.org');
 * await conn.request('GET', '/httpbin/get');
 * const response = await conn.getResponse();
 * console.log(conn.version, response.status, await response.text());
 * await conn.close();
 */
export class HTTPConnection extends ConnectionBase {
	readonly #negotiation: Negotiation;
	/** Responses of HTTP/1.1 to requests that asked for HTTP/2, which `getResponse` has not given. */
	#untaken: HTTPResponse[] = [];

	/** TypeError for a malformed host, RangeError or TypeError for options that cannot be. */
	constructor(host: string, options: ConnectionOptions = {}) {
		const resolved = resolveOptions(host, options, null);
		super(resolved.origin);
		this.#negotiation = new Negotiation(host, options, resolved);
	}

	/** What is spoken; null while that is not known: before the first connection, in plaintext before the first response. */
	get version(): 'HTTP/2' | 'HTTP/1.1' | null {
		return this.#speaker?.version ?? null;
	}

	/** Requests that are open. */
	get streams(): number {
		return this.#speaker?.streams ?? 0;
	}

	/** The server's SETTINGS; null on HTTP/1.1, and while the version is not known. */
	get remoteSettings(): Readonly<Settings> | null {
		return this.#speaker?.remoteSettings ?? null;
	}

	/** Opens the connection, unless it is open. */
	connect(): Promise<void> {
		return this.#speaker === null ? this.#negotiation.connect() : this.#speaker.connect();
	}

	/** Sends a request and resolves with its response: the fast path. */
	roundTrip(method: string, path: string, options: RequestOptions = NO_OPTIONS): Promise<HTTPResponse> {
		if (this.#speaker !== null) return this.#speaker.roundTrip(method, path, options);
		return this.#firstRoundTrip(method, path, options);
	}

	/**
	 * Sends a request and resolves once its head is written; the body goes on being sent. Gives the stream id on HTTP/2, null
	 * on HTTP/1.1, where requests go one after the other.
	 */
	async request(method: string, path: string, options: RequestOptions = NO_OPTIONS): Promise<number | null> {
		if (this.#speaker !== null) return this.#speaker.request(method, path, options);
		const checked = createRequest(method, path, this.origin, options);
		const { speaker, answer } = await this.#negotiation.first(checked, method, path, options);
		if (answer === null) return speaker.request(method, path, options);
		if (answer.streamId === null) this.#untaken.push(await answer.response());
		return answer.streamId;
	}

	/** The response to a request; without an id, to the oldest one whose response was not taken. */
	async getResponse(streamId?: number | null): Promise<HTTPResponse> {
		const first = (streamId ?? null) === null ? this.#untaken.shift() : undefined;
		if (first !== undefined) return first;
		if (this.#speaker === null) throw new LocalProtocolError('Cannot get a response: no request waits for one');
		return this.#speaker.getResponse(streamId);
	}

	/** Pushes that belong to a request: HTTP20Connection.getPushes says which. None on HTTP/1.1. */
	getPushes(streamId?: number | null, options: PushOptions = {}): AsyncIterable<HTTP20Push> {
		checkPushOptions(options);
		const speaker = this.#speaker;
		if (speaker !== null) return speaker.getPushes(streamId, options);
		throw new LocalProtocolError('Cannot get pushes: no request was sent');
	}

	/** Sends the head, and the body if there is one; `final` ends the request, else `send` goes on. Resolves as `request`. */
	async endHeaders(
		options: { body?: RequestBodyInit | null; final?: boolean } = {},
		handle: RequestHandle = this.lastHandle(),
	): Promise<number | null> {
		checkEndHeadersOptions(options);
		const { method, path, headers } = handle;
		if (options.final) return this.request(method, path, { headers, body: options.body ?? null });
		if (this.#speaker !== null) return this.#speaker.endHeaders(options, handle);
		const checked = createManualRequest(method, path, this.origin, headers);
		openBody(options.body);
		const speaker = await this.#negotiation.find(checked);
		return speaker.endHeaders(options, handle);
	}

	/** Sends content of a request of `endHeaders`; resolves when there is room for more. Without an id, of the last one. */
	async send(data: RequestBodyInit, options: { final?: boolean } = {}, streamId?: number | null): Promise<void> {
		checkSendOptions(options);
		const speaker = this.#speaker;
		if (speaker === null) throw new LocalProtocolError('Cannot send content: no request was begun by endHeaders');
		await speaker.send(data, options, streamId);
	}

	/** Sends PING and resolves with the round trip in milliseconds. LocalProtocolError on HTTP/1.1, which has none. */
	async ping(opaque?: Uint8Array | string): Promise<number> {
		await this.connect();
		const speaker = this.#speaker;
		if (speaker !== null) return speaker.ping(opaque);
		throw new LocalProtocolError('Cannot send PING: whether the server speaks HTTP/2 is known after the first request');
	}

	/**
	 * Ends the connection, as HTTP20Connection.close says. The object can be used again: it finds out anew what the server
	 * speaks.
	 */
	async close(options: CloseOptions = {}): Promise<void> {
		checkCloseOptions(options);
		if (!options.drain) this.#untaken = [];
		await this.#negotiation.close(options);
	}

	/** Null while it is not known what the server speaks. */
	get #speaker(): Speaker | null {
		return this.#negotiation.speaker;
	}

	async #firstRoundTrip(method: string, path: string, options: RequestOptions): Promise<HTTPResponse> {
		const checked = createRequest(method, path, this.origin, options);
		const { speaker, answer } = await this.#negotiation.first(checked, method, path, options);
		return answer === null ? speaker.roundTrip(method, path, options) : answer.response();
	}
}
