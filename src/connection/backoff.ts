// Delays the next dial after a server has sent GOAWAY with ENHANCE_YOUR_CALM (RFC 9113 §7), twice as long each time, so
// that requests that are sent again do not add to the load that the server complained about.

import { ENHANCE_YOUR_CALM } from '../../assembly/shared/error-code.ts';
import { delay } from '../base/abort.ts';
import { ConnectionError, type HyperError } from '../base/errors.ts';

const FIRST_DELAY = 100;
const LAST_DELAY = 5000;

export class Backoff {
	/** Milliseconds. */
	#delay = 0;

	/** Call this when a connection stops taking requests. `reason` is null unless the server was the cause. */
	onDraining(reason: HyperError | null): void {
		const isAsked = reason instanceof ConnectionError && reason.errorCode === ENHANCE_YOUR_CALM;
		this.#delay = isAsked ? Math.min(Math.max(this.#delay * 2, FIRST_DELAY), LAST_DELAY) : 0;
	}

	/** Resolves after the delay, or returns null if no delay is due. Rejects with `signal.reason`. */
	wait(signal: AbortSignal): Promise<void> | null {
		return this.#delay === 0 ? null : delay(this.#delay, signal);
	}
}
