// Bounds against hostile peers: floods that cost us more than them. Counters hold what is outstanding, or a rate; never a
// lifetime total, since honest peers end responses with an empty DATA and stream tokens in tiny frames.

import type { Limits } from '../base/limits.ts';

/** A bucket that drains by frames and fills by time. */
export class GlitchCounter {
	readonly #limits: Limits;
	#left: number;
	#countedAt = 0;

	constructor(limits: Limits) {
		this.#limits = limits;
		this.#left = limits.glitches;
	}

	/** False when the peer has used up what it was allowed. `now` in milliseconds. */
	count(now: number): boolean {
		const earned = ((now - this.#countedAt) / 1000) * this.#limits.glitchesPerSecond;
		this.#countedAt = now;
		this.#left = Math.min(this.#limits.glitches, this.#left + earned) - 1;
		return this.#left >= 0;
	}
}
