// Joins the field blocks of one direction from the frames that carry their fragments (RFC 9113 §4.3), and decodes them.

import * as FrameType from '../../assembly/shared/frame-type.ts';
import { BLOCK_BYTES, ENGINE_MAX_TABLE } from '../../assembly/shared/limit.ts';
import { joinBytes } from '../base/bytes.ts';
import { HPACKDecodingError } from '../base/errors.ts';
import { type DecodedField, Decoder } from '../hpack/hpack.ts';
import type { Frame } from './frame.ts';

/**
 * A decoder for diagnosis and tests, with generous limits. With the largest table, the default, it can follow a connection
 * whose SETTINGS_HEADER_TABLE_SIZE is unknown: a larger table has all entries of a smaller one at the same indices.
 */
export function openDecoder(maxTableSize: number = ENGINE_MAX_TABLE): Decoder {
	return new Decoder({ maxTableSize, maxListSize: 1_048_576, maxFields: 10_000 });
}

export class FieldBlocks {
	readonly #decoder: Decoder;
	#fragments: Uint8Array[] = [];
	#length = 0;
	/** Set once a block was too large to decode: the dynamic table is out of step from then on. */
	#error: HPACKDecodingError | null = null;

	constructor(decoder: Decoder) {
		this.#decoder = decoder;
	}

	/** The fields if this frame ends a field block, otherwise null. Throws the errors of `Decoder.decode`. */
	read(frame: Frame): DecodedField[] | null {
		if (!('fragment' in frame)) return null;
		// HEADERS and PUSH_PROMISE begin a new block, even if the previous one is unfinished.
		if (frame.type !== FrameType.CONTINUATION) this.#take();
		this.#length += frame.fragment.length;
		// Keep neither what is too large to decode nor empty fragments, of which there may be any number.
		if (this.#length <= BLOCK_BYTES && frame.fragment.length > 0) this.#fragments.push(frame.fragment);
		if (!frame.endHeaders) return null;
		const length = this.#length;
		const block = this.#take();
		if (length > BLOCK_BYTES) {
			this.#error ??= new HPACKDecodingError(
				`Cannot decode a field block of ${length} bytes: the maximum is ${BLOCK_BYTES}`,
			);
		}
		if (this.#error !== null) throw this.#error;
		return this.#decoder.decode(block);
	}

	#take(): Uint8Array {
		const block = joinBytes(this.#fragments);
		this.#fragments = [];
		this.#length = 0;
		return block;
	}
}
