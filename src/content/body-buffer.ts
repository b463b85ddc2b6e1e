// The content of one response between the connection, which brings it in pieces, and the caller, who reads it in one of
// several ways. What is read is reported as consumed, which is what the peer gets window for.

import { joinBytes } from '../base/bytes.ts';
import { LocalProtocolError } from '../base/errors.ts';
import { type BodyItem, type Content, type ContentPiece, END } from './decoded-content.ts';
import { keepBytes } from './slab.ts';

/** A declared length up to here is allocated at once, a larger one as it comes: a head is cheap to forge. */
const ALLOCATED_AT_ONCE = 16 * 1024 * 1024;
/** How much of an unread body is kept while only its trailers are waited for. */
const TRAILERS_BUFFER = 16 * 1024 * 1024;

const NO_BYTES = new Uint8Array(0);

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
	/** What has come and was not read; a copy, since events lend their bytes. */
	#pieces: Uint8Array[] = [];
	/** Pieces whose DATA frame goes on in the next one; null while there is none, as is usual. */
	#unfinished: Set<Uint8Array> | null = null;
	/** Octets in `#pieces`, and how many of them were reported as consumed already. */
	#length = 0;
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
		return this.#length;
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
		const length = this.#length;
		this.#pieces = [];
		this.#unfinished = null;
		this.#length = 0;
		this.#read(length);
	}

	/** The whole rest. */
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

	/** Exactly `amount` octets unless the body ends first; then an empty array. */
	readExactly(reader: object, amount: number): Promise<Uint8Array> {
		return this.#waitFor(reader, (resolve) => {
			if (this.#length < amount && !this.#ended) {
				// The amount may be more than the peer has window for.
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
		if (this.#length > TRAILERS_BUFFER) {
			const limit = `more than ${TRAILERS_BUFFER} octets of the body are unread`;
			const error = new LocalProtocolError(`Cannot wait for the end of the body: ${limit}; read it first`);
			for (const wait of this.#takeTrailersWaits()) wait.reject(error);
			return;
		}
		this.#reportAll();
	}

	/** The peer gets window for what is unread as well. */
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

	/** The first `count` pieces as one. */
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

	/** The first piece that has content, with the empty ones before it. */
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

	/** Makes two pieces of one. */
	#split(place: number, at: number): void {
		const piece = this.#pieces[place] as Uint8Array;
		const [front, back] = [piece.subarray(0, at), piece.subarray(at)];
		this.#pieces.splice(place, 1, front, back);
		this.#unfinished ??= new Set();
		if (this.#unfinished.delete(piece)) this.#unfinished.add(back);
		this.#unfinished.add(front);
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
