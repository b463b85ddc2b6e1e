// Sections out of records: literal and indexed, marked, hidden, over several passes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as Event from '../../../assembly/shared/event.ts';
import { releaseEngine, takeEngine } from '../../../src/codec/engine.ts';
import { SectionReader } from '../../../src/codec/hpack/section-reader.ts';
import { fromHex } from '../../support/hpack-stories.ts';

interface Section {
	fields: string[];
	neverIndexed: Set<number> | null;
	passes: number;
}

/** Decodes blocks one after the other, all with the same reader. */
function decode(blocks: readonly Uint8Array[], listSize = 0xffffffff): Section[] {
	const engine = takeEngine(false);
	const { exports, events, block } = engine;
	const reader = new SectionReader(engine);
	exports.setSectionLimits(listSize, 0xffffffff);
	const sections = blocks.map((octets): Section => {
		block.set(octets);
		for (let passes = 1; ; passes++) {
			exports.decode(octets.length, passes > 1);
			reader.open();
			const end = events[Event.END] as number;
			const at = reader.readFields(Event.FIRST, end);
			if (at === end) continue;
			assert.equal((events[at] as number) & 0xff, Event.SECTION);
			const fields = reader.takeFields(events[at + 5] as number);
			return { fields, neverIndexed: reader.takeNeverIndexed(), passes };
		}
	});
	releaseEngine(engine);
	return sections;
}

test('fields keep their order, and marks their pairs', () => {
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

test('fields over the limit are not shown, but enter the table', () => {
	const [hidden, shown] = decode([fromHex('4001610162 4001630164 82'), fromHex('bebf')], 70);
	assert.deepEqual(hidden?.fields, ['a', 'b', 'c', 'd']);
	assert.deepEqual(shown?.fields, ['c', 'd', 'a', 'b']);
	const [one, other] = decode([fromHex('4001610162 4001630164 82'), fromHex('be')], 40);
	assert.deepEqual(one?.fields, ['a', 'b']);
	assert.deepEqual(other?.fields, ['c', 'd']);
});

test('a section may take several passes', () => {
	const [section] = decode([new Uint8Array(100_000).fill(0x82)]);
	assert.equal(section?.fields.length, 200_000);
	assert.ok(section.passes > 10);
	assert.ok(section.fields.every((text, i) => text === (i % 2 === 0 ? ':method' : 'GET')));
});
