// Decodes Zstandard content as it arrives. Called by the runtimes whose platform has no decoder.

import { ByteInput, decodedFrom } from '../base/byte-input.ts';
import { ZstdDecoder } from './decoder.ts';

/** Blocks, of at most 128 KiB each, that are decoded before the event loop turns: about 10 ms of work. */
const BLOCKS_PER_TURN = 8;

/**
 * Implements `Runtime.decompress`. Each read decodes one block on this thread.
 *
 * @param nextTurn resolves in a later turn of the event loop.
 */
export function decompressZstd(
	source: AsyncIterator<Uint8Array>,
	nextTurn: () => Promise<void>,
): AsyncIterator<Uint8Array> {
	const input = new ByteInput(source);
	return decodedFrom(input, decodeZstd(input, nextTurn));
}

/** @param start bytes that precede the input, and follow a frame that is already decoded. */
export async function* decodeZstd(
	input: ByteInput,
	nextTurn: () => Promise<void>,
	start?: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
	const decoder = new ZstdDecoder(start !== undefined);
	let blocks = 0;
	for (let chunk = start; ; ) {
		if (chunk !== undefined) {
			decoder.push(chunk);
			for (let content = decoder.read(); content !== null; content = decoder.read()) {
				yield content;
				if (++blocks % BLOCKS_PER_TURN === 0) await nextTurn();
			}
		}
		const next = await input.next();
		if (next.done === true) break;
		chunk = next.value;
	}
	decoder.end();
}
