// HPACK encoding, the host's half: decides how each field is represented, by looking names and values up in maps; the
// engine writes integers and strings and keeps the sizes of the dynamic table.

import { BLOCK_BYTES, DYNAMIC_REF, ENTRY_OVERHEAD, TABLE_ENTRIES } from '../../../assembly/shared/limit.ts';
import { HPACKEncodingError } from '../../base/errors.ts';
import { writeText } from '../arena.ts';
import type { Engine } from '../engine.ts';
import { STATIC_TABLE } from './static-table.ts';

/** Words of Engine.encoderTable. */
const CAPACITY = 0;
const INSERTED = 2;
const EVICTED = 3;

/** Values of these differ from message to message: an entry for them would only evict others. nghttp2 has the same. */
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
/** RFC 7541 §7.1.3: secrets that an attacker could guess piece by piece. */
const SECRET = new Set(['authorization', 'proxy-authorization']);
/** A cookie shorter than this has too little entropy to withstand guessing. */
const SHORT_COOKIE = 20;

/** An index or a length, as the engine writes it; two size updates. */
const INTEGER_BYTES = 6;
const SIZE_UPDATES_BYTES = 12;

/** What the tables hold of one name. */
interface Name {
	readonly text: string;
	readonly staticRef: number;
	readonly staticValues: ReadonlyMap<string, number> | null;
	readonly repeats: boolean;
	readonly secret: boolean;
	/** The newest dynamic entry with this name, or 0. */
	dynamicRef: number;
	/** Living dynamic entries by value. */
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
	/** Owners of the dynamic entries, by slot of the ring. */
	readonly #slotNames: Name[] = [];
	readonly #slotValues: string[] = [];
	#evicted = 0;

	constructor(engine: Engine) {
		this.#engine = engine;
	}

	/**
	 * Encodes pairs at `at`, where `blockBound(fields)` octets must be free, and returns the end.
	 * After an error (TypeError: not octets) both tables start afresh with the next block.
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
			// 1 first: the engine signals changes only, and the lost block may have been the one to signal 0.
			exports.setEncoderTableSize(1);
			exports.setEncoderTableSize(0);
			exports.setEncoderTableSize(capacity);
			throw error;
		}
	}

	#encodeField(at: number, text: string, value: string, marked: boolean): number {
		const { exports, arena, encoderTable } = this.#engine;
		const name = this.#nameOf(text);
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
		// An entry of nearly the whole table would empty it: nghttp2's bound too.
		if (neverIndexed || !name.repeats || size > (encoderTable[CAPACITY] as number) * 0.75) {
			return exports.encodeLiteral(at, neverIndexed, nameRef, text.length, value.length);
		}
		const end = exports.encodeInserted(at, nameRef, text.length, value.length);
		this.#forgetEvicted();
		this.#remember(name, value);
		return end;
	}

	/** The record of a name; one that no table has is listed once an entry has it. */
	#nameOf(text: string): Name {
		const listed = this.#names.get(text);
		if (listed !== undefined) return listed;
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

	/** Notes the entry that the engine has just inserted. */
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
 * The most octets that a block of these fields takes: strings as they are, and the integers before them.
 * Throws HPACKEncodingError when that is more than a block may have.
 */
export function blockBound(fields: readonly string[]): number {
	let bound = SIZE_UPDATES_BYTES;
	for (let i = 0; i < fields.length; i++) bound += (fields[i] as string).length + INTEGER_BYTES;
	if (bound <= BLOCK_BYTES) return bound;
	throw new HPACKEncodingError(
		`Cannot encode ${fields.length / 2} fields of ${bound} octets: a field block has at most ${BLOCK_BYTES}`,
	);
}
