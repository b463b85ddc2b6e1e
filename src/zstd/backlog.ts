// Octets that have arrived and are not decoded yet: they come in any pieces and are taken in whole ones.

import { Octets } from './octets.ts';

/** Bits are read as words, which may reach so far behind the last octet. */
const SLACK = 4;

export class Backlog {
	#buffer: Uint8Array = new Uint8Array(0);
	#start = 0;
	#end = 0;

	get length(): number {
		return this.#end - this.#start;
	}

	/** The octets are copied. */
	push(octets: Uint8Array): void {
		if (this.#end + octets.length + SLACK > this.#buffer.length) this.#makeRoom(octets.length);
		this.#buffer.set(octets, this.#end);
		this.#end += octets.length;
	}

	/** The next octets, if there are so many; valid until the next `push`. */
	peek(length: number): Octets | null {
		return this.length < length ? null : new Octets(this.#buffer, this.#start, this.#start + length);
	}

	/** As `peek`, and they are gone. */
	take(length: number): Octets | null {
		const octets = this.peek(length);
		if (octets !== null) this.#start += length;
		return octets;
	}

	/** Drops up to so many octets; how many there were. */
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
