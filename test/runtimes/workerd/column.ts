// The column of workerd: every exchange in a request of its own, and all in one request. workerd forbids a request to touch
// what another one has opened, and ends a request that waits for nothing.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Verdict, verdictOf } from '../column.ts';
import { exchanges } from '../exchanges.ts';
import type { Outcome } from '../outcome.ts';
import type { Peers } from '../peers/peers.ts';
import { startWorkerd } from './serve.ts';

/** What workerd logs about rejections that nothing handles, requests that hang, and uses of what another one has opened. */
const FAULTS = /uncaught|hung|different request/i;

export async function tryWorkerd(t: TestContext, modules: string, peers: Peers): Promise<Verdict[]> {
	const worker = new URL('program.ts', import.meta.url);
	const workerd = await startWorkerd(t, modules, { worker, nodejs: true, bindings: { PEERS: JSON.stringify(peers) } });
	const run = async (names: readonly string[]): Promise<Map<string, string | null>> => {
		const query = new URLSearchParams(names.map((name) => ['exchange', name]));
		const outcomes: Outcome[] = JSON.parse(await workerd.get(`/?${query}`));
		return new Map(outcomes.map(({ exchange, error }) => [exchange, error]));
	};
	const alone = new Map<string, string | null>();
	for (const name of exchanges.keys()) {
		for (const [exchange, error] of await run([name]).catch((error) => [[name, String(error)] as const])) {
			alone.set(exchange, error);
		}
	}
	const together = await run([]);
	assert.doesNotMatch(workerd.readLog(), FAULTS);
	return [...exchanges.keys()].map((name) => {
		return verdictOf('workerd', name, alone.get(name) ?? null, together.get(name) ?? null);
	});
}
