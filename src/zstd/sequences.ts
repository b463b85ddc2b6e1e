// The sequences section of a compressed block (RFC 8878 §3.1.1.3.2): so many literals, then so many octets again from so
// far back. The three numbers are symbols of FSE tables, with extra bits.

import { buildFSETable, type FSETable, readFSETable, repeatingFSETable } from './fse.ts';
import type { History } from './history.ts';
import { BackwardBits, corrupt, type Octets } from './octets.ts';

/** One of the three codes. */
interface Code {
	/** What the code of each symbol stands for at least, and how many bits are added to that. */
	readonly bases: readonly number[];
	readonly bits: readonly number[];
	readonly maxAccuracyLog: number;
	readonly predefined: FSETable;
}

/** Reads one block after another of a frame, because a block may use tables and offsets of earlier ones. */
export class SequencesReader {
	#literalLengths: FSETable | null = null;
	#offsets: FSETable | null = null;
	#matchLengths: FSETable | null = null;
	/** RFC 8878 §3.1.1.5: the last three offsets, and what they are at first. */
	readonly #recent: [number, number, number] = [1, 4, 8];

	/** Writes the block that these sequences make of the literals; `limit` is where the block must end at the latest. */
	read(octets: Octets, literals: Octets, history: History, limit: number): void {
		const count = readCount(octets);
		if (count > 0) this.#run(count, octets, literals, history, limit);
		else if (octets.length > 0) corrupt('octets behind the last section');
		if (history.position + literals.length > limit) corrupt('a block is too large');
		history.append(literals, literals.length);
	}

	#run(count: number, octets: Octets, literals: Octets, history: History, limit: number): void {
		const modes = octets.octet();
		if ((modes & 3) !== 0) corrupt('reserved bits are set');
		const lengths = readTable(octets, modes >> 6, LITERAL_LENGTH, this.#literalLengths);
		const offsets = readTable(octets, (modes >> 4) & 3, OFFSET, this.#offsets);
		const matches = readTable(octets, (modes >> 2) & 3, MATCH_LENGTH, this.#matchLengths);
		this.#literalLengths = lengths;
		this.#offsets = offsets;
		this.#matchLengths = matches;
		const bits = new BackwardBits(octets);
		let lengthState = bits.read(lengths.accuracyLog);
		let offsetState = bits.read(offsets.accuracyLog);
		let matchState = bits.read(matches.accuracyLog);
		for (let left = count - 1; ; left--) {
			const offsetCode = offsets.symbols[offsetState]!;
			if (offsetCode > MAX_OFFSET_CODE) corrupt('an offset is beyond the window');
			const matchCode = matches.symbols[matchState]!;
			const lengthCode = lengths.symbols[lengthState]!;
			const offsetValue = OFFSET.bases[offsetCode]! + bits.read(OFFSET.bits[offsetCode]!);
			const matchLength = MATCH_LENGTH.bases[matchCode]! + bits.read(MATCH_LENGTH.bits[matchCode]!);
			const literalLength = LITERAL_LENGTH.bases[lengthCode]! + bits.read(LITERAL_LENGTH.bits[lengthCode]!);
			if (bits.left < 0) corrupt('sequences end early');
			if (literalLength > literals.length) corrupt('more literals are used than there are');
			if (history.position + literalLength + matchLength > limit) corrupt('a block is too large');
			history.append(literals, literalLength);
			history.repeat(this.#offset(offsetValue, literalLength), matchLength);
			if (left === 0) break;
			lengthState = lengths.bases[lengthState]! + bits.read(lengths.bits[lengthState]!);
			matchState = matches.bases[matchState]! + bits.read(matches.bits[matchState]!);
			offsetState = offsets.bases[offsetState]! + bits.read(offsets.bits[offsetState]!);
		}
		if (bits.left !== 0) corrupt('sequences go on behind their end');
	}

	// RFC 8878 §3.1.1.5: values up to 3 name a recent offset, by one further on when no literals come first.
	#offset(value: number, literalLength: number): number {
		const recent = this.#recent;
		const place = value > 3 ? 3 : value - (literalLength > 0 ? 1 : 0);
		if (place === 0) return recent[0];
		const offset = value > 3 ? value - 3 : place === 3 ? recent[0] - 1 : recent[place]!;
		if (place > 1) recent[2] = recent[1];
		recent[1] = recent[0];
		recent[0] = offset;
		return offset;
	}
}

function readCount(octets: Octets): number {
	const first = octets.octet();
	if (first < 128) return first;
	if (first < 255) return (first - 128) * 256 + octets.octet();
	return octets.number(2) + 0x7f00;
}

/** Codes above stand for more octets than the largest window that is accepted, of 2 to the power 23, has. */
const MAX_OFFSET_CODE = 23;

/** RFC 8878 §3.1.1.3.2.1: a mode is 0 predefined, 1 one symbol, 2 a table described here, 3 the table used before. */
function readTable(octets: Octets, mode: number, code: Code, previous: FSETable | null): FSETable {
	switch (mode) {
		case 0:
			return code.predefined;
		case 1: {
			const symbol = octets.octet();
			if (symbol >= code.bits.length) corrupt('an unknown code');
			return repeatingFSETable(symbol);
		}
		case 2:
			return readFSETable(octets, code.maxAccuracyLog, code.bits.length - 1);
		default:
			return previous ?? corrupt('no table to use again');
	}
}

// RFC 8878 §3.1.1.3.2.1.1; the bases follow from the bits, as each code begins where the one before it ends.
const LITERAL_LENGTH = code(
	0,
	[...zeros(16), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
	9,
	6,
	[4, 3, ...twos(11), 1, 1, 1, ...twos(9), 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
);
const MATCH_LENGTH = code(
	3,
	[...zeros(32), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
	9,
	6,
	[1, 4, 3, ...twos(6), ...ones(37), ...ones(7).map((one) => -one)],
);
const OFFSET = code(
	1,
	Array.from({ length: 32 }, (_, symbol) => symbol),
	8,
	5,
	[...ones(6), 2, 2, 2, ...ones(15), -1, -1, -1, -1, -1],
);

function code(first: number, bits: number[], maxAccuracyLog: number, accuracyLog: number, frequencies: number[]): Code {
	let next = first;
	const bases = bits.map((count) => {
		const base = next;
		next += 2 ** count;
		return base;
	});
	return { bases, bits, maxAccuracyLog, predefined: buildFSETable(frequencies, accuracyLog) };
}

function zeros(count: number): number[] {
	return new Array(count).fill(0);
}

function ones(count: number): number[] {
	return new Array(count).fill(1);
}

function twos(count: number): number[] {
	return new Array(count).fill(2);
}
