// How far a Zstandard frame reaches (RFC 8878 §3.1.1), without decoding it. For decoders of platforms that do not tell whether
// a frame is complete, or fail at what follows it.

import { corrupt } from './byte-reader.ts';
import { BlockType, frameHeaderLength, hasChecksum, isSkippable, MAGIC } from './frame-header.ts';

/** Follows one frame, whose bytes arrive in chunks of any size. */
export class FrameExtent {
	/** Whether all of the frame has arrived. */
	isOver = false;
	readonly #parts = frame();
	/** The length of the part that is arriving: negative if its value does not matter. */
	#part = this.#parts.next().value as number;
	/** How many bytes of it have arrived, and their value so far. */
	#length = 0;
	#value = 0;

	/** Returns how many of the bytes belong to the frame. Throws if they cannot begin one. */
	push(bytes: Uint8Array): number {
		let at = 0;
		while (!this.isOver) {
			const missing = Math.abs(this.#part) - this.#length;
			const end = Math.min(at + missing, bytes.length);
			if (this.#part < 0) this.#length += end - at;
			else for (let i = at; i < end; i++) this.#value += (bytes[i] as number) * 2 ** (8 * this.#length++);
			if (end - at < missing) return bytes.length;
			at = end;
			const next = this.#parts.next(this.#value);
			this.#length = 0;
			this.#value = 0;
			if (next.done) this.isOver = true;
			else this.#part = next.value;
		}
		return at;
	}
}

/** Yields the lengths of its parts in order, each negative if it gets no little-endian value for it. */
function* frame(): Generator<number, void, number> {
	const magic = yield 4;
	if (isSkippable(magic)) {
		yield -(yield 4);
		return;
	}
	if (magic !== MAGIC) corrupt('it has no frame where one must start');
	const descriptor = yield 1;
	yield 5 - frameHeaderLength(descriptor);
	for (let isLast = false; !isLast; ) {
		const block = yield 3;
		isLast = (block & 1) === 1;
		yield -(((block >> 1) & 3) === BlockType.RLE ? 1 : block >> 3);
	}
	if (hasChecksum(descriptor)) yield -4;
}
