// AbortSignals that many requests share: all of them by one listener, since platforms warn of a leak when a signal has the
// eleventh. Leaf.

export interface Abortable {
	/** Called once, with the signal's reason. */
	onAbort(reason: unknown): void;
}

class Watch implements EventListenerObject {
	readonly watchers = new Set<Abortable>();

	handleEvent(event: Event): void {
		const signal = event.target as AbortSignal;
		// A Set does not give what one of those before has deleted.
		for (const watcher of this.watchers) {
			this.watchers.delete(watcher);
			watcher.onAbort(signal.reason);
		}
		watches.delete(signal);
	}
}

const watches = new WeakMap<AbortSignal, Watch>();

/** Has `watcher` told when the signal, which must not be aborted, is. */
export function watchAbort(signal: AbortSignal, watcher: Abortable): void {
	let watch = watches.get(signal);
	if (watch === undefined) {
		watch = new Watch();
		watches.set(signal, watch);
		signal.addEventListener('abort', watch, { once: true });
	}
	watch.watchers.add(watcher);
}

/** Nothing is told any more. */
export function unwatchAbort(signal: AbortSignal, watcher: Abortable): void {
	const watch = watches.get(signal);
	if (watch === undefined || !watch.watchers.delete(watcher) || watch.watchers.size > 0) return;
	watches.delete(signal);
	signal.removeEventListener('abort', watch);
}

/** As the promise, but rejects with the signal's reason when that comes first. The signal must not be aborted. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
	if (signal === undefined) return promise;
	return new Promise((resolve, reject) => {
		const watcher = { onAbort: reject };
		watchAbort(signal, watcher);
		promise.then(resolve, reject).finally(() => unwatchAbort(signal, watcher));
	});
}
