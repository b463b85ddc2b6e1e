import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LifePlan, planLife } from './plan.ts';
import { shrink } from './shrink.ts';

/** A plan that has several exchanges and faults. */
function findPlan(): LifePlan {
	for (let seed = 0; ; seed++) {
		const plan = planLife(seed);
		if (plan.exchanges.length > 7 && plan.faults.length > 2) return plan;
	}
}

test('a failing plan is reduced to the exchanges and faults without which it passes', async () => {
	const plan = findPlan();
	const fault = plan.faults[1];
	const isNeeded = (shorter: LifePlan): boolean =>
		[2, 5].every((id) => shorter.exchanges.some((exchange) => exchange.id === id)) &&
		shorter.faults.some((each) => each.at === fault?.at);
	const shortest = await shrink(plan, async (shorter) => isNeeded(shorter));
	assert.deepEqual(
		shortest.exchanges.map(({ id, upload, answer }) => [id, upload, answer.length, answer.behaviour]),
		[
			[2, null, 0, 'answer'],
			[5, null, 0, 'answer'],
		],
	);
	assert.deepEqual(shortest.faults, [fault]);
	assert.deepEqual([shortest.dials, shortest.network.parts], [[], 1]);
});

test('a plan that fails whatever is left out is reduced to nothing', async () => {
	const { exchanges, faults } = await shrink(findPlan(), async () => true);
	assert.deepEqual([exchanges, faults], [[], []]);
});
