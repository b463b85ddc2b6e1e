// Content that has come and was not read, with the borders of its frames. Memory is bounded by the octets, however few of
// them each piece brings: pieces that follow others are gathered.

import { joinBytes } from '../bytes.ts';
import { keepBytes } from './slab.ts';

const NO_BYTES = new Uint8Array(0);
/** Pieces up to this are gathered while others wait before them; views of their own would cost 100 octets each. */
const SMALL_BYTES = 512;
const GATHER_BYTES = 4096;

export class PieceQueue {
	#pieces: Uint8Array[] = [];
	/** The first one that was not taken. */
	#first = 0;
	/** Small pieces behind `#pieces`. */
	#gathered: Uint8Array | null = null;
	#gatheredLength = 0;
	/** Octets of each frame that has ended; of the first one, those that were not taken. */
	#frames: number[] = [];
	#firstFrame = 0;
	/** Octets of the frame that goes on. */
	#open = 0;
	#length = 0;

	/** In octets. */
	get length(): number {
		return this.#length;
	}

	/** Keeps a copy of `bytes[start, end)`. */
	push(bytes: Uint8Array, start: number, end: number, endOfFrame: boolean): void {
		const length = end - start;
		if (length > 0) {
			if (length <= SMALL_BYTES && this.#length > 0) this.#gather(bytes, start, end);
			else {
				this.#seal();
				this.#pieces.push(keepBytes(bytes, start, end));
			}
			this.#length += length;
			this.#open += length;
		}
		if (!endOfFrame) return;
		this.#frames.push(this.#open);
		this.#open = 0;
	}

	/** Everything, as one array. */
	takeAll(): Uint8Array {
		this.#seal();
		const pieces = this.#first === 0 ? this.#pieces : this.#pieces.slice(this.#first);
		this.clear();
		return joinBytes(pieces);
	}

	/** The first `amount` octets, which must be there. */
	take(amount: number): Uint8Array {
		if (amount === this.#length) return this.takeAll();
		this.#passFrames(amount);
		return this.#take(amount);
	}

	/** What came as one piece; there must be octets. */
	takeSome(): Uint8Array {
		if (this.#first === this.#pieces.length) this.#seal();
		return this.take((this.#pieces[this.#first] as Uint8Array).length);
	}

	/** The rest of the first frame, which may be empty; null while it goes on. */
	takeFrame(): Uint8Array | null {
		if (this.#firstFrame === this.#frames.length) return null;
		const length = this.#frames[this.#firstFrame++] as number;
		this.#letGoOfFrames();
		return this.#take(length);
	}

	clear(): void {
		this.#pieces = [];
		this.#first = 0;
		this.#gathered = null;
		this.#frames = [];
		this.#firstFrame = 0;
		this.#open = 0;
		this.#length = 0;
	}

	#gather(bytes: Uint8Array, start: number, end: number): void {
		const length = end - start;
		if (this.#gathered !== null && this.#gatheredLength + length > GATHER_BYTES) this.#seal();
		if (this.#gathered === null) {
			this.#gathered = new Uint8Array(GATHER_BYTES);
			this.#gatheredLength = 0;
		}
		this.#gathered.set(bytes.subarray(start, end), this.#gatheredLength);
		this.#gatheredLength += length;
	}

	/** Makes a piece of what was gathered: it is given away, and nothing is added to it any more. */
	#seal(): void {
		if (this.#gathered === null) return;
		this.#pieces.push(this.#gathered.subarray(0, this.#gatheredLength));
		this.#gathered = null;
	}

	/** Octets are taken without regard to frames: those that are passed whole are over. */
	#passFrames(amount: number): void {
		let left = amount;
		while (left > 0 && this.#firstFrame < this.#frames.length) {
			const length = this.#frames[this.#firstFrame] as number;
			if (length > left) {
				this.#frames[this.#firstFrame] = length - left;
				return;
			}
			left -= length;
			this.#firstFrame++;
		}
		this.#open -= left;
		this.#letGoOfFrames();
	}

	#take(amount: number): Uint8Array {
		if (amount === 0) return NO_BYTES;
		this.#length -= amount;
		const taken: Uint8Array[] = [];
		let left = amount;
		while (left > 0) {
			if (this.#first === this.#pieces.length) this.#seal();
			const piece = this.#pieces[this.#first] as Uint8Array;
			if (piece.length > left) {
				taken.push(piece.subarray(0, left));
				this.#pieces[this.#first] = piece.subarray(left);
				break;
			}
			taken.push(piece);
			left -= piece.length;
			this.#first++;
		}
		this.#letGoOfPieces();
		return joinBytes(taken);
	}

	/** Once they are the larger part, so that each entry is moved once in the mean. */
	#letGoOfPieces(): void {
		if (this.#first * 2 < this.#pieces.length) return;
		this.#pieces = this.#pieces.slice(this.#first);
		this.#first = 0;
	}

	#letGoOfFrames(): void {
		if (this.#firstFrame * 2 < this.#frames.length) return;
		this.#frames = this.#frames.slice(this.#firstFrame);
		this.#firstFrame = 0;
	}
}
