// What a peer may make us spend: named bounds, each an option of the connection. Leaf.

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
	/** Content codings of one response: curl's bound. */
	contentCodings: number;
	/** Octets of a decoded body; 0: no bound. */
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

/** With the defaults for what is not given; RangeError or TypeError for what is no limit. */
export function resolveLimits(limits: Partial<Limits> | undefined): Readonly<Limits> {
	const resolved: Limits = { ...DEFAULT_LIMITS };
	for (const [name, value] of Object.entries(limits ?? {})) {
		if (!(name in DEFAULT_LIMITS)) throw new TypeError(`Unknown limit ${name}`);
		if (value === undefined) continue;
		if (!(value >= 0)) throw new RangeError(`Limit ${name} is ${value}, must be a number from 0`);
		resolved[name as keyof Limits] = value;
	}
	return resolved;
}
