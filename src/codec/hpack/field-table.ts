// The strings of HPACK's tables, for decoding: the engine names entries by ref (assembly/hpack/table.ts), we keep what
// they stand for, so an indexed field creates no string.

import { DYNAMIC_REF, TABLE_ENTRIES } from '../../../assembly/shared/limit.ts';
import { STATIC_TABLE } from './static-table.ts';

const STATIC_NAMES: readonly string[] = ['', ...STATIC_TABLE.map((entry) => entry[0])];
const STATIC_VALUES: readonly string[] = ['', ...STATIC_TABLE.map((entry) => entry[1])];

export class FieldTable {
	/** By ref. They grow as the ring is first filled. */
	readonly names: string[] = STATIC_NAMES.slice();
	readonly values: string[] = STATIC_VALUES.slice();
	#inserted = 0;
	#cleared = 0;

	/** Keeps the strings of a new entry. */
	insert(ref: number, name: string, value: string): void {
		this.names[ref] = name;
		this.values[ref] = value;
		this.#inserted = (this.#inserted + 1) | 0;
	}

	/** Lets go of the strings of evicted entries; `evicted` counts all evictions so far, modulo 2^32. */
	clear(evicted: number): void {
		// One section may go round the ring: older slots belong to newer entries by now.
		if (((this.#inserted - this.#cleared) | 0) > TABLE_ENTRIES) this.#cleared = (this.#inserted - TABLE_ENTRIES) | 0;
		while (this.#cleared !== evicted) {
			const ref = DYNAMIC_REF + (this.#cleared & (TABLE_ENTRIES - 1));
			this.names[ref] = '';
			this.values[ref] = '';
			this.#cleared = (this.#cleared + 1) | 0;
		}
	}
}
