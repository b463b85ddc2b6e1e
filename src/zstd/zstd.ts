// Zstandard as content comes, for platforms without a decoder of it.

import { ByteInput, decodedFrom } from '../base/byte-input.ts';
import { ZstdDecoder } from './decoder.ts';

/** As `Runtime.decompress`. The octets are decoded on this thread, a block of at most 128 KiB for each that is taken. */
export function decompressZstd(source: AsyncIterator<Uint8Array>): AsyncIterator<Uint8Array> {
	const input = new ByteInput(source);
	return decodedFrom(input, decodeZstd(input));
}

/** `start` comes before what the input gives. */
export async function* decodeZstd(input: ByteInput, start?: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
	const decoder = new ZstdDecoder();
	for (let octets = start; ; ) {
		if (octets !== undefined) {
			decoder.push(octets);
			for (let content = decoder.read(); content !== null; content = decoder.read()) yield content;
		}
		const next = await input.next();
		if (next.done === true) break;
		octets = next.value;
	}
	decoder.end();
}
