// Sends the head of one request and its content, as the connection takes it: the source is asked for more only when
// there is room.

import { LocalProtocolError } from '../base/errors.ts';
import type { RequestBody } from '../body/request-body.ts';
import type { OutgoingRequest } from '../message/request.ts';
import type { Exchange } from './exchange.ts';
import type { ClientRequest } from './platform.ts';
import { type RequestHead, trailerLines } from './request-head.ts';

/** Content goes out in pieces of this size at most, so that it can be seen to go on; what fits in one goes with the head. */
const PIECE = 65_536;
/** How long content waits for 100 (Continue): RFC 9110 §10.1.1, "a client [...] SHOULD NOT wait for an indefinite period". */
const CONTINUE_WAIT = 1000;

export interface UploadOwner {
	/** The connection takes content again. */
	onProgress(): void;
	/** The content cannot be sent. */
	onUploadFailed(cause: unknown): void;
}

export class Upload {
	readonly #request: OutgoingRequest;
	readonly #isChunked: boolean;
	/** What waits for an upgrade must be written when it comes. */
	readonly #isUpgrade: boolean;
	readonly #message: ClientRequest;
	readonly #owner: UploadOwner;
	#state: 'sending' | 'ended' | 'stopped' = 'sending';
	/** Content waits for 100 (Continue). */
	#held = false;
	#sent = 0;
	/** What is read. */
	#source: AsyncIterator<Uint8Array, undefined> | null = null;
	/** Those who wait for room, or for 100 (Continue). */
	#waits: (() => void)[] = [];

	constructor(
		{ request, upgrade }: Pick<Exchange, 'request' | 'upgrade'>,
		{ chunked }: RequestHead,
		message: ClientRequest,
		owner: UploadOwner,
	) {
		this.#request = request;
		this.#isChunked = chunked;
		this.#isUpgrade = upgrade !== null;
		this.#message = message;
		this.#owner = owner;
	}

	/** All was given to the connection. */
	get ended(): boolean {
		return this.#state === 'ended';
	}

	/** What goes wrong is told to the owner. */
	start(): void {
		const { body, trailers, manual, expectsContinue } = this.#request;
		this.#message.on('drain', () => this.#onDrain());
		if (manual) return this.#message.flushHeaders();
		if (body === null && trailers === undefined) return this.#end(null);
		const whole = body?.bytes ?? null;
		const atOnce = whole !== null && (whole.length <= PIECE || this.#isUpgrade);
		if (atOnce && !this.#isChunked && !expectsContinue) return this.#end(whole);
		this.#message.flushHeaders();
		this.#sendAll(body).catch((cause: unknown) => this.#fail(cause));
	}

	/** Content by hand; resolves when there is room for more. */
	async send(body: RequestBody | null, final: boolean): Promise<void> {
		if (this.#state !== 'sending') throw new LocalProtocolError('Cannot send content: the request has ended');
		try {
			if (body !== null) await this.#sendSource(body.source());
			if (final) this.#finish();
		} catch (cause) {
			this.#fail(cause);
			throw cause;
		} finally {
			body?.release();
		}
	}

	/** The server wants the content. */
	proceed(): void {
		this.#held = false;
		for (const wake of this.#waits.splice(0)) wake();
	}

	/**
	 * The final response has come before the end of the request. One that answers what was sent goes beside the rest of it;
	 * RFC 9112 §9.5: after an error, and when the server did not want the content, "the client SHOULD immediately cease".
	 */
	onFinal(status: number): void {
		if (status < 300) {
			if (this.#held) this.proceed();
			return;
		}
		this.stop();
		this.#request.body?.release();
	}

	/** Nothing more is sent here; the content may be read again elsewhere. */
	stop(): void {
		if (this.#state !== 'sending') return;
		this.#state = 'stopped';
		this.proceed();
		// Not awaited: a source that is busy must not keep the connection, and its faults concern nobody now.
		this.#source?.return?.().catch(() => undefined);
	}

	async #sendAll(body: RequestBody | null): Promise<void> {
		const { trailers, expectsContinue } = this.#request;
		if (expectsContinue && body !== null) await this.#waitForContinue();
		if (body !== null) await this.#sendSource(body.source());
		if (this.#state !== 'sending') return;
		const section = typeof trailers === 'function' ? await trailers() : trailers;
		if (this.#state !== 'sending') return;
		if (section !== undefined) this.#message.addTrailers(trailerLines(section));
		this.#finish();
	}

	async #sendSource(source: AsyncIterator<Uint8Array, undefined>): Promise<void> {
		// Who stops the upload lets go of a source that has nothing to give.
		this.#source = source;
		if (this.#state !== 'sending') return void source.return?.().catch(() => undefined);
		try {
			for (let item = await source.next(); !item.done; item = await source.next()) {
				await this.#sendItem(item.value);
				if (this.#state !== 'sending') return;
			}
			this.#source = null;
		} finally {
			if (this.#source === source) {
				this.#source = null;
				source.return?.().catch(() => undefined);
			}
		}
	}

	async #sendItem(bytes: Uint8Array): Promise<void> {
		this.#sent += bytes.length;
		const { contentLength: declared } = this.#request;
		if (declared !== null && this.#sent > declared) throw lengthError(declared, `at least ${this.#sent}`);
		for (let at = 0; at < bytes.length && this.#state === 'sending'; at += PIECE) {
			if (!this.#message.write(bytes.subarray(at, at + PIECE))) await this.#waitForRoom();
			else this.#owner.onProgress();
		}
	}

	#finish(): void {
		if (this.#state !== 'sending') return;
		const { contentLength: declared } = this.#request;
		if (declared !== null && this.#sent !== declared) throw lengthError(declared, `${this.#sent}`);
		this.#end(null);
	}

	#end(content: Uint8Array | null): void {
		this.#state = 'ended';
		if (content === null || content.length === 0) this.#message.end();
		else this.#message.end(content);
	}

	#fail(cause: unknown): void {
		if (this.#state === 'stopped') return;
		this.stop();
		this.#owner.onUploadFailed(cause);
	}

	#onDrain(): void {
		this.#owner.onProgress();
		this.proceed();
	}

	#waitForRoom(): Promise<void> {
		return new Promise((resolve) => {
			this.#waits.push(resolve);
		});
	}

	#waitForContinue(): Promise<void> {
		this.#held = true;
		return new Promise((resolve) => {
			const timer = setTimeout(() => this.proceed(), CONTINUE_WAIT);
			this.#waits.push(() => {
				clearTimeout(timer);
				resolve();
			});
		});
	}
}

function lengthError(declared: number, actual: string): LocalProtocolError {
	return new LocalProtocolError(`Body has ${actual} octets where content-length is ${declared}`);
}
