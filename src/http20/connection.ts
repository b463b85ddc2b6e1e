// HTTP20Connection: one origin over HTTP/2, as its users see it. Where requests go is the dispatcher's to decide.

import { runtime } from '#runtime';
import { NO_ERROR } from '../../assembly/shared/error-code.ts';
import { ConnectionError, LocalProtocolError } from '../base/errors.ts';
import { openBody, type RequestBodyInit } from '../body/request-body.ts';
import {
	checkCloseOptions,
	checkEndHeadersOptions,
	checkPushOptions,
	checkSendOptions,
} from '../connection/call-options.ts';
import { ConnectionBase } from '../connection/connection-base.ts';
import { resolveOptions } from '../connection/options.ts';
import type { RequestHandle } from '../connection/request-handle.ts';
import type { DecodingLimits } from '../content/content-coding.ts';
import { type ConnectionDiagnostics, Diagnostics } from '../diagnostics/diagnostics.ts';
import { createManualRequest, createRequest, type RequestOptions } from '../message/request.ts';
import { NO_OPTIONS } from '../message/request-options.ts';
import type { InformationalResponse } from '../message/response.ts';
import type { Transport } from '../runtime/transport.ts';
import { INITIAL_SETTINGS, type Settings } from '../session/settings.ts';
import { Dialler, type TransportSource } from './connector.ts';
import type { HTTP20ConnectionOptions } from './options.ts';
import { parseOpaque } from './ping.ts';
import type { HTTP20Push, PushOptions } from './push.ts';
import { Pushes } from './pushes.ts';
import type { HTTP20Response } from './response.ts';
import { Dispatcher } from './scheduler.ts';
import { Stream } from './stream.ts';
import { sendByHand } from './upload.ts';

export interface CloseOptions {
	/** The code of our GOAWAY. */
	errorCode?: number;
	/** Streams that run are waited for instead of reset. */
	drain?: boolean;
}

/** What an Upgrade has left. */
export interface Adopted {
	readonly transport: Transport;
	/** What came before the 101. */
	readonly informational: readonly InformationalResponse[];
}

/**
 * A connection that speaks HTTP/2 only: by ALPN over TLS, or with prior knowledge in plaintext. Making one does no I/O.
 *
 * @example
 * const conn = new HTTP20Connection('nghttp2.org');
 * const response = await conn.roundTrip('GET', '/httpbin/get');
 * console.log(response.status, await response.json());
 * await conn.close();
 */
export class HTTP20Connection extends ConnectionBase {
	readonly version = 'HTTP/2';
	readonly #decodingLimits: DecodingLimits;
	/** The default for requests that do not say. */
	readonly #decodeContent: boolean;
	readonly #diagnostics: Diagnostics;
	readonly #dispatcher: Dispatcher;
	/** Requests whose responses `getResponse` has not given, by the id that `request` gave, oldest first. */
	readonly #untaken = new Map<number, Stream>();
	/** Whose response was taken last; kept only while pushes are accepted. */
	#lastTaken: Stream | null = null;
	/** Streams that are fed by `send`. */
	readonly #byHand = new Map<number, Stream>();
	#lastByHand = 0;

	/**
	 * TypeError for a malformed host, RangeError or TypeError for options that cannot be. `source` is internal: it gives the
	 * transports in place of a dialler.
	 */
	constructor(host: string, options: HTTP20ConnectionOptions = {}, source?: TransportSource) {
		const resolved = resolveOptions(host, options, 'HTTP/2');
		super(resolved.origin);
		const { session, limits, timeouts, keepAlive, enablePush, decodeContent } = resolved;
		this.#decodingLimits = limits;
		this.#decodeContent = decodeContent;
		const pushes = enablePush ? new Pushes(limits, decodeContent) : null;
		const dialler = source ?? new Dialler(resolved);
		this.#diagnostics = new Diagnostics(resolved.diagnostics, runtime);
		this.#dispatcher = new Dispatcher(dialler, session, () => this.#diagnose(), { ...timeouts, keepAlive }, pushes);
	}

	/** Streams that are open. */
	get streams(): number {
		return this.#dispatcher.size;
	}

	/** The server's SETTINGS; the protocol's initial values before they come. */
	get remoteSettings(): Readonly<Settings> {
		return this.#dispatcher.link?.session.remoteSettings ?? INITIAL_SETTINGS;
	}

	/** Opens the connection, unless it is open. */
	connect(): Promise<void> {
		return this.#dispatcher.connect();
	}

	/** Sends a request and resolves with its response: the fast path. */
	roundTrip(method: string, path: string, options: RequestOptions = NO_OPTIONS): Promise<HTTP20Response> {
		try {
			const stream = this.#createStream(method, path, options);
			const response = this.#takeResponse(stream);
			this.#dispatcher.submit(stream);
			return response;
		} catch (error) {
			return Promise.reject(error);
		}
	}

	/**
	 * Sends a request and resolves with its stream id once HEADERS is written; the body goes on being sent. Waits for a
	 * free stream when the server allows no more.
	 */
	async request(method: string, path: string, options: RequestOptions = NO_OPTIONS): Promise<number> {
		return this.#openStream(this.#createStream(method, path, options));
	}

	/** The response to a request; without an id, to the oldest one whose response was not taken. */
	async getResponse(streamId?: number | null): Promise<HTTP20Response> {
		const id = streamId ?? this.#untaken.keys().next().value ?? 0;
		const stream = this.#untaken.get(id);
		if (stream === undefined) {
			const which = id === 0 ? 'no request waits for one' : `stream ${id} does not wait for one`;
			throw new LocalProtocolError(`Cannot get a response: ${which}`);
		}
		this.#untaken.delete(id);
		return this.#takeResponse(stream);
	}

	/**
	 * Pushes that came with a request; without an id, the oldest one whose response was not taken, or else the one whose
	 * response was taken last. Without `captureAll` what has come so far, and no waiting; with it until the response has
	 * ended. Each push is given once. LocalProtocolError without the option `enablePush`, and for a request that is unknown.
	 */
	getPushes(streamId?: number | null, options: PushOptions = {}): AsyncIterableIterator<HTTP20Push> {
		checkPushOptions(options);
		const { captureAll = false } = options;
		const { pushes } = this.#dispatcher;
		if (pushes === null) throw new LocalProtocolError('Cannot get pushes: the option enablePush is off');
		const id = streamId ?? this.#untaken.keys().next().value;
		if (id === undefined) {
			if (this.#lastTaken !== null) return pushes.iterate(this.#lastTaken, captureAll);
			throw new LocalProtocolError('Cannot get pushes: no request was sent');
		}
		if (!this.#dispatcher.hasOpened(id)) {
			throw new LocalProtocolError(`Cannot get pushes: stream ${id} is no request of this connection`);
		}
		const stream = this.#untaken.get(id) ?? this.#dispatcher.find(id) ?? pushes.parentOf(id) ?? null;
		return pushes.iterate(stream, captureAll);
	}

	/** Sends HEADERS, and the body if there is one; `final` ends the request, else `send` goes on. Resolves with the id. */
	async endHeaders(
		options: { body?: RequestBodyInit | null; final?: boolean } = {},
		handle: RequestHandle = this.lastHandle(),
	): Promise<number> {
		checkEndHeadersOptions(options);
		const { body = null, final = false } = options;
		const { method, path, headers } = handle;
		if (final) return this.request(method, path, { headers, body });
		const request = createManualRequest(method, path, this.origin, headers);
		const content = openBody(body);
		const stream = new Stream(request, runtime.now(), this.#decodeContent, this.#decodingLimits);
		const id = await this.#openStream(stream);
		this.#byHand.set(id, stream);
		this.#lastByHand = id;
		if (content !== null) await sendByHand(stream, content, false);
		return id;
	}

	/** Sends content on a stream of `endHeaders`; resolves when there is room for more. Without an id, on the last one. */
	async send(data: RequestBodyInit, options: { final?: boolean } = {}, streamId?: number | null): Promise<void> {
		checkSendOptions(options);
		const { final = false } = options;
		const id = streamId ?? this.#lastByHand;
		const stream = this.#byHand.get(id);
		if (stream === undefined) throw new LocalProtocolError(`Cannot send DATA on stream ${id}: it is not fed by send`);
		if (final || stream.closed) this.#byHand.delete(id);
		await sendByHand(stream, openBody(data), final);
	}

	/** Sends PING, with eight octets of your own if you like; resolves with the round trip in milliseconds. */
	async ping(opaque?: Uint8Array | string): Promise<number> {
		const [first, second] = parseOpaque(opaque);
		await this.connect();
		const { link } = this.#dispatcher;
		if (link === null) throw new ConnectionError('Cannot send PING: the server is going away');
		return link.ping(first, second);
	}

	/**
	 * Ends the connection: streams are reset with CANCEL, or waited for with `drain`; then GOAWAY, and settles within a
	 * second. The object can be used again: it dials anew, and stream ids start from 1.
	 */
	async close(options: CloseOptions = {}): Promise<void> {
		checkCloseOptions(options);
		const { errorCode = NO_ERROR, drain = false } = options;
		if (!drain) {
			this.#byHand.clear();
			this.#untaken.clear();
			this.#lastTaken = null;
			this.#dispatcher.pushes?.clear();
		}
		await this.#dispatcher.close(errorCode, drain);
	}

	/**
	 * Goes on over a transport on which an Upgrade was agreed to (RFC 7540 §3.2); its next octets are the server's preface.
	 * The request that asked for it was sent with all its content: its response is `getResponse(1)`. Gives that id.
	 *
	 * @internal
	 */
	async adopt(
		{ transport, informational }: Adopted,
		method: string,
		path: string,
		options: RequestOptions = NO_OPTIONS,
		diagnostics: ConnectionDiagnostics = this.#diagnose(),
	): Promise<number> {
		const { signal, ...others } = options;
		let stream: Stream;
		try {
			stream = this.#createStream(method, path, others);
			// What could be read once was, when the request was sent: it must not seem to be empty now.
			if (stream.request.body?.replayable === false) stream.request.body.release();
			stream.informational = informational;
			this.#dispatcher.adopt(transport, stream, diagnostics);
		} catch (error) {
			transport.destroy();
			diagnostics.closed(error);
			throw error;
		}
		this.#untaken.set(stream.id, stream);
		if (signal?.aborted) stream.cancel(signal.reason);
		else if (signal) stream.listen(signal);
		return stream.id;
	}

	#diagnose(): ConnectionDiagnostics {
		return this.#diagnostics.opening(this.host, this.port);
	}

	#createStream(method: string, path: string, options: RequestOptions): Stream {
		const request = createRequest(method, path, this.origin, options);
		const { signal } = options;
		signal?.throwIfAborted();
		const decodeContent = options.decodeContent ?? this.#decodeContent;
		const now = this.#dispatcher.link?.now() ?? runtime.now();
		const stream = new Stream(request, now, decodeContent, this.#decodingLimits);
		if (signal) stream.listen(signal);
		return stream;
	}

	#takeResponse(stream: Stream): Promise<HTTP20Response> {
		if (this.#dispatcher.pushes !== null) this.#lastTaken = stream;
		return stream.response();
	}

	/** Submits a stream and waits for its id; the response is then to be taken by `getResponse`. */
	async #openStream(stream: Stream): Promise<number> {
		const opened = stream.opened();
		this.#dispatcher.submit(stream);
		const id = await opened;
		this.#untaken.set(id, stream);
		return id;
	}
}
