// The worker that runs the exchanges in workerd: `/?exchange=NAME&exchange=...` runs those one after the other in one request,
// and answers with their outcomes in JSON. A timer that is left is a failure.

import { exchanges } from '../exchanges.ts';
import { type Outcome, outcomeOf } from '../outcome.ts';
import type { Peers } from '../peers/peers.ts';

/** All timers that have not fired. */
const timers = new Set<unknown>();
const { setTimeout: start, clearTimeout: stop } = globalThis;

globalThis.setTimeout = ((callback: (...given: unknown[]) => void, ...others: [number, ...unknown[]]) => {
	const timer = start(
		(...given: unknown[]) => {
			timers.delete(timer);
			callback(...given);
		},
		...others,
	);
	timers.add(timer);
	return timer;
}) as typeof setTimeout;

globalThis.clearTimeout = (timer) => {
	timers.delete(timer);
	stop(timer);
};

export default {
	async fetch({ url }: Request, { PEERS }: { PEERS: string }): Promise<Response> {
		// The configuration of workerd trusts the CA, and connections cannot.
		const peers = { ...JSON.parse(PEERS), ca: undefined } as unknown as Peers;
		const outcomes: Outcome[] = [];
		const names = new URL(url).searchParams.getAll('exchange');
		for (const name of names.length > 0 ? names : exchanges.keys()) {
			const { exchange, error } = await outcomeOf(name, peers);
			// Timers of this turn, and of those that it begins, are about to fire.
			for (let turn = 0; timers.size > 0 && turn < 100; turn++) await new Promise((resolve) => start(resolve, 1));
			const left = timers.size === 0 ? null : `${timers.size} timers are left`;
			timers.clear();
			outcomes.push({ exchange, error: error ?? left });
		}
		return Response.json(outcomes);
	},
};
