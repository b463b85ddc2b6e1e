// Finds out what the server of one origin speaks: over TLS by ALPN (RFC 7301), in plaintext by asking for h2c with the
// first request (RFC 7540 §3.2). HTTPConnection asks here while it has nobody to send its requests with.

import { runtime } from '#runtime';
import { abortable } from '../base/abort.ts';
import { ConnectError, ConnectionError, NegotiationError, ProxyError, TimeoutError } from '../base/errors.ts';
import { openBody } from '../body/request-body.ts';
import type { ConnectionOptions, ResolvedOptions } from '../connection/options.ts';
import { Diagnostics } from '../diagnostics/diagnostics.ts';
import { HTTPHeaderMap } from '../fields/header-map.ts';
import { HTTP11Connection } from '../http11/connection.ts';
import type { Connected } from '../http11/connector.ts';
import { isUpgraded } from '../http11/upgrade.ts';
import { type CloseOptions, HTTP20Connection } from '../http20/connection.ts';
import { speaksH2, upgradeSettings } from '../http20/options.ts';
import type { OutgoingRequest, RequestOptions } from '../message/request.ts';
import type { HTTPResponse } from '../message/response.ts';
import { Connector } from '../net/connector.ts';
import type { Origin } from '../net/origin.ts';
import { dropTransport } from '../runtime/drop.ts';
import type { Transport } from '../runtime/transport.ts';

/** Who sends requests, once it is known what the server speaks. */
export type Speaker = HTTP20Connection | HTTP11Connection;

/** What became of a first request. */
export interface Finding {
	readonly speaker: Speaker;
	/** The request has been sent, with the question; null when it is still to be sent. */
	readonly answer: { readonly streamId: 1 | null; response(): Promise<HTTPResponse> } | null;
}

/** Fields of requests that wait with their content, send it in chunks, or ask for something else themselves. */
const NOT_AT_ONCE: readonly string[] = ['expect', 'transfer-encoding', 'upgrade'];
/** What is read of the response to a request of our own, so that the connection can go on. */
const ANSWER_BYTES = 65_536;

export class Negotiation {
	readonly #origin: Origin;
	readonly #isForced: boolean;
	readonly #connector: Connector;
	/** Offers HTTP/1.1 alone: once that is spoken, it stays so until `close`. */
	readonly #connector11: Connector;
	readonly #http20: HTTP20Connection;
	readonly #http11: HTTP11Connection;
	readonly #settings: string;
	/** Milliseconds for a response to begin; Infinity: any. */
	readonly #patience: number;
	readonly #diagnostics: Diagnostics;
	/** Opened here, and not yet taken by who speaks on it. */
	#ready: Transport | null = null;
	#speaker: Speaker | null = null;
	/** What others wait for; rejects when what went wrong is theirs too. */
	#asking: Promise<void> | null = null;
	/** One for each time between two calls of `close`. */
	#canceller = new AbortController();

	constructor(host: string, options: ConnectionOptions, resolved: ResolvedOptions) {
		const { forceProtocol: _, ...others } = options;
		const { origin, route, forceProtocol } = resolved;
		this.#origin = origin;
		this.#isForced = forceProtocol !== null;
		this.#connector = new Connector(origin, route);
		this.#connector11 = new Connector(origin, { ...route, alpnProtocols: ['http/1.1'] });
		this.#settings = upgradeSettings(resolved.session.settings);
		this.#patience = resolved.timeouts.headers;
		this.#diagnostics = new Diagnostics(resolved.diagnostics, runtime);
		this.#http20 = new HTTP20Connection(host, others, { dial: (signal) => this.#dialFor20(signal) });
		this.#http11 = new HTTP11Connection(host, others, { dialForHTTP1: (signal) => this.#dialFor11(signal) });
		if (this.#isForced) this.#speaker = forceProtocol === 'h2' ? this.#http20 : this.#http11;
	}

	/** Null while it is not known what the server speaks. */
	get speaker(): Speaker | null {
		return this.#speaker;
	}

	/** Opens a connection; in plaintext that alone does not tell what the server speaks. */
	async connect(): Promise<void> {
		if (!this.#origin.secure) return this.#http11.connect();
		this.#asking ??= this.#openSecure();
		await this.#asking;
	}

	/** Who speaks; in plaintext that is asked with a request of our own, which has no content and changes nothing. */
	async find({ path }: OutgoingRequest): Promise<Speaker> {
		const { speaker } = await this.#find('OPTIONS', path || '*', {}, true);
		return speaker;
	}

	/**
	 * Finds out what the server speaks, in plaintext with this request when it can ask, else with one of our own. One asks,
	 * and the others wait.
	 */
	async first(request: OutgoingRequest, method: string, path: string, options: RequestOptions): Promise<Finding> {
		try {
			const apart = request.method === 'CONNECT' || !canAsk(options);
			return await this.#find(method, apart ? request.path || '*' : path, options, apart);
		} catch (error) {
			openBody(options.body)?.release();
			throw error;
		}
	}

	async #find(method: string, path: string, options: RequestOptions, apart: boolean): Promise<Finding> {
		const { signal } = options;
		const { signal: closing } = this.#canceller;
		const since = runtime.now();
		for (;;) {
			signal?.throwIfAborted();
			// What was asked for before a call of close is not sent after it.
			closing.throwIfAborted();
			if (this.#speaker !== null) return { speaker: this.#speaker, answer: null };
			if (this.#asking === null) {
				if (!this.#origin.secure) return this.#ask(method, path, options, apart);
				this.#asking = this.#openSecure();
			}
			await abortable(this.#patiently(abortable(this.#asking, closing), since), signal ?? undefined);
		}
	}

	/** To wait for who asks is to wait for a response. */
	async #patiently(asking: Promise<void>, since: number): Promise<void> {
		if (this.#patience === Number.POSITIVE_INFINITY) return asking;
		const lateness = new AbortController();
		const late = new TimeoutError('headers', `Response did not begin within ${this.#patience} ms`);
		const timer = setTimeout(() => lateness.abort(late), since + this.#patience - runtime.now());
		// Who asks has something that keeps the process running.
		(timer as { unref?: () => void }).unref?.();
		try {
			await abortable(asking, lateness.signal);
		} finally {
			clearTimeout(timer);
		}
	}

	/** Ends what goes on, and all connections; what the server speaks is then unknown again. */
	async close(options: CloseOptions): Promise<void> {
		this.#canceller.abort(new ConnectionError('Connection was closed by its owner'));
		this.#canceller = new AbortController();
		this.#asking = null;
		if (!this.#isForced) this.#speaker = null;
		const ready = this.#takeReady();
		if (ready !== null) dropTransport(ready);
		await Promise.all([this.#http20.close(options), this.#http11.close(options)]);
	}

	async #openSecure(): Promise<void> {
		const canceller = this.#canceller;
		try {
			const transport = await this.#dial(canceller.signal);
			const speaker = this.#choose(transport);
			this.#ready = transport;
			await speaker.connect();
			canceller.signal.throwIfAborted();
			this.#speaker = speaker;
		} finally {
			if (canceller === this.#canceller) this.#asking = null;
		}
	}

	/** A success is told by who takes the transport. */
	async #dial(signal: AbortSignal): Promise<Transport> {
		let transport: Transport | null = null;
		try {
			transport = await this.#connector.dial(signal);
			signal.throwIfAborted();
			return transport;
		} catch (error) {
			if (transport !== null) dropTransport(transport);
			const { host, port } = this.#origin;
			this.#diagnostics.opening(host, port).closed(error as Error);
			throw error;
		}
	}

	#choose(transport: Transport): Speaker {
		const { alpn } = transport;
		if (speaksH2(alpn)) return this.#http20;
		if (alpn === null || alpn === 'http/1.1') return this.#http11;
		dropTransport(transport);
		throw new NegotiationError(
			`Cannot speak ${alpn} with ${this.#origin.authority}, which the server chose by ALPN`,
			alpn,
		);
	}

	async #ask(method: string, path: string, options: RequestOptions, apart: boolean): Promise<Finding> {
		let settle: { resolve(): void; reject(reason: unknown): void } | undefined;
		const asking = new Promise<void>((resolve, reject) => {
			settle = { resolve, reject };
		});
		// Perhaps nobody waits.
		asking.catch(() => undefined);
		this.#asking = asking;
		const { signal: closing } = this.#canceller;
		try {
			const isForwarded = await this.#connector11.forwards();
			closing.throwIfAborted();
			if (isForwarded) {
				// An upgrade would be one with the proxy: RFC 9110 §7.8.
				this.#speaker = this.#http11;
				return { speaker: this.#http11, answer: null };
			}
			if (!apart) return await this.#upgrade(method, path, options);
			const { signal } = options;
			const { speaker, answer } = await this.#upgrade('OPTIONS', path, signal === undefined ? {} : { signal });
			if (answer !== null) await dispose(answer.response());
			closing.throwIfAborted();
			return { speaker, answer: null };
		} catch (error) {
			if (concernsAll(error)) settle?.reject(error);
			throw error;
		} finally {
			if (this.#asking === asking) this.#asking = null;
			settle?.resolve();
		}
	}

	/** Sends a request that asks for h2c: RFC 7540 §3.2. */
	async #upgrade(method: string, path: string, options: RequestOptions): Promise<Finding> {
		const { signal } = this.#canceller;
		const outcome = await this.#http11.offerUpgrade(method, path, options, this.#settings);
		if (!isUpgraded(outcome)) {
			if (!signal.aborted) this.#speaker = this.#http11;
			return { speaker: this.#http11, answer: { streamId: null, response: () => Promise.resolve(outcome) } };
		}
		if (signal.aborted) {
			dropTransport(outcome.transport);
			outcome.diagnostics.closed(null);
			throw signal.reason;
		}
		this.#speaker = this.#http20;
		await this.#http20.adopt(outcome, method, path, options, outcome.diagnostics);
		return { speaker: this.#http20, answer: { streamId: 1, response: () => this.#http20.getResponse(1) } };
	}

	async #dialFor20(signal: AbortSignal): Promise<Transport> {
		const transport = this.#takeReady() ?? (await this.#connector.dial(signal));
		if (!this.#origin.secure || this.#isForced || speaksH2(transport.alpn)) return transport;
		// The server has changed its mind: the next request asks anew.
		this.#speaker = null;
		dropTransport(transport);
		throw new NegotiationError(
			`Cannot go on in HTTP/2 with ${this.#origin.authority}: the server speaks HTTP/1.1 now`,
			transport.alpn,
		);
	}

	async #dialFor11(signal: AbortSignal): Promise<Connected> {
		const transport = this.#takeReady();
		return transport === null ? this.#connector11.dialForHTTP1(signal) : { transport, forward: null };
	}

	#takeReady(): Transport | null {
		const ready = this.#ready;
		this.#ready = null;
		return ready;
	}
}

/** Whether a request can ask for an upgrade: its content must be sent whole before the answer is. */
function canAsk({ body, trailers, headers }: RequestOptions): boolean {
	const map = new HTTPHeaderMap(headers);
	if (trailers !== undefined || NOT_AT_ONCE.some((name) => map.has(name))) return false;
	const opened = openBody(body);
	return opened === null || opened.bytes !== null;
}

/** Whether those who wait for the same connection have failed too. */
function concernsAll(error: unknown): boolean {
	if (error instanceof TimeoutError) return error.phase === 'connect';
	return error instanceof ConnectError || error instanceof ProxyError;
}

/** Reads a response that nobody asked for; one that does not end soon is given up, and what is wrong with it is nobody's. */
async function dispose(answer: Promise<HTTPResponse>): Promise<void> {
	try {
		const response = await answer;
		await response.read(ANSWER_BYTES);
		await response.close();
	} catch (error) {
		if (error instanceof TimeoutError) throw error;
	}
}
