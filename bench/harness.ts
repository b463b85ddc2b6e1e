// Measures a case. Every rival has its own process, is warmed up, and then runs in turn (A B C A B C ...), so a machine
// that slows down affects all of them. Absolute figures drift, so ratios are taken within a round.

import { availableParallelism } from 'node:os';
import { findProgram } from '../test/support/servers/program.ts';
import type { Case, Measurement, Place, Ratio, Rival, Scale } from './case.ts';
import { Contestant } from './contestant.ts';

export interface Pace {
	rounds: number;
	/** The intended duration of one rival's run in one round. */
	roundMs: number;
}

export interface RivalResult {
	name: string;
	/** Why it did not run, in which case the figures are null. */
	missing: string | null;
	rate: number | null;
	cost: number | null;
	figures: Record<string, number>;
}

export interface RatioResult extends Ratio {
	/** Median over the rounds; null if one of the two did not run. */
	value: number | null;
}

export interface CaseResult {
	case: Case;
	rivals: RivalResult[];
	ratios: RatioResult[];
}

interface Entrant {
	rival: Rival;
	missing: string | null;
	contestant: Contestant | null;
	count: number;
	runs: { rate: number; cost: number }[];
	figures: Record<string, number>;
}

/** Servers and clients get one core each if there are two and the system can pin processes. */
export const place: Place = pinning();

export async function measure(benchmark: Case, pace: Pace): Promise<CaseResult> {
	const { config, close } = await benchmark.open(place);
	const entrants: Entrant[] = [];
	try {
		for (const rival of benchmark.rivals) entrants.push(await enter(rival, config, pace));
		for (let round = 0; round < pace.rounds; round++) {
			for (const entrant of entrants) {
				const measurement = await entrant.contestant?.run(entrant.count);
				if (measurement !== undefined) note(entrant, measurement, benchmark);
			}
		}
	} finally {
		await Promise.all(entrants.map((entrant) => entrant.contestant?.stop()));
		await close();
	}
	return {
		case: benchmark,
		rivals: entrants.map(({ rival, missing, runs, figures }) => ({
			name: rival.name,
			missing,
			rate: median(runs.map((run) => run.rate)),
			cost: median(runs.map((run) => run.cost)),
			figures,
		})),
		ratios: benchmark.ratios.map((ratio) => ({ ...ratio, value: ratioOver(entrants, ratio) })),
	};
}

/** Runs with growing counts until a run takes half a round. Returns the count for a whole round. */
export async function warmUp(contestant: Contestant, roundMs: number): Promise<number> {
	for (let count = 1; ; ) {
		const { elapsedMs } = await contestant.run(count);
		if (elapsedMs >= roundMs / 2) return Math.max(1, Math.round((count * roundMs) / elapsedMs));
		count = Math.ceil(count * Math.min(10, roundMs / Math.max(elapsedMs, 0.1)));
	}
}

async function enter(rival: Rival, config: Record<string, unknown>, pace: Pace): Promise<Entrant> {
	const missing = rival.missing?.() ?? null;
	const contestant = missing === null ? await Contestant.start(rival, config, place) : null;
	const count = contestant === null ? 0 : await warmUp(contestant, pace.roundMs);
	return { rival, missing, contestant, count, runs: [], figures: {} };
}

function note(entrant: Entrant, { elapsedMs, cpuMicros, figures }: Measurement, { rate, cost }: Case): void {
	const perSecond = (entrant.count * 1000) / elapsedMs;
	entrant.runs.push({ rate: scaled(perSecond, rate), cost: scaled(cpuMicros / entrant.count, cost) });
	entrant.figures = figures ?? {};
}

function scaled(value: number, { factor }: Scale): number {
	return value * factor;
}

function ratioOver(entrants: readonly Entrant[], { of, to, by }: Ratio): number | null {
	const runsOf = (name: string): Entrant['runs'] => entrants.find(({ rival }) => rival.name === name)?.runs ?? [];
	const others = runsOf(to);
	return median(runsOf(of).flatMap((run, round) => (others[round] === undefined ? [] : run[by] / others[round][by])));
}

function median(values: readonly number[]): number | null {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	if (sorted.length === 0) return null;
	const upper = sorted[middle] as number;
	return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

function pinning(): Place {
	const taskset = findProgram('taskset');
	if (taskset === null || availableParallelism() < 2) return { serverPrefix: [], clientPrefix: [] };
	return { serverPrefix: [taskset, '-c', '0'], clientPrefix: [taskset, '-c', '1'] };
}
