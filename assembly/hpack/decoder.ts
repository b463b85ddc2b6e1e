// RFC 7541 §3, §6: decodes one field block at a time into records and arena strings. When a buffer is full, it pauses
// between two fields and continues later. A section that exceeds its limits is still decoded to its end, because its
// insertions change the table of the connection.

import { emit1, emit3, emit5, hasRoom } from '../events';
import { ARENA, DECODER_TABLE } from '../memory';
import * as Event from '../shared/event';
import * as Fault from '../shared/fault';
import { ARENA_BYTES, DEFAULT_TABLE_SIZE, ENTRY_OVERHEAD } from '../shared/limit';
import { decodeHuffman } from './huffman';
import { integerEnd, integerTooLarge, readInteger } from './integer';
import { clearNonASCII, nameFaults, valueFaults } from './characters';
import { DynamicTable } from './table';

// @ts-ignore: decorator
@inline
function table(): DynamicTable {
	return changetype<DynamicTable>(DECODER_TABLE);
}

/** Our SETTINGS_HEADER_TABLE_SIZE and SETTINGS_MAX_HEADER_LIST_SIZE, and our own limit on fields. */
let maxTableSize: u32 = DEFAULT_TABLE_SIZE;
let maxListSize: u32 = 0xffffffff;
let maxFields: u32 = 0xffffffff;
/**
 * RFC 7541 §4.2: "the smallest maximum table size that occurs in that interval MUST be signaled". The next block must begin with
 * a size update to this at most, because we lowered the limit below the table size; NO_UPDATE: it need not.
 */
let smallestSize: u32 = 0xffffffff;
const NO_UPDATE: u32 = 0xffffffff;
/** "The final maximum size is always signaled, resulting in at most two dynamic table size updates." */
const MAX_UPDATES: u32 = 2;
/** Size updates in this block. */
let updates: u32 = 0;

let at: usize = 0;
let end: usize = 0;
/** Whether only size updates have been read so far. */
let atStart: bool = false;

let sectionFaults: u32 = 0;
let sectionSize: u32 = 0;
let fieldCount: u32 = 0;

/** The address of the next string. */
let arenaAt: usize = ARENA;

export const DONE: i32 = 0;
export const PAUSED: i32 = 1;
export const FAILED: i32 = 2;
/** Why the last block failed: a number of shared/fault.ts. */
export let decoderFault: u32 = 0;

export function resetDecoder(): void {
	table().reset(DEFAULT_TABLE_SIZE);
	maxTableSize = DEFAULT_TABLE_SIZE;
	maxListSize = 0xffffffff;
	maxFields = 0xffffffff;
	smallestSize = NO_UPDATE;
	clearArena();
}

/**
 * Call this with a larger size when it is announced, because the acknowledgement and a block that uses the size may arrive
 * in one pass, and with a smaller size when the peer has acknowledged it.
 */
export function setDecoderTableSize(size: u32): void {
	maxTableSize = size;
	if (size < table().capacity) smallestSize = min(smallestSize, size);
}

export function setSectionLimits(listSize: u32, fields: u32): void {
	maxListSize = listSize;
	maxFields = fields;
}

export function clearArena(): void {
	arenaAt = ARENA;
	clearNonASCII();
}

export function arenaLength(): u32 {
	return <u32>(arenaAt - ARENA);
}

/** Opens the block [from, to), which must stay in place until `decodeFields` returns DONE or FAILED. */
export function openBlock(from: usize, to: usize): void {
	at = from;
	end = to;
	atStart = true;
	updates = 0;
	sectionFaults = 0;
	sectionSize = 0;
	fieldCount = 0;
}

/** Writes the record that ends a section. */
export function emitSection(flags: u32, streamId: u32, promisedStreamId: u32): void {
	emit5(Event.SECTION, flags, streamId, promisedStreamId, sectionFaults, sectionSize, table().evicted);
}

export function decodeFields(): i32 {
	while (at < end) {
		// The strings of a field decode to at most 8/5 of the remaining bytes, for which an empty arena always has room.
		const most = ((end - at) << 3) / 5 + 1;
		if (!hasRoom() || (arenaAt > ARENA && arenaAt + most > ARENA + ARENA_BYTES)) return PAUSED;
		const byte: u32 = load<u8>(at);
		const fieldAt = arenaAt;
		let fault: u32;
		if (byte >= 0x80) fault = readIndexed();
		else if (byte >= 0x40) fault = readLiteral(6, true, false);
		else if (byte >= 0x20) fault = readSizeUpdate();
		else fault = readLiteral(4, false, byte >= 0x10);
		if (fault != Fault.NONE) {
			arenaAt = fieldAt;
			decoderFault = fault;
			return FAILED;
		}
	}
	if (isUpdateMissing()) {
		decoderFault = Fault.SIZE_UPDATE_MISSING;
		return FAILED;
	}
	return DONE;
}

// @ts-ignore: decorator
@inline
function isUpdateMissing(): bool {
	return atStart && smallestSize != NO_UPDATE;
}

/** §6.1 */
function readIndexed(): u32 {
	if (isUpdateMissing()) return Fault.SIZE_UPDATE_MISSING;
	atStart = false;
	const index = readInteger(at, end, 7);
	if (integerEnd == 0) return integerFault();
	at = integerEnd;
	const ref = index == 0 ? 0 : table().refOf(index);
	if (ref == 0) return Fault.BAD_INDEX;
	if (countField(table().entrySize(ref))) {
		sectionFaults |= table().faults(ref);
		emit1(Event.FIELD_INDEXED, 0, ref);
	}
	return Fault.NONE;
}

/** §6.2 */
function readLiteral(prefixBits: u32, insert: bool, neverIndexed: bool): u32 {
	if (isUpdateMissing()) return Fault.SIZE_UPDATE_MISSING;
	atStart = false;
	const fieldAt = arenaAt;
	const index = readInteger(at, end, prefixBits);
	if (integerEnd == 0) return integerFault();
	at = integerEnd;

	let nameRef: u32 = 0;
	let nameLength: u32;
	let faults: u32;
	if (index != 0) {
		nameRef = table().refOf(index);
		if (nameRef == 0) return Fault.BAD_INDEX;
		nameLength = table().nameLength(nameRef);
		faults = table().faults(nameRef) & Event.BAD_NAME;
	} else {
		const fault = readString();
		if (fault != Fault.NONE) return fault;
		nameLength = <u32>(arenaAt - fieldAt);
		faults = nameFaults(fieldAt, nameLength);
	}

	const valueAt = arenaAt;
	const fault = readString();
	if (fault != Fault.NONE) return fault;
	const valueLength = <u32>(arenaAt - valueAt);
	faults |= valueFaults(valueAt, valueLength);

	const ref = insert ? table().insert(nameLength, valueLength, faults) : 0;
	const shown = countField(nameLength + valueLength + ENTRY_OVERHEAD);
	if (shown) sectionFaults |= faults;
	if (shown || ref != 0) {
		let flags: u32 = nameRef == 0 ? Event.NAME_LITERAL : 0;
		if (neverIndexed) flags |= Event.NEVER_INDEXED;
		if (!shown) flags |= Event.HIDDEN;
		emit3(Event.FIELD_LITERAL, flags, nameRef == 0 ? nameLength : nameRef, valueLength, ref);
	} else {
		arenaAt = fieldAt;
	}
	return Fault.NONE;
}

/** §6.3: "This dynamic table size update MUST occur at the beginning of the first header block following the change". */
function readSizeUpdate(): u32 {
	if (!atStart) return Fault.SIZE_UPDATE_MISPLACED;
	const size = readInteger(at, end, 5);
	if (integerEnd == 0) return integerFault();
	at = integerEnd;
	if (size > maxTableSize) return Fault.SIZE_UPDATE_TOO_LARGE;
	if (size > smallestSize) return Fault.SIZE_UPDATE_MISSING;
	if (++updates > MAX_UPDATES) return Fault.TOO_MANY_SIZE_UPDATES;
	table().resize(size);
	smallestSize = NO_UPDATE;
	return Fault.NONE;
}

/** §5.2: one string literal, appended to the arena. */
function readString(): u32 {
	const huffman = at < end && load<u8>(at) >= 0x80;
	const length = readInteger(at, end, 7);
	if (integerEnd == 0) return integerFault();
	at = integerEnd;
	if (length > <u32>(end - at)) return Fault.BLOCK_TRUNCATED;
	const next = at + length;
	if (huffman) {
		const decoded = decodeHuffman(at, next, arenaAt);
		if (decoded < 0) return Fault.BAD_HUFFMAN;
		arenaAt += decoded;
	} else {
		memory.copy(arenaAt, at, length);
		arenaAt += length;
	}
	at = next;
	return Fault.NONE;
}

/** Adds a field to the section. Returns false once the section has exceeded its limits. */
function countField(size: u32): bool {
	// Saturates at 32 bits, because many references to a large entry can exceed them.
	sectionSize = size > 0xffffffff - sectionSize ? 0xffffffff : sectionSize + size;
	fieldCount++;
	if (sectionSize > maxListSize || fieldCount > maxFields) sectionFaults |= Event.TOO_LARGE;
	return (sectionFaults & Event.TOO_LARGE) == 0;
}

function integerFault(): u32 {
	return integerTooLarge ? Fault.INTEGER_TOO_LARGE : Fault.BLOCK_TRUNCATED;
}
