// The content of one response between the connection, which brings it in pieces, and the caller, who reads it in one of
// several ways. What is read is reported as consumed, which is what the peer gets window for.

import { LocalProtocolError } from '../errors.ts';
import { type BodyItem, type Content, type ContentPiece, END } from './content.ts';
import { PieceQueue } from './piece-queue.ts';

/** A declared length up to here is allocated at once, a larger one as it comes: a head is cheap to forge. */
const ALLOCATED_AT_ONCE = 16 * 1024 * 1024;
/** How much of an unread body is kept while only its trailers are waited for. */
const TRAILERS_BUFFER = 16 * 1024 * 1024;

interface Wait {
	/** Looks whether what it waits for is there, and settles then; true when it has. */
	attempt(): boolean;
	reject(reason: unknown): void;
	/** The response that is read: not garbage while somebody waits. */
	reader: object;
}

/** Who the content belongs to. */
export interface ContentOwner {
	/** Octets were read, or thrown away: the peer may get window for them. */
	onConsumed(length: number): void;
}

export class BodyBuffer implements Content {
	readonly #owner: ContentOwner;
	/** What has come and was not read, and how many of its octets were reported as consumed already. */
	readonly #pieces = new PieceQueue();
	#reported = 0;
	#ended = false;
	#failure: { reason: unknown } | null = null;
	/** The one who reads. */
	#wait: Wait | null = null;
	/** The whole rest is being read: pieces go where they belong at once. */
	#target: { bytes: Uint8Array; length: number } | null = null;
	/** Only the trailers are waited for: pieces are kept, and count as read. */
	#trailersWaits: Wait[] | null = null;
	/** -1 when the response does not say. */
	contentLength = -1;

	constructor(owner: ContentOwner) {
		this.#owner = owner;
	}

	/** All content has come, read or not. */
	get ended(): boolean {
		return this.#ended;
	}

	/** Octets that have come and were not read. */
	get unread(): number {
		return this.#pieces.length;
	}

	/** Somebody waits for content, or for its end. */
	get isAwaited(): boolean {
		return this.#wait !== null || this.#trailersWaits !== null;
	}

	push(given: ContentPiece): void {
		const { bytes, start, end } = given;
		const length = end - start;
		if (this.#failure !== null) return this.#consumed(length);
		const target = this.#target;
		if (target !== null) {
			this.#fill(target, bytes, start, end);
			return this.#consumed(length);
		}
		this.#pieces.push(bytes, start, end, given.endOfFrame);
		if (this.#trailersWaits !== null) this.#keepForTrailers();
		if (this.#wait !== null) this.#attempt();
	}

	end(): void {
		this.#ended = true;
		if (this.#wait !== null) this.#attempt();
		if (this.#trailersWaits !== null) for (const wait of this.#takeTrailersWaits()) wait.attempt();
	}

	/** What waits is rejected; what came stays readable piece by piece. */
	fail(reason: unknown): void {
		if (this.#failure !== null) return;
		this.#failure = { reason };
		const wait = this.#wait;
		this.#wait = null;
		this.#target = null;
		// What is unread is the caller's to keep: it must not take window from other streams for ever.
		this.#reportAll();
		wait?.reject(reason);
		for (const trailersWait of this.#takeTrailersWaits()) trailersWait.reject(reason);
	}

	/** Throws away what came and was not read. */
	discard(): void {
		const { length } = this.#pieces;
		this.#pieces.clear();
		this.#read(length);
	}

	/** The whole rest. */
	readAll(reader: object): Promise<Uint8Array> {
		if (this.#failure !== null) return Promise.reject(this.#failure.reason);
		if (this.#ended) return Promise.resolve(this.#takeAll());
		if (this.#wait !== null) return Promise.reject(busy());
		const expected = this.contentLength > 0 ? Math.min(this.contentLength, ALLOCATED_AT_ONCE) : this.#pieces.length;
		const held = this.#takeAll();
		const target = { bytes: new Uint8Array(Math.max(expected, held.length)), length: 0 };
		return this.#waitFor(reader, (resolve) => {
			if (this.#target === null) {
				this.#target = target;
				this.#fill(target, held, 0, held.length);
			}
			if (!this.#ended) return false;
			this.#target = null;
			resolve(target.length === target.bytes.length ? target.bytes : target.bytes.slice(0, target.length));
			return true;
		});
	}

	/** Exactly `amount` octets unless the body ends first; then an empty array. */
	readExactly(reader: object, amount: number): Promise<Uint8Array> {
		return this.#waitFor(reader, (resolve) => {
			if (this.#pieces.length < amount && !this.#ended) {
				// The amount may be more than the peer has window for.
				this.#reportAll();
				return false;
			}
			resolve(this.#taken(this.#pieces.take(Math.min(amount, this.#pieces.length))));
			return true;
		});
	}

	/** Whatever has come, at least one octet. */
	readSome(reader: object): Promise<BodyItem> {
		return this.#waitFor(reader, (resolve) => {
			if (this.#pieces.length === 0 && !this.#ended) return false;
			resolve(this.#pieces.length === 0 ? END : { done: false, value: this.#taken(this.#pieces.takeSome()) });
			return true;
		});
	}

	/** The content of one DATA frame, which may be empty. */
	readFrame(reader: object): Promise<BodyItem> {
		return this.#waitFor(reader, (resolve) => {
			const frame = this.#pieces.takeFrame();
			if (frame !== null) {
				resolve({ done: false, value: this.#taken(frame) });
				return true;
			}
			if (!this.#ended) return false;
			resolve(END);
			return true;
		});
	}

	/** Resolves at the end of the body, which is kept while nobody reads it, up to a limit. */
	waitForEnd(reader: object): Promise<void> {
		if (this.#failure !== null) return Promise.reject(this.#failure.reason);
		if (this.#ended) return Promise.resolve();
		return new Promise((resolve, reject) => {
			const attempt = () => {
				resolve();
				return true;
			};
			this.#trailersWaits ??= [];
			this.#trailersWaits.push({ attempt, reject, reader });
			this.#keepForTrailers();
		});
	}

	#waitFor<T>(reader: object, look: (resolve: (value: T) => void) => boolean): Promise<T> {
		return new Promise<T>((resolve, reject) => {
			if (this.#wait !== null) return reject(busy());
			const attempt = () => look(resolve);
			if (attempt()) return;
			if (this.#failure !== null) return reject(this.#failure.reason);
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
		if (this.#pieces.length > TRAILERS_BUFFER) {
			const limit = `more than ${TRAILERS_BUFFER} octets of the body are unread`;
			const error = new LocalProtocolError(`Cannot wait for the end of the body: ${limit}; read it first`);
			for (const wait of this.#takeTrailersWaits()) wait.reject(error);
			return;
		}
		this.#reportAll();
	}

	/** The peer gets window for what is unread as well. */
	#reportAll(): void {
		const length = this.#pieces.length - this.#reported;
		this.#reported = this.#pieces.length;
		this.#consumed(length);
	}

	#fill(target: { bytes: Uint8Array; length: number }, bytes: Uint8Array, start: number, end: number): void {
		const length = end - start;
		const needed = target.length + length;
		if (needed > target.bytes.length) {
			const larger = new Uint8Array(Math.max(needed, target.bytes.length * 2));
			larger.set(target.bytes.subarray(0, target.length));
			target.bytes = larger;
		}
		const whole = start === 0 && end === bytes.length;
		target.bytes.set(whole ? bytes : bytes.subarray(start, end), target.length);
		target.length = needed;
	}

	#takeAll(): Uint8Array {
		return this.#taken(this.#pieces.takeAll());
	}

	#taken(bytes: Uint8Array): Uint8Array {
		this.#read(bytes.length);
		return bytes;
	}

	/** Reports octets as consumed, unless they were before. */
	#read(length: number): void {
		const before = Math.min(this.#reported, length);
		this.#reported -= before;
		this.#consumed(length - before);
	}

	#consumed(length: number): void {
		if (length > 0) this.#owner.onConsumed(length);
	}
}

function busy(): LocalProtocolError {
	return new LocalProtocolError('Cannot read: another read of this response has not finished');
}
