// Patience with a server that asks for it: after a GOAWAY with ENHANCE_YOUR_CALM (RFC 9113 §7) the next dial waits, and
// each further time twice as long, so that requests which are sent again do not become what the server complains about.

import { ENHANCE_YOUR_CALM } from '../../assembly/shared/error-code.ts';
import { ConnectionError, type HyperError } from '../base/errors.ts';

const FIRST_DELAY = 100;
const LAST_DELAY = 5000;

export class Calm {
	/** Milliseconds. */
	#delay = 0;

	/** A connection takes no more requests; `reason` is null when that was not the server's doing. */
	onDraining(reason: HyperError | null): void {
		const asked = reason instanceof ConnectionError && reason.errorCode === ENHANCE_YOUR_CALM;
		this.#delay = asked ? Math.min(Math.max(this.#delay * 2, FIRST_DELAY), LAST_DELAY) : 0;
	}

	/** Null when there is nothing to wait for; rejects with `signal.reason`. */
	wait(signal: AbortSignal): Promise<void> | null {
		if (this.#delay === 0) return null;
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				signal.removeEventListener('abort', onAbort);
				resolve();
			}, this.#delay);
			const onAbort = () => {
				clearTimeout(timer);
				reject(signal.reason);
			};
			signal.addEventListener('abort', onAbort, { once: true });
		});
	}
}
