// `npm run soak`: makes requests over real sockets for a long time, half of them aborted, while connections are cut, go
// silent and servers restart. In the end everything that the process holds must be as it was after the first requests.

import './resources.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { HTTPConnection } from '../../src/index.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { Exchange } from './exchange.ts';
import { Pool } from './pool.ts';
import { compareResources, expectedResources, measureResources } from './resources.ts';
import { ServerProcess } from './server-process.ts';
import type { ServerName } from './servers.ts';

const { values: options } = parseArgs({
	options: {
		requests: { type: 'string', default: '1000000' },
		seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
	},
});
const wanted = Number(options.requests);
const seed = Number(options.seed);
const random = new SeededRandom(seed, 0);

/** Requests at a time. */
const CONCURRENCY = 100;
/** After so many requests a server restarts. */
const RESTART_EVERY = Math.min(4000, Math.ceil(wanted / 10));
/** Milliseconds after which a request counts as lost, far beyond its timeouts. */
const LOST = 120_000;
const TIMEOUTS = { connect: 3000, headers: 1500, body: 1500, idle: 1000 };
/** Seconds in which what was left alone must have ended. */
const PATIENCE = 30;

const faults: string[] = [];
const outcomes = new Map<string, number>();
const common = new AbortController().signal;
for (const event of ['uncaughtException', 'unhandledRejection', 'warning'] as const) {
	process.on(event as 'uncaughtException', (error: Error) => report(`${event}: ${error?.stack ?? error}`));
}

const servers = new ServerProcess(seed);
const opened = await servers.start();
console.log(`seed ${seed}: ${wanted} requests`);

const begun = performance.now();
let made = 0;
const warmUp = Math.min(20_000, Math.ceil(wanted / 4));
const inTheBeginning = await measureResources(common);
await soak(warmUp);
const before = expectedResources(inTheBeginning, await measureResources(common));
const ticker = setInterval(() => console.log(progress()), 60_000);
await soak(wanted);
clearInterval(ticker);
const { rows, faults: leaks } = await settle();
console.log(progress());
console.log(
	[`${`memory after ${warmUp} requests`.padEnd(40)} ${'before'.padStart(10)} ${'after'.padStart(10)}`, ...rows].join(
		'\n',
	),
);
for (const [outcome, count] of [...outcomes].sort(([, a], [, b]) => b - a)) {
	console.log(`${outcome.padEnd(40)} ${String(count).padStart(10)}`);
}
faults.push(...leaks);
for (const fault of faults.slice(0, 20)) console.log(`FAULT ${fault}`);
if (faults.length > 0) process.exitCode = 1;
servers.stop();
setTimeout(() => {
	console.log(`FAULT The process does not exit: ${process.getActiveResourcesInfo()}`);
	process.exit(1);
}, 20_000).unref();

/** Makes requests until there have been `target`, then closes every connection, except some that close when they are idle. */
async function soak(target: number): Promise<void> {
	const pool = new Pool(random, opened, TIMEOUTS);
	await Promise.all(
		Array.from({ length: CONCURRENCY }, async () => {
			while (made < target) {
				made++;
				if (made % RESTART_EVERY === 0) servers.restart(random.pick(Object.keys(opened.ports) as ServerName[]));
				await exchange(pool.pick());
			}
		}),
	);
	await pool.close();
	await sleep(2 * TIMEOUTS.idle);
}

/** Compares until everything has come back. */
async function settle(): Promise<{ rows: string[]; faults: string[] }> {
	for (let seconds = 0; ; seconds++) {
		const compared = compareResources(before, await measureResources(common));
		if (compared.faults.length === 0 || seconds === PATIENCE) return compared;
		await sleep(1000);
	}
}

async function exchange(conn: HTTPConnection): Promise<void> {
	const one = new Exchange(conn, random, common);
	const lost = new AbortController();
	const timer = sleep(LOST, 'lost', { signal: lost.signal }).catch(() => 'settled');
	try {
		const outcome = await Promise.race([one.run(), timer]);
		outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
		if (outcome === 'lost') report(`${one.name} on ${conn.version} has not settled`);
	} catch (error) {
		report(`${one.name} on ${conn.version}: ${error instanceof Error ? error.stack : error}`);
	}
	lost.abort();
}

function report(fault: string): void {
	faults.push(fault);
	if (faults.length <= 20) console.log(`FAULT ${fault}`);
}

function progress(): string {
	const seconds = Math.round((performance.now() - begun) / 1000);
	const heap = process.memoryUsage().heapUsed >> 20;
	const complete = outcomes.get('complete') ?? 0;
	const died = servers.deaths === 0 ? '' : `, the servers died ${servers.deaths} times`;
	return `${seconds} s: ${made} requests, ${complete} complete, ${heap} MiB of heap, ${faults.length} faults${died}`;
}
