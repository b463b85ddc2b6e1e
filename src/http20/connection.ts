// HTTP20Connection: one origin over HTTP/2, as its users see it. Where requests go is the dispatcher's to decide.

import { runtime } from '#runtime';
import { NO_ERROR } from '../../assembly/shared/error-code.ts';
import { openBody, type RequestBodyInit } from '../body.ts';
import { ConnectionError, LocalProtocolError } from '../errors.ts';
import { type Origin, parseHost } from '../origin.ts';
import { INITIAL_SETTINGS, type Settings } from '../session/settings.ts';
import { Dialler } from './dialler.ts';
import { Dispatcher } from './dispatcher.ts';
import { RequestHandle } from './low-level.ts';
import { type HTTP20ConnectionOptions, sessionOptions } from './options.ts';
import { parseOpaque } from './ping.ts';
import { createManualRequest, createRequest, type RequestOptions } from './request.ts';
import type { HTTP20Response } from './response.ts';
import { Stream } from './stream.ts';
import { sendByHand } from './upload.ts';

export interface CloseOptions {
	/** The code of our GOAWAY. */
	errorCode?: number;
	/** Streams that run are waited for instead of reset. */
	drain?: boolean;
}

const NO_OPTIONS: RequestOptions = {};

/**
 * A connection that speaks HTTP/2 only: by ALPN over TLS, or with prior knowledge in plaintext. Making one does no I/O.
 *
 * @example
 * const conn = new HTTP20Connection('nghttp2.org');
 * const response = await conn.roundTrip('GET', '/httpbin/get');
 * console.log(response.status, await response.json());
 * await conn.close();
 */
export class HTTP20Connection {
	readonly version = 'HTTP/2';
	readonly #origin: Origin;
	readonly #dispatcher: Dispatcher;
	/** Requests whose responses `getResponse` has not given, by the id that `request` gave, oldest first. */
	readonly #untaken = new Map<number, Stream>();
	#lastHandle: RequestHandle | null = null;
	/** Streams that are fed by `send`. */
	readonly #byHand = new Map<number, Stream>();
	#lastByHand = 0;

	/** TypeError for a malformed host, RangeError or TypeError for options that cannot be. */
	constructor(host: string, options: HTTP20ConnectionOptions = {}) {
		this.#origin = parseHost(host, { port: options.port, secure: options.secure });
		this.#dispatcher = new Dispatcher(new Dialler(this.#origin, options), sessionOptions(options));
	}

	get host(): string {
		return this.#origin.host;
	}

	get port(): number {
		return this.#origin.port;
	}

	get secure(): boolean {
		return this.#origin.secure;
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
			const response = stream.response();
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
	async getResponse(streamId?: number): Promise<HTTP20Response> {
		const id = streamId ?? this.#untaken.keys().next().value ?? 0;
		const stream = this.#untaken.get(id);
		if (stream === undefined) {
			const which = streamId === undefined ? 'no request waits for one' : `stream ${streamId} does not wait for one`;
			throw new LocalProtocolError(`Cannot get a response: ${which}`);
		}
		this.#untaken.delete(id);
		return stream.response();
	}

	/** Begins a request piece by piece; nothing is sent before `endHeaders`. */
	putRequest(method: string, path: string): RequestHandle {
		this.#lastHandle = new RequestHandle(method, path);
		return this.#lastHandle;
	}

	/** Adds a field; without a handle, to the request of the last `putRequest`. */
	putHeader(name: string, value: string, handle: RequestHandle = this.#getLastHandle()): void {
		handle.putHeader(name, value);
	}

	/** Sends HEADERS, and the body if there is one; `final` ends the request, else `send` goes on. Resolves with the id. */
	async endHeaders(
		{ body = null, final = false }: { body?: RequestBodyInit | null; final?: boolean } = {},
		handle: RequestHandle = this.#getLastHandle(),
	): Promise<number> {
		const { method, path, headers } = handle;
		if (final) return this.request(method, path, { headers, body });
		const request = createManualRequest(method, this.#origin.scheme, this.#origin.authority, path, headers);
		const stream = new Stream(request, runtime.now());
		const id = await this.#openStream(stream);
		this.#byHand.set(id, stream);
		this.#lastByHand = id;
		if (body !== null) await sendByHand(stream, openBody(body), false);
		return id;
	}

	/** Sends content on a stream of `endHeaders`; resolves when there is room for more. Without an id, on the last one. */
	async send(data: RequestBodyInit, { final = false }: { final?: boolean } = {}, streamId?: number): Promise<void> {
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
	async close({ errorCode = NO_ERROR, drain = false }: CloseOptions = {}): Promise<void> {
		if (!drain) {
			this.#byHand.clear();
			this.#untaken.clear();
		}
		await this.#dispatcher.close(errorCode, drain);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	#createStream(method: string, path: string, options: RequestOptions): Stream {
		const { signal } = options;
		signal?.throwIfAborted();
		const { scheme, authority } = this.#origin;
		const request = createRequest(method, scheme, authority, path, options);
		const stream = new Stream(request, this.#dispatcher.link?.now() ?? runtime.now());
		if (signal !== undefined) stream.listen(signal);
		return stream;
	}

	/** Submits a stream and waits for its id; the response is then to be taken by `getResponse`. */
	async #openStream(stream: Stream): Promise<number> {
		const opened = stream.opened();
		this.#dispatcher.submit(stream);
		const id = await opened;
		this.#untaken.set(id, stream);
		return id;
	}

	#getLastHandle(): RequestHandle {
		if (this.#lastHandle !== null) return this.#lastHandle;
		throw new LocalProtocolError('Cannot go on with a request: putRequest was not called');
	}
}
