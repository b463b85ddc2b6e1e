// HTTPHeaderMap: the field lines of a section in order, exactly as given, with case-insensitive lookup. Leaf; every API
// that takes or returns header or trailer fields uses it.

import { defineInspection } from '../base/inspection.ts';
import { describe } from '../base/options.ts';
import {
	checkName,
	checkValue,
	describeSecret,
	type FieldFlags,
	type FieldLine,
	isNeverIndexed,
	isSecret,
} from './field-line.ts';
import { splitFieldValue } from './list-fields.ts';

export type { FieldFlags, FieldLine } from './field-line.ts';

/** Everything that can be turned into a header map. */
export type HeaderFields =
	| HTTPHeaderMap
	| Headers
	| Iterable<FieldLine>
	| Readonly<Record<string, string | readonly string[]>>;

/**
 * An ordered multimap with case-insensitive lookup that keeps every byte. Names and values are byte strings: one
 * character per byte. `get` and iteration return the canonical form: names in lower case, list fields split into their
 * elements, every other value whole. An iterator sees the map as it was at its first step.
 *
 * @example
 * const headers = new HTTPHeaderMap([['Accept', 'text/html, text/plain'], ['Cookie', 'a=b', { neverIndex: true }]]);
 * headers.get('accept');     // ['text/html', 'text/plain']
 * headers.getRaw('accept');  // ['text/html, text/plain']
 */
export class HTTPHeaderMap {
	/** name, value, name, value, ...; not modified while `#shared`. */
	#fields: string[];
	/** Index of the first name; above 0 only while `#shared`. */
	#start: number;
	/** Numbers of the pairs, counted from the start of `#fields`. */
	#neverIndexed: Set<number> | null;
	#shared: boolean;
	/** Maps a canonical name to the indices of its names in `#fields`; built at the first lookup in a long map. */
	#places: Map<string, number[]> | null = null;

	/** TypeError for a name that is not a token and for a value with NUL, CR, LF or a character above U+00FF. */
	constructor(fields?: HeaderFields) {
		if (fields instanceof HTTPHeaderMap) {
			fields.#shared = true;
			this.#fields = fields.#fields;
			this.#start = fields.#start;
			this.#neverIndexed = fields.#neverIndexed;
			this.#shared = true;
			return;
		}
		this.#fields = [];
		this.#start = 0;
		this.#neverIndexed = null;
		this.#shared = false;
		if (fields !== undefined) this.#appendAll(fields);
	}

	/**
	 * A map of `fields` (name, value, name, value, ...) from index `start` on, unchecked and copied only when the map is
	 * changed; the caller must not modify the array or the set afterwards. `neverIndexed` has the numbers of pairs, counted
	 * from the start of `fields`.
	 */
	static fromFlat(
		fields: readonly string[],
		neverIndexed: ReadonlySet<number> | null = null,
		start = 0,
	): HTTPHeaderMap {
		const map = new HTTPHeaderMap();
		map.#fields = fields as string[];
		map.#start = start;
		map.#neverIndexed = neverIndexed as Set<number> | null;
		map.#shared = true;
		return map;
	}

	/** A copy of the raw field lines. `neverIndexed` has the numbers of the marked pairs; null if no pair is marked. */
	toFlat(): { fields: string[]; neverIndexed: Set<number> | null } {
		const firstPair = this.#start / 2;
		let neverIndexed: Set<number> | null = null;
		for (const pair of this.#neverIndexed ?? []) {
			if (pair >= firstPair) neverIndexed = (neverIndexed ?? new Set()).add(pair - firstPair);
		}
		return { fields: this.#fields.slice(this.#start), neverIndexed };
	}

	/** The number of field lines. */
	get size(): number {
		return (this.#fields.length - this.#start) / 2;
	}

	has(name: string): boolean {
		return this.#find(name).length > 0;
	}

	/** The canonical values in order, with list fields split at their commas; empty if there is no such field. */
	get(name: string): string[] {
		const canonicalName = name.toLowerCase();
		const values: string[] = [];
		for (const place of this.#find(canonicalName)) {
			values.push(...splitFieldValue(canonicalName, this.#fields[place + 1] as string));
		}
		return values;
	}

	/** The values as given, one for each field line. */
	getRaw(name: string): string[] {
		return this.#find(name).map((place) => this.#fields[place + 1] as string);
	}

	/** Adds a field line at the end. */
	append(name: string, value: string, flags?: FieldFlags): void {
		checkName(name);
		checkValue(name, value);
		this.#push(name, value, isNeverIndexed(flags));
	}

	/** Replaces the first field line with this name and drops the others. If there is no such line, appends one. */
	set(name: string, value: string, flags?: FieldFlags): void {
		checkName(name);
		checkValue(name, value);
		const places = this.#find(name);
		if (places.length === 0) this.#push(name, value, isNeverIndexed(flags));
		else this.#rebuild(places, [name, value, flags]);
	}

	/** hyper's name for `set`. */
	replace(name: string, value: string, flags?: FieldFlags): void {
		this.set(name, value, flags);
	}

	/** Drops every field line with this name. Returns false if there was no such line. */
	delete(name: string): boolean {
		const places = this.#find(name);
		if (places.length === 0) return false;
		this.#rebuild(places, null);
		return true;
	}

	/** Appends the field lines of `other`, or changes nothing if one is invalid. Merging a map into itself does nothing. */
	merge(other: HeaderFields): void {
		if (other === this) return;
		const source = other instanceof HTTPHeaderMap ? other : new HTTPHeaderMap(other);
		for (const [name, value, flags] of source.raw()) this.#push(name, value, flags !== undefined);
	}

	/** Whether both have the same raw field lines in the same order. Ignores `neverIndex`. */
	equals(other: HTTPHeaderMap): boolean {
		if (this.size !== other.size) return false;
		const shift = other.#start - this.#start;
		for (let at = this.#start; at < this.#fields.length; at++) {
			if (this.#fields[at] !== other.#fields[at + shift]) return false;
		}
		return true;
	}

	/** The field lines exactly as given; the third element of a never-indexed one is `{ neverIndex: true }`. */
	*raw(): IterableIterator<FieldLine> {
		// A change either appends or allocates new storage, so these three are a snapshot of the map.
		const fields = this.#fields;
		const end = fields.length;
		const neverIndexed = this.#neverIndexed;
		for (let at = this.#start; at < end; at += 2) {
			const name = fields[at] as string;
			const value = fields[at + 1] as string;
			yield neverIndexed?.has(at / 2) ? [name, value, { neverIndex: true }] : [name, value];
		}
	}

	/** Canonical pairs in order; a list field has one pair per element. */
	*entries(): IterableIterator<[name: string, value: string]> {
		for (const [name, value] of this.raw()) {
			const canonicalName = name.toLowerCase();
			for (const element of splitFieldValue(canonicalName, value)) yield [canonicalName, element];
		}
	}

	/** The names of the canonical pairs, with duplicates. */
	*keys(): IterableIterator<string> {
		for (const [name] of this.entries()) yield name;
	}

	/** The values of the canonical pairs. */
	*values(): IterableIterator<string> {
		for (const [, value] of this.entries()) yield value;
	}

	[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
		return this.entries();
	}

	static {
		// Shown as `HTTPHeaderMap(1) [ [ 'accept', 'text/html' ] ]`, three levels wherever it is; secret values as their lengths.
		// biome-ignore lint/complexity/noThisInStatic: tsc replaces the class name by a variable that is assigned later
		defineInspection(this.prototype as HTTPHeaderMap, (map, _depth, options, inspect) => {
			const lines = Array.from(map.raw(), hideSecret);
			return `HTTPHeaderMap(${map.size}) ${inspect(lines, { ...options, depth: 2 })}`;
		});
	}

	#appendAll(fields: Exclude<HeaderFields, HTTPHeaderMap>): void {
		if (typeof fields !== 'object' || fields === null) {
			throw new TypeError(`Header fields must be a map, a record or pairs, not ${describe(fields)}`);
		}
		if (isIterable(fields)) {
			for (const line of fields as Iterable<FieldLine>) {
				if (!Array.isArray(line) || line.length < 2 || line.length > 3) {
					throw new TypeError(`A field line must be an array of name and value, not ${describe(line)}`);
				}
				this.append(line[0], line[1], line[2]);
			}
			return;
		}
		for (const [name, value] of Object.entries(fields)) {
			if (Array.isArray(value)) for (const each of value) this.append(name, each);
			else this.append(name, value as string);
		}
	}

	#push(name: string, value: string, neverIndex: boolean): void {
		this.#own();
		const place = this.#fields.length;
		this.#fields.push(name, value);
		if (neverIndex) this.#neverIndexed = (this.#neverIndexed ?? new Set()).add(place / 2);
		if (this.#places !== null) addPlace(this.#places, name, place);
	}

	#own(): void {
		if (!this.#shared) return;
		const { fields, neverIndexed } = this.toFlat();
		if (this.#start > 0) this.#places = null;
		this.#fields = fields;
		this.#start = 0;
		this.#neverIndexed = neverIndexed;
		this.#shared = false;
	}

	/** Drops the field lines at `places` and inserts `line`, unless null, at the first of them. */
	#rebuild(places: readonly number[], line: FieldLine | null): void {
		const dropped = new Set(places);
		const rebuilt = new HTTPHeaderMap();
		for (let at = this.#start; at < this.#fields.length; at += 2) {
			if (!dropped.has(at)) {
				const neverIndex = this.#neverIndexed?.has(at / 2) ?? false;
				rebuilt.#push(this.#fields[at] as string, this.#fields[at + 1] as string, neverIndex);
			} else if (at === places[0] && line !== null) {
				rebuilt.#push(line[0], line[1], isNeverIndexed(line[2]));
			}
		}
		this.#fields = rebuilt.#fields;
		this.#start = 0;
		this.#neverIndexed = rebuilt.#neverIndexed;
		this.#shared = false;
		this.#places = null;
	}

	#find(name: string): readonly number[] {
		const canonicalName = name.toLowerCase();
		if (this.#places === null) {
			if (this.size <= SCAN_LIMIT) return this.#scan(canonicalName);
			this.#places = new Map();
			for (let at = this.#start; at < this.#fields.length; at += 2) {
				addPlace(this.#places, this.#fields[at] as string, at);
			}
		}
		return this.#places.get(canonicalName) ?? NOWHERE;
	}

	#scan(canonicalName: string): readonly number[] {
		let places: number[] | null = null;
		for (let at = this.#start; at < this.#fields.length; at += 2) {
			const name = this.#fields[at] as string;
			if (name.length !== canonicalName.length || name.toLowerCase() !== canonicalName) continue;
			if (places === null) places = [at];
			else places.push(at);
		}
		return places ?? NOWHERE;
	}
}

/** Maps with more field lines build an index: for 7 lines the first lookup took 340 ns with one and 95 ns without. */
const SCAN_LIMIT = 16;
const NOWHERE: readonly number[] = [];

function hideSecret(line: FieldLine): FieldLine {
	const [name, value, flags] = line;
	if (!isSecret(name, flags)) return line;
	const hidden = describeSecret(value);
	return flags === undefined ? [name, hidden] : [name, hidden, flags];
}

function addPlace(places: Map<string, number[]>, name: string, place: number): void {
	const canonicalName = name.toLowerCase();
	const known = places.get(canonicalName);
	if (known === undefined) places.set(canonicalName, [place]);
	else known.push(place);
}

function isIterable(value: object): value is Iterable<unknown> {
	return typeof (value as Iterable<unknown>)[Symbol.iterator] === 'function';
}
