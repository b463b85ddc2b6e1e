// Decodes Zstandard content as it arrives. Called by the runtimes whose platform has no decoder.

import { ByteInput, decodedFrom } from '../base/byte-input.ts';
import { ZstdDecoder } from './decoder.ts';

/** Implements `Runtime.decompress`. Each read decodes one block, of at most 128 KiB, on this thread. */
export function decompressZstd(source: AsyncIterator<Uint8Array>): AsyncIterator<Uint8Array> {
	const input = new ByteInput(source);
	return decodedFrom(input, decodeZstd(input));
}

/** @param start bytes that precede the input, and follow a frame that is already decoded. */
export async function* decodeZstd(input: ByteInput, start?: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
	const decoder = new ZstdDecoder(start !== undefined);
	for (let chunk = start; ; ) {
		if (chunk !== undefined) {
			decoder.push(chunk);
			for (let content = decoder.read(); content !== null; content = decoder.read()) yield content;
		}
		const next = await input.next();
		if (next.done === true) break;
		chunk = next.value;
	}
	decoder.end();
}
