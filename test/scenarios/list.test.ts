// README.md of this folder leaves no scenario out. test/documents.test.ts checks that the tests it names exist.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const page = new URL('README.md', import.meta.url);
const rows = readFileSync(page, 'utf8')
	.split('\n')
	.filter((line) => /^\| [^|]/.test(line))
	.map((line) => line.slice(2, -2).split(' | ') as [name: string, scenario: string, tests: string]);

/** How many there are of each letter. */
const NUMBERS = { U: 15, N: 9, G: 6, F: 3, A: 6, C: 6, R: 8, D: 1, B: 5, W: 1, T: 5, S: 27 };

test('every scenario is there, with a test or a word on why there is none', () => {
	const names = new Set(rows.map(([name]) => name));
	const wanted = Object.entries(NUMBERS).flatMap(([letter, count]) =>
		Array.from({ length: count }, (_, i) => `${letter}${i + 1}`),
	);
	assert.deepEqual(
		wanted.filter((name) => !names.has(name)),
		[],
	);
	assert.equal(names.size, rows.length);
	for (const [name, scenario, tests] of rows) assert.ok(scenario.length > 5 && tests.length > 5, name);
});
