// hyper-wasm/hpack: HPACK (RFC 7541) as a library. An Encoder or Decoder holds the dynamic table of one direction of one
// connection, and a WebAssembly instance until it is disposed.

import { TOO_LARGE } from '../../assembly/shared/event.ts';
import { DEFAULT_TABLE_SIZE, ENGINE_MAX_TABLE } from '../../assembly/shared/limit.ts';
import { HPACKDecodingError, HPACKListSizeError, LocalProtocolError } from '../base/errors.ts';
import { DEFAULT_LIMITS } from '../base/limits.ts';
import { boolean, bytes, checkOptions, integer, iterable, optionSet } from '../base/options.ts';
import { BlockDecoder, BlockEncoder } from '../codec/hpack/block-codec.ts';
import { checkLine, type FieldLine, isNeverIndexed } from '../fields/field-line.ts';
import { HTTPHeaderMap } from '../fields/header-map.ts';

/** A decoded field. `neverIndex`: an intermediary that forwards it must not index it either (RFC 7541 §7.1.3). */
export type DecodedField = [name: string, value: string, flags?: { neverIndex: true }];

export interface EncoderOptions {
	/** Bytes of the dynamic table, up to 65,536. Default: 4,096; the first block signals any other size. */
	maxTableSize?: number;
	/** Whether to Huffman-code the strings that it makes shorter. Default: true. */
	huffman?: boolean;
}

export interface DecoderOptions {
	/** Bytes of the dynamic table with which both sides begin, up to 65,536. Default: 4,096. */
	maxTableSize?: number;
	/** The largest field section: bytes of names and values plus 32 per field; 0: no limit. Default: 65,536. */
	maxListSize?: number;
	/** The most fields in one section; 0: no limit. Default: 256. */
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

/** What Encoder and Decoder share: the engine, until disposal, and the size of its dynamic table. */
abstract class Direction<Blocks extends BlockEncoder | BlockDecoder> {
	#blocks: Blocks | null;

	/** @internal */
	constructor(blocks: Blocks) {
		this.#blocks = blocks;
	}

	/** @internal */
	protected get blocks(): Blocks {
		if (this.#blocks !== null) return this.#blocks;
		throw new LocalProtocolError(`Cannot use the ${this.constructor.name}: it is disposed`);
	}

	/**
	 * Changes the size of the dynamic table. RangeError above 65,536.
	 *
	 * Encoder: the size must not exceed what the decoder allows. The next block signals it, preceded by the smallest size
	 * since the last block if that was smaller (RFC 7541 §4.2).
	 *
	 * Decoder: the size is the largest that the peer may choose from now on. Call this when the peer has acknowledged our
	 * SETTINGS_HEADER_TABLE_SIZE. If the table in use is larger, the next block must begin with a size update.
	 */
	setMaxTableSize(size: number): void {
		const { blocks } = this;
		tableSize(size, 'The table size');
		blocks.setTableSize(size);
	}

	/** Releases the WebAssembly instance; all later calls except this one throw LocalProtocolError. */
	dispose(): void {
		this.#blocks?.close();
		this.#blocks = null;
	}

	[Symbol.dispose](): void {
		this.dispose();
	}
}

/**
 * Encodes the field sections of one direction of one connection.
 *
 * @example
 * const encoder = new Encoder();
 * const block = encoder.encode([[':status', '200'], ['set-cookie', 'id=1', { neverIndex: true }]]);
 */
export class Encoder extends Direction<BlockEncoder> {
	/** TypeError or RangeError for options that are unknown or impossible; EngineError if no WebAssembly instance can be created. */
	constructor(options: EncoderOptions = {}) {
		checkOptions(options, ENCODER);
		const { maxTableSize = DEFAULT_TABLE_SIZE, huffman = true } = options;
		super(new BlockEncoder(maxTableSize, huffman));
	}

	/**
	 * Returns the field block of these field lines, in their order and exactly as given. TypeError for a name or value that
	 * is not a string of bytes, HPACKEncodingError when the block could exceed 147,456 bytes; in both cases the encoder
	 * stays in step with its decoder.
	 */
	encode(fields: HTTPHeaderMap | Iterable<FieldLine>): Uint8Array {
		const { blocks } = this;
		if (fields instanceof HTTPHeaderMap) {
			const { fields: flat, neverIndexed } = fields.toFlat();
			return blocks.encode(flat, neverIndexed);
		}
		const flat: string[] = [];
		let neverIndexed: Set<number> | null = null;
		iterable(fields, 'Field lines');
		for (const line of fields) {
			checkLine(line);
			const name = line[0];
			const value = line[1];
			if (isNeverIndexed(line[2])) {
				neverIndexed ??= new Set();
				neverIndexed.add(flat.length / 2);
			}
			flat.push(name, value);
		}
		return blocks.encode(flat, neverIndexed);
	}
}

/**
 * Decodes the field blocks of one direction of one connection. It must get every block, in the order sent.
 *
 * @example
 * const decoder = new Decoder({ maxListSize: 16_384 });
 * for (const [name, value] of decoder.decode(block)) console.log(`${name}: ${value}`);
 */
export class Decoder extends Direction<BlockDecoder> {
	readonly #maxListSize: number;
	readonly #maxFields: number;
	/** The error of a block that could not be decoded. Every later block fails with it, because the tables differ. */
	#error: HPACKDecodingError | null = null;

	/** TypeError or RangeError for options that are unknown or impossible; EngineError if no WebAssembly instance can be created. */
	constructor(options: DecoderOptions = {}) {
		checkOptions(options, DECODER);
		const { maxTableSize = DEFAULT_TABLE_SIZE } = options;
		const maxListSize = orInfinity(options.maxListSize ?? DEFAULT_LIMITS.headerListSize);
		const maxFields = orInfinity(options.maxFields ?? DEFAULT_LIMITS.headerFields);
		super(new BlockDecoder(maxTableSize, maxListSize, maxFields));
		this.#maxListSize = maxListSize;
		this.#maxFields = maxFields;
	}

	/**
	 * Returns the fields of a whole field block. HPACKDecodingError when the block is broken: the table is out of step then,
	 * and every later call throws the same error. HPACKListSizeError when the section exceeds a limit: its fields are
	 * dropped, but the table stays in step, and later blocks can be decoded.
	 */
	decode(block: Uint8Array): DecodedField[] {
		const { blocks } = this;
		if (this.#error !== null) throw this.#error;
		bytes(block, 'A field block');
		try {
			const { fields, neverIndexed, faults } = blocks.decode(block);
			if (faults & TOO_LARGE) {
				throw new HPACKListSizeError(
					`Cannot decode a field section that exceeds ${this.#maxListSize} bytes or ${this.#maxFields} fields`,
				);
			}
			return toLines(fields, neverIndexed);
		} catch (error) {
			if (error instanceof HPACKDecodingError) this.#error = error;
			throw error;
		}
	}
}

function toLines(fields: readonly string[], neverIndexed: ReadonlySet<number> | null): DecodedField[] {
	const lines: DecodedField[] = [];
	for (let i = 0; i < fields.length; i += 2) lines.push([fields[i] as string, fields[i + 1] as string]);
	for (const pair of neverIndexed ?? []) (lines[pair] as DecodedField).push({ neverIndex: true });
	return lines;
}

/** 0 means no limit. */
function orInfinity(limit: number): number {
	return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}
