// Runs a scenario with all its calls in order, then again with one of them failing, and returns what was wrong: the
// invariants of the simulation, and these. A failure of an object that belongs to one exchange ends no other. Errors of
// callbacks that cannot end a request become uncaught exceptions, others do not. The connection works again afterwards.

import '../simulation/world.ts';
import { PlannedError } from '../simulation/exchange.ts';
import { type LifeReport, live } from '../simulation/life.ts';
import { drainEngines } from './platform.ts';
import { describePlace, type Place, Saboteur, use } from './saboteur.ts';
import type { Scenario } from './scenarios.ts';
import { wrap } from './seams.ts';

/** What docs/api.md says about them: an error of theirs is an uncaught exception. */
const UNCAUGHT: ReadonlySet<string> = new Set([
	'sink.onEnd',
	'sink.onError',
	'onChange',
	'subscriber',
	'signal.removeEventListener',
]);

export interface Verdict {
	readonly violations: readonly string[];
	readonly report: LifeReport;
	readonly saboteur: Saboteur;
}

/** The run in which nothing fails but what the scenario plans. */
export function rehearse(scenario: Scenario): Promise<Verdict> {
	return run(scenario, null, null);
}

/** `rehearsal`: the report of `rehearse`. */
export function runWithFault(scenario: Scenario, place: Place, rehearsal: LifeReport): Promise<Verdict> {
	return run(scenario, place, rehearsal);
}

async function run(scenario: Scenario, place: Place | null, rehearsal: LifeReport | null): Promise<Verdict> {
	const { plan, options, observe } = scenario;
	const saboteur = new Saboteur(place);
	// Engines that earlier runs have left would not be created again.
	if (place === null || place.kind === 'instantiate') drainEngines();
	use(saboteur);
	const stopObserving = observe();
	const report = await live({ ...plan, calm: plan.calm && place === null }, { wrap, options });
	stopObserving();
	const violations = report.violations.map(
		({ invariant, text, exchange }) => `${invariant}${exchange === null ? '' : `, exchange ${exchange}`}: ${text}`,
	);
	if (place !== null) violations.push(...checkFault(scenario, place, saboteur, report, rehearsal as LifeReport));
	return { violations, report, saboteur };
}

function checkFault(
	{ plan, recovers }: Scenario,
	place: Place,
	saboteur: Saboteur,
	report: LifeReport,
	rehearsal: LifeReport,
): string[] {
	// Memory that an earlier run has left is shared by connections.
	if (saboteur.stack === null && place.kind === 'memory') return [];
	if (saboteur.stack === null) return [`place: ${describePlace(place)} was not reached`];
	const violations: string[] = [];
	const uncaught = report.uncaught.filter((error) => error instanceof PlannedError);
	// The response was complete before the promise of the sink rejected.
	const isTooLate = place.mode === 'rejects' && report.outcomes.get(saboteur.exchange ?? -1)?.state === 'answered';
	const mayBeUncaught = UNCAUGHT.has(place.kind) || (isTooLate && place.kind.startsWith('sink.'));
	if (uncaught.length > 0 && !mayBeUncaught) violations.push(`uncaught: ${uncaught.map(String).join()}`);
	for (const [id, { state }] of report.outcomes) {
		const isOwn = saboteur.exchange === null || saboteur.exchange === id;
		const succeeded = rehearsal.outcomes.get(id)?.state === 'answered';
		if (!isOwn && succeeded && state !== 'answered') violations.push(`others: exchange ${id} has ${state}`);
	}
	const last = report.outcomes.get(plan.exchanges.length - 1);
	if (recovers && last?.state !== 'answered') {
		const why = last?.state === 'failed' ? String(last.error) : last?.state;
		violations.push(`recovers: the last request has not succeeded: ${why}`);
	}
	return violations;
}
