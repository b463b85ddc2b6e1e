// Buffers the content of one response between the connection, which pushes it in pieces, and the caller, who reads it in
// one of several ways. Read bytes are reported as consumed, which returns window to the peer.

import { joinBytes } from '../base/bytes.ts';
import { LocalProtocolError } from '../base/errors.ts';
import { type BodyItem, type Content, type ContentPiece, END } from './decoded-content.ts';
import { keepBytes } from './slab.ts';

/** A declared length up to this is allocated at once, a larger one as content arrives: a peer can declare any length. */
const ALLOCATED_AT_ONCE = 16 * 1024 * 1024;
/** The most unread bytes that are kept while the caller waits for the trailers alone. */
const TRAILERS_BUFFER = 16 * 1024 * 1024;

const NO_BYTES = new Uint8Array(0);

interface Wait {
	/** Settles the read if its bytes have arrived; returns whether it did. */
	attempt(): boolean;
	reject(reason: unknown): void;
	/** The response, referenced here so that it is not garbage collected during a read. */
	reader: object;
}

/** The owner of the content, which manages its flow control. */
export interface ContentOwner {
	/** Returns window for bytes that were read or discarded. */
	onConsumed(length: number): void;
}

export class BodyBuffer implements Content {
	readonly #owner: ContentOwner;
	/** What has come and was not read; a copy, since events lend their bytes. */
	#pieces: Uint8Array[] = [];
	/** Pieces whose DATA frame goes on in the next one; null while there is none, as is usual. */
	#unfinished: Set<Uint8Array> | null = null;
	/** Bytes in `#pieces`, and how many of them are already reported as consumed. */
	#length = 0;
	#reported = 0;
	#ended = false;
	#failure: { reason: unknown } | null = null;
	/** The pending read. */
	#wait: Wait | null = null;
	/** The destination of a pending `readAll`: pieces are copied there as they arrive. */
	#target: { bytes: Uint8Array; length: number } | null = null;
	/** Reads that wait for the end of the body: pieces are kept, and reported as consumed. */
	#trailersWaits: Wait[] | null = null;
	/** -1 if the response does not declare it. */
	contentLength = -1;

	constructor(owner: ContentOwner) {
		this.#owner = owner;
	}

	/** All content has arrived, read or not. */
	get ended(): boolean {
		return this.#ended;
	}

	/** Bytes that have arrived and have not been read. */
	get unread(): number {
		return this.#length;
	}

	/** A read waits for content or for its end. */
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
		const piece = keepBytes(bytes, start, end);
		this.#pieces.push(piece);
		if (!given.endOfFrame) {
			this.#unfinished ??= new Set();
			this.#unfinished.add(piece);
		}
		this.#length += length;
		if (this.#trailersWaits !== null) this.#keepForTrailers();
		if (this.#wait !== null) this.#attempt();
	}

	end(): void {
		this.#ended = true;
		if (this.#wait !== null) this.#attempt();
		if (this.#trailersWaits !== null) for (const wait of this.#takeTrailersWaits()) wait.attempt();
	}

	/** Rejects pending reads. Content that has arrived can still be read piece by piece. */
	fail(reason: unknown): void {
		if (this.#failure !== null) return;
		this.#failure = { reason };
		const wait = this.#wait;
		this.#wait = null;
		this.#target = null;
		// Unread bytes may stay unread, so they must not take window from other streams.
		this.#reportAll();
		wait?.reject(reason);
		for (const trailersWait of this.#takeTrailersWaits()) trailersWait.reject(reason);
	}

	/** Discards the unread content. */
	discard(): void {
		const length = this.#length;
		this.#pieces = [];
		this.#unfinished = null;
		this.#length = 0;
		this.#read(length);
	}

	/** All remaining content. */
	readAll(reader: object): Promise<Uint8Array> {
		if (this.#failure !== null) return Promise.reject(this.#failure.reason);
		if (this.#ended) return Promise.resolve(this.#takeAll());
		if (this.#wait !== null) return Promise.reject(busy());
		const expected = this.contentLength > 0 ? Math.min(this.contentLength, ALLOCATED_AT_ONCE) : this.#length;
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

	/** Exactly `amount` bytes, or fewer if the body ends first; an empty array at the end. */
	readExactly(reader: object, amount: number): Promise<Uint8Array> {
		return this.#waitFor(reader, (resolve) => {
			if (this.#length < amount && !this.#ended) {
				// The peer's window may be smaller than the amount.
				this.#reportAll();
				return false;
			}
			resolve(this.#take(Math.min(amount, this.#length)));
			return true;
		});
	}

	/** Whatever has come, at least one octet. */
	readSome(reader: object): Promise<BodyItem> {
		return this.#waitFor(reader, (resolve) => {
			if (this.#length === 0 && !this.#ended) return false;
			resolve(this.#length === 0 ? END : { done: false, value: this.#takePiece() });
			return true;
		});
	}

	/** The content of one DATA frame, which may be empty. */
	readFrame(reader: object): Promise<BodyItem> {
		return this.#waitFor(reader, (resolve) => {
			const count = this.#pieces.findIndex((piece) => !this.#unfinished?.has(piece)) + 1;
			if (count > 0) {
				resolve({ done: false, value: this.#takePieces(count) });
				return true;
			}
			if (!this.#ended) return false;
			resolve(END);
			return true;
		});
	}

	/** Resolves at the end of the body. Unread content is kept up to TRAILERS_BUFFER, beyond which this rejects. */
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
		if (this.#length > TRAILERS_BUFFER) {
			const limit = `more than ${TRAILERS_BUFFER} octets of the body are unread`;
			const error = new LocalProtocolError(`Cannot wait for the end of the body: ${limit}; read it first`);
			for (const wait of this.#takeTrailersWaits()) wait.reject(error);
			return;
		}
		this.#reportAll();
	}

	/** Returns window for unread bytes too. */
	#reportAll(): void {
		const length = this.#length - this.#reported;
		this.#reported = this.#length;
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
		return this.#takePieces(this.#pieces.length);
	}

	/** Takes the first `count` pieces as one array. */
	#takePieces(count: number): Uint8Array {
		if (count === 0) return NO_BYTES;
		let taken = this.#pieces;
		if (count === taken.length) this.#pieces = [];
		else taken = taken.splice(0, count);
		if (this.#unfinished !== null) for (const piece of taken) this.#unfinished.delete(piece);
		const bytes = joinBytes(taken);
		this.#length -= bytes.length;
		this.#read(bytes.length);
		return bytes;
	}

	/** Takes the first non-empty piece, and the empty ones before it. */
	#takePiece(): Uint8Array {
		let count = 1;
		while (this.#pieces[count - 1]?.length === 0) count++;
		return this.#takePieces(count);
	}

	#take(amount: number): Uint8Array {
		let count = 0;
		let length = 0;
		while (length < amount) length += (this.#pieces[count++] as Uint8Array).length;
		if (length > amount) this.#split(count - 1, (this.#pieces[count - 1] as Uint8Array).length - (length - amount));
		return this.#takePieces(count);
	}

	/** Splits a piece in two. */
	#split(place: number, at: number): void {
		const piece = this.#pieces[place] as Uint8Array;
		const [front, back] = [piece.subarray(0, at), piece.subarray(at)];
		this.#pieces.splice(place, 1, front, back);
		this.#unfinished ??= new Set();
		if (this.#unfinished.delete(piece)) this.#unfinished.add(back);
		this.#unfinished.add(front);
	}

	/** Reports bytes as consumed unless they already were. */
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
