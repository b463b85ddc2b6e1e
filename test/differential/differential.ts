// Runs cases with our session and with other clients, and finds the differences that the table does not explain.

import { FrameType } from '../../src/frames.ts';
import type { Case } from './case.ts';
import { type Explanation, explain } from './differences.ts';
import { runHyper } from './hyper.ts';
import { type OracleName, oracles, runOracle } from './oracle.ts';
import { compare, type Difference } from './outcome.ts';

export interface Finding {
	client: OracleName;
	/** The shortest form: the case up to the first frame that makes the clients differ. */
	case: Case;
	differences: Difference[];
}

export interface Result {
	cases: number;
	/** Cases in which a client differs. */
	differing: number;
	/** Differences without an explanation. */
	unexplained: Finding[];
	/** What has explained a difference. */
	used: ReadonlySet<Explanation>;
}

/** Runs the cases that the client supports. */
export async function runDifferential(client: OracleName, all: readonly Case[]): Promise<Result> {
	const cases = all.filter((each) => oracles[client].supports(each));
	const used = new Set<Explanation>();
	const findings = await find(client, cases);
	const open = findings.filter((finding) => !isExplained(finding, used));
	const unexplained: Finding[] = [];
	for (const finding of open) {
		const shortest = (await find(client, prefixes(finding.case)))[0] ?? finding;
		if (!isExplained(shortest, used)) unexplained.push(shortest);
	}
	return { cases: cases.length, differing: findings.length, unexplained, used };
}

/** The cases in which the client differs. */
async function find(client: OracleName, cases: readonly Case[]): Promise<Finding[]> {
	const theirs = await runOracle(client, cases);
	return cases.flatMap((each, i) => {
		const differences = compare(runHyper(each), theirs[i] as (typeof theirs)[number]);
		return differences.length === 0 ? [] : [{ client, case: each, differences }];
	});
}

function isExplained({ client, case: each, differences }: Finding, used: Set<Explanation>): boolean {
	const last = each.steps.filter((step) => step instanceof Uint8Array).at(-1);
	let explained = true;
	for (const difference of differences) {
		const found = explain(client, difference, last?.[3] ?? FrameType.DATA);
		for (const explanation of found) used.add(explanation);
		explained &&= found.length > 0;
	}
	return explained;
}

/** The case up to each of its steps. */
function prefixes(each: Case): Case[] {
	return each.steps.map((_step, i) => ({ ...each, steps: each.steps.slice(0, i + 1) }));
}
