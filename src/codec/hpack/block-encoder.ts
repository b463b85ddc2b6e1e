// Field sections to field blocks without frames around them, for hyper-wasm/hpack.

import { releaseEngine, takeEngine } from '../engine.ts';
import { blockBound, FieldEncoder } from './field-encoder.ts';

export class BlockEncoder {
	readonly #engine = takeEngine(false);
	readonly #encoder = new FieldEncoder(this.#engine);

	constructor(tableSize: number, huffman: boolean) {
		this.#engine.exports.setHuffman(huffman);
		this.setTableSize(tableSize);
	}

	/** Names and values alternate, `neverIndexed` holds numbers of pairs. Errors as of `FrameOutput.writeHeaders`. */
	encode(fields: readonly string[], neverIndexed: ReadonlySet<number> | null): Uint8Array {
		blockBound(fields);
		const { bytes, output } = this.#engine;
		return bytes.slice(output, this.#encoder.encode(output, fields, neverIndexed));
	}

	setTableSize(size: number): void {
		this.#engine.exports.setEncoderTableSize(size);
	}

	/** Gives the instance back; nothing may be called afterwards. */
	close(): void {
		releaseEngine(this.#engine);
	}
}
