// Waits that an AbortSignal can end, and signals that many requests share. Leaf; used wherever a promise or a timer is
// waited for.

import { callUncaught } from './guard.ts';

/** Longer delays overflow a timer, which then fires at once. */
export const MAX_DELAY = 0x7fffffff;

export interface Abortable {
	/** Called once, with the signal's reason. */
	abort(reason: unknown): void;
}

/** All watchers of one signal share one listener: platforms warn of a leak at the eleventh. */
class Watch implements EventListenerObject {
	readonly watchers = new Set<Abortable>();

	handleEvent(event: Event): void {
		const signal = event.target as AbortSignal;
		// A Set skips entries that an earlier watcher deletes.
		for (const watcher of this.watchers) {
			this.watchers.delete(watcher);
			watcher.abort(signal.reason);
		}
		watches.delete(signal);
	}
}

const watches = new WeakMap<AbortSignal, Watch>();

/** Calls `watcher` when the signal aborts. The signal must not be aborted yet. */
export function watchAbort(signal: AbortSignal, watcher: Abortable): void {
	let watch = watches.get(signal);
	if (watch === undefined) {
		watch = new Watch();
		signal.addEventListener('abort', watch, { once: true });
		watches.set(signal, watch);
	}
	watch.watchers.add(watcher);
}

export function unwatchAbort(signal: AbortSignal, watcher: Abortable): void {
	const watch = watches.get(signal);
	if (watch === undefined || !watch.watchers.delete(watcher) || watch.watchers.size > 0) return;
	watches.delete(signal);
	callUncaught(() => signal.removeEventListener('abort', watch));
}

/** Settles like the promise, or rejects with the signal's reason if the signal aborts first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
	if (signal === undefined) return promise;
	return new Promise((resolve, reject) => {
		const watcher = { abort: reject };
		promise.then(resolve, reject).then(() => unwatchAbort(signal, watcher));
		if (signal.aborted) reject(signal.reason);
		else watchAbort(signal, watcher);
	});
}

interface TimerOptions {
	/** Whether the timer keeps the process running. Default: true. */
	ref?: boolean;
}

/** Resolves after `milliseconds` (at most MAX_DELAY), or rejects with the signal's reason if the signal aborts first. */
export async function delay(
	milliseconds: number,
	signal?: AbortSignal,
	{ ref = true }: TimerOptions = {},
): Promise<void> {
	signal?.throwIfAborted();
	let timer: ReturnType<typeof setTimeout> | undefined;
	const elapsed = new Promise<void>((resolve) => {
		timer = startTimer(resolve, milliseconds, { ref });
	});
	try {
		await abortable(elapsed, signal);
	} finally {
		clearTimeout(timer);
	}
}

interface TimeLimit extends TimerOptions {
	/** Infinity: no limit. */
	milliseconds: number;
	/** Creates the reason with which the signal of the work aborts when the time is up. */
	onTimeout: () => Error;
	signal?: AbortSignal | undefined;
}

/**
 * Runs `work` with a signal that aborts when `signal` does or when the time is up. Settles like `work`, which must settle
 * once its signal aborts.
 */
export async function withTimeout<T>(
	{ milliseconds, onTimeout, signal, ref = true }: TimeLimit,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	signal?.throwIfAborted();
	const controller = new AbortController();
	const timer = startTimer(() => controller.abort(onTimeout()), milliseconds, { ref });
	if (signal !== undefined) watchAbort(signal, controller);
	try {
		return await work(controller.signal);
	} finally {
		clearTimeout(timer);
		if (signal !== undefined) unwatchAbort(signal, controller);
	}
}

/** `setTimeout` with options; Infinity starts no timer. */
export function startTimer(
	callback: () => void,
	milliseconds: number,
	{ ref = true }: TimerOptions = {},
): ReturnType<typeof setTimeout> | undefined {
	if (milliseconds === Number.POSITIVE_INFINITY) return undefined;
	const timer = setTimeout(callback, milliseconds);
	// On platforms without `unref` no timer keeps the process running.
	if (!ref) (timer as { unref?: () => void }).unref?.();
	return timer;
}
