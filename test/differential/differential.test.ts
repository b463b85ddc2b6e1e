// The same bytes of a server, given to our session and to other clients: what they accept, we accept with the same result.
// Every difference has a sentence of an RFC in differences.ts.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fixedSeed, SeededRandom } from '../support/seeded-random.ts';
import { conformanceTable } from './conformance.ts';
import { corpus } from './corpus/all.ts';
import { explanations } from './differences.ts';
import { type Result, runDifferential } from './differential.ts';
import { runHyper } from './hyper.ts';
import { mutateCase } from './mutations.ts';
import { type OracleName, oracleNames, oracles } from './oracle.ts';
import { describeFinding } from './report.ts';

const MUTATIONS = 500;

test('the hand-written cases of servers have different names, and our session never hangs in one', () => {
	assert.ok(corpus.length > 500);
	assert.equal(new Set(corpus.map(({ name }) => name)).size, corpus.length);
	for (const each of corpus) assert.notEqual(runHyper(each).connection, 'hung', each.name);
});

for (const name of oracleNames) {
	const { title, missing, isListed } = oracles[name];

	test(`every difference between our session and ${title} is explained, and every explanation explains one`, async (t) => {
		const reason = missing();
		if (reason !== null) {
			if (process.env.CI === 'true' || process.env.HYPER_REQUIRE_SERVERS === '1') throw new Error(reason);
			return t.skip(reason);
		}
		const written = await runDifferential(name, corpus);
		expectNone(written);
		assert.deepEqual(isListed() ? uselessFor(name, written) : [], []);
		expectNone(await runDifferential(name, randomCases()));
	});
}

test('docs/conformance.md has the table of differences', () => {
	const text = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8');
	assert.ok(text.includes(conformanceTable()), '`npm run differential -- --table` prints the table');
});

function randomCases() {
	return Array.from({ length: MUTATIONS }, (_, i) => mutateCase(new SeededRandom(fixedSeed, i)));
}

function expectNone({ unexplained }: Result): void {
	const found = unexplained.map(describeFinding).join('\n\n');
	assert.equal(unexplained.length, 0, `${found}\n\nHYPER_SEED=${fixedSeed}`);
}

/** What differs according to the table, but not in the hand-written cases. */
function uselessFor(name: OracleName, { used }: Result): string[] {
	return explanations.filter((each) => each.clients.includes(name) && !used.has(each)).map(({ what }) => what);
}
