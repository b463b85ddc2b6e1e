// The sequences section of a compressed block (RFC 8878 §3.1.1.3.2). A sequence is a literal length, an offset and a match
// length; each is a code from an FSE table plus extra bits.

import { BackwardBitReader, type ByteReader, corrupt } from './byte-reader.ts';
import { buildFSETable, type FSETable, readFSETable, repeatingFSETable } from './fse.ts';
import type { History } from './history.ts';

/** One of the three codes. */
interface Code {
	/** By symbol: the lowest value of the code, and the number of extra bits added to it. */
	readonly bases: readonly number[];
	readonly bits: readonly number[];
	readonly maxAccuracyLog: number;
	readonly predefined: FSETable;
}

/** Reads the blocks of one frame in order, because a block may reuse tables and offsets of earlier ones. */
export class SequencesReader {
	#literalLengths: FSETable | null = null;
	#offsets: FSETable | null = null;
	#matchLengths: FSETable | null = null;
	/** The last three offsets, with their initial values (RFC 8878 §3.1.1.5). */
	readonly #recent: [number, number, number] = [1, 4, 8];

	/** Decodes one block into `history`, which may not grow beyond position `limit`. */
	read(reader: ByteReader, literals: ByteReader, history: History, limit: number): void {
		const count = readCount(reader);
		if (count > 0) this.#run(count, reader, literals, history, limit);
		else if (reader.length > 0) corrupt('a block has bytes after its last section');
		if (history.position + literals.length > limit) corrupt('a block is too large');
		history.append(literals, literals.length);
	}

	#run(count: number, reader: ByteReader, literals: ByteReader, history: History, limit: number): void {
		const modes = reader.byte();
		if ((modes & 3) !== 0) corrupt('reserved bits are set');
		const lengths = readTable(reader, modes >> 6, LITERAL_LENGTH, this.#literalLengths);
		const offsets = readTable(reader, (modes >> 4) & 3, OFFSET, this.#offsets);
		const matches = readTable(reader, (modes >> 2) & 3, MATCH_LENGTH, this.#matchLengths);
		this.#literalLengths = lengths;
		this.#offsets = offsets;
		this.#matchLengths = matches;
		const bits = new BackwardBitReader(reader);
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
			if (literalLength > literals.length) corrupt('sequences use more literals than the block has');
			if (history.position + literalLength + matchLength > limit) corrupt('a block is too large');
			history.append(literals, literalLength);
			history.repeat(this.#offset(offsetValue, literalLength), matchLength);
			if (left === 0) break;
			lengthState = lengths.bases[lengthState]! + bits.read(lengths.bits[lengthState]!);
			matchState = matches.bases[matchState]! + bits.read(matches.bits[matchState]!);
			offsetState = offsets.bases[offsetState]! + bits.read(offsets.bits[offsetState]!);
		}
		if (bits.left !== 0) corrupt('bits are left after the last sequence');
	}

	// RFC 8878 §3.1.1.5: values up to 3 select a recent offset, shifted by one when the literal length is 0.
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

function readCount(reader: ByteReader): number {
	const first = reader.byte();
	if (first < 128) return first;
	if (first < 255) return (first - 128) * 256 + reader.byte();
	return reader.uint(2) + 0x7f00;
}

/** Higher codes reach beyond the largest window that is accepted (MAX_WINDOW_LOG). */
const MAX_OFFSET_CODE = 23;

/** RFC 8878 §3.1.1.3.2.1: mode 0 is the predefined table, 1 a single symbol, 2 a table sent here, 3 the previous table. */
function readTable(reader: ByteReader, mode: number, code: Code, previous: FSETable | null): FSETable {
	switch (mode) {
		case 0:
			return code.predefined;
		case 1: {
			const symbol = reader.byte();
			if (symbol >= code.bits.length) corrupt('a code is unknown');
			return repeatingFSETable(symbol);
		}
		case 2:
			return readFSETable(reader, code.maxAccuracyLog, code.bits.length - 1);
		default:
			return previous ?? corrupt('sequences reuse an FSE table that was never sent');
	}
}

// RFC 8878 §3.1.1.3.2.1.1. The bases follow from the bits, because each code starts where the previous one ends.
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
