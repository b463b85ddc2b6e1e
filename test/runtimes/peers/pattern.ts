// Content that depends only on its length, so that both sides know it.

/** Bytes without a short period, the same for every length up to that length. */
export function pattern(length: number): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(length);
	let state = 0x2545f491;
	for (let i = 0; i < length; i++) {
		state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
		bytes[i] = state >>> 24;
	}
	return bytes;
}
