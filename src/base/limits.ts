// Limits on the memory and work that a peer can cause; each is an option of the connection. Leaf.

export interface Limits {
	/** Size of a field section in bytes, counted as in RFC 9113 §6.5.2. */
	headerListSize: number;
	/** Field lines in one field section. */
	headerFields: number;
	/** 1xx responses before one final response. */
	informational: number;
	/** Promised streams that are still open. nghttp2 and node:http2 allow 200, h2 as many as its stream limit. */
	promisedStreams: number;
	/** Acknowledgements and resets that are queued until the peer reads them; nghttp2's limit. */
	replies: number;
	/** Consecutive empty DATA frames without END_STREAM; h2's limit. */
	emptyData: number;
	/** Entries of one SETTINGS frame; the limit of node:http2 and nghttp2. */
	settingsEntries: number;
	/** Burst of frames that cause work without effect, such as PING and unknown types; nghttp2's limit. */
	glitches: number;
	/** Rate at which that allowance refills; nghttp2's value. */
	glitchesPerSecond: number;
	/** Unread bytes of a connection. Above this its window is refilled only as the application reads. */
	connectionBuffer: number;
	/** Content codings of one response; curl's limit. */
	contentCodings: number;
	/** Bytes of a decoded body; 0: no limit. */
	decodedBody: number;
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
	contentCodings: 5,
	decodedBody: 0,
};

/** Fills in the defaults. TypeError for an unknown name, RangeError for an invalid value. */
export function resolveLimits(limits: Partial<Limits> | undefined): Readonly<Limits> {
	const resolved: Limits = { ...DEFAULT_LIMITS };
	for (const [name, value] of Object.entries(limits ?? {})) {
		if (!(name in DEFAULT_LIMITS)) throw new TypeError(`Unknown limit ${name}`);
		if (value === undefined) continue;
		if (!(value >= 0)) throw new RangeError(`Limit ${name} is ${value}, must be 0 or more`);
		resolved[name as keyof Limits] = value;
	}
	return resolved;
}
