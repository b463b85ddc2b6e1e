// The Huffman codes of Zstandard's literals (RFC 8878 §4.2): a table of weights, then streams that are read backwards.

import { readFSETable } from './fse.ts';
import { BackwardBits, corrupt, highestBit, type Octets } from './octets.ts';

/** RFC 8878 §4.2.1: "The maximum allowed Max_Number_of_Bits is 11." */
const MAX_BITS = 11;
/** RFC 8878 §4.2.1.1: weights are a table of their own, of at most this accuracy, and at most 11 in value. */
const MAX_WEIGHTS_LOG = 6;

export interface HuffmanTable {
	readonly maxBits: number;
	/** For each value of the next `maxBits` bits: the symbol, shifted by 4, and the length of its code. */
	readonly entries: Uint16Array;
}

/** Reads a tree description (RFC 8878 §4.2.1); `octets` is then behind it. */
export function readHuffmanTable(octets: Octets): HuffmanTable {
	const head = octets.octet();
	return buildHuffmanTable(head < 128 ? readWeights(octets.part(head)) : unpackWeights(octets, head - 127));
}

/** Decodes one stream into `literals` from `start` up to `end`, which must take all of its bits. */
export function decodeHuffman(
	table: HuffmanTable,
	octets: Octets,
	literals: Uint8Array,
	start: number,
	end: number,
): void {
	const bits = new BackwardBits(octets);
	const { maxBits, entries } = table;
	for (let at = start; at < end; at++) {
		const entry = entries[bits.peek(maxBits)]!;
		literals[at] = entry >> 4;
		bits.left -= entry & 15;
		if (bits.left < 0) corrupt('a stream of literals ends early');
	}
	if (bits.left !== 0) corrupt('a stream of literals goes on behind its end');
}

function unpackWeights(octets: Octets, count: number): number[] {
	const weights: number[] = [];
	while (weights.length < count) {
		const pair = octets.octet();
		weights.push(pair >> 4, pair & 15);
	}
	weights.length = count;
	return weights;
}

// Two states take turns. The bits end when a state cannot be renewed: then the other one still has its symbol.
function readWeights(octets: Octets): number[] {
	const table = readFSETable(octets, MAX_WEIGHTS_LOG, MAX_BITS);
	const bits = new BackwardBits(octets);
	const weights: number[] = [];
	let state = bits.read(table.accuracyLog);
	let other = bits.read(table.accuracyLog);
	if (bits.left < 0) corrupt('weights of literals end early');
	while (bits.left >= 0) {
		// A table of one symbol takes no bits: without this bound it would give its symbol for ever.
		if (weights.length >= 254) corrupt('more weights than literals');
		weights.push(table.symbols[state]!);
		const renewed = table.bases[state]! + bits.read(table.bits[state]!);
		state = other;
		other = renewed;
	}
	weights.push(table.symbols[state]!);
	return weights;
}

// The last weight is not written: it is what makes the sum a power of two.
function buildHuffmanTable(weights: number[]): HuffmanTable {
	let sum = 0;
	for (const weight of weights) {
		if (weight > MAX_BITS) corrupt('a weight is too large');
		if (weight > 0) sum += 1 << (weight - 1);
	}
	const maxBits = highestBit(sum) + 1;
	if (maxBits === 0 || maxBits > MAX_BITS) corrupt('a Huffman code has no length or too great a length');
	const missing = (1 << maxBits) - sum;
	if ((missing & (missing - 1)) !== 0) corrupt('a Huffman code is not complete');
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
