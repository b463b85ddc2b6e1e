// Strings of the decoder's tables: held as long as their entries live, and no longer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DYNAMIC_REF, STATIC_ENTRIES, TABLE_ENTRIES } from '../../../assembly/shared/limit.ts';
import { FieldTable } from '../../../src/codec/hpack/field-table.ts';
import { STATIC_TABLE } from '../../../src/codec/hpack/static-table.ts';

function insert(table: FieldTable, number: number): void {
	table.insert(DYNAMIC_REF + (number % TABLE_ENTRIES), `name ${number}`, `value ${number}`);
}

/** Numbers of the entries whose strings the table holds. */
function held(table: FieldTable): number[] {
	return table.names
		.slice(DYNAMIC_REF)
		.filter((name) => name !== '')
		.map((name) => Number(name.split(' ')[1]))
		.sort((a, b) => a - b);
}

function range(from: number, to: number): number[] {
	return Array.from({ length: to - from }, (_, i) => from + i);
}

test('refs 1 to 61 are the static table', () => {
	const table = new FieldTable();
	assert.equal(STATIC_TABLE.length, STATIC_ENTRIES);
	STATIC_TABLE.forEach(([name, value], i) => {
		assert.equal(table.names[i + 1], name);
		assert.equal(table.values[i + 1], value);
	});
});

test('evicted entries are let go, living ones stay', () => {
	const table = new FieldTable();
	for (let i = 0; i < 10; i++) insert(table, i);
	table.clear(4);
	assert.deepEqual(held(table), range(4, 10));
	table.clear(4);
	assert.deepEqual(held(table), range(4, 10));
	table.clear(10);
	assert.deepEqual(held(table), []);
	assert.deepEqual(
		table.values.slice(DYNAMIC_REF).filter((value) => value !== ''),
		[],
	);
});

test('entries that went round the ring before the others were let go stay', () => {
	for (const inserted of [TABLE_ENTRIES - 1, TABLE_ENTRIES, TABLE_ENTRIES + 1, 5000, 3 * TABLE_ENTRIES]) {
		for (const living of [0, 1, 100, Math.min(inserted, TABLE_ENTRIES)]) {
			const table = new FieldTable();
			for (let i = 0; i < inserted; i++) insert(table, i);
			table.clear(inserted - living);
			assert.deepEqual(held(table), range(inserted - living, inserted));
		}
	}
});
