// `npm run differential -- --seed N --cases M`: gives M random cases to our session and to all clients that are installed,
// and prints the differences that the table does not explain. `--case K` runs one of them. Without M, the hand-written ones.
// `--table` prints the table for docs/conformance.md.

import { parseArgs } from 'node:util';
import { SeededRandom } from '../support/seeded-random.ts';
import type { Case } from './case.ts';
import { conformanceTable } from './conformance.ts';
import { corpus } from './corpus/all.ts';
import { runDifferential } from './differential.ts';
import { mutateCase } from './mutations.ts';
import { oracleNames, oracles } from './oracle.ts';
import { describeFinding } from './report.ts';

const { values: options } = parseArgs({
	options: {
		seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
		cases: { type: 'string', default: '0' },
		case: { type: 'string' },
		client: { type: 'string' },
		table: { type: 'boolean', default: false },
	},
});
const seed = Number(options.seed);
/** Cases that one process of a client runs. */
const BATCH = 2000;

if (options.table) console.log(conformanceTable());
else await main();

async function main(): Promise<void> {
	for (const name of oracleNames.filter((each) => each === (options.client ?? each))) {
		const missing = oracles[name].missing();
		if (missing === null) for (const batch of batches()) await run(name, batch);
		else console.log(`${oracles[name].title}: ${missing}`);
	}
}

async function run(name: (typeof oracleNames)[number], batch: readonly Case[]): Promise<void> {
	const { cases, differing, unexplained } = await runDifferential(name, batch);
	for (const finding of unexplained) console.log(`${describeFinding(finding)}\n`);
	if (unexplained.length > 0) process.exitCode = 1;
	console.log(
		`${oracles[name].title}, seed ${seed}: ${cases} cases, ${differing} differ, ${unexplained.length} unexplained`,
	);
}

function* batches(): Generator<readonly Case[]> {
	const random = Number(options.cases);
	if (options.case !== undefined) yield [randomCase(Number(options.case))];
	else if (random === 0) yield corpus;
	for (let from = 0; from < random; from += BATCH) {
		yield Array.from({ length: Math.min(BATCH, random - from) }, (_, i) => randomCase(from + i));
	}
}

function randomCase(number: number): Case {
	const each = mutateCase(new SeededRandom(seed, number));
	return { ...each, name: `case ${number} of seed ${seed}: ${each.name}` };
}
