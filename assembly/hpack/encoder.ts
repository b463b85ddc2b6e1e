// RFC 7541 §4.2, §6: writes one field block. The host decides on the representation of a field and names entries by ref;
// literal strings lie in the arena, the name first. Every function takes the address to write at and returns the end.

import { ARENA, ENCODER_TABLE } from '../memory';
import { DEFAULT_TABLE_SIZE } from '../shared/limit';
import { encodeHuffman, huffmanLength } from './huffman';
import { writeInteger } from './integer';
import { DynamicTable } from './table';

// @ts-ignore: decorator
@inline
function table(): DynamicTable {
	return changetype<DynamicTable>(ENCODER_TABLE);
}

/** The sizes that the next block must signal: the smallest since the last block, then the final one. */
let pending: bool = false;
let smallest: u32 = 0;
let final: u32 = 0;
let useHuffman: bool = true;

export function resetEncoder(): void {
	table().reset(DEFAULT_TABLE_SIZE);
	pending = false;
	useHuffman = true;
}

export function setHuffman(on: bool): void {
	useHuffman = on;
}

export function setEncoderTableSize(size: u32): void {
	if (!pending) {
		if (size == table().capacity) return;
		smallest = size;
	} else if (size < smallest) {
		smallest = size;
	}
	pending = true;
	final = size;
	// Evict now: the block that signals the size must not refer to these entries.
	if (size < table().capacity) table().resize(size);
}

/** §4.2: "the smallest maximum table size ... MUST be signaled", then the final one. */
export function beginBlock(at: usize): usize {
	if (!pending) return at;
	pending = false;
	table().resize(smallest);
	if (smallest != final) {
		at = writeInteger(at, 0x20, 5, smallest);
		table().resize(final);
	}
	return writeInteger(at, 0x20, 5, final);
}

/** §6.1 */
export function encodeIndexed(at: usize, ref: u32): usize {
	return writeInteger(at, 0x80, 7, table().indexOf(ref));
}

/** §6.2.1: a literal that is inserted into the dynamic table, if it fits. The state of the table shows whether it did. */
export function encodeInserted(at: usize, nameRef: u32, nameLength: u32, valueLength: u32): usize {
	at = writeLiteral(at, 0x40, 6, nameRef, nameLength, valueLength);
	table().insert(nameLength, valueLength, 0);
	return at;
}

/** §6.2.2, §6.2.3. `nameLength` is used only without a nameRef. */
export function encodeLiteral(at: usize, neverIndexed: bool, nameRef: u32, nameLength: u32, valueLength: u32): usize {
	return writeLiteral(at, neverIndexed ? 0x10 : 0, 4, nameRef, nameLength, valueLength);
}

function writeLiteral(
	at: usize,
	pattern: u32,
	prefixBits: u32,
	nameRef: u32,
	nameLength: u32,
	valueLength: u32,
): usize {
	let value = ARENA;
	if (nameRef != 0) {
		at = writeInteger(at, pattern, prefixBits, table().indexOf(nameRef));
	} else {
		at = writeInteger(at, pattern, prefixBits, 0);
		at = writeString(at, ARENA, nameLength);
		value += nameLength;
	}
	return writeString(at, value, valueLength);
}

/** §5.2: Huffman-coded if that is shorter. */
function writeString(at: usize, source: usize, length: u32): usize {
	const end = source + length;
	const encoded = useHuffman ? huffmanLength(source, end) : length;
	if (encoded < length) return encodeHuffman(source, end, writeInteger(at, 0x80, 7, encoded));
	at = writeInteger(at, 0, 7, length);
	memory.copy(at, source, length);
	return at + length;
}
