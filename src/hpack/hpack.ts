// hyper-wasm/hpack: HPACK (RFC 7541) as a library of its own. An Encoder and a Decoder each hold one dynamic table, that
// of one direction of one connection, and one WebAssembly instance until they are disposed.

import { TOO_LARGE } from '../../assembly/shared/event.ts';
import { DEFAULT_TABLE_SIZE, ENGINE_MAX_TABLE } from '../../assembly/shared/limit.ts';
import { HPACKDecodingError, HPACKListSizeError, LocalProtocolError } from '../base/errors.ts';
import { DEFAULT_LIMITS } from '../base/limits.ts';
import { boolean, checkOptions, describe, integer, optionSet } from '../base/options.ts';
import { BlockDecoder, BlockEncoder } from '../codec/hpack/block-codec.ts';
import { type FieldLine, isNeverIndexed } from '../fields/field-line.ts';
import { HTTPHeaderMap } from '../fields/header-map.ts';

/** A field as it was received; `neverIndex`: whoever sends it on must not index it either (RFC 7541 §7.1.3). */
export type DecodedField = [name: string, value: string, flags?: { neverIndex: true }];

export interface EncoderOptions {
	/** Octets of the dynamic table, up to 65,536; 4,096 unless given. Any other size is signalled by the first block. */
	maxTableSize?: number;
	/** Whether strings are Huffman-coded where that is shorter; true unless given. */
	huffman?: boolean;
}

export interface DecoderOptions {
	/** Octets of the dynamic table with which both sides begin, up to 65,536; 4,096 unless given. */
	maxTableSize?: number;
	/** The largest field section: octets of names and values, and 32 for each field; 0: no limit. 65,536 unless given. */
	maxListSize?: number;
	/** Fields in one section; 0: no limit. 256 unless given. */
	maxFields?: number;
}

const tableSize = integer(0, ENGINE_MAX_TABLE);
const limit = integer(0, undefined, '0 means no limit');
const TABLE_SIZE = { headerTableSize: 'write maxTableSize', tableSize: 'write maxTableSize' };

const ENCODER = optionSet('an Encoder', { maxTableSize: tableSize, huffman: boolean }, TABLE_SIZE);

const DECODER = optionSet(
	'a Decoder',
	{ maxTableSize: tableSize, maxListSize: limit, maxFields: limit },
	{
		...TABLE_SIZE,
		maxHeaderListSize: 'write maxListSize',
		headerListSize: 'write maxListSize',
		headerFields: 'write maxFields',
		maxHeaderListPairs: 'write maxFields',
	},
);

/**
 * Encodes the field sections of one direction of one connection.
 *
 * @example
 * const encoder = new Encoder();
 * const block = encoder.encode([[':status', '200'], ['set-cookie', 'id=1', { neverIndex: true }]]);
 */
export class Encoder {
	#blocks: BlockEncoder | null;

	/** TypeError or RangeError for options that are unknown or impossible; EngineError when no WebAssembly instance can be had. */
	constructor(options: EncoderOptions = {}) {
		checkOptions(options, ENCODER);
		const { maxTableSize = DEFAULT_TABLE_SIZE, huffman = true } = options;
		this.#blocks = new BlockEncoder(maxTableSize, huffman);
	}

	/**
	 * The field block of these field lines, in their order and exactly as given. TypeError when a name or value is no
	 * string of octets, HPACKEncodingError when the block could get larger than 147,456 octets; the encoder stays in
	 * step with its decoder in both cases.
	 */
	encode(fields: HTTPHeaderMap | Iterable<FieldLine>): Uint8Array {
		const blocks = opened(this.#blocks, 'Encoder');
		if (fields instanceof HTTPHeaderMap) {
			const { fields: flat, neverIndexed } = fields.toFlat();
			return blocks.encode(flat, neverIndexed);
		}
		const flat: string[] = [];
		let neverIndexed: Set<number> | null = null;
		for (const line of fields) {
			const name = line[0];
			const value = line[1];
			if (typeof name !== 'string') throw new TypeError(`A field name must be a string, not ${describe(name)}`);
			if (typeof value !== 'string') {
				throw new TypeError(`The value of ${name} must be a string, not ${describe(value)}`);
			}
			if (isNeverIndexed(line[2])) {
				neverIndexed ??= new Set();
				neverIndexed.add(flat.length / 2);
			}
			flat.push(name, value);
		}
		return blocks.encode(flat, neverIndexed);
	}

	/**
	 * Changes the size of the dynamic table, at most to what the decoder allows; the next block signals it, and the
	 * smallest size since the last block where that was smaller (RFC 7541 §4.2). RangeError above 65,536.
	 */
	setMaxTableSize(size: number): void {
		const blocks = opened(this.#blocks, 'Encoder');
		tableSize(size, 'The table size');
		blocks.setTableSize(size);
	}

	/** Gives the WebAssembly instance back; any later call but this is a LocalProtocolError. */
	dispose(): void {
		this.#blocks?.close();
		this.#blocks = null;
	}

	[Symbol.dispose](): void {
		this.dispose();
	}
}

/**
 * Decodes the field blocks of one direction of one connection, every one of them and in the order sent.
 *
 * @example
 * const decoder = new Decoder({ maxListSize: 16_384 });
 * for (const [name, value] of decoder.decode(block)) console.log(`${name}: ${value}`);
 */
export class Decoder {
	#blocks: BlockDecoder | null;
	readonly #maxListSize: number;
	readonly #maxFields: number;
	/** The block that could not be decoded; nothing can after it. */
	#error: HPACKDecodingError | null = null;

	/** TypeError or RangeError for options that are unknown or impossible; EngineError when no WebAssembly instance can be had. */
	constructor(options: DecoderOptions = {}) {
		checkOptions(options, DECODER);
		const { maxTableSize = DEFAULT_TABLE_SIZE, maxListSize, maxFields } = options;
		this.#maxListSize = orOff(maxListSize ?? DEFAULT_LIMITS.headerListSize);
		this.#maxFields = orOff(maxFields ?? DEFAULT_LIMITS.headerFields);
		this.#blocks = new BlockDecoder(maxTableSize, this.#maxListSize, this.#maxFields);
	}

	/**
	 * The fields of a whole field block. HPACKDecodingError when it is broken, which every later call throws again: the
	 * table is lost. HPACKListSizeError when the section is over a limit: its fields are dropped, but the table stays
	 * in step, and later blocks decode.
	 */
	decode(block: Uint8Array): DecodedField[] {
		const blocks = opened(this.#blocks, 'Decoder');
		if (this.#error !== null) throw this.#error;
		if (!(block instanceof Uint8Array))
			throw new TypeError(`A field block must be a Uint8Array, not ${describe(block)}`);
		try {
			const { fields, neverIndexed, faults } = blocks.decode(block);
			if (faults & TOO_LARGE) {
				throw new HPACKListSizeError(
					`Cannot give the fields of a section: it is over the limits of ${this.#maxListSize} octets and ${this.#maxFields} fields`,
				);
			}
			return toLines(fields, neverIndexed);
		} catch (error) {
			if (error instanceof HPACKDecodingError) this.#error = error;
			throw error;
		}
	}

	/**
	 * The largest table that the peer may choose from now on: to be called when it has acknowledged
	 * SETTINGS_HEADER_TABLE_SIZE. A size below that of the table in use demands a size update at the start of the next
	 * block (RFC 7541 §4.2). RangeError above 65,536.
	 */
	setMaxTableSize(size: number): void {
		const blocks = opened(this.#blocks, 'Decoder');
		tableSize(size, 'The table size');
		blocks.setTableSize(size);
	}

	/** Gives the WebAssembly instance back; any later call but this is a LocalProtocolError. */
	dispose(): void {
		this.#blocks?.close();
		this.#blocks = null;
	}

	[Symbol.dispose](): void {
		this.dispose();
	}
}

function toLines(fields: readonly string[], neverIndexed: ReadonlySet<number> | null): DecodedField[] {
	const lines: DecodedField[] = [];
	for (let i = 0; i < fields.length; i += 2) lines.push([fields[i] as string, fields[i + 1] as string]);
	for (const pair of neverIndexed ?? []) (lines[pair] as DecodedField).push({ neverIndex: true });
	return lines;
}

function opened<T>(blocks: T | null, name: string): T {
	if (blocks === null) throw new LocalProtocolError(`Cannot use the ${name}: it is disposed`);
	return blocks;
}

/** 0 is the sign for no limit. */
function orOff(limit: number): number {
	return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}
