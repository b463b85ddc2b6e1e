// Tries several addresses, so that one that does not answer delays the dial by no more than 250 ms (RFC 8305 §5). Attempts
// run until one connects or the dial ends. Called by dial.ts.

import { unwatchAbort, watchAbort } from '../../base/abort.ts';

/**
 * RFC 8305 §5: "A simple implementation can have a fixed delay for how long to wait before starting the next connection
 * attempt. [...] One recommended value for a default delay is 250 milliseconds."
 */
const ATTEMPT_DELAY = 250;

export interface Attempt {
	/** Rejects with the platform's error. */
	readonly connected: Promise<void>;
	destroy(): void;
}

/**
 * Resolves with the first attempt that connects. Rejects with an AggregateError that has the error of each address in
 * their order, with what `start` throws, or with `signal.reason`. Destroys all other attempts.
 */
export function race<T extends Attempt>(
	addresses: readonly string[],
	start: (address: string) => T,
	signal: AbortSignal | undefined,
): Promise<T> {
	return new Promise((resolve, reject) => {
		const running = new Set<T>();
		const errors: Error[] = [];
		let started = 0;
		let failed = 0;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const watcher = { abort: fail };

		function startNext(): void {
			clearTimeout(timer);
			const index = started++;
			let attempt: T;
			try {
				attempt = start(addresses[index] as string);
			} catch (error) {
				fail(error);
				return;
			}
			running.add(attempt);
			if (started < addresses.length) timer = setTimeout(startNext, ATTEMPT_DELAY);
			attempt.connected.then(
				() => succeed(attempt),
				(error) => lose(attempt, index, error),
			);
		}

		function lose(attempt: T, index: number, error: Error): void {
			// The attempts that were destroyed at the end fail too.
			if (!running.delete(attempt)) return;
			attempt.destroy();
			errors[index] = error;
			failed++;
			if (started < addresses.length) startNext();
			else if (failed === addresses.length) fail(new AggregateError(errors));
		}

		function succeed(attempt: T): void {
			if (!running.delete(attempt)) return;
			finish();
			resolve(attempt);
		}

		function fail(reason: unknown): void {
			finish();
			reject(reason);
		}

		function finish(): void {
			clearTimeout(timer);
			if (signal !== undefined) unwatchAbort(signal, watcher);
			for (const attempt of running) attempt.destroy();
			running.clear();
		}

		if (signal?.aborted) {
			reject(signal.reason);
			return;
		}
		if (signal !== undefined) watchAbort(signal, watcher);
		startNext();
	});
}
