// One transport that carries exchanges, one after another: when it is free, when it cannot be used any more, and what
// then becomes of the exchange that it carries.

import { joinBytes } from '../base/bytes.ts';
import {
	ConnectionResetError,
	type HyperError,
	InvalidResponseError,
	LocalProtocolError,
	TimeoutError,
} from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { RequestBody } from '../body/request-body.ts';
import { HandedOut } from '../connection/unread-responses.ts';
import type { ConnectionDiagnostics } from '../diagnostics/diagnostics.ts';
import { fieldValues } from '../fields/flat-fields.ts';
import { isIdempotent } from '../message/request.ts';
import type { Forwarding } from '../net/connector.ts';
import type { HTTP1Platform, TransportDuplex } from '../runtime/http1.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Transport } from '../runtime/transport.ts';
import { Call, type CallOwner } from './call.ts';
import type { Connected } from './connector.ts';
import type { Carrier, Exchange } from './exchange.ts';
import { failureOf } from './failure.ts';
import { addressed, requestHead } from './request-head.ts';
import type { HTTP11Response } from './response.ts';
import { takeOver } from './takeover.ts';
import { switchesToH2C } from './upgrade.ts';
import type { LinkOwner } from './wire-owner.ts';

/** As many as tell a frame of HTTP/2 from anything else. */
const FIRST_OCTETS = 9;

export class Link implements Carrier, CallOwner {
	readonly #transport: Transport;
	readonly #forward: Forwarding | null;
	readonly #platform: HTTP1Platform;
	readonly #duplex: TransportDuplex;
	readonly #runtime: Runtime;
	readonly #limits: Readonly<Limits>;
	readonly #owner: LinkOwner<Link>;
	readonly #diagnostics: ConnectionDiagnostics;
	readonly #handedOut = new HandedOut();
	readonly #closeWaits: (() => void)[] = [];
	/** `gone`: its transport is closed, or belongs to another protocol. */
	#state: 'open' | 'draining' | 'gone' = 'open';
	/** What it carries, or did last; null while it is free. */
	#call: Call | null = null;
	/** It has been free before: the server may have closed it at any time. */
	#isReused = false;
	#idleSince: number;
	/** Octets that have come since the request was begun. */
	#received = 0;
	#firstOctets: Uint8Array = new Uint8Array(0);
	/** Why the transport broke, and what it is given up for. */
	#failure: Error | null = null;
	#fault: HyperError | null = null;

	constructor(
		{ transport, forward }: Connected,
		platform: HTTP1Platform,
		runtime: Runtime,
		limits: Readonly<Limits>,
		owner: LinkOwner<Link>,
		diagnostics: ConnectionDiagnostics,
	) {
		this.#transport = transport;
		this.#forward = forward;
		this.#platform = platform;
		this.#runtime = runtime;
		this.#limits = limits;
		this.#owner = owner;
		this.#diagnostics = diagnostics;
		this.#idleSince = runtime.now();
		this.#duplex = platform.toDuplex(transport);
		// Before those of the platform, which come and go with each exchange.
		this.#duplex.on('data', (bytes: Uint8Array) => this.#onData(bytes));
		this.#duplex.on('end', () => this.#onEnd());
		this.#duplex.on('error', (error: Error) => {
			this.#failure = error;
		});
		this.#duplex.on('close', () => this.#onClose());
		// The platform is done with the exchange.
		this.#duplex.on('free', () => this.#onFree());
	}

	/** Takes a request now. */
	get isFree(): boolean {
		return this.#call === null && this.#state === 'open' && !this.#duplex.destroyed;
	}

	/** What it carries; null when there is nothing to wait for. */
	get call(): Call | null {
		return this.#call?.running ? this.#call : null;
	}

	/** Since when it has been free; Infinity while it is not. */
	get idleSince(): number {
		return this.isFree ? this.#idleSince : Number.POSITIVE_INFINITY;
	}

	now(): number {
		return this.#runtime.now();
	}

	/** There is nothing to do for now: the process may end. */
	rest(): void {
		this.#isReused = true;
		this.#idleSince = this.now();
		this.#transport.unref();
	}

	/** Sends the request, on a link that is free. Throws for one that cannot be sent. */
	start(exchange: Exchange): void {
		const { timings, request } = exchange;
		timings.dialled = this.#transport.openedAt?.connected ?? null;
		timings.secured = this.#transport.openedAt?.secured ?? null;
		this.#received = 0;
		this.#transport.ref();
		const wire = { platform: this.#platform, duplex: this.#duplex, limits: this.#limits };
		const head = requestHead(request);
		const target = addressed(request, head, exchange.upgrade, this.#forward);
		this.#call = new Call(exchange, { ...wire, ...target, head }, this);
		exchange.carrier = this;
	}

	/** Another request waits for this link. */
	hurry(): void {
		this.#call?.hurry();
	}

	/** Closes when what it carries is complete. */
	drain(): void {
		if (this.#state !== 'open') return;
		this.#state = 'draining';
		if (this.#call === null) this.#drop();
		else this.#call.hurry();
	}

	/** Closes at once; what it carries rejects with `reason`. */
	close(reason: unknown): void {
		this.#call?.abandon();
		this.#call?.exchange.close(reason);
		this.#drop();
	}

	/** Resolves when the transport is closed. */
	whenClosed(): Promise<void> {
		if (this.#state === 'gone') return Promise.resolve();
		return new Promise((resolve) => this.#closeWaits.push(resolve));
	}

	consume(exchange: Exchange, length: number): void {
		if (this.#call?.exchange === exchange) this.#call.consume(length);
	}

	async send(exchange: Exchange, body: RequestBody | null, final: boolean): Promise<void> {
		if (this.#call?.exchange === exchange) await this.#call.upload.send(body, final);
	}

	drop(exchange: Exchange, reason: unknown): void {
		if (reason instanceof TimeoutError) this.#diagnostics.error(null, reason);
		if (this.#call?.exchange === exchange) this.close(reason);
		else exchange.close(reason);
	}

	handOut(response: HTTP11Response, exchange: Exchange): void {
		if (exchange.closed) return;
		this.#handedOut.add(response, exchange);
		this.#runtime.afterTurn(() => this.#handedOut.watch(this.#runtime));
	}

	onWritten({ exchange, head }: Call): void {
		exchange.onWritten(this.now());
		const { method, scheme, authority, path } = exchange.request;
		if (!this.#diagnostics.wantsRequests) return;
		const pseudo = [':method', method, ':scheme', scheme, ':authority', authority, ':path', path];
		this.#diagnostics.request(null, { fields: [...pseudo, ...head.fields], neverIndexed: null });
	}

	onHead(status: number, fields: readonly string[]): void {
		this.#diagnostics.response(null, status, { fields, neverIndexed: null });
	}

	onTrailers(fields: readonly string[]): void {
		this.#diagnostics.trailers(null, { fields, neverIndexed: null });
	}

	onDue(): void {
		this.#owner.onDue();
	}

	onUnread(limit: number): void {
		const why = `more than ${limit} octets of the response before it are unread; read or close it first`;
		this.#owner.onBlocked(this, new LocalProtocolError(`Cannot send the request: ${why}`));
	}

	onEnded(call: Call): void {
		const { exchange, head, sent } = call;
		call.abandon();
		exchange.close(null);
		// The server would take what is left of this request for the next one.
		if (!sent || head.closes) this.#drop();
	}

	onFailed(call: Call, cause: unknown): void {
		const { exchange } = call;
		const error = this.#failureOf(cause, exchange.answered ? 'the response was complete' : 'there was a response');
		const repeats = this.#mayRepeat(call, error) && this.#owner.onLost(exchange);
		if (!repeats) {
			this.#fault = error;
			this.#diagnostics.error(null, error);
			exchange.close(error);
		}
		this.#drop();
	}

	onSwitched(call: Call, fields: readonly string[], following: Uint8Array): void {
		const { exchange, upload } = call;
		const wasAsked = exchange.upgrade !== null && this.#forward === null;
		if (!wasAsked || !switchesToH2C(fields)) {
			const to = fieldValues(fields, 'upgrade').join(', ');
			return call.fail(new InvalidResponseError(`Server switches to ${to}, which was not asked for`));
		}
		if (!upload.ended)
			return call.fail(new InvalidResponseError('Server switches to h2c before the request has ended'));
		// Until the pipe is free, a server that does not read is one that does not answer.
		takeOver(exchange, this.#duplex, following, this.#diagnostics, () => this.#leave()).catch((cause: unknown) =>
			call.fail(cause),
		);
	}

	#failureOf(cause: unknown, incomplete: string): HyperError {
		const { alpn } = this.#transport;
		const context = { alpn, firstOctets: this.#firstOctets, limits: this.#limits };
		return failureOf(this.#failure ?? cause, incomplete, context);
	}

	/**
	 * RFC 9112 §9.3.1: what is idempotent may be sent again when the server closed a connection that had been idle, before
	 * any of the response; and any request may that was never written.
	 */
	#mayRepeat({ exchange, written }: Call, error: HyperError): boolean {
		if (this.#state === 'draining' || !(error instanceof ConnectionResetError)) return false;
		return !written || (this.#isReused && this.#received === 0 && isIdempotent(exchange.request));
	}

	/** The platform reads what comes, and tells of the end. */
	get #isRead(): boolean {
		return this.#call !== null && this.#call.written && !this.#call.received;
	}

	#onData(bytes: Uint8Array): void {
		// What nobody has asked for would be taken for the next response.
		if (!this.#isRead) this.#drop();
		this.#received += bytes.length;
		const missing = FIRST_OCTETS - this.#firstOctets.length;
		if (missing > 0) this.#firstOctets = joinBytes([this.#firstOctets, bytes.subarray(0, missing)]);
	}

	#onEnd(): void {
		if (!this.#isRead) this.#drop();
	}

	#onFree(): void {
		if (this.#state !== 'open') return this.#drop();
		this.#call = null;
		if (this.isFree) this.#owner.onFree(this);
	}

	#onClose(): void {
		if (this.#state === 'gone') return;
		const call = this.#call;
		// The platform tells of it in this turn, unless it has not begun to look.
		this.#runtime.afterTurn(() => {
			if (call?.running && !call.received) call.fail(new Error('the connection was closed'));
			this.#diagnostics.closed(this.#fault ?? this.#failure);
		});
		this.#leave();
	}

	#leave(): void {
		this.#state = 'gone';
		this.#owner.onGone(this);
		for (const resolve of this.#closeWaits.splice(0)) resolve();
	}

	#drop(): void {
		if (this.#state !== 'gone') this.#duplex.destroy();
	}
}
