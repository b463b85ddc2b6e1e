// HPACK encoding, the host's half: looks names and values up in maps to decide how each field is represented. The engine
// writes integers and strings, and keeps the sizes of the dynamic table.

import { BLOCK_BYTES, DYNAMIC_REF, ENTRY_OVERHEAD, TABLE_ENTRIES } from '../../../assembly/shared/limit.ts';
import { HPACKEncodingError } from '../../base/errors.ts';
import type { Engine } from '../engine.ts';
import { STATIC_TABLE } from './static-table.ts';

/** Indices into Engine.encoderTable. */
const CAPACITY = 0;
const INSERTED = 2;
const EVICTED = 3;

/** Their values differ from message to message, so an entry would only evict others. nghttp2 has the same list. */
const RARELY_REPEATED = new Set([
	':path',
	'age',
	'content-length',
	'etag',
	'if-modified-since',
	'if-none-match',
	'location',
	'set-cookie',
]);
/** RFC 7541 §7.1.3: secrets that an attacker could guess piece by piece if they were in a table. */
const SECRET = new Set(['authorization', 'proxy-authorization']);
/** A cookie shorter than this many bytes has too little entropy to withstand guessing. */
const SHORT_COOKIE = 20;

/** The most that the engine writes for an index or a length, and for two size updates. */
const INTEGER_BYTES = 6;
const SIZE_UPDATES_BYTES = 12;

/** What the two tables hold under one name. */
interface Name {
	readonly text: string;
	readonly staticRef: number;
	readonly staticValues: ReadonlyMap<string, number> | null;
	readonly repeats: boolean;
	readonly secret: boolean;
	/** The newest dynamic entry with this name, or 0. */
	dynamicRef: number;
	/** Refs of the live dynamic entries, by value. */
	dynamicValues: Map<string, number> | null;
}

interface StaticName {
	ref: number;
	values: Map<string, number> | null;
}

const STATIC_NAMES = new Map<string, StaticName>();
STATIC_TABLE.forEach(([name, value], i) => {
	const known = STATIC_NAMES.get(name) ?? { ref: i + 1, values: null };
	if (value !== '') {
		known.values ??= new Map();
		known.values.set(value, i + 1);
	}
	STATIC_NAMES.set(name, known);
});

export class FieldEncoder {
	readonly #engine: Engine;
	readonly #names = new Map<string, Name>();
	/** Name and value of each dynamic entry, by slot of the ring. */
	readonly #slotNames: Name[] = [];
	readonly #slotValues: string[] = [];
	#evicted = 0;

	constructor(engine: Engine) {
		this.#engine = engine;
	}

	/**
	 * Encodes the pairs at `at`, where `blockBound(fields)` bytes must be free, and returns the end. TypeError when a char
	 * is above U+00FF: the next block then empties the dynamic table on both sides.
	 */
	encode(at: number, fields: readonly string[], neverIndexed: ReadonlySet<number> | null): number {
		const { exports } = this.#engine;
		if (this.#evicted !== this.#engine.encoderTable[EVICTED]) this.#forgetEvicted();
		try {
			let end = exports.beginBlock(at);
			for (let i = 0; i < fields.length; i += 2) {
				const marked = neverIndexed !== null && neverIndexed.has(i >> 1);
				end = this.#encodeField(end, fields[i] as string, fields[i + 1] as string, marked);
			}
			return end;
		} catch (error) {
			const capacity = this.#engine.encoderTable[CAPACITY] as number;
			// Set it to 1 first: the engine signals only changes, and the lost block may have been about to signal 0.
			exports.setEncoderTableSize(1);
			exports.setEncoderTableSize(0);
			exports.setEncoderTableSize(capacity);
			throw error;
		}
	}

	#encodeField(at: number, text: string, value: string, marked: boolean): number {
		const { exports, arena, encoderTable } = this.#engine;
		const name = this.#names.get(text) ?? this.#nameOf(text);
		const neverIndexed = marked || name.secret || (text === 'cookie' && value.length < SHORT_COOKIE);
		if (!neverIndexed) {
			const ref = name.staticValues?.get(value) ?? name.dynamicValues?.get(value);
			if (ref !== undefined) return exports.encodeIndexed(at, ref);
		}

		const nameRef = name.staticRef || name.dynamicRef;
		let valueAt = 0;
		if (nameRef === 0) {
			writeText(arena, 0, text);
			valueAt = text.length;
		}
		writeText(arena, valueAt, value);
		const size = text.length + value.length + ENTRY_OVERHEAD;
		// An entry that takes nearly the whole table would evict all others. nghttp2 has the same bound.
		if (neverIndexed || !name.repeats || size > (encoderTable[CAPACITY] as number) * 0.75) {
			return exports.encodeLiteral(at, neverIndexed, nameRef, text.length, value.length);
		}
		const end = exports.encodeInserted(at, nameRef, text.length, value.length);
		this.#forgetEvicted();
		this.#remember(name, value);
		return end;
	}

	/** The record of a name that is not listed. A name that is in no table is listed only once an entry has it. */
	#nameOf(text: string): Name {
		const known = STATIC_NAMES.get(text);
		const name: Name = {
			text,
			staticRef: known?.ref ?? 0,
			staticValues: known?.values ?? null,
			repeats: !RARELY_REPEATED.has(text),
			secret: SECRET.has(text),
			dynamicRef: 0,
			dynamicValues: null,
		};
		if (known !== undefined) this.#names.set(text, name);
		return name;
	}

	/** Records the entry that the engine has just inserted. */
	#remember(name: Name, value: string): void {
		const slot = ((this.#engine.encoderTable[INSERTED] as number) - 1) & (TABLE_ENTRIES - 1);
		const ref = DYNAMIC_REF + slot;
		if (name.staticRef === 0) this.#names.set(name.text, name);
		name.dynamicRef = ref;
		name.dynamicValues ??= new Map();
		name.dynamicValues.set(value, ref);
		this.#slotNames[slot] = name;
		this.#slotValues[slot] = value;
	}

	#forgetEvicted(): void {
		const evicted = this.#engine.encoderTable[EVICTED] as number;
		for (; this.#evicted !== evicted; this.#evicted = (this.#evicted + 1) >>> 0) {
			const slot = this.#evicted & (TABLE_ENTRIES - 1);
			const ref = DYNAMIC_REF + slot;
			const name = this.#slotNames[slot] as Name;
			const value = this.#slotValues[slot] as string;
			if (name.dynamicValues?.get(value) === ref) name.dynamicValues.delete(value);
			if (name.dynamicRef !== ref) continue;
			name.dynamicRef = 0;
			if (name.staticRef === 0) this.#names.delete(name.text);
		}
	}
}

/**
 * The most bytes that a block of these fields can take: raw strings, and the integers before them. HPACKEncodingError
 * when that exceeds the largest block.
 */
export function blockBound(fields: readonly string[]): number {
	let bound = SIZE_UPDATES_BYTES;
	for (let i = 0; i < fields.length; i++) bound += (fields[i] as string).length + INTEGER_BYTES;
	if (bound <= BLOCK_BYTES) return bound;
	throw new HPACKEncodingError(
		`Cannot encode ${fields.length / 2} fields of up to ${bound} bytes: the maximum for a field block is ${BLOCK_BYTES}`,
	);
}

const asciiEncoder = new TextEncoder();
/** Above this length, one call of the platform is faster than a loop (measured: 150 ns a call against 1 ns a char). */
const LOOP_CHARS = 160;

/** Writes `text` at `at`, a byte for each char; TypeError for a char above U+00FF. The caller has made sure of the room. */
export function writeText(arena: Uint8Array, at: number, text: string): void {
	const length = text.length;
	if (length > LOOP_CHARS) {
		const { read, written } = asciiEncoder.encodeInto(text, arena.subarray(at, at + length));
		if (read === length && written === length) return;
	}
	for (let i = 0; i < length; i++) {
		const char = text.charCodeAt(i);
		if (char > 0xff) throw new TypeError(`Cannot encode a field: ${describeChar(char)} does not fit in a byte`);
		arena[at + i] = char;
	}
}

function describeChar(char: number): string {
	return `U+${char.toString(16).toUpperCase().padStart(4, '0')}`;
}
