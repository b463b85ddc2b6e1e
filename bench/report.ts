// Reports results as a table, as a line of JSON, and as a file in results/ for later comparison.

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { CaseResult, Pace, RatioResult, RivalResult } from './harness.ts';

const results = new URL('results/', import.meta.url);

export function printResult(result: CaseResult, pace: Pace): void {
	const { name, what, rate, cost } = result.case;
	const rows = [
		['', rate.unit, `CPU ${cost.unit}`, ''],
		...result.rivals.map((rival) => [rival.name, figure(rival.rate), figure(rival.cost), remark(rival)]),
	];
	console.log(`\n${name}: ${what} (medians of ${pace.rounds} rounds)`);
	for (const row of aligned(rows)) console.log(`  ${row}`);
	for (const ratio of result.ratios) console.log(`  ${ratioLine(ratio)}`);
	console.log(JSON.stringify(record(result, pace)));
}

/** Writes results/p1-tls.json for the case `P1 TLS`. */
export function writeResult(result: CaseResult, pace: Pace): void {
	mkdirSync(results, { recursive: true });
	const file = `${result.case.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.json`;
	writeFileSync(new URL(file, results), `${JSON.stringify(record(result, pace), null, '\t')}\n`);
}

function record(result: CaseResult, pace: Pace): object {
	const { name, rate, cost } = result.case;
	return {
		case: name,
		node: process.versions.node,
		cpu: cpus()[0]?.model ?? 'unknown',
		rounds: pace.rounds,
		units: { rate: rate.unit, cost: cost.unit },
		rivals: Object.fromEntries(
			result.rivals.map(({ name, rate, cost, missing, figures }) => [
				name,
				missing === null ? { rate: rounded(rate), cost: rounded(cost), ...figures } : { missing },
			]),
		),
		ratios: result.ratios.map(({ of, to, by, value }) => ({ of, to, by, value: rounded(value) })),
	};
}

function ratioLine({ of, to, by, value, atLeast, atMost }: RatioResult): string {
	const label = `${of} / ${to}, ${by === 'rate' ? 'rate' : 'CPU'}:`;
	if (value === null) return `${label} not measured`;
	const bound = atLeast === undefined ? (atMost === undefined ? '' : `at most ${atMost}`) : `at least ${atLeast}`;
	const missed = (atLeast !== undefined && value < atLeast) || (atMost !== undefined && value > atMost);
	return `${label} ${value.toFixed(2)}${bound === '' ? '' : ` (${bound}${missed ? ': MISSED' : ''})`}`;
}

function remark({ missing, figures }: RivalResult): string {
	if (missing !== null) return missing;
	return Object.entries(figures)
		.map(([name, value]) => `${name} ${value}`)
		.join(', ');
}

function figure(value: number | null): string {
	if (value === null) return '-';
	return value.toLocaleString('en-US', value < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 });
}

function rounded(value: number | null): number | null {
	return value === null ? null : Number(value.toPrecision(4));
}

function aligned(rows: readonly string[][]): string[] {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
	return rows.map((row) =>
		row
			.map((cell, column) =>
				column === 1 || column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
			)
			.join('  ')
			.trimEnd(),
	);
}
