// HPACK decoding, the host's half: turns the engine's records into strings. Literals are cut from the engine's arena;
// an indexed field names a table entry by ref (assembly/hpack/table.ts), and reuses the strings of that entry kept here.
// Connections (codec.ts) and the HPACK library (block-codec.ts) use it.

import * as Event from '../../../assembly/shared/event.ts';
import { DYNAMIC_REF, TABLE_ENTRIES } from '../../../assembly/shared/limit.ts';
import type { Engine } from '../engine.ts';
import { STATIC_TABLE } from './static-table.ts';

/** Strings cut from a pass keep the text of the whole pass alive: above this length, table entries get copies. */
const SHARED_TEXT = 16384;

export interface FieldSection {
	/** Names and values alternate. */
	fields: string[];
	/** Indices of the pairs that must never be indexed; null if no pair is marked. */
	neverIndexed: Set<number> | null;
}

/** Serves one direction of one connection for its whole life. */
export class FieldDecoder {
	readonly #engine: Engine;
	readonly #table = new FieldTable();
	/** All literals of the pass that is being read, and how far they have been used. */
	#text = '';
	#textAt = 0;
	/** The section that is being read, which may take several passes. */
	#fields: string[] = [];
	#neverIndexed: Set<number> | null = null;

	constructor(engine: Engine) {
		this.#engine = engine;
	}

	/** Begins a pass. Call it before acting on any record: a handler that encodes fields overwrites the arena. */
	open(): void {
		const { events, arena } = this.#engine;
		this.#text = readText(arena, events[Event.ARENA_LENGTH] as number, events[Event.ARENA_NON_ASCII] === 1);
		this.#textAt = 0;
	}

	/** Reads field records from `at` up to the first record of another kind, and returns its position. */
	readFields(at: number, end: number): number {
		const { events } = this.#engine;
		const { names, values } = this.#table;
		const text = this.#text;
		const fields = this.#fields;
		let textAt = this.#textAt;
		while (at < end) {
			const head = events[at] as number;
			const kind = head & 0xff;
			if (kind === Event.FIELD_INDEXED) {
				const ref = events[at + 1] as number;
				fields.push(names[ref] as string, values[ref] as string);
				at += 2;
				continue;
			}
			if (kind !== Event.FIELD_LITERAL) break;
			const flags = head >> 8;
			const nameOrLength = events[at + 1] as number;
			let name: string;
			if (flags & Event.NAME_LITERAL) {
				name = text.slice(textAt, textAt + nameOrLength);
				textAt += nameOrLength;
			} else {
				name = names[nameOrLength] as string;
			}
			const valueEnd = textAt + (events[at + 2] as number);
			let value = text.slice(textAt, valueEnd);
			textAt = valueEnd;
			const ref = events[at + 3] as number;
			if (ref !== 0) {
				if (text.length > SHARED_TEXT) {
					if (flags & Event.NAME_LITERAL) name = detachText(name);
					value = detachText(value);
				}
				this.#table.insert(ref, name, value);
			}
			if (!(flags & Event.HIDDEN)) {
				if (flags & Event.NEVER_INDEXED) {
					this.#neverIndexed ??= new Set();
					this.#neverIndexed.add(fields.length >> 1);
				}
				fields.push(name, value);
			}
			at += 4;
		}
		this.#textAt = textAt;
		return at;
	}

	/** The section that a SECTION record ends; `evicted` is that record's count. */
	takeSection(evicted: number): FieldSection {
		const section = { fields: this.#fields, neverIndexed: this.#neverIndexed };
		this.#fields = [];
		this.#neverIndexed = null;
		this.#table.clear(evicted);
		return section;
	}
}

const STATIC_NAMES: readonly string[] = ['', ...STATIC_TABLE.map((entry) => entry[0])];
const STATIC_VALUES: readonly string[] = ['', ...STATIC_TABLE.map((entry) => entry[1])];

/** The strings of HPACK's two tables, by ref. */
export class FieldTable {
	/** These grow until the ring of dynamic entries has been filled once. */
	readonly names: string[] = STATIC_NAMES.slice();
	readonly values: string[] = STATIC_VALUES.slice();
	#inserted = 0;
	#cleared = 0;

	insert(ref: number, name: string, value: string): void {
		this.names[ref] = name;
		this.values[ref] = value;
		this.#inserted = (this.#inserted + 1) | 0;
	}

	/** Drops the strings of evicted entries; `evicted` counts all evictions so far, modulo 2^32. */
	clear(evicted: number): void {
		// One section can fill the ring more than once: the older slots then belong to newer entries.
		if (((this.#inserted - this.#cleared) | 0) > TABLE_ENTRIES) this.#cleared = (this.#inserted - TABLE_ENTRIES) | 0;
		while (this.#cleared !== evicted) {
			const ref = DYNAMIC_REF + (this.#cleared & (TABLE_ENTRIES - 1));
			this.names[ref] = '';
			this.values[ref] = '';
			this.#cleared = (this.#cleared + 1) | 0;
		}
	}
}

/** Only for ASCII: the `latin1` of the Encoding Standard is windows-1252, which differs at 0x80-0x9f. */
const asciiDecoder = new TextDecoder();
/** How many arguments one call of `fromCharCode` gets. */
const SLICE_CHARS = 4096;

/** The first `length` bytes as one string, each byte a char (U+0000 to U+00FF). `nonAscii`: some are above 0x7f. */
export function readText(arena: Uint8Array, length: number, nonAscii: boolean): string {
	if (length === 0) return '';
	if (!nonAscii) return asciiDecoder.decode(arena.subarray(0, length));
	let text = '';
	for (let at = 0; at < length; at += SLICE_CHARS) {
		text += String.fromCharCode(...arena.subarray(at, Math.min(at + SLICE_CHARS, length)));
	}
	return text;
}

/** A copy that shares no storage with the string that `text` was cut from. */
export function detachText(text: string): string {
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
	return readText(bytes, bytes.length, true);
}
