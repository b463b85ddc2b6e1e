// Received content that is not read yet, in the order of arrival. Copies what it is given, because connections only lend
// their bytes, and gathers small pieces, because a peer can send each byte in a DATA frame or a chunk of its own.

import { runtime } from '#runtime';
import { joinBytes } from '../base/bytes.ts';

/** The first pieces share slabs: most content is read before more of it arrives. Each may keep a slab of 128 KiB alive. */
const SHARED_PIECES = 6;
/** Behind them, larger pieces are copied on their own, and others are gathered in blocks. */
const GATHERED_BYTES = 4096;
const BLOCK_BYTES = 16_384;
const FIRST_BLOCK_BYTES = 1024;
/** The ends of frames that are remembered, in 32 KiB. When more frames are unread, the content of later ones is joined. */
const REMEMBERED_FRAMES = 4096;

const NO_BYTES = new Uint8Array(0);
/** Shared by all empty queues, so never modified. */
const NO_PIECES: Uint8Array[] = [];
const NO_ENDS: number[] = [];

/** Memory that is filled with small pieces; `start` to `end` of it are unread. Replaced by one of twice its size when full. */
interface Block {
	readonly bytes: Uint8Array;
	start: number;
	end: number;
}

export class ContentQueue {
	/** Unread bytes. */
	length = 0;
	/** Bytes that were taken. */
	#taken = 0;
	/** Taken pieces leave `#pieces` in batches, because removing the first item of a long array takes time. */
	#pieces: Uint8Array[] = NO_PIECES;
	#firstPiece = 0;
	/** Gathers small pieces, behind `#pieces`. */
	#block: Block | null = null;
	/** Where frames end, counted from the first byte of all content, and the first of them that is not taken yet. */
	#frameEnds: number[] = NO_ENDS;
	#firstFrameEnd = 0;

	/** Whether there is anything to take, an empty frame included. */
	get isEmpty(): boolean {
		return this.length === 0 && this.#firstFrameEnd === this.#frameEnds.length;
	}

	/** Copies `bytes`. `endOfFrame`: they end a DATA frame. */
	push(bytes: Uint8Array, endOfFrame: boolean): void {
		const { length } = bytes;
		if (length > 0) {
			const pieces = this.#pieces;
			// An array literal takes a tenth of the memory of an array grown by `push`, and most bodies are one piece.
			if (pieces.length === 0 && this.#block === null) this.#pieces = [keepBytes(bytes)];
			else if (pieces.length - this.#firstPiece < SHARED_PIECES && this.#block === null) pieces.push(keepBytes(bytes));
			else this.#gather(bytes);
			this.length += length;
		}
		if (!endOfFrame) return;
		const ends = this.#frameEnds;
		if (ends.length === 0) this.#frameEnds = [this.#taken + this.length];
		else if (ends.length - this.#firstFrameEnd < REMEMBERED_FRAMES) ends.push(this.#taken + this.length);
		else ends[ends.length - 1] = this.#taken + this.length;
	}

	/** Drops everything. */
	clear(): void {
		this.#taken += this.length;
		this.length = 0;
		this.#firstFrameEnd = this.#frameEnds.length;
		this.#forget();
	}

	/** Takes `amount` bytes, at most `length`, as one array. Frames that end with or before them count as taken. */
	take(amount: number): Uint8Array {
		const piece = this.#pieces[this.#firstPiece];
		if (piece !== undefined && piece.length === amount && amount === this.length) {
			// All there is, which is usual.
			this.#taken += amount;
			this.length = 0;
			this.#pieces = NO_PIECES;
			this.#firstPiece = 0;
			this.#frameEnds = NO_ENDS;
			this.#firstFrameEnd = 0;
			return piece;
		}
		const bytes = this.#remove(amount);
		const ends = this.#frameEnds;
		while ((ends[this.#firstFrameEnd] as number) <= this.#taken) this.#firstFrameEnd++;
		this.#forget();
		return bytes;
	}

	/** Takes the next bytes that lie together in memory, at least one unless the queue has none. */
	takePiece(): Uint8Array {
		return this.take(this.#pieceLength);
	}

	/** Takes the rest of the first frame, which may be empty; null if its end has not arrived. */
	takeFrame(): Uint8Array | null {
		const end = this.#frameEnds[this.#firstFrameEnd];
		if (end === undefined) return null;
		const bytes = this.#remove(end - this.#taken);
		this.#firstFrameEnd++;
		this.#forget();
		return bytes;
	}

	/** Takes the next bytes that lie together in memory and belong to one frame. Not for an empty queue. */
	takePart(): { bytes: Uint8Array; endOfFrame: boolean } {
		const end = this.#frameEnds[this.#firstFrameEnd] ?? Number.POSITIVE_INFINITY;
		const bytes = this.#remove(Math.min(this.#pieceLength, end - this.#taken));
		const endOfFrame = this.#taken === end;
		if (endOfFrame) this.#firstFrameEnd++;
		this.#forget();
		return { bytes, endOfFrame };
	}

	get #pieceLength(): number {
		const piece = this.#pieces[this.#firstPiece];
		if (piece !== undefined) return piece.length;
		return this.#block === null ? 0 : this.#block.end - this.#block.start;
	}

	#remove(amount: number): Uint8Array {
		this.length -= amount;
		this.#taken += amount;
		const first = this.#pieceLength;
		if (amount <= first) return this.#removePart(amount);
		const parts: Uint8Array[] = [];
		for (let left = amount; left > 0; ) {
			const part = this.#removePart(Math.min(left, this.#pieceLength));
			parts.push(part);
			left -= part.length;
		}
		return joinBytes(parts);
	}

	/** Removes bytes that lie together in memory. */
	#removePart(amount: number): Uint8Array {
		if (amount === 0) return NO_BYTES;
		const piece = this.#pieces[this.#firstPiece];
		if (piece === undefined) {
			const block = this.#block as Block;
			block.start += amount;
			return block.bytes.subarray(block.start - amount, block.start);
		}
		if (amount === piece.length) {
			this.#firstPiece++;
			return piece;
		}
		this.#pieces[this.#firstPiece] = piece.subarray(amount);
		return piece.subarray(0, amount);
	}

	/** Releases what was taken. */
	#forget(): void {
		if (this.length === 0) {
			this.#pieces = NO_PIECES;
			this.#firstPiece = 0;
			this.#block = null;
		} else if (this.#firstPiece * 2 > this.#pieces.length) {
			this.#pieces = this.#pieces.slice(this.#firstPiece);
			this.#firstPiece = 0;
		}
		if (this.#firstFrameEnd === this.#frameEnds.length) this.#frameEnds = NO_ENDS;
		else if (this.#firstFrameEnd * 2 > this.#frameEnds.length) this.#frameEnds.splice(0, this.#firstFrameEnd);
		else return;
		this.#firstFrameEnd = 0;
	}

	#gather(bytes: Uint8Array): void {
		if (bytes.length > GATHERED_BYTES) {
			this.#closeBlock();
			this.#pieces.push(bytes.slice());
			return;
		}
		for (let at = 0; at < bytes.length; ) {
			this.#block ??= createBlock(FIRST_BLOCK_BYTES);
			const block: Block = this.#block;
			const part = bytes.subarray(at, at + block.bytes.length - block.end);
			block.bytes.set(part, block.end);
			block.end += part.length;
			at += part.length;
			if (block.end < block.bytes.length) return;
			this.#closeBlock();
			this.#block = createBlock(Math.min(BLOCK_BYTES, 2 * block.end));
		}
	}

	/** Makes the block a piece, without its unused memory if that is large. */
	#closeBlock(): void {
		if (this.#block === null) return;
		const { bytes, start, end } = this.#block;
		const part = bytes.subarray(start, end);
		if (part.length > 0) this.#pieces.push(part.length * 2 < bytes.length ? part.slice() : part);
		this.#block = null;
	}
}

function createBlock(size: number): Block {
	return { bytes: runtime.allocateShared(size), start: 0, end: 0 };
}

// Copies are views of shared slabs. An array with its own memory costs 330 ns for 128 bytes, most of it for memory outside
// the heap; a view costs 100 ns (measured). A download in pieces of 16 KiB takes 12 % less CPU.

/** `bytes` is empty before the first copy. */
interface Slab {
	readonly size: number;
	bytes: Uint8Array;
	used: number;
}

/** Two sizes of slabs, because a copy that is kept for long keeps its whole slab alive. */
const SMALL_BYTES = 2048;
const smallSlab: Slab = { size: 32768, bytes: NO_BYTES, used: 0 };
const MEDIUM_BYTES = 16384;
const mediumSlab: Slab = { size: 131072, bytes: NO_BYTES, used: 0 };

/** A copy of lent bytes. */
export function keepBytes(bytes: Uint8Array): Uint8Array {
	const { length } = bytes;
	if (length > MEDIUM_BYTES) return bytes.slice();
	const slab = length > SMALL_BYTES ? mediumSlab : smallSlab;
	if (slab.used + length > slab.bytes.length) {
		slab.bytes = runtime.allocateShared(slab.size);
		slab.used = 0;
	}
	const at = slab.used;
	slab.used += length;
	slab.bytes.set(bytes, at);
	return new Uint8Array(slab.bytes.buffer, at, length);
}
