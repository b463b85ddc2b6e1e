// Bounds against hostile peers: floods that cost us more than them. Counters hold what is outstanding, or a rate; never a
// lifetime total, since honest peers end responses with an empty DATA and stream tokens in tiny frames.

export interface Limits {
	/** Octets of a field section as RFC 9113 §6.5.2 counts, and its field lines. */
	headerListSize: number;
	headerFields: number;
	/** 1xx responses before one final response. */
	informational: number;
	/** Streams that the peer has promised and not ended; nghttp2 and node:http2 have 200, h2 the stream limit. */
	promisedStreams: number;
	/** Acknowledgements and resets that wait for the peer to read them: nghttp2's bound. */
	replies: number;
	/** Empty DATA frames without END_STREAM in a row: h2's bound. */
	emptyData: number;
	/** Entries of one SETTINGS frame: node:http2's and nghttp2's bound. */
	settingsEntries: number;
	/** Frames that make us work for nothing, at once, and how many of them a second gives back: nghttp2's figures. */
	glitches: number;
	glitchesPerSecond: number;
	/** Unread octets of a connection; beyond, its window is given back only as they are read. */
	connectionBuffer: number;
}

export const DEFAULT_LIMITS: Readonly<Limits> = {
	headerListSize: 65536,
	headerFields: 256,
	informational: 16,
	promisedStreams: 100,
	replies: 1000,
	emptyData: 100,
	settingsEntries: 32,
	glitches: 10000,
	glitchesPerSecond: 330,
	connectionBuffer: 33554432,
};

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
