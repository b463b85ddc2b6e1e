// Input that has arrived but is not decoded yet: pushed in chunks of any size, taken in units of the format.

import { ByteReader } from './byte-reader.ts';

/** Bits are read as 32-bit words, which may reach this far past the last byte. */
const SLACK = 4;

export class Backlog {
	#buffer: Uint8Array = new Uint8Array(0);
	#start = 0;
	#end = 0;

	get length(): number {
		return this.#end - this.#start;
	}

	/** Copies the bytes. */
	push(bytes: Uint8Array): void {
		if (this.#end + bytes.length + SLACK > this.#buffer.length) this.#makeRoom(bytes.length);
		this.#buffer.set(bytes, this.#end);
		this.#end += bytes.length;
	}

	/** The next `length` bytes, valid until the next `push`; null if fewer have arrived. */
	peek(length: number): ByteReader | null {
		return this.length < length ? null : new ByteReader(this.#buffer, this.#start, this.#start + length);
	}

	/** Like `peek`, and removes the bytes. */
	take(length: number): ByteReader | null {
		const reader = this.peek(length);
		if (reader !== null) this.#start += length;
		return reader;
	}

	/** Removes up to `length` bytes and returns how many it removed. */
	drop(length: number): number {
		const dropped = Math.min(length, this.length);
		this.#start += dropped;
		return dropped;
	}

	#makeRoom(length: number): void {
		const needed = this.length + length + SLACK;
		const kept = this.#buffer.subarray(this.#start, this.#end);
		if (needed <= this.#buffer.length) this.#buffer.copyWithin(0, this.#start, this.#end);
		else {
			this.#buffer = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
			this.#buffer.set(kept);
		}
		this.#end = kept.length;
		this.#start = 0;
	}
}
