// The sliding window of a Zstandard frame: its blocks write here, and their matches copy from here. It grows with the
// content, whatever window the frame declares.

import { type ByteReader, corrupt } from './byte-reader.ts';

/** Up to this length, copying byte by byte is faster. */
const SHORT_COPY = 32;

export class History {
	#buffer: Uint8Array = new Uint8Array(0);
	#windowSize = 0;
	#capacity = 0;
	/** Index of the next byte; `reserve` may move it back. */
	position = 0;

	/** Starts a new frame; keeps the memory. */
	begin(windowSize: number, maxBlockSize: number): void {
		this.#windowSize = windowSize;
		// Twice the window, so that moving the window costs about one copied byte per byte written.
		this.#capacity = windowSize + Math.max(windowSize, 2 * maxBlockSize);
		this.position = 0;
	}

	/** Makes room for a block of up to `length` bytes. */
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

	/** Writes the next `length` bytes of the reader, and skips them there. */
	append(reader: ByteReader, length: number): void {
		const { bytes, at } = reader;
		if (length > SHORT_COPY) this.#buffer.set(bytes.subarray(at, at + length), this.position);
		else for (let more = 0; more < length; more++) this.#buffer[this.position + more] = bytes[at + more]!;
		reader.at += length;
		this.position += length;
	}

	fill(byte: number, length: number): void {
		this.#buffer.fill(byte, this.position, this.position + length);
		this.position += length;
	}

	/** Copies `length` bytes from `offset` bytes back. If `offset` is shorter than `length`, the copy repeats itself. */
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

	/** A copy of the bytes written since `position`. */
	since(position: number): Uint8Array {
		return this.#buffer.slice(position, this.position);
	}
}
