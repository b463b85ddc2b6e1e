// The field blocks of one direction, from the frames that carry their fragments: joined (RFC 9113 §4.3) and decoded.

import * as FrameType from '../../assembly/shared/frame-type.ts';
import { BLOCK_BYTES, ENGINE_MAX_TABLE } from '../../assembly/shared/limit.ts';
import { joinBytes } from '../base/bytes.ts';
import { HPACKDecodingError } from '../base/errors.ts';
import { type DecodedField, Decoder } from '../hpack/hpack.ts';
import type { Frame } from './frame.ts';

/**
 * A decoder for diagnosis and tests, with generous limits. With the largest table, the default, it follows a connection
 * without knowing its SETTINGS_HEADER_TABLE_SIZE: a larger table holds all entries of a smaller one at the same indices.
 */
export function openDecoder(maxTableSize: number = ENGINE_MAX_TABLE): Decoder {
	return new Decoder({ maxTableSize, maxListSize: 1_048_576, maxFields: 10_000 });
}

export class FieldBlocks {
	readonly #decoder: Decoder;
	#fragments: Uint8Array[] = [];
	#length = 0;
	/** A block was left out: the decoder's table is lost. */
	#error: HPACKDecodingError | null = null;

	constructor(decoder: Decoder) {
		this.#decoder = decoder;
	}

	/** The fields, when the frame ends a field block; else null. Throws as `Decoder.decode`. */
	read(frame: Frame): DecodedField[] | null {
		if (!('fragment' in frame)) return null;
		// A new block, also where the one before it was never ended.
		if (frame.type !== FrameType.CONTINUATION) this.#take();
		this.#length += frame.fragment.length;
		// What can never be decoded is not kept, nor what is nothing: there may be any number of those.
		if (this.#length <= BLOCK_BYTES && frame.fragment.length > 0) this.#fragments.push(frame.fragment);
		if (!frame.endHeaders) return null;
		const length = this.#length;
		const block = this.#take();
		if (length > BLOCK_BYTES) {
			this.#error ??= new HPACKDecodingError(`Cannot decode a field block of ${length} octets: it is too large`);
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
