// The worker that runs the exchanges in workerd: `/?exchange=NAME&exchange=...` runs those one after the other in one request,
// and answers with their outcomes in JSON. A timer that is left is a failure, and so is a rejection that nothing handles, which
// would end a program of Node.

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

/** Connections that stay open. */
const LEAVES_TIMERS: ReadonlySet<string> = new Set([
	'a connection that stays open does not keep the program running in HTTP/2',
]);

/** Rejections that nothing handles. */
const unhandled = new Set<Promise<unknown>>();
let onUnhandled = (_: unknown): void => {};

addEventListener('unhandledrejection', ({ promise, reason }) => {
	unhandled.add(promise);
	// A handler that is added in the same turn is early enough.
	start(() => {
		if (unhandled.delete(promise)) onUnhandled(reason);
	}, 1);
});
addEventListener('rejectionhandled', ({ promise }) => unhandled.delete(promise));

/** Rejects with the reason of the next rejection that nothing handles. */
function nextUnhandled(): Promise<never> {
	return new Promise((_, reject) => {
		onUnhandled = reject;
	});
}

export default {
	async fetch({ url }: Request, { PEERS }: { PEERS: string }): Promise<Response> {
		// The configuration of workerd trusts the CA, and connections cannot.
		const peers = { ...JSON.parse(PEERS), ca: undefined } as unknown as Peers;
		const outcomes: Outcome[] = [];
		const names = new URL(url).searchParams.getAll('exchange');
		for (const name of names.length > 0 ? names : exchanges.keys()) {
			const { exchange, error } = await outcomeOf(name, peers, nextUnhandled());
			// Timers of this turn, and of those that it begins, are about to fire.
			for (let turn = 0; timers.size > 0 && turn < 100; turn++) await new Promise((resolve) => start(resolve, 1));
			const left = timers.size === 0 || LEAVES_TIMERS.has(name) ? null : `${timers.size} timers are left`;
			timers.clear();
			outcomes.push({ exchange, error: error ?? left });
		}
		return Response.json(outcomes);
	},
};
