// Buffers the content of one response between the connection, which delivers it in pieces, and the caller, who reads it
// in one of several ways. Read bytes are reported as consumed, which returns window to the peer.

import { LocalProtocolError } from '../base/errors.ts';
import { bodyTooLarge, storingError } from './body-limit.ts';
import { ContentQueue } from './content-queue.ts';
import { type Content, type ContentItem, END } from './decoded-content.ts';

/** A declared length up to this is allocated at once, a larger one as content arrives: a peer can declare any length. */
const ALLOCATED_AT_ONCE = 16 * 1024 * 1024;
/** The most unread bytes that are kept while the caller waits for the trailers alone. */
const TRAILERS_BUFFER = 16 * 1024 * 1024;

interface Wait {
	/** Settles the read if its bytes have arrived; returns whether it did. */
	attempt(): boolean;
	reject(reason: unknown): void;
	/** The response, referenced here so that it is not garbage collected during a read. */
	reader: object;
}

/** The destination of a pending `readAll`: pieces are copied there as they arrive. */
interface Target {
	bytes: Uint8Array;
	length: number;
	/** The most bytes to accept. */
	readonly limit: number;
	resolve(bytes: Uint8Array): void;
	reject(reason: unknown): void;
	reader: object;
}

/** The source of the content. */
export interface ContentControl {
	/** Returns window for bytes that were read or discarded. */
	consume(length: number): void;
	/** Ends the response with an error. */
	abort(reason: unknown): void;
}

export class BodyBuffer implements Content {
	/** Set before any content arrives. */
	control: ContentControl | null = null;
	/** -1 if the response does not declare it. */
	contentLength = -1;
	/** Throws LocalProtocolError if the caller's reads would never settle. Null on platforms where that cannot be. */
	checkOwner: (() => void) | null = null;
	readonly #queue = new ContentQueue();
	/** How many of the unread bytes are already reported as consumed. */
	#reported = 0;
	#ended = false;
	/** Why the content broke off before its end; null while it has not. */
	failure: { reason: unknown } | null = null;
	/** The pending read, unless it is a `readAll`. */
	#wait: Wait | null = null;
	#target: Target | null = null;
	/** Callers that wait for the end of the body; meanwhile unread pieces are kept and reported as consumed. */
	#trailersWaits: Wait[] | null = null;

	/** Whether all content has arrived and been read. */
	get isRead(): boolean {
		return this.#ended && this.#queue.length === 0;
	}

	/** Whether all content has arrived. */
	get ended(): boolean {
		return this.#ended;
	}

	/** Bytes that have arrived and have not been read. */
	get unread(): number {
		return this.#queue.length;
	}

	/** Whether a read waits for content or for its end. */
	get isAwaited(): boolean {
		return this.#wait !== null || this.#target !== null || this.#trailersWaits !== null;
	}

	/** `bytes` is valid until this returns. `endOfFrame`: the piece ends a DATA frame. Throws if it cannot be kept. */
	onContent(bytes: Uint8Array, endOfFrame: boolean): void {
		const { length } = bytes;
		let isKept = false;
		try {
			if (this.#target !== null) this.#fill(this.#target, bytes);
			else if (this.failure === null) {
				this.#queue.push(bytes, endOfFrame);
				isKept = true;
			}
		} catch (error) {
			throw storingError(error);
		} finally {
			if (!isKept) this.control?.consume(length);
		}
		if (!isKept) return;
		if (this.#trailersWaits !== null) this.#keepForTrailers();
		if (this.#wait !== null) this.#attempt();
	}

	onEnd(): void {
		this.#ended = true;
		const target = this.#target;
		if (target !== null) {
			this.#target = null;
			target.resolve(target.length === target.bytes.length ? target.bytes : shrink(target));
		}
		if (this.#wait !== null) this.#attempt();
		if (this.#trailersWaits !== null) for (const wait of this.#takeTrailersWaits()) wait.attempt();
	}

	/** Rejects pending reads. Content that has arrived can still be read piece by piece. */
	fail(reason: unknown): void {
		if (this.failure !== null) return;
		this.failure = { reason };
		const wait = this.#wait ?? this.#target;
		this.#wait = null;
		this.#target = null;
		// These bytes may never be read, so they must not keep window from other streams.
		this.#reportAll();
		wait?.reject(reason);
		for (const trailersWait of this.#takeTrailersWaits()) trailersWait.reject(reason);
	}

	/** Discards the unread content. */
	discard(): void {
		const length = this.#queue.length - this.#reported;
		this.#queue.clear();
		this.#reported = 0;
		if (length > 0) this.control?.consume(length);
	}

	/** All remaining content. More than `limit` bytes, or than fit into memory, end the response with a BodyLimitError. */
	readAll(reader: object, limit: number = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
		if (this.failure !== null) return Promise.reject(this.failure.reason);
		if (this.#wait !== null || this.#target !== null) return Promise.reject(busy());
		return new Promise((resolve, reject) => {
			this.checkOwner?.();
			try {
				const { length } = this.#queue;
				if ((this.#ended ? length : Math.max(length, this.contentLength)) > limit) throw bodyTooLarge(limit);
				const unreported = length - this.#reported;
				if (this.#ended) resolve(this.#queue.take(length));
				else {
					const expected = this.contentLength > 0 ? Math.min(this.contentLength, ALLOCATED_AT_ONCE) : length;
					const bytes = new Uint8Array(Math.max(expected, length));
					const target = { bytes, length: 0, limit, resolve, reject, reader };
					// Set first, because returning window may break the connection.
					this.#target = target;
					while (this.#queue.length > 0) this.#fill(target, this.#queue.takePiece());
				}
				this.#reported = 0;
				if (unreported > 0) this.control?.consume(unreported);
			} catch (error) {
				this.#target = null;
				const reason = storingError(error);
				reject(reason);
				this.control?.abort(reason);
				// A request that is over does not fail any more, but its bytes must not keep window either.
				this.#reportAll();
			}
		});
	}

	/** Exactly `amount` bytes, or fewer if the body ends first; an empty array at the end. */
	readExactly(reader: object, amount: number): Promise<Uint8Array> {
		return this.#waitFor(reader, () => {
			if (this.#queue.length < amount && !this.#ended) {
				// The peer's window may be smaller than the amount.
				this.#reportAll();
				return null;
			}
			return this.#take(Math.min(amount, this.#queue.length));
		});
	}

	/** Whatever has arrived, at least one byte. */
	readSome(reader: object): Promise<ContentItem> {
		return this.#waitFor(reader, () => {
			const value = this.#count(this.#queue.takePiece());
			if (value.length > 0) return { done: false, value };
			return this.#ended ? END : null;
		});
	}

	/** The content of one DATA frame, which may be empty; of several if more frames than the queue remembers were unread. */
	readFrame(reader: object): Promise<ContentItem> {
		return this.#waitFor(reader, () => {
			const value = this.#queue.takeFrame();
			if (value !== null) return { done: false, value: this.#count(value) };
			return this.#ended ? END : null;
		});
	}

	/** Resolves at the end of the body. Unread content is kept up to TRAILERS_BUFFER, beyond which this rejects. */
	waitForEnd(reader: object): Promise<void> {
		if (this.failure !== null) return Promise.reject(this.failure.reason);
		if (this.#ended) return Promise.resolve();
		return new Promise((resolve, reject) => {
			this.checkOwner?.();
			const attempt = () => {
				resolve();
				return true;
			};
			this.#trailersWaits ??= [];
			this.#trailersWaits.push({ attempt, reject, reader });
			this.#keepForTrailers();
		});
	}

	/** `look` takes what the caller asks for; null: it has not arrived. */
	#waitFor<T>(reader: object, look: () => T | null): Promise<T> {
		if (this.#wait !== null || this.#target !== null) return Promise.reject(busy());
		try {
			this.checkOwner?.();
			const value = look();
			if (value !== null) return Promise.resolve(value);
		} catch (error) {
			return Promise.reject(storingError(error));
		}
		if (this.failure !== null) return Promise.reject(this.failure.reason);
		return new Promise<T>((resolve, reject) => {
			const attempt = () => {
				const value = look();
				if (value !== null) resolve(value);
				return value !== null;
			};
			this.#wait = { attempt, reject, reader };
		});
	}

	#attempt(): void {
		const wait = this.#wait;
		if (wait === null || !wait.attempt()) return;
		if (this.#wait === wait) this.#wait = null;
	}

	#takeTrailersWaits(): Wait[] {
		const waits = this.#trailersWaits ?? [];
		this.#trailersWaits = null;
		return waits;
	}

	#keepForTrailers(): void {
		if (this.#queue.length > TRAILERS_BUFFER) {
			const limit = `more than ${TRAILERS_BUFFER} bytes of the body are unread`;
			const error = new LocalProtocolError(`Cannot wait for the end of the body: ${limit}; read it first`);
			for (const wait of this.#takeTrailersWaits()) wait.reject(error);
			return;
		}
		this.#reportAll();
	}

	/** Returns window for unread bytes too. */
	#reportAll(): void {
		const length = this.#queue.length - this.#reported;
		this.#reported = this.#queue.length;
		if (length > 0) this.control?.consume(length);
	}

	#fill(target: Target, bytes: Uint8Array): void {
		const needed = target.length + bytes.length;
		if (needed > target.limit) throw bodyTooLarge(target.limit);
		if (needed > target.bytes.length) {
			const larger = new Uint8Array(Math.max(needed, target.bytes.length * 2));
			larger.set(target.bytes.subarray(0, target.length));
			target.bytes = larger;
		}
		target.bytes.set(bytes, target.length);
		target.length = needed;
	}

	#take(amount: number): Uint8Array {
		return this.#count(this.#queue.take(amount));
	}

	/** Reports bytes that were taken from the queue as consumed, and returns them. */
	#count(taken: Uint8Array): Uint8Array {
		const alreadyReported = Math.min(this.#reported, taken.length);
		this.#reported -= alreadyReported;
		if (taken.length > alreadyReported) this.control?.consume(taken.length - alreadyReported);
		return taken;
	}
}

/** The content without the memory behind it; with it if there is no memory for a copy. */
function shrink({ bytes, length }: Target): Uint8Array {
	try {
		return bytes.slice(0, length);
	} catch {
		return bytes.subarray(0, length);
	}
}

function busy(): LocalProtocolError {
	return new LocalProtocolError('Cannot read: another read of this response has not finished');
}
