// Sections from records: literal, indexed, marked and hidden fields, several passes, and the strings of the tables.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as Event from '../../../assembly/shared/event.ts';
import { DYNAMIC_REF, STATIC_ENTRIES, TABLE_ENTRIES } from '../../../assembly/shared/limit.ts';
import { releaseEngine, takeEngine } from '../../../src/codec/engine.ts';
import { detachText, FieldDecoder, FieldTable, readText } from '../../../src/codec/hpack/field-decoder.ts';
import { STATIC_TABLE } from '../../../src/codec/hpack/static-table.ts';
import { fromHex } from '../../support/hpack-stories.ts';

interface Section {
	fields: string[];
	neverIndexed: Set<number> | null;
	passes: number;
}

/** Decodes blocks one after the other, all with the same decoder. */
function decode(blocks: readonly Uint8Array[], listSize = 0xffffffff): Section[] {
	const engine = takeEngine(false);
	const { exports, events, block } = engine;
	const decoder = new FieldDecoder(engine);
	exports.setSectionLimits(listSize, 0xffffffff);
	const sections = blocks.map((bytes): Section => {
		block.set(bytes);
		for (let passes = 1; ; passes++) {
			exports.decode(bytes.length, passes > 1);
			decoder.open();
			const end = events[Event.END] as number;
			const at = decoder.readFields(Event.FIRST, end);
			if (at === end) continue;
			assert.equal((events[at] as number) & 0xff, Event.SECTION);
			return { ...decoder.takeSection(events[at + 5] as number), passes };
		}
	});
	releaseEngine(engine);
	return sections;
}

test('decoded fields keep their order, and never-indexed marks keep their fields', () => {
	const block = fromHex('82 4001610162 1001630164 be 0f0201ff 1f1100');
	assert.deepEqual(decode([block, fromHex('be')]), [
		{
			fields: [':method', 'GET', 'a', 'b', 'c', 'd', 'a', 'b', 'accept-language', '\xff', 'cookie', ''],
			neverIndexed: new Set([2, 5]),
			passes: 1,
		},
		{ fields: ['a', 'b'], neverIndexed: null, passes: 1 },
	]);
});

test('fields over the limit are not returned, but enter the table', () => {
	const [hidden, shown] = decode([fromHex('4001610162 4001630164 82'), fromHex('bebf')], 70);
	assert.deepEqual(hidden?.fields, ['a', 'b', 'c', 'd']);
	assert.deepEqual(shown?.fields, ['c', 'd', 'a', 'b']);
	const [one, other] = decode([fromHex('4001610162 4001630164 82'), fromHex('be')], 40);
	assert.deepEqual(one?.fields, ['a', 'b']);
	assert.deepEqual(other?.fields, ['c', 'd']);
});

test('a section may be decoded in several passes', () => {
	const [section] = decode([new Uint8Array(100_000).fill(0x82)]);
	assert.equal(section?.fields.length, 200_000);
	assert.ok(section.passes > 10);
	assert.ok(section.fields.every((text, i) => text === (i % 2 === 0 ? ':method' : 'GET')));
});

describe('FieldTable', () => {
	function insert(table: FieldTable, number: number): void {
		table.insert(DYNAMIC_REF + (number % TABLE_ENTRIES), `name ${number}`, `value ${number}`);
	}

	/** The numbers of the entries whose strings the table holds. */
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

	test('references 1 to 61 are the static table', () => {
		const table = new FieldTable();
		assert.equal(STATIC_TABLE.length, STATIC_ENTRIES);
		STATIC_TABLE.forEach(([name, value], i) => {
			assert.equal(table.names[i + 1], name);
			assert.equal(table.values[i + 1], value);
		});
	});

	test('the strings of evicted entries are dropped, those of others stay', () => {
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

	test('entries that reuse the slots of evicted ones stay', () => {
		for (const inserted of [TABLE_ENTRIES - 1, TABLE_ENTRIES, TABLE_ENTRIES + 1, 5000, 3 * TABLE_ENTRIES]) {
			for (const living of [0, 1, 100, Math.min(inserted, TABLE_ENTRIES)]) {
				const table = new FieldTable();
				for (let i = 0; i < inserted; i++) insert(table, i);
				table.clear(inserted - living);
				assert.deepEqual(held(table), range(inserted - living, inserted));
			}
		}
	});
});

const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
const ascii = everyByte.slice(0, 128);

describe('readText', () => {
	test('readText turns each byte into one character, also 0x80-0x9f, unlike windows-1252', () => {
		const arena = Uint8Array.from({ length: 300 }, (_, i) => i);
		assert.equal(readText(arena, 256, true), everyByte);
		assert.equal(readText(arena, 128, false), ascii);
		assert.equal(readText(arena, 0, true), '');
	});

	test('readText reads strings longer than one call of String.fromCharCode can take', () => {
		const arena = Uint8Array.from({ length: 262_144 }, (_, i) => i * 7);
		for (const length of [4095, 4096, 4097, 262_144]) {
			assert.equal(readText(arena, length, true), Buffer.from(arena.subarray(0, length)).toString('latin1'));
		}
	});
});

test('detachText returns an equal string', () => {
	const parent = everyByte.repeat(40);
	assert.equal(detachText(parent.slice(100, 9000)), parent.slice(100, 9000));
	assert.equal(detachText(''), '');
});
