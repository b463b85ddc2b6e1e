// What the client under attack measures of itself: memory, CPU, turns of the event loop, and bytes received.

import { createHook } from 'node:async_hooks';
import { openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BOUNDS } from './attack.ts';

/** Nanoseconds on the CPU come first. */
const schedstat = process.platform === 'linux' ? openSync('/proc/self/schedstat', 'r') : null;
const STAT = Buffer.alloc(64);

/** Bytes on the heap and beside it that are not garbage. */
export function collect(): number {
	// What the first collection has found outside the heap, the second one releases.
	gc?.();
	gc?.();
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
}

export async function afterCollection(): Promise<number> {
	collect();
	// Other threads release memory too.
	await sleep(20);
	return collect();
}

/** The most memory in relation to its bound. */
export class MemoryWatch {
	readonly #before: number;
	#bound = BOUNDS.memory(0, 1);
	most = 0;
	bound: number = BOUNDS.memory(0, 1);

	constructor(before: number) {
		this.#before = before;
	}

	expect(unread: number, streams: number): void {
		this.#bound = BOUNDS.memory(unread, streams);
	}

	sample(now: number): void {
		const held = now - this.#before;
		if (held / this.#bound <= this.most / this.bound) return;
		this.most = held;
		this.bound = this.#bound;
	}
}

export class CPUWatch {
	#start = process.cpuUsage();
	#total = 0;

	pause(): void {
		this.#total = this.total();
	}

	resume(): void {
		this.#start = process.cpuUsage();
	}

	/** Does not count so many milliseconds. */
	forget(time: number): void {
		this.#total -= time;
	}

	/** In milliseconds. */
	total(): number {
		const { user, system } = process.cpuUsage(this.#start);
		return this.#total + (user + system) / 1000;
	}
}

/** Milliseconds between two looks at the time: short turns count together, but each look takes time too. */
const TICK = 4;

/** Turns are measured in CPU of the main thread, so that other processes do not count. */
export class TurnWatch {
	readonly #timer: NodeJS.Timeout;
	#longest = 0;
	#last = threadTime();
	#isPaused = false;

	constructor() {
		this.#timer = setInterval(() => {
			if (!this.#isPaused) this.#look();
		}, TICK);
	}

	pause(): void {
		this.#look();
		this.#isPaused = true;
	}

	resume(): void {
		this.#last = threadTime();
		this.#isPaused = false;
	}

	/** The longest turn in milliseconds. */
	stop(): number {
		clearInterval(this.#timer);
		return this.#longest;
	}

	#look(): void {
		const now = threadTime();
		this.#longest = Math.max(this.#longest, now - this.#last);
		this.#last = now;
	}
}

/** Milliseconds of CPU of the main thread; on systems other than Linux, of the clock. */
function threadTime(): number {
	if (schedstat === null) return performance.now();
	const length = readSync(schedstat, STAT, 0, STAT.length, 0);
	return Number(STAT.toString('latin1', 0, length).split(' ', 1)[0]) / 1e6;
}

/** Counts the bytes that sockets receive, below TLS. */
export class SocketWatch {
	readonly #handles: { readonly bytesRead: number }[] = [];
	#most = 0;
	readonly #hook = createHook({
		init: (_id, type, _trigger, resource) => {
			if (type === 'TCPWRAP') this.#handles.push(resource as { bytesRead: number });
		},
	}).enable();

	/** No other sockets count. Returns the bytes so far. */
	stop(): number {
		this.#hook.disable();
		return this.received();
	}

	received(): number {
		// A handle that has been closed has forgotten them.
		this.#most = Math.max(
			this.#most,
			this.#handles.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
		);
		return this.#most;
	}
}
