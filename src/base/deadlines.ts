// One timer for all that can be late on a connection. It is armed for the earliest check that somebody needs, and not
// touched as requests come and go: each check says when the next one is due. Shared by both versions of HTTP.

import { MAX_DELAY } from './abort.ts';

/**
 * A timer that fires later than this after its time did so because the process stood still, or the machine slept; what the
 * peer sent meanwhile is then given a chance to be read before anybody is found late, for at most a second.
 */
const LATE = 100;
const GRACE = 1000;

export class Deadlines {
	readonly #now: () => number;
	readonly #check: (now: number) => number;
	#timer: ReturnType<typeof setTimeout> | undefined;
	/** When the timer is to fire; Infinity while none is armed. */
	#at = Number.POSITIVE_INFINITY;
	#excused = false;

	/**
	 * `now`: milliseconds of a monotonic clock. `check` ends what is overdue at `now`, must not throw, and returns when it
	 * is to be called again; Infinity: not before the next `touch`.
	 */
	constructor(now: () => number, check: (now: number) => number) {
		this.#now = now;
		this.#check = check;
	}

	/** Has the check called at `at`, or before; Infinity: never. Costs a comparison where an earlier check is to come. */
	touch(at: number): void {
		if (at < this.#at) this.#arm(at);
	}

	/** No check until the next `touch`. */
	stop(): void {
		clearTimeout(this.#timer);
		this.#at = Number.POSITIVE_INFINITY;
	}

	/** The timer does not keep the process running: whoever waits for a peer has something that does. */
	#arm(at: number): void {
		clearTimeout(this.#timer);
		this.#at = at;
		const delay = Math.min(Math.max(Math.ceil(at - this.#now()), 1), MAX_DELAY);
		this.#timer = setTimeout(() => this.#onTimer(), delay);
		(this.#timer as { unref?: () => void }).unref?.();
	}

	#onTimer(): void {
		const now = this.#now();
		const late = now - this.#at;
		this.#at = Number.POSITIVE_INFINITY;
		if (late > LATE && !this.#excused) {
			this.#excused = true;
			return this.#arm(now + Math.min(late, GRACE));
		}
		this.#excused = false;
		// What is touched by the check counts as well.
		this.touch(this.#check(now));
	}
}
