// Copies of lent bytes. Small ones share slabs: an array of its own costs 330 ns for 128 octets, most of it for the memory
// outside of the heap, a view of a slab 100 ns (measured).

import { runtime } from '#runtime';

const SLAB_BYTES = 32768;
/** Larger copies have memory of their own: a small one that is kept for long must not keep much more than itself. */
const SMALL_BYTES = 4096;

let slab: Uint8Array | null = null;
let used = 0;

/** A copy of `bytes[start, end)`. */
export function keepBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
	const length = end - start;
	if (length > SMALL_BYTES) return bytes.slice(start, end);
	if (slab === null || used + length > SLAB_BYTES) {
		slab = runtime.allocateShared(SLAB_BYTES);
		used = 0;
	}
	const at = used;
	used += length;
	slab.set(bytes.subarray(start, end), at);
	return new Uint8Array(slab.buffer, at, length);
}
