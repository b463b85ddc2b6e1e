// Finite State Entropy, the entropy coding of Zstandard (RFC 8878 §4.1). For each state a table has the symbol, and the
// base and number of bits that give the next state.

import { type ByteReader, corrupt, highestBit } from './byte-reader.ts';

export interface FSETable {
	/** Bits of a state; the table has 2 ** accuracyLog states. */
	readonly accuracyLog: number;
	readonly symbols: Uint8Array;
	readonly bits: Uint8Array;
	readonly bases: Uint16Array;
}

/** Reads a table description (RFC 8878 §4.1.1). */
export function readFSETable(reader: ByteReader, maxAccuracyLog: number, maxSymbol: number): FSETable {
	const bits = new ForwardBitReader(reader);
	const accuracyLog = bits.read(4) + 5;
	if (accuracyLog > maxAccuracyLog) corrupt('an FSE table is too large');
	const frequencies: number[] = [];
	let remaining = 1 << accuracyLog;
	while (remaining > 0) {
		const frequency = readFrequency(bits, remaining);
		frequencies.push(frequency);
		remaining -= Math.abs(frequency);
		if (frequency === 0) {
			for (let zeros = 3; zeros === 3 && frequencies.length <= maxSymbol; ) {
				zeros = bits.read(2);
				for (let more = 0; more < zeros; more++) frequencies.push(0);
			}
		}
		if (frequencies.length > maxSymbol + 1) corrupt('an FSE table has too many symbols');
	}
	bits.finish();
	return buildFSETable(frequencies, accuracyLog);
}

/** Builds the table of symbols with these frequencies, which add up to 2 ** accuracyLog; -1 means "less than 1". */
export function buildFSETable(frequencies: readonly number[], accuracyLog: number): FSETable {
	const size = 1 << accuracyLog;
	const symbols = new Uint8Array(size);
	const next = frequencies.map(Math.abs);
	let high = size;
	frequencies.forEach((frequency, symbol) => {
		if (frequency === -1) symbols[--high] = symbol;
	});
	// The step is coprime with the size, so every state is visited once.
	const step = (size >> 1) + (size >> 3) + 3;
	let state = 0;
	frequencies.forEach((frequency, symbol) => {
		for (let times = 0; times < frequency; times++) {
			symbols[state] = symbol;
			do state = (state + step) & (size - 1);
			while (state >= high);
		}
	});
	const bits = new Uint8Array(size);
	const bases = new Uint16Array(size);
	for (let at = 0; at < size; at++) {
		const occurrence = next[symbols[at]!]!++;
		bits[at] = accuracyLog - highestBit(occurrence);
		bases[at] = (occurrence << bits[at]!) - size;
	}
	return { accuracyLog, symbols, bits, bases };
}

/** The table of a single symbol, which takes no bits. */
export function repeatingFSETable(symbol: number): FSETable {
	return { accuracyLog: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) };
}

// A frequency is written plus one, as a value from 0 to remaining + 1. The lowest values take one bit less than the others.
function readFrequency(bits: ForwardBitReader, remaining: number): number {
	const width = highestBit(remaining + 1) + 1;
	const short = (1 << width) - 1 - (remaining + 1);
	const half = 1 << (width - 1);
	const low = bits.read(width - 1);
	if (low < short) return low - 1;
	return bits.read(1) === 0 ? low - 1 : low + half - short - 1;
}

/** Reads bits from the first to the last. */
class ForwardBitReader {
	readonly #reader: ByteReader;
	#byte = 0;
	#left = 0;

	constructor(reader: ByteReader) {
		this.#reader = reader;
	}

	read(count: number): number {
		let value = 0;
		for (let place = 0; place < count; place++) {
			if (this.#left === 0) {
				this.#byte = this.#reader.byte();
				this.#left = 8;
			}
			value |= (this.#byte & 1) << place;
			this.#byte >>= 1;
			this.#left--;
		}
		return value;
	}

	/** Skips the padding bits of the last byte. */
	finish(): void {
		this.#left = 0;
	}
}
