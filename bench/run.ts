// Implements `npm run bench`: measures the given cases, or all.
//   P1 P7 ...          first words of case names; a longer prefix such as 'P1 TLS' selects one
//   --rounds N         rounds per case (7)
//   --seconds S        duration of one rival's run in a round (1)
//   --only a,b         only these rivals
//   --profile[=RIVAL]  prints a CPU profile of one rival (ours) instead of measuring

import { parseArgs } from 'node:util';
import type { Case } from './case.ts';
import { p1 } from './cases/p1.ts';
import { p4 } from './cases/p4.ts';
import { p6 } from './cases/p6.ts';
import { p7 } from './cases/p7.ts';
import { p8 } from './cases/p8.ts';
import { measure, place } from './harness.ts';
import { printProfile } from './profile.ts';
import { printResult, writeResult } from './report.ts';
import { prepareRivals } from './rivals.ts';

const { values, positionals } = parseArgs({
	args: process.argv.slice(2).map((word) => (word === '--profile' ? '--profile=ours' : word)),
	allowPositionals: true,
	options: {
		rounds: { type: 'string', default: '7' },
		seconds: { type: 'string', default: '1' },
		only: { type: 'string' },
		profile: { type: 'string' },
	},
});

const pace = { rounds: positive('rounds', values.rounds), roundMs: positive('seconds', values.seconds) * 1000 };
const only = values.only?.split(',');
const chosen = [...p1, ...p4, ...p6, ...p7, ...p8].filter(isWanted);
if (chosen.length === 0) throw new Error(`no case has the name ${positionals.join(' ')}`);

await prepareRivals();
if (place.clientPrefix.length === 0) console.log('not pinned: server and client share cores');
for (const benchmark of chosen) {
	if (values.profile !== undefined) {
		await printProfile(benchmark, values.profile, pace.roundMs);
		continue;
	}
	const rivals = benchmark.rivals.filter(({ name }) => only?.includes(name) ?? true);
	const result = await measure({ ...benchmark, rivals }, pace);
	printResult(result, pace);
	// Results with only some rivals are not kept.
	if (only === undefined) writeResult(result, pace);
}

function isWanted({ name }: Case): boolean {
	const lower = name.toLowerCase();
	return positionals.length === 0 || positionals.some((word) => `${lower} `.startsWith(`${word.toLowerCase()} `));
}

function positive(name: string, text: string): number {
	const value = Number(text);
	if (!(value > 0)) throw new Error(`--${name} takes a positive number, not ${text}`);
	return value;
}
