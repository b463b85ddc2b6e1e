// What a process holds: memory, handles, descriptors, instances and listeners. Must be imported before the library, because
// it counts the instances of WebAssembly that are created.

import { getEventListeners } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

let instances = 0;
const collected = new FinalizationRegistry<undefined>(() => instances--);

WebAssembly.Instance = class extends WebAssembly.Instance {
	constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
		super(module, imports);
		instances++;
		collected.register(this, undefined);
	}
};

const HEAP = 'heap (KiB)';
const OUTSIDE = 'outside the heap and the instances (KiB)';
/** The memory of an instance: assembly/memory.ts. */
const INSTANCE_BYTES = 1 << 20;

export type Resources = Record<string, number>;

/** After garbage collection. `signal` is one that all requests have used. */
export async function measureResources(signal: AbortSignal): Promise<Resources> {
	for (let i = 0; i < 5; i++) {
		globalThis.gc?.();
		await sleep(20);
	}
	const { heapUsed, external } = process.memoryUsage();
	const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
	const active: Resources = {};
	for (const kind of process.getActiveResourcesInfo()) active[kind] = (active[kind] ?? 0) + 1;
	return {
		[HEAP]: heapUsed >> 10,
		[OUTSIDE]: (external - instances * INSTANCE_BYTES) >> 10,
		'instances of WebAssembly': instances,
		'file descriptors': countDescriptors(),
		'listeners of the process': listeners,
		'listeners of a common signal': getEventListeners(signal, 'abort').length,
		...Object.fromEntries(Object.entries(active).map(([kind, count]) => [`active: ${kind}`, count])),
	};
}

/** By how much a number may be larger in the end. Code that is compiled late takes memory too. */
const TOLERANCE: Resources = {
	[HEAP]: 6144,
	[OUTSIDE]: 1024,
	// The free list of `src/codec/engine.ts` holds up to 16.
	'instances of WebAssembly': 16,
};

/** What there must be in the end: as much as in the beginning, and as much memory as after a warm-up. */
export function expectedResources(inTheBeginning: Resources, afterWarmUp: Resources): Resources {
	return { ...inTheBeginning, [HEAP]: afterWarmUp[HEAP] ?? 0, [OUTSIDE]: afterWarmUp[OUTSIDE] ?? 0 };
}

/** The rows of a table, and what did not come back. */
export function compareResources(before: Resources, after: Resources): { rows: string[]; faults: string[] } {
	const rows: string[] = [];
	const faults: string[] = [];
	for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
		const [began, ended] = [before[name] ?? 0, after[name] ?? 0];
		rows.push(`${name.padEnd(40)} ${String(began).padStart(10)} ${String(ended).padStart(10)}`);
		if (ended > began + (TOLERANCE[name] ?? 0)) faults.push(`${name}: ${began} before, ${ended} after`);
	}
	return { rows, faults };
}

function countDescriptors(): number {
	try {
		return readdirSync('/proc/self/fd').length;
	} catch (error) {
		if ((error as { code?: string }).code === 'ENOENT') return 0;
		throw error;
	}
}
