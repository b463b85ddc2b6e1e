// The Huffman codes of Zstandard literals (RFC 8878 §4.2): a table of weights, then streams that are read backwards.

import { BackwardBitReader, type ByteReader, corrupt, highestBit } from './byte-reader.ts';
import { readFSETable } from './fse.ts';

/** RFC 8878 §4.2.1: "The maximum allowed Max_Number_of_Bits is 11." */
const MAX_BITS = 11;
/** RFC 8878 §4.2.1.1: the accuracy limit of the FSE table in which the weights are coded. */
const MAX_WEIGHTS_LOG = 6;

export interface HuffmanTable {
	readonly maxBits: number;
	/** Indexed by the next `maxBits` bits: symbol << 4 | length of its code. */
	readonly entries: Uint16Array;
}

/** Reads a tree description (RFC 8878 §4.2.1). */
export function readHuffmanTable(reader: ByteReader): HuffmanTable {
	const head = reader.byte();
	return buildHuffmanTable(head < 128 ? readWeights(reader.take(head)) : unpackWeights(reader, head - 127));
}

/** Decodes one stream into `literals[start, end)`, which must take all of its bits. */
export function decodeHuffman(
	table: HuffmanTable,
	reader: ByteReader,
	literals: Uint8Array,
	start: number,
	end: number,
): void {
	const bits = new BackwardBitReader(reader);
	const { maxBits, entries } = table;
	for (let at = start; at < end; at++) {
		const entry = entries[bits.peek(maxBits)]!;
		literals[at] = entry >> 4;
		bits.left -= entry & 15;
		if (bits.left < 0) corrupt('a literals stream ends early');
	}
	if (bits.left !== 0) corrupt('a literals stream is too long');
}

function unpackWeights(reader: ByteReader, count: number): number[] {
	const weights: number[] = [];
	while (weights.length < count) {
		const pair = reader.byte();
		weights.push(pair >> 4, pair & 15);
	}
	weights.length = count;
	return weights;
}

// Two states alternate. When the bits run out for one of them, the other still holds the last symbol.
function readWeights(reader: ByteReader): number[] {
	const table = readFSETable(reader, MAX_WEIGHTS_LOG, MAX_BITS);
	const bits = new BackwardBitReader(reader);
	const weights: number[] = [];
	let state = bits.read(table.accuracyLog);
	let other = bits.read(table.accuracyLog);
	if (bits.left < 0) corrupt('Huffman weights end early');
	while (bits.left >= 0) {
		// A table of one symbol takes no bits: without this check the loop would not end.
		if (weights.length >= 254) corrupt('there are too many Huffman weights');
		weights.push(table.symbols[state]!);
		const next = table.bases[state]! + bits.read(table.bits[state]!);
		state = other;
		other = next;
	}
	weights.push(table.symbols[state]!);
	return weights;
}

// The last weight is not transmitted; it completes the sum to a power of two.
function buildHuffmanTable(weights: number[]): HuffmanTable {
	let sum = 0;
	for (const weight of weights) {
		if (weight > MAX_BITS) corrupt('a Huffman weight is too large');
		if (weight > 0) sum += 1 << (weight - 1);
	}
	const maxBits = highestBit(sum) + 1;
	if (maxBits === 0 || maxBits > MAX_BITS) corrupt('a Huffman code is empty or longer than 11 bits');
	const missing = (1 << maxBits) - sum;
	if ((missing & (missing - 1)) !== 0) corrupt('a Huffman code is incomplete');
	weights.push(highestBit(missing) + 1);
	const entries = new Uint16Array(1 << maxBits);
	let at = 0;
	for (let weight = 1; weight <= maxBits; weight++) {
		for (let symbol = 0; symbol < weights.length; symbol++) {
			if (weights[symbol] !== weight) continue;
			const next = at + (1 << (weight - 1));
			entries.fill((symbol << 4) | (maxBits + 1 - weight), at, next);
			at = next;
		}
	}
	return { maxBits, entries };
}
