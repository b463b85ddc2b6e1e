// Sends the content of one request. Reads the source only when the connection has room for more.

import { runtime } from '#runtime';
import { LocalProtocolError } from '../base/errors.ts';
import type { RequestBody } from '../body/request-body.ts';
import type { HeaderFields } from '../fields/header-map.ts';
import type { PendingRequest } from './pending-request.ts';

const NO_BYTES = new Uint8Array(0);
const DONE: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined };
/** Items of a source that are sent before the event loop turns: a source may have any number of them ready. */
const ITEMS_PER_TURN = 256;
/** Milliseconds that content waits for 100 (Continue): RFC 9110 §10.1.1, "SHOULD NOT wait for an indefinite period". */
const CONTINUE_WAIT = 1000;

/** Where content goes: a stream of HTTP/2, or a message of HTTP/1.1. */
export interface UploadTarget {
	/** The most bytes to write at once, so that the timeouts see progress. */
	readonly pieceSize: number;
	/** Whether an error response stops the upload. RFC 9112 §9.5: "SHOULD immediately cease"; HTTP/2 streams continue. */
	readonly stopsAfterError: boolean;
	/** Takes ownership of the bytes. False: wait for `onRoom` before writing more. */
	write(pending: PendingRequest, bytes: Uint8Array, end: boolean): boolean;
	/** Ends the request with a trailer section. */
	writeTrailers(pending: PendingRequest, trailers: HeaderFields): void;
	/** The content cannot be sent. */
	onUploadFailed(pending: PendingRequest, cause: unknown): void;
}

/**
 * held ── 100, a final response below 300, or time ──> sending ── end ──> ended
 *   └──── a final response from 300 on ──> withheld       └── stop ──> stopped
 */
type UploadState = 'held' | 'sending' | 'withheld' | 'ended' | 'stopped';

export class Upload {
	readonly #pending: PendingRequest;
	readonly #target: UploadTarget;
	#state: UploadState = 'sending';
	#sent = 0;
	#items = 0;
	/** Sources that are being read, and what ends a read of each that is pending: a source may hang. */
	readonly #readings = new Map<AsyncIterator<Uint8Array, undefined>, () => void>();
	/** Callbacks that wait for room, or for 100 (Continue). */
	#waits: (() => void)[] = [];

	constructor(pending: PendingRequest, target: UploadTarget) {
		this.#pending = pending;
		this.#target = target;
	}

	get state(): UploadState {
		return this.#state;
	}

	/** Sends the whole content, and reports a failure to the target. */
	start(): void {
		this.#sendAll().catch((cause: unknown) => this.#fail(cause));
	}

	/** Sends content that the caller passes to `send`; resolves when there is room for more, or the request ends. */
	async send(body: RequestBody | null, final: boolean): Promise<void> {
		if (this.#state !== 'sending') {
			body?.release();
			throw new LocalProtocolError('Cannot send content: the request has ended');
		}
		try {
			if (body !== null && body.bytes !== null) await this.#write(body.bytes);
			else if (body !== null) await this.#sendSource(body.source());
			if (final) this.#end();
		} catch (cause) {
			this.#fail(cause);
			throw cause;
		} finally {
			body?.release();
		}
	}

	/** The target has room again. */
	onRoom(): void {
		if (this.#state !== 'held') this.#wake();
	}

	/** The server has sent 100 (Continue). */
	onContinue(): void {
		if (this.#state !== 'held') return;
		this.#state = 'sending';
		this.#wake();
	}

	/** The final response has begun. RFC 9110 §10.1.1: from status 300 on, the server does not want held content. */
	onHead(status: number): void {
		if (status < 300) return this.onContinue();
		const isHeld = this.#state === 'held';
		if (!isHeld && !this.#target.stopsAfterError) return;
		this.stop();
		if (isHeld) this.#state = 'withheld';
		this.#pending.request.body?.release();
	}

	/** Stops sending on this connection; another one may read the body again. */
	stop(): void {
		if (this.#state !== 'sending' && this.#state !== 'held') return;
		this.#state = 'stopped';
		this.#wake();
		for (const [source, endRead] of this.#readings) {
			release(source);
			endRead();
		}
		this.#readings.clear();
	}

	async #sendAll(): Promise<void> {
		const { body, trailers, expectsContinue } = this.#pending.request;
		if (expectsContinue && body !== null) await this.#waitForContinue();
		// Stopped while it waited: the next attempt reads the body.
		if (this.#state !== 'sending') return;
		if (body !== null) await this.#sendSource(body.source());
		if (this.#state !== 'sending') return;
		if (trailers === undefined) return this.#end();
		const section = typeof trailers === 'function' ? await trailers() : trailers;
		if (this.#state !== 'sending') return;
		this.#checkLength();
		this.#target.writeTrailers(this.#pending, section);
		this.#state = 'ended';
	}

	async #sendSource(source: AsyncIterator<Uint8Array, undefined>): Promise<void> {
		try {
			while (this.#state === 'sending') {
				const item = await this.#read(source);
				if (item.done) return;
				await this.#write(item.value);
			}
		} finally {
			if (this.#readings.delete(source)) release(source);
		}
	}

	/** The next item of the source. `stop` ends it as well, as if the source had ended. */
	#read(source: AsyncIterator<Uint8Array, undefined>): Promise<IteratorResult<Uint8Array, undefined>> {
		return new Promise((resolve, reject) => {
			this.#readings.set(source, () => resolve(DONE));
			source.next().then(resolve, reject);
		});
	}

	async #write(bytes: Uint8Array): Promise<void> {
		if (this.#state !== 'sending') return;
		this.#sent += bytes.length;
		const { contentLength } = this.#pending.request;
		if (contentLength !== null && this.#sent > contentLength) {
			throw lengthError(contentLength, `at least ${this.#sent}`);
		}
		const { pieceSize } = this.#target;
		for (let at = 0; at < bytes.length && this.#state === 'sending'; at += pieceSize) {
			const piece = bytes.length <= pieceSize ? bytes : bytes.subarray(at, at + pieceSize);
			if (!this.#target.write(this.#pending, piece, false)) await this.#waitForRoom();
		}
		if (++this.#items % ITEMS_PER_TURN === 0) await runtime.nextTurn();
	}

	#end(): void {
		if (this.#state !== 'sending') return;
		this.#checkLength();
		this.#state = 'ended';
		this.#target.write(this.#pending, NO_BYTES, true);
	}

	#checkLength(): void {
		const { contentLength } = this.#pending.request;
		if (contentLength !== null && this.#sent !== contentLength) throw lengthError(contentLength, `${this.#sent}`);
	}

	#fail(cause: unknown): void {
		if (this.#state === 'stopped' || this.#state === 'withheld') return;
		this.stop();
		this.#target.onUploadFailed(this.#pending, cause);
	}

	#wake(): void {
		for (const wake of this.#waits.splice(0)) wake();
	}

	#waitForRoom(): Promise<void> {
		return new Promise((resolve) => {
			this.#waits.push(resolve);
		});
	}

	#waitForContinue(): Promise<void> {
		this.#state = 'held';
		return new Promise((resolve) => {
			const timer = setTimeout(() => this.onContinue(), CONTINUE_WAIT);
			this.#waits.push(() => {
				clearTimeout(timer);
				resolve();
			});
		});
	}
}

/** Not awaited: a busy source must not hold up the connection, and its errors no longer matter. */
function release(source: AsyncIterator<Uint8Array, undefined>): void {
	source.return?.().catch(() => undefined);
}

function lengthError(contentLength: number, actual: string): LocalProtocolError {
	return new LocalProtocolError(`Body has ${actual} bytes where content-length is ${contentLength}`);
}
