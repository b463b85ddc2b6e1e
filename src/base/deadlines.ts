// One timer for many deadlines: it runs a check when the earliest of them has passed, and recognizes a
// suspended process by the lateness of the timer. Used by connection/watchdog.ts.

import { MAX_DELAY, startTimer } from './abort.ts';

/**
 * A timer that fires more than this late means that the process or the machine was suspended. The check is then postponed
 * once, by at most GRACE, so that data already received is read before anything times out.
 */
const SUSPENDED_AFTER = 100;
const GRACE = 1000;

/** The parts of `Runtime` that are used here. */
interface Clock {
	/** Milliseconds. */
	now(): number;
	/** Calls back once everything that had arrived has been delivered. */
	afterPoll(callback: () => void): void;
}

export class Deadlines {
	readonly #clock: Clock;
	readonly #check: (now: number) => number;
	readonly #onSuspended: ((lateness: number) => void) | undefined;
	#timer: ReturnType<typeof setTimeout> | undefined;
	/** The time of the next check; Infinity while no check is due. */
	at: number = Number.POSITIVE_INFINITY;
	#isPostponed = false;
	/** Whether a check waits for what has arrived to be read. */
	#isReading = false;

	/**
	 * `check` ends whatever is overdue and returns the time of the next check, or Infinity for none until the next `touch`.
	 * It must not throw, and neither may `onSuspended`, which is called when a check is postponed because its timer fired
	 * `lateness` milliseconds late.
	 */
	constructor(clock: Clock, check: (now: number) => number, onSuspended?: (lateness: number) => void) {
		this.#clock = clock;
		this.#check = check;
		this.#onSuspended = onSuspended;
	}

	/** Makes the check run at `at` or earlier; Infinity: no change. Costs one comparison if an earlier check is due. */
	touch(at: number): void {
		if (at < this.at) this.#arm(at);
	}

	/** No check runs until the next `touch`. */
	stop(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.at = Number.POSITIVE_INFINITY;
		this.#isReading = false;
	}

	/** The timer does not keep the process running; the transport that waits for the peer does. */
	#arm(at: number): void {
		clearTimeout(this.#timer);
		this.at = at;
		const delay = Math.min(Math.max(Math.ceil(at - this.#clock.now()), 1), MAX_DELAY);
		const onTimer = (): void => {
			// On platforms where timers belong to requests, `stop` cannot clear the timer of another one.
			if (timer === this.#timer) this.#onTimer();
		};
		const timer = startTimer(onTimer, delay, { ref: false });
		this.#timer = timer;
	}

	#onTimer(): void {
		const now = this.#clock.now();
		const lateness = now - this.at;
		this.at = Number.POSITIVE_INFINITY;
		if (lateness > SUSPENDED_AFTER && !this.#isPostponed) {
			this.#isPostponed = true;
			this.#arm(now + Math.min(lateness, GRACE));
			return this.#onSuspended?.(lateness);
		}
		this.#isPostponed = false;
		if (this.#isReading) return;
		this.#isReading = true;
		// In a process that was busy, the timers fire before the sockets are read.
		this.#clock.afterPoll(() => {
			if (!this.#isReading) return;
			this.#isReading = false;
			// `touch`, because `check` may itself have set an earlier time.
			this.touch(this.#check(now));
		});
	}
}
