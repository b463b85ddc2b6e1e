// `npm run simulate`: runs random lives until they have had `--exchanges`, and prints what breaks an invariant. The lives of
// a seed are always the same: `--life` runs one of them, `--shrink` reduces it, and `--plan` runs what that has printed.

import { parseArgs } from 'node:util';
import { type LifeReport, live } from './life.ts';
import { type LifePlan, planLife } from './plan.ts';
import { shrink } from './shrink.ts';

const { values: options } = parseArgs({
	options: {
		seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
		exchanges: { type: 'string', default: '2000' },
		life: { type: 'string' },
		plan: { type: 'string' },
		shrink: { type: 'boolean', default: false },
		'check-replay': { type: 'boolean', default: false },
	},
});
const seed = Number(options.seed);
/** Failing lives after which the run ends. */
const ENOUGH = 10;
/** Violations of a life that are printed. */
const PRINTED = 5;

await main();

async function main(): Promise<void> {
	if (options.plan !== undefined) await runLife(JSON.parse(options.plan) as LifePlan, 'plan');
	else if (options.life !== undefined) await runLife(planOf(Number(options.life)), `life ${options.life}`);
	else await runLives(Number(options.exchanges));
}

async function runLives(wanted: number): Promise<void> {
	const begun = process.hrtime.bigint();
	let [exchanges, failures, digest] = [0, 0, 0];
	for (let life = 0; exchanges < wanted && failures < ENOUGH; life++) {
		const plan = planOf(life);
		const report = await runLife(plan, `life ${life}`);
		exchanges += plan.exchanges.length;
		if (report.violations.length > 0) failures++;
		digest = (Math.imul(digest, 31) + report.digest) >>> 0;
	}
	const seconds = (Number(process.hrtime.bigint() - begun) / 1e9).toFixed(1);
	console.log(`seed ${seed}: ${exchanges} exchanges, ${failures} failing lives, digest ${digest}, ${seconds} s`);
}

function planOf(life: number): LifePlan {
	return planLife((Math.imul(seed, 1_000_003) + life) | 0);
}

/** Runs a life and reports what was wrong. */
async function runLife(plan: LifePlan, name: string): Promise<LifeReport> {
	const report = await live(plan);
	if (options['check-replay'] && (await live(plan)).digest !== report.digest) {
		console.log(`seed ${seed}, ${name}: a replay differs`);
		process.exitCode = 1;
	}
	if (report.violations.length === 0) return report;
	process.exitCode = 1;
	print(report, `seed ${seed}, ${name}`);
	if (options.shrink) await printShortest(plan, report);
	else if (options.plan === undefined) {
		console.log(`  shortest form: npm run simulate -- --seed ${seed} --${name} --shrink`);
	}
	return report;
}

function print({ violations, trace }: LifeReport, name: string): void {
	console.log(`${name}:`);
	for (const { invariant, text, exchange } of violations.slice(0, PRINTED)) {
		console.log(`  ${invariant}${exchange === null ? '' : `, exchange ${exchange}`}: ${text}`);
	}
	for (const line of trace) console.log(`    ${line}`);
}

async function printShortest(plan: LifePlan, { violations }: LifeReport): Promise<void> {
	const wanted = violations[0]?.invariant;
	const shortest = await shrink(plan, async (shorter) => {
		return (await live(shorter)).violations.some(({ invariant }) => invariant === wanted);
	});
	const { exchanges, faults } = shortest;
	print(await live(shortest), `shortest form, ${exchanges.length} exchanges and ${faults.length} faults`);
	console.log(`  replay: npm run simulate -- --plan '${JSON.stringify(shortest)}'`);
}
