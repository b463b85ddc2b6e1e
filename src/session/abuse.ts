// Bounds on floods of frames that cost the peer less than us (RFC 9113 §10.5). Such counters must hold what is outstanding, or
// a rate, never a lifetime total: honest peers end responses with an empty DATA frame and stream tokens in tiny frames.

import type { Limits } from '../base/limits.ts';

/** Frames without effect that each of our requests allows, such as RST_STREAM after the end of its response. */
const GLITCHES_PER_STREAM = 10;
/** WINDOW_UPDATE frames that each DATA frame of ours allows; Envoy's max_inbound_window_update_frames_per_data_frame_sent. */
const GLITCHES_PER_FRAME = 10;
/** Looking at sixteen open streams costs as much as one frame without effect (measured: 0.2 µs). */
const STREAMS_PER_GLITCH = 16;
/** Late DATA of this size costs the peer more than us: skipping 1 MiB of it takes less than 20 ms. */
const CHEAP_DATA = 64;

/** What we have asked of the peer so far. Only that makes an honest peer busy. */
interface Demand {
	/** The id of our next stream, and the open streams. */
	readonly streams: { readonly nextId: number; readonly open: { readonly size: number } };
	/** DATA frames that were sent. */
	readonly queue: { readonly framesSent: number };
}

/**
 * A token bucket: each frame without effect takes a token. Time refills it up to the burst; requests and content that we
 * have sent add tokens without a bound, so that a peer may be as busy as we are.
 */
export class GlitchCounter {
	readonly #limits: Limits;
	readonly #demand: Demand;
	#left: number;
	#countedAt = 0;
	#countedWork: number;

	constructor(limits: Limits, demand: Demand) {
		this.#limits = limits;
		this.#demand = demand;
		this.#left = limits.glitches;
		this.#countedWork = this.#work;
	}

	/** Takes `cost` tokens. Returns false if there are not enough. `now` is in milliseconds. */
	count(now: number, cost = 1): boolean {
		const { glitches, glitchesPerSecond } = this.#limits;
		const work = this.#work;
		const earned = ((now - this.#countedAt) / 1000) * glitchesPerSecond;
		const refilled = Math.min(glitches, this.#left + earned);
		this.#left = Math.max(this.#left, refilled) + work - this.#countedWork - cost;
		this.#countedAt = now;
		this.#countedWork = work;
		return this.#left >= 0;
	}

	/** Counts a look at every open stream. */
	countForAllStreams(now: number): boolean {
		return this.count(now, this.#demand.streams.open.size / STREAMS_PER_GLITCH);
	}

	/** Counts a DATA frame for a closed stream, of this flow-controlled length. */
	countLateData(now: number, length: number): boolean {
		return length >= CHEAP_DATA || this.count(now);
	}

	get #work(): number {
		const { streams, queue } = this.#demand;
		return (streams.nextId / 2) * GLITCHES_PER_STREAM + queue.framesSent * GLITCHES_PER_FRAME;
	}
}
