// The process under attack: performs the attack whose name is its argument, and measures itself.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { HTTP11Connection, HTTP20Connection } from '../../src/index.ts';
import { attacks } from './all.ts';
import { type Attack, BOUNDS, type Measurement, type Meter, type Version } from './attack.ts';

const [name, version, origin, ca] = process.argv.slice(2) as [string, Version, string, string];
const attack = attacks.find((each) => each.name === name) as Attack;
const Connection = version === 'HTTP/2' ? HTTP20Connection : HTTP11Connection;
const conn = new Connection(origin, { ...attack.options, ...(origin.startsWith('https') ? { tls: { ca } } : {}) });
await (await conn.roundTrip('GET', '/first')).bytes();

const held = async (): Promise<number> => {
	gc?.();
	// Memory outside the heap is released by another thread.
	await sleep(20);
	gc?.();
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
};

const before = await held();
let most = { memory: 0, memoryBound: BOUNDS.memory(0, 1) };
const turns = watchTurns();
const cpu = process.cpuUsage();
/** What measuring costs. */
let overhead = 0;
const meter: Meter = {
	async hold(unread, streams) {
		const start = process.cpuUsage();
		turns.pause();
		const memory = (await held()) - before;
		const memoryBound = BOUNDS.memory(unread, streams);
		if (memory / memoryBound > most.memory / most.memoryBound) most = { memory, memoryBound };
		turns.resume();
		overhead += total(process.cpuUsage(start));
	},
	async settle() {
		for (let idle = 0; idle < 3; ) {
			const start = process.cpuUsage();
			await sleep(250);
			idle = total(process.cpuUsage(start)) < 20 ? idle + 1 : 0;
		}
	},
};
const error = await attack.perform(conn, meter).then(
	() => null,
	(reason: unknown) => String(reason),
);
const cpuMs = total(process.cpuUsage(cpu)) - overhead;
await meter.hold(0, 1);
await conn.close();
const measured: Omit<Measurement, 'wire'> = { ...most, cpuMs, longestTurn: turns.longest(), error };
process.send?.(measured);
// The channel has sent everything when it disconnects.
process.disconnect?.();

function total({ user, system }: NodeJS.CpuUsage): number {
	return (user + system) / 1000;
}

/** Turns are measured in CPU of the main thread, so that other processes do not count. */
function watchTurns(): { longest(): number; pause(): void; resume(): void } {
	let longest = 0;
	let last = threadTime();
	let isPaused = false;
	setInterval(() => {
		const now = threadTime();
		if (!isPaused) longest = Math.max(longest, now - last);
		last = now;
	}, 1).unref();
	return {
		longest: () => longest,
		pause: () => {
			longest = Math.max(longest, threadTime() - last);
			isPaused = true;
		},
		resume: () => {
			isPaused = false;
			last = threadTime();
		},
	};
}

/** Milliseconds of CPU of the main thread; on systems other than Linux, of the clock. */
function threadTime(): number {
	try {
		return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[0]) / 1e6;
	} catch {
		return performance.now();
	}
}
