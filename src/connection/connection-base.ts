// The public members that connections of all HTTP versions share. HTTP20Connection, HTTP11Connection and
// HTTPConnection add the way they open their wires, and members that only one version has.

import { runtime } from '#runtime';
import { LocalProtocolError } from '../base/errors.ts';
import { showInConsole } from '../base/inspection.ts';
import type { HTTPVersion } from '../base/version.ts';
import { openBody, type RequestBody, type RequestBodyInit, releaseBodyOf } from '../body/request-body.ts';
import { Diagnostics } from '../diagnostics/diagnostics.ts';
import { BufferedResponse } from '../message/buffered-response.ts';
import { createManualRequest, createRequest, type OutgoingRequest, type RequestOptions } from '../message/request.ts';
import { checkDispatchRequest, checkRequestOptions, NO_OPTIONS } from '../message/request-options.ts';
import type { HTTPResponse } from '../message/response.ts';
import type { ResponseSink } from '../message/response-sink.ts';
import type { Origin } from '../net/origin.ts';
import type { Settings } from '../session/settings.ts';
import { checkCloseOptions, checkEndHeadersOptions, checkSendOptions } from './call-options.ts';
import type { CloseOptions, Connection, ConnectionState, DispatchControl, DispatchRequest } from './contract.ts';
import { Observer, observerChannels } from './observed-request.ts';
import type { ResolvedOptions } from './options.ts';
import { Ownership } from './ownership.ts';
import { PendingRequest } from './pending-request.ts';
import { RequestHandle } from './request-handle.ts';
import { RequestSet } from './request-set.ts';
import { Scheduler } from './scheduler.ts';
import type { WireSource } from './wire.ts';

/** How many ended requests wait for `getResponse`: 2 kB each (measured), and their unread content. */
const MOST_UNTAKEN = 10_000;
/** How many ended requests are remembered only to tell `send` why they ended. */
const MOST_MANUAL = 100;

export abstract class ConnectionBase<Response extends HTTPResponse, Id extends number | null> implements Connection {
	abstract readonly version: HTTPVersion | null;
	/** @internal */
	protected readonly origin: Origin;
	/** @internal */
	protected readonly scheduler: Scheduler;
	readonly #options: ResolvedOptions;
	readonly #source: WireSource;
	readonly #ownership: Ownership | null;
	/** Requests whose responses `getResponse` has not returned yet, oldest first. */
	readonly #untaken = new RequestSet(MOST_UNTAKEN);
	/** Has subscribers while tools observe requests. */
	readonly #observed = observerChannels().create;
	#hasWarned = false;
	/** The request whose response was taken last; kept only if pushes are enabled. */
	#lastTaken: PendingRequest | null = null;
	/** Requests whose content the caller sends with `send`. */
	readonly #manual = new RequestSet(MOST_MANUAL);
	#lastManual: PendingRequest | 'closed' | null = null;
	#lastHandle: RequestHandle | null = null;

	/** @internal */
	constructor(options: ResolvedOptions, source: WireSource) {
		const { origin } = options;
		this.origin = origin;
		this.#options = options;
		this.#source = source;
		const diagnostics = new Diagnostics(options.diagnostics, runtime);
		const diagnose = () => diagnostics.opening(origin.host, origin.port);
		this.scheduler = new Scheduler(source, runtime, { ...options.timeouts, keepAlive: options.keepAlive }, diagnose);
		this.#ownership = Ownership.of(runtime, this.scheduler);
	}

	get host(): string {
		return this.origin.host;
	}

	get port(): number {
		return this.origin.port;
	}

	get secure(): boolean {
		return this.origin.secure;
	}

	/** The number of requests and pushes in progress, not counting queued requests. */
	get streams(): number {
		return this.scheduler.size;
	}

	/** `idle`, `open`, `draining` or `closed`; the type ConnectionState explains them. */
	get state(): ConnectionState {
		return this.scheduler.state;
	}

	/** How many more requests it could send now without queueing any; 0 while it is draining or closed. */
	get capacity(): number {
		return this.scheduler.capacity;
	}

	/** Called after anything that may have changed `state` or `capacity`. There is only one callback, for a pool to use. */
	get onChange(): (() => void) | null {
		return this.scheduler.onChange;
	}

	set onChange(callback: (() => void) | null) {
		this.scheduler.onChange = callback;
	}

	/** The server's SETTINGS; null on HTTP/1.1, and while no connection takes requests. */
	get remoteSettings(): Readonly<Settings> | null {
		return this.scheduler.wire?.remoteSettings ?? null;
	}

	/** Opens the connection if it is not open. */
	async connect(): Promise<void> {
		this.#ownership?.check();
		await this.scheduler.connect();
	}

	/** Sends a request and resolves with its response. The fastest way to get a promise of one. */
	roundTrip(method: string, path: string, options: RequestOptions = NO_OPTIONS): Promise<Response> {
		try {
			const pending = this.#createPending(method, path, options);
			if (this.#options.enablePush) this.#lastTaken = pending;
			const response = (pending.reader as BufferedResponse).response() as Promise<HTTPResponse> as Promise<Response>;
			this.scheduler.submit(pending);
			return response;
		} catch (error) {
			return Promise.reject(error);
		}
	}

	/**
	 * Sends a request and resolves once its head is written, while its body is still being sent. Resolves with the stream id
	 * on HTTP/2, and null on HTTP/1.1. Waits until the connection has room for the request.
	 */
	async request(method: string, path: string, options: RequestOptions = NO_OPTIONS): Promise<Id> {
		return this.#start(this.#createPending(method, path, options));
	}

	/**
	 * Sends a request and delivers its response to `sink` by plain calls, without promises or buffers. Does not decode content
	 * codings. Throws if the request could never be sent; `sink.onError` reports every later failure.
	 */
	dispatch(request: DispatchRequest, sink: ResponseSink): DispatchControl {
		let pending: PendingRequest;
		try {
			checkDispatchRequest(request, sink);
			const { method, path, signal } = request;
			signal?.throwIfAborted();
			this.#ownership?.check();
			const outgoing = createRequest(method, path, this.origin, request);
			this.#source.checkRequest?.(outgoing);
			pending = this.#observed.hasSubscribers
				? this.#observe(outgoing, sink)
				: new PendingRequest(outgoing, (this.scheduler.wire ?? runtime).now(), sink);
			if (signal) pending.listen(signal);
		} catch (error) {
			releaseBodyOf(request);
			throw error;
		}
		this.scheduler.submit(pending);
		return pending;
	}

	/** The response to the request with this id; without an id, to the oldest request whose response was not taken. */
	async getResponse(streamId?: number | null): Promise<Response> {
		this.#ownership?.check();
		const pending = this.#untaken.find(streamId);
		if (pending === null) {
			const which =
				(streamId ?? null) === null ? 'no request has an untaken one' : `stream ${streamId} has no untaken one`;
			throw new LocalProtocolError(`Cannot get a response: ${which}`);
		}
		this.#untaken.delete(pending);
		if (this.#options.enablePush) this.#lastTaken = pending;
		return (pending.reader as BufferedResponse).response() as Promise<HTTPResponse> as Promise<Response>;
	}

	/** Begins a request piece by piece; nothing is sent before `endHeaders`. */
	putRequest(method: string, path: string): RequestHandle {
		this.#lastHandle = new RequestHandle(method, path);
		return this.#lastHandle;
	}

	/** Adds a field to a request; by default to the one begun by the last `putRequest`. */
	putHeader(name: string, value: string, handle: RequestHandle = this.#handle()): void {
		handle.putHeader(name, value);
	}

	/** Sends the head and any `body`. `final` ends the request; otherwise `send` adds content. Resolves like `request`. */
	async endHeaders(
		options: { body?: RequestBodyInit | null; final?: boolean } = {},
		handle?: RequestHandle,
	): Promise<Id> {
		let content: RequestBody | null;
		let pending: PendingRequest;
		let id: Id;
		try {
			checkEndHeadersOptions(options);
			const { body = null, final = false } = options;
			const { method, path, headers } = handle ?? this.#handle();
			if (final) return this.request(method, path, { headers, body });
			content = openBody(body);
			pending = this.#createPending(method, path, { headers }, true);
			id = await this.#start(pending);
		} catch (error) {
			releaseBodyOf(options);
			throw error;
		}
		this.#manual.add(pending);
		this.#lastManual = pending;
		if (content !== null) await pending.send(content, false);
		return id;
	}

	/**
	 * Sends content for a request sent by `endHeaders`, by default the last one. Resolves when there is room for more, or the
	 * request ends.
	 */
	async send(data: RequestBodyInit, options: { final?: boolean } = {}, streamId?: number | null): Promise<void> {
		let content: RequestBody | null;
		let pending: PendingRequest;
		try {
			checkSendOptions(options);
			this.#ownership?.check();
			content = openBody(data);
			pending = this.#findManual(streamId);
		} catch (error) {
			releaseBodyOf({ body: data });
			throw error;
		}
		const { final = false } = options;
		if (final || pending.state === 'closed') this.#manual.delete(pending);
		await pending.send(content, final);
	}

	/** Sends PING, with your own eight bytes if given. Resolves with the round-trip time in milliseconds. */
	async ping(opaque?: Uint8Array | string): Promise<number> {
		await this.connect();
		const { wire } = this.scheduler;
		if (wire === null) throw new LocalProtocolError('Cannot send PING: the server is closing the connection');
		return wire.ping(opaque);
	}

	/**
	 * Closes the connection with GOAWAY. Resets its requests with CANCEL and settles within a second, or waits for them with
	 * `drain`. Queued requests reject. A later request opens a new connection. On platforms where the connection belongs to
	 * the request that opened it, any other request drops it at once.
	 */
	async close(options: CloseOptions = {}): Promise<void> {
		checkCloseOptions(options);
		const { errorCode } = options;
		const isOwner = this.#ownership?.isOwner ?? true;
		const drain = options.drain === true && isOwner;
		if (!drain) {
			this.#manual.clear();
			if (this.#lastManual !== null) this.#lastManual = 'closed';
			this.#untaken.clear();
			this.#lastTaken = null;
		}
		await this.scheduler.close(errorCode, drain, isOwner);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	static {
		showInConsole(ConnectionBase.prototype, ({ host, port, secure, version, state, streams }) => ({
			host,
			port,
			secure,
			version,
			state,
			streams,
		}));
	}

	/**
	 * The request with this id; without an id, the oldest whose response was not taken, otherwise the one taken last.
	 *
	 * @internal
	 */
	protected requestOf(streamId?: number | null): PendingRequest | null {
		if (typeof streamId === 'number') return this.#untaken.find(streamId) ?? this.scheduler.find(streamId);
		return this.#untaken.find() ?? this.#lastTaken;
	}

	#handle(): RequestHandle {
		if (this.#lastHandle !== null) return this.#lastHandle;
		throw new LocalProtocolError('Cannot continue a request: call putRequest first');
	}

	#findManual(streamId: number | null | undefined): PendingRequest {
		const isNamed = typeof streamId === 'number';
		const found = isNamed ? this.#manual.find(streamId) : this.#lastManual;
		if (found instanceof PendingRequest && this.#manual.has(found)) return found;
		if (found !== null) throw new LocalProtocolError('Cannot send content: the last request takes no more of it');
		const why = isNamed ? ` on stream ${streamId}: it has no open request` : ': call putRequest and endHeaders first';
		throw new LocalProtocolError(`Cannot send content${why}`);
	}

	/** Throws if the request can never be sent, and releases its body then. */
	#createPending(method: string, path: string, options: RequestOptions, isManual = false): PendingRequest {
		try {
			if (options !== NO_OPTIONS) checkRequestOptions(options);
			const request = isManual
				? createManualRequest(method, path, this.origin, options.headers ?? {})
				: createRequest(method, path, this.origin, options);
			const { signal, decodeContent = this.#options.decodeContent } = options;
			signal?.throwIfAborted();
			this.#ownership?.check();
			this.#source.checkRequest?.(request);
			const reader = new BufferedResponse(decodeContent, this.#options.limits);
			if (this.#ownership !== null) reader.checkOwner = this.#ownership.check;
			const pending = this.#observed.hasSubscribers
				? this.#observe(request, reader, reader)
				: new PendingRequest(request, (this.scheduler.wire ?? runtime).now(), reader, reader);
			if (signal) pending.listen(signal);
			return pending;
		} catch (error) {
			releaseBodyOf(options);
			throw error;
		}
	}

	/** A request whose life is published, with the fields that subscribers add. */
	#observe(request: OutgoingRequest, sink: ResponseSink, reader: BufferedResponse | null = null): PendingRequest {
		const observer = new Observer(request, sink);
		const pending = new PendingRequest(observer.request, (this.scheduler.wire ?? runtime).now(), observer, reader);
		observer.pending = pending;
		return pending;
	}

	/** Submits a request and waits until its head is written; `getResponse` takes the response. */
	async #start(pending: PendingRequest): Promise<Id> {
		const started = (pending.reader as BufferedResponse).started();
		if (!this.#untaken.add(pending) && !this.#hasWarned) {
			this.#hasWarned = true;
			runtime.warn(`More than ${MOST_UNTAKEN} responses were not taken by getResponse: the oldest are discarded`);
		}
		this.scheduler.submit(pending);
		try {
			return (await started) as Id;
		} catch (error) {
			// `request` rejects with the error, so `getResponse` has nothing to return.
			this.#untaken.delete(pending);
			throw error;
		}
	}
}
