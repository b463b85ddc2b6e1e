// Field blocks without frames around them, for hyper-wasm/hpack.

import * as Event from '../../../assembly/shared/event.ts';
import { BLOCK_BYTES, DEFAULT_TABLE_SIZE } from '../../../assembly/shared/limit.ts';
import { HPACKDecodingError } from '../../base/errors.ts';
import { releaseEngine, takeEngine } from '../engine.ts';
import { faultText } from '../fault.ts';
import { FieldDecoder, type FieldSection } from './field-decoder.ts';
import { blockBound, FieldEncoder } from './field-encoder.ts';

export class BlockEncoder {
	readonly #engine = takeEngine(false);
	readonly #encoder = new FieldEncoder(this.#engine);

	constructor(tableSize: number, huffman: boolean) {
		this.#engine.exports.setHuffman(huffman);
		this.setTableSize(tableSize);
	}

	/**
	 * Names and values alternate, `neverIndexed` has indices of pairs. Throws HPACKEncodingError when the block could
	 * exceed the largest one, TypeError for a char above U+00FF.
	 */
	encode(fields: readonly string[], neverIndexed: ReadonlySet<number> | null): Uint8Array {
		blockBound(fields);
		const { bytes, output } = this.#engine;
		return bytes.slice(output, this.#encoder.encode(output, fields, neverIndexed));
	}

	setTableSize(size: number): void {
		this.#engine.exports.setEncoderTableSize(size);
	}

	/** Returns the engine to the free list; the encoder must not be used afterwards. */
	close(): void {
		releaseEngine(this.#engine);
	}
}

interface DecodedSection extends FieldSection {
	/** Bits of shared/event.ts. */
	faults: number;
}

export class BlockDecoder {
	readonly #engine = takeEngine(false);
	readonly #decoder = new FieldDecoder(this.#engine);

	/** `tableSize` is the size in bytes with which both sides begin; the limits may be Infinity. */
	constructor(tableSize: number, maxListSize: number, maxFields: number) {
		const { exports } = this.#engine;
		this.#engine.setSectionLimits(maxListSize, maxFields);
		if (tableSize === DEFAULT_TABLE_SIZE) return;
		// The engine begins with the default size: change it by a size update, which the engine's own encoder writes.
		exports.setDecoderTableSize(tableSize);
		exports.setEncoderTableSize(tableSize);
		const { bytes, output } = this.#engine;
		this.decode(bytes.subarray(output, exports.beginBlock(output)));
	}

	/** Throws HPACKDecodingError for a block that is broken or too large; no later block can be decoded. */
	decode(block: Uint8Array): DecodedSection {
		const { exports, events } = this.#engine;
		if (block.length > BLOCK_BYTES) {
			throw new HPACKDecodingError(
				`Cannot decode a field block of ${block.length} bytes: the maximum is ${BLOCK_BYTES}`,
			);
		}
		this.#engine.block.set(block);
		let again = false;
		do {
			exports.decode(block.length, again);
			again = events[Event.PENDING] === 1;
			this.#decoder.open();
			const end = events[Event.END] as number;
			const at = this.#decoder.readFields(Event.FIRST, end);
			if (at < end) return this.#finish(at);
		} while (again);
		throw new Error('The engine returned neither a section nor a fault');
	}

	setTableSize(size: number): void {
		this.#engine.exports.setDecoderTableSize(size);
	}

	/** Returns the engine to the free list; the decoder must not be used afterwards. */
	close(): void {
		releaseEngine(this.#engine);
	}

	#finish(at: number): DecodedSection {
		const { events } = this.#engine;
		if (((events[at] as number) & 0xff) === Event.FAULT) {
			throw new HPACKDecodingError(`Cannot decode the field block: ${faultText(events[at + 3] as number)}`);
		}
		const { fields, neverIndexed } = this.#decoder.takeSection(events[at + 5] as number);
		// Spreading the section would take almost as long as decoding the block (measured: 300 ns).
		return { fields, neverIndexed, faults: events[at + 3] as number };
	}
}
