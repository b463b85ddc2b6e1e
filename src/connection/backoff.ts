// Waits before the next dial after a server has asked for it by a GOAWAY with ENHANCE_YOUR_CALM (RFC 9113 §7): each
// further time twice as long, so that requests which are sent again do not become what the server complains about.

import { ENHANCE_YOUR_CALM } from '../../assembly/shared/error-code.ts';
import { delay } from '../base/abort.ts';
import { ConnectionError, type HyperError } from '../base/errors.ts';

const FIRST_DELAY = 100;
const LAST_DELAY = 5000;

export class Backoff {
	/** Milliseconds. */
	#delay = 0;

	/** A connection takes no more requests; `reason` is null when that was not the server's doing. */
	onDraining(reason: HyperError | null): void {
		const isAsked = reason instanceof ConnectionError && reason.errorCode === ENHANCE_YOUR_CALM;
		this.#delay = isAsked ? Math.min(Math.max(this.#delay * 2, FIRST_DELAY), LAST_DELAY) : 0;
	}

	/** Null when there is nothing to wait for; rejects with `signal.reason`. */
	wait(signal: AbortSignal): Promise<void> | null {
		return this.#delay === 0 ? null : delay(this.#delay, signal);
	}
}
