// Random byte strings, and random splits of byte arrays.

import type { Random } from './random.ts';

/** One character for each byte; the values range from `from` to `to`, inclusive. */
export function randomByteString(random: Random, length: number, from = 0, to = 0xff): string {
	return Array.from({ length }, () => String.fromCharCode(from + random.below(to - from + 1))).join('');
}

/** Splits the bytes into random chunks, none of them empty. */
export function* randomPieces(random: Random, bytes: Uint8Array): Generator<Uint8Array> {
	for (let at = 0; at < bytes.length; ) {
		const length = 1 + random.below(random.chance(1, 3) ? 200 : 12);
		yield bytes.subarray(at, at + length);
		at += length;
	}
}
