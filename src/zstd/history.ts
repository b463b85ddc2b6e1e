// What a frame of Zstandard has given so far, as far back as its window reaches: blocks are written here and repeat what
// is here. Grows with the content, whatever window the frame asks for.

import { corrupt, type Octets } from './octets.ts';

/** Shorter copies are faster one by one. */
const SHORT_COPY = 32;

export class History {
	#buffer: Uint8Array = new Uint8Array(0);
	#windowSize = 0;
	#capacity = 0;
	/** Where the next octet goes; moves back in `reserve`. */
	position = 0;

	/** Forgets everything; the memory is kept. */
	begin(windowSize: number, maxBlockSize: number): void {
		this.#windowSize = windowSize;
		// Room beside the window, so that it is moved once for about as many octets as are moved.
		this.#capacity = windowSize + Math.max(windowSize, 2 * maxBlockSize);
		this.position = 0;
	}

	/** Makes room for a block of so many octets at the most. */
	reserve(length: number): void {
		if (this.position + length <= this.#buffer.length) return;
		if (this.position + length > this.#capacity) {
			const kept = Math.min(this.position, this.#windowSize);
			this.#buffer.copyWithin(0, this.position - kept, this.position);
			this.position = kept;
		}
		const needed = this.position + length;
		if (needed <= this.#buffer.length) return;
		const larger = new Uint8Array(Math.max(needed, Math.min(this.#capacity, 2 * this.#buffer.length)));
		larger.set(this.#buffer.subarray(0, this.position));
		this.#buffer = larger;
	}

	/** The next `length` of the octets; they are then behind them. */
	append(octets: Octets, length: number): void {
		const { bytes, at } = octets;
		if (length > SHORT_COPY) this.#buffer.set(bytes.subarray(at, at + length), this.position);
		else for (let more = 0; more < length; more++) this.#buffer[this.position + more] = bytes[at + more]!;
		octets.at += length;
		this.position += length;
	}

	fill(octet: number, length: number): void {
		this.#buffer.fill(octet, this.position, this.position + length);
		this.position += length;
	}

	/** `length` octets again, from `offset` octets back; those may be fewer, and are then repeated. */
	repeat(offset: number, length: number): void {
		const from = this.position - offset;
		if (offset === 0 || from < 0 || offset > this.#windowSize) corrupt('an offset is beyond the window');
		const buffer = this.#buffer;
		const end = this.position + length;
		if (offset >= length && length > SHORT_COPY) buffer.copyWithin(this.position, from, from + length);
		else if (offset === 1) buffer.fill(buffer[from]!, this.position, end);
		else for (let at = this.position; at < end; at++) buffer[at] = buffer[at - offset]!;
		this.position = end;
	}

	/** A copy of what was written since. */
	since(position: number): Uint8Array {
		return this.#buffer.slice(position, this.position);
	}
}
