// Field sections out of the engine's records: literal strings come from the arena, the others from HPACK's tables by
// ref. One reader serves one decoder for its whole life, for connections (codec.ts) and for HPACK alone.

import * as Event from '../../../assembly/shared/event.ts';
import { detachText, readText } from '../arena.ts';
import type { Engine } from '../engine.ts';
import { FieldTable } from './field-table.ts';

/** A slice keeps alive the text of its whole pass: above this many octets an entry of the table gets its own. */
const SHARED_TEXT = 16384;

export class SectionReader {
	readonly #engine: Engine;
	readonly #table = new FieldTable();
	/** Of the pass being read. */
	#text = '';
	#textAt = 0;
	/** Of the section being read, which may take several passes. */
	#fields: string[] = [];
	#neverIndexed: Set<number> | null = null;

	constructor(engine: Engine) {
		this.#engine = engine;
	}

	/** Opens a pass. Comes before any record is acted on: who writes frames then sends strings through the arena. */
	open(): void {
		const { events, arena } = this.#engine;
		this.#text = readText(arena, events[Event.ARENA_LENGTH] as number, events[Event.ARENA_OCTETS] === 1);
		this.#textAt = 0;
	}

	/** Reads field records from `at` up to the first of another kind, and returns where that is. */
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

	/** The pairs of the section that a SECTION record ends, which counts `evicted` entries; they are the caller's. */
	takeFields(evicted: number): string[] {
		const fields = this.#fields;
		this.#fields = [];
		this.#table.clear(evicted);
		return fields;
	}

	/** Which of those pairs are marked, by number; null: none. */
	takeNeverIndexed(): Set<number> | null {
		const neverIndexed = this.#neverIndexed;
		this.#neverIndexed = null;
		return neverIndexed;
	}
}
