// Reduces the plan of a life that fails to its shortest form: fewest exchanges and faults, then the simplest of each.

import type { AnswerPlan, ExchangePlan, UploadPlan } from './exchange-plan.ts';
import type { LifePlan } from './plan.ts';

/** Enough for the largest plans. */
const MOST_ATTEMPTS = 2000;

/** Returns a plan that still fails, and from which nothing can be left out without making it pass. */
export async function shrink(plan: LifePlan, fails: (plan: LifePlan) => Promise<boolean>): Promise<LifePlan> {
	let shortest = plan;
	let attempts = 0;
	for (let hasChanged = true; hasChanged; ) {
		hasChanged = false;
		for (const candidate of candidates(shortest)) {
			const simpler = candidate(shortest);
			if (simpler === null || JSON.stringify(simpler) === JSON.stringify(shortest)) continue;
			if (attempts++ > MOST_ATTEMPTS) return shortest;
			if (!(await fails(simpler))) continue;
			shortest = simpler;
			hasChanged = true;
		}
	}
	return shortest;
}

type Candidate = (plan: LifePlan) => LifePlan | null;

/** Steps to a simpler plan, the largest first. Each applies to the shortest plan so far. */
function* candidates(plan: LifePlan): Generator<Candidate> {
	for (const list of ['exchanges', 'faults'] as const) {
		for (let size = plan[list].length; size >= 1; size >>= 1) {
			for (let from = plan[list].length - size; from >= 0; from -= size) {
				yield (shorter) => {
					if (shorter[list].length < from + size) return null;
					return { ...shorter, [list]: [...shorter[list].slice(0, from), ...shorter[list].slice(from + size)] };
				};
			}
		}
	}
	for (const part of SIMPLE_LIFE) yield (shorter) => ({ ...shorter, ...part });
	for (const [i, { id }] of plan.exchanges.entries()) {
		for (const part of SIMPLE_EXCHANGE) yield changed(id, (exchange) => ({ ...exchange, ...part }));
		yield changed(id, (exchange) => ({
			...exchange,
			answer: { ...exchange.answer, length: exchange.answer.length >> 1 },
		}));
		for (const part of SIMPLE_ANSWER) {
			yield changed(id, (exchange) => ({ ...exchange, answer: { ...exchange.answer, ...part } }));
		}
		for (const part of SIMPLE_UPLOAD) {
			yield changed(id, (exchange) => exchange.upload && { ...exchange, upload: { ...exchange.upload, ...part } });
		}
		yield changed(id, (exchange) => ({ ...exchange, at: i === 0 ? 0 : exchange.at >> 1 }));
	}
}

function changed(id: number, change: (exchange: ExchangePlan) => ExchangePlan | null): Candidate {
	return (plan) => ({
		...plan,
		exchanges: plan.exchanges.map((exchange) => (exchange.id === id ? (change(exchange) ?? exchange) : exchange)),
	});
}

const SIMPLE_LIFE: readonly Partial<LifePlan>[] = [
	{ route: 'direct' },
	{ dials: [] },
	{ network: { latency: 1, jitter: 0, parts: 1 } },
	{ keepAlive: null },
	{ throwsOnChange: false },
	{ noise: false },
	{ bodyLimit: 0 },
	{ enablePush: false },
	{ serverIdle: 0 },
	{ greetsAfter: 0 },
	{ end: 'close' },
	{
		settings: {
			maxConcurrentStreams: 100,
			initialWindowSize: 65_535,
			headerTableSize: 4096,
			enableConnectProtocol: true,
		},
	},
	{ connectionWindowSize: 16 * 1024 * 1024, streamWindow: 1024 * 1024, connectionBuffer: 33_554_432 },
];

const SIMPLE_EXCHANGE: readonly Partial<ExchangePlan>[] = [
	{ abortAt: null },
	{ throwsAt: null },
	{ call: 'roundTrip', upload: null, method: 'GET' },
	{ call: 'roundTrip' },
	{ readPause: 0 },
	{ read: 'bytes' },
];

const SIMPLE_ANSWER: readonly Partial<AnswerPlan>[] = [
	{ behaviour: 'answer' },
	{ informational: 0, pushes: 0, trailers: false, closes: false },
	{ informational: 0 },
	{ pushes: 0 },
	{ trailers: false },
	{ closes: false },
	{ coding: null },
	{ framing: 'length' },
	{ status: 200 },
	{ delay: 0 },
	{ pause: 0 },
	{ readPause: 0 },
	{ pieces: 1 },
	{ length: 0 },
	{ readsFirst: true },
];

const SIMPLE_UPLOAD: readonly Partial<UploadPlan>[] = [
	{ failsAt: null },
	{ trailers: false },
	{ expect: false },
	{ pause: 0 },
	{ pieces: 1 },
	{ kind: 'bytes' },
	{ length: 0 },
];
