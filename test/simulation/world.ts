// One virtual clock for everything that a simulated life does. Importing this file replaces the timers and clocks of the
// process, so it must be the first import; afterwards only `World.run` lets time pass.

import { SeededRandom } from '../support/seeded-random.ts';

const { setImmediate: realSetImmediate } = globalThis;

/** `library`: a timer of the code under test. `network`: the network, a server or the application. */
type EventOwner = 'library' | 'network';

interface WorldEvent {
	at: number;
	/** Keeps events of the same time in order. */
	readonly order: number;
	readonly owner: EventOwner;
	run: (() => void) | null;
}

/** The wall clock at the beginning of each world. */
const EPOCH = 1_800_000_000_000;
const LINES_KEPT = 60;
/** Twice as many as the longest lives have. What repeats for ever is mostly noticed sooner: ledger.ts. */
const MOST_STEPS = 500_000;

/**
 * Returns what the library gets in place of an object of a life, whose calls may fail: test/torture/. `exchange` is the
 * exchange that the object belongs to.
 */
export type Wrap = <T extends object>(kind: string, object: T, exchange?: number) => T;

/** The world in which the library runs. */
let current: World | undefined;

export class World {
	/** Milliseconds on the monotonic clock. */
	now = 0;
	/** How far the wall clock has jumped ahead, as it does while a machine sleeps. */
	asleep = 0;
	readonly random: SeededRandom;
	readonly wrap: Wrap;
	/** The latest lines of the trace. */
	readonly trace: string[] = [];
	/** A hash of the whole trace: equal for equal lives. */
	digest = 0;
	/** Errors that nothing has caught. */
	readonly uncaught: unknown[] = [];
	#queue: WorldEvent[] = [];
	#events = 0;
	#running = 0;
	#steps = 0;
	#isStopped = false;

	constructor(seed: number, wrap: Wrap = (_, object) => object) {
		this.random = new SeededRandom(seed, 1);
		this.wrap = wrap;
		current = this;
	}

	/** Calls back after some virtual milliseconds. Returns a function that prevents it. */
	after(milliseconds: number, run: () => void, owner: EventOwner = 'network'): () => void {
		return this.at(this.now + milliseconds, run, owner);
	}

	/** Like `after`, at a time of this world. */
	at(time: number, run: () => void, owner: EventOwner = 'network'): () => void {
		const event: WorldEvent = { at: Math.max(this.now, time), order: this.#events++, owner, run };
		if (owner === 'library') this.#running++;
		push(this.#queue, event);
		return () => this.#cancel(event);
	}

	sleep(milliseconds: number): Promise<void> {
		return new Promise((resolve) => void this.after(milliseconds, resolve));
	}

	/** How many timers of the library are running. */
	get timers(): number {
		return this.#running;
	}

	note(line: string): void {
		for (let i = 0; i < line.length; i++) this.digest = (Math.imul(this.digest, 31) + line.charCodeAt(i)) | 0;
		this.trace.push(`${this.now.toFixed(1).padStart(9)}  ${line}`);
		if (this.trace.length > LINES_KEPT) this.trace.shift();
	}

	/** Runs events until `isOver` or the time `deadline`; after each one, everything that it caused at once. */
	async run(deadline: number, isOver: () => boolean = () => false): Promise<void> {
		await turn();
		while (!this.#isStopped && !isOver()) {
			const event = this.#queue[0];
			if (event === undefined || event.at > deadline) {
				this.now = Math.max(this.now, deadline);
				return;
			}
			pop(this.#queue);
			const { run } = event;
			if (run === null) continue;
			this.#cancel(event);
			if (++this.#steps > MOST_STEPS) {
				this.uncaught.push(new Error(`After ${MOST_STEPS} events the life has not ended`));
				this.stop();
			}
			this.now = Math.max(this.now, event.at);
			try {
				run();
			} catch (error) {
				this.uncaught.push(error);
			}
			await turn();
		}
	}

	/** Nothing happens any more. */
	stop(): void {
		this.#isStopped = true;
	}

	/** The process stands still: its timers are late, and what arrives meanwhile is read after them. */
	suspend(milliseconds: number): void {
		const until = this.now + milliseconds;
		this.now = until;
		const events = this.#queue.splice(0);
		for (const event of events) {
			if (event.owner === 'network' && event.at < until) event.at = until;
			push(this.#queue, event);
		}
	}

	#cancel(event: WorldEvent): void {
		if (event.run === null) return;
		event.run = null;
		if (event.owner === 'library') this.#running--;
	}
}

/** Time stands still until these have settled. */
const holds = new Set<Promise<unknown>>();

/** Lets no time pass until the promise has settled: it waits for something real, such as a module that is loaded. */
export function holdTime(promise: Promise<unknown>): void {
	holds.add(promise);
}

/** Lets all promise jobs and ticks run. */
async function turn(): Promise<void> {
	do {
		const held = [...holds];
		holds.clear();
		await Promise.allSettled(held);
		await new Promise((resolve) => void realSetImmediate(resolve));
	} while (holds.size > 0);
}

// Called by the library, which runs in the current world.

class VirtualTimer {
	readonly cancel: () => void;

	constructor(cancel: () => void) {
		this.cancel = cancel;
	}

	ref(): this {
		return this;
	}

	unref(): this {
		return this;
	}

	hasRef(): boolean {
		return true;
	}
}

function start(callback: (...given: unknown[]) => void, milliseconds: number, given: unknown[]): VirtualTimer {
	return new VirtualTimer((current as World).after(milliseconds, () => callback(...given), 'library'));
}

function cancel(timer: unknown): void {
	if (timer instanceof VirtualTimer) timer.cancel();
}

Object.assign(globalThis, {
	setTimeout: (callback: () => void, milliseconds = 1, ...given: unknown[]) =>
		start(callback, Math.max(1, milliseconds), given),
	setImmediate: (callback: () => void, ...given: unknown[]) => start(callback, 0, given),
	clearTimeout: cancel,
	clearImmediate: cancel,
	// Collected garbage would end requests at times that no seed decides.
	FinalizationRegistry: class {
		register(): void {}
		unregister(): void {}
	},
});
Object.defineProperty(performance, 'now', { value: () => current?.now ?? 0 });
Date.now = () => EPOCH + Math.floor(current === undefined ? 0 : current.now + current.asleep);

for (const event of ['uncaughtException', 'unhandledRejection', 'warning'] as const) {
	process.on(event as 'uncaughtException', (error) => void current?.uncaught.push(error));
}

// A binary heap by time and order.

function isBefore(one: WorldEvent, other: WorldEvent): boolean {
	return one.at < other.at || (one.at === other.at && one.order < other.order);
}

function push(heap: WorldEvent[], event: WorldEvent): void {
	let at = heap.push(event) - 1;
	while (at > 0) {
		const parent = (at - 1) >> 1;
		if (!isBefore(event, heap[parent] as WorldEvent)) break;
		heap[at] = heap[parent] as WorldEvent;
		at = parent;
	}
	heap[at] = event;
}

function pop(heap: WorldEvent[]): void {
	const last = heap.pop() as WorldEvent;
	if (heap.length === 0) return;
	let at = 0;
	for (;;) {
		let child = 2 * at + 1;
		if (child >= heap.length) break;
		if (child + 1 < heap.length && isBefore(heap[child + 1] as WorldEvent, heap[child] as WorldEvent)) child++;
		if (!isBefore(heap[child] as WorldEvent, last)) break;
		heap[at] = heap[child] as WorldEvent;
		at = child;
	}
	heap[at] = last;
}
