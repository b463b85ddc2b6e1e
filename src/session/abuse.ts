// A bound on floods of frames that cost the peer less than us. Such counters must hold what is outstanding, or a rate,
// never a lifetime total: honest peers end responses with an empty DATA frame and stream tokens in tiny frames.

import type { Limits } from '../base/limits.ts';

/** A token bucket: each frame without effect takes a token, and tokens are refilled over time. */
export class GlitchCounter {
	readonly #limits: Limits;
	#left: number;
	#countedAt = 0;

	constructor(limits: Limits) {
		this.#limits = limits;
		this.#left = limits.glitches;
	}

	/** Takes a token. Returns false if no token is left. `now` is in milliseconds. */
	count(now: number): boolean {
		const earned = ((now - this.#countedAt) / 1000) * this.#limits.glitchesPerSecond;
		this.#countedAt = now;
		this.#left = Math.min(this.#limits.glitches, this.#left + earned) - 1;
		return this.#left >= 0;
	}
}
