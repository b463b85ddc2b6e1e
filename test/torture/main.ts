// `npm run torture`: runs every scenario once for each place where a call can fail, or those that the options choose.
// `--place KIND:INDEX[:MODE]` runs one place and prints its trace; `--part N --seed S` runs about one in N places.

import { parseArgs } from 'node:util';
import { SeededRandom } from '../support/seeded-random.ts';
import { describePlace, type Place, parsePlace } from './saboteur.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { rehearse, runWithFault, type Verdict } from './torture.ts';

const { values: options } = parseArgs({
	options: {
		scenario: { type: 'string' },
		place: { type: 'string' },
		part: { type: 'string', default: '1' },
		seed: { type: 'string', default: '0' },
	},
});

/** Broken places after which a scenario ends, and violations of each that are printed. */
const ENOUGH = 10;
const PRINTED = 4;
const TRACE_LINES = 60;

const random = new SeededRandom(Number(options.seed), 0);

await main();

async function main(): Promise<void> {
	const begun = process.hrtime.bigint();
	let [places, broken] = [0, 0];
	const chosen = SCENARIOS.filter(({ name }) => options.scenario === undefined || name === options.scenario);
	if (chosen.length === 0) throw new Error(`No scenario ${options.scenario}`);
	for (const scenario of chosen) {
		const result = await torture(scenario);
		places += result.places;
		broken += result.broken;
	}
	const seconds = (Number(process.hrtime.bigint() - begun) / 1e9).toFixed(1);
	const part = options.part === '1' ? '' : ` (a part of 1 in ${options.part}, seed ${options.seed})`;
	console.log(`${chosen.length} scenarios, ${places} places${part}, ${broken} broken, ${seconds} s`);
	if (broken > 0) process.exitCode = 1;
}

async function torture(scenario: Scenario): Promise<{ places: number; broken: number }> {
	const rehearsal = await rehearse(scenario);
	if (rehearsal.violations.length > 0) {
		print(scenario, null, rehearsal);
		return { places: 0, broken: 1 };
	}
	const places = rehearsal.saboteur.places.filter(isChosen);
	let broken = 0;
	for (const place of places) {
		const verdict = await runWithFault(scenario, place, rehearsal.report);
		if (verdict.violations.length > 0) broken++;
		if (verdict.violations.length > 0 || options.place !== undefined) print(scenario, place, verdict);
		if (broken === ENOUGH) break;
	}
	return { places: places.length, broken };
}

function isChosen(place: Place): boolean {
	if (options.place === undefined) return random.chance(1, Number(options.part));
	const { kind, index, mode } = parsePlace(options.place);
	return place.kind === kind && place.index === index && (mode === undefined || place.mode === mode);
}

function print({ name }: Scenario, place: Place | null, { violations, report, saboteur }: Verdict): void {
	const where = place === null ? '' : ` --place ${describePlace(place)}`;
	console.log(`npm run torture -- --scenario '${name}'${where}`);
	for (const violation of violations.slice(0, PRINTED)) console.log(`  ${violation}`);
	if (options.place === undefined) return;
	for (const line of report.trace.slice(-TRACE_LINES)) console.log(`    ${line}`);
	console.log(saboteur.stack ?? 'The place was not reached');
}
