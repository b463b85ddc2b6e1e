// Limits on the memory and work that a peer can cause; each is an option of the connection. Leaf.

import { MAX_WORD } from '../../assembly/shared/limit.ts';
import { integer, nested, type OptionCheck, optionSet } from './options.ts';

/** As an option, 0 means no limit. Resolved limits have Infinity instead, so that a comparison is enough. */
export interface Limits {
	/** Size of a field section in bytes, counted as in RFC 9113 §6.5.2; announced as SETTINGS_MAX_HEADER_LIST_SIZE. */
	headerListSize: number;
	/** Field lines in one field section. */
	headerFields: number;
	/** 1xx responses before one final response. */
	informational: number;
	/** Promised streams that are still open. nghttp2 and node:http2 allow 200, h2 as many as its stream limit. */
	promisedStreams: number;
	/** Acknowledgements and resets that are queued until the peer reads them; nghttp2's limit. */
	replies: number;
	/** Consecutive DATA frames with neither content nor END_STREAM, padded or not; h2's limit. */
	emptyData: number;
	/** Entries of one SETTINGS frame; the limit of node:http2 and nghttp2. */
	settingsEntries: number;
	/** Burst of frames that cause work without effect, such as PING, PRIORITY and unknown types; nghttp2's limit. */
	glitches: number;
	/** Rate at which that allowance refills, at least 1; nghttp2's value. */
	glitchesPerSecond: number;
	/** Unread bytes of a connection. Above this its window is refilled only as the application reads. */
	connectionBuffer: number;
	/** Content codings of one response; curl's limit. */
	contentCodings: number;
	/** Bytes of a decoded body. */
	decodedBody: number;
	/** Bytes of a body, decoded or not, that is read as a whole. Above 4 GiB Node 20 could not allocate it. */
	body: number;
}

/** The defaults, resolved. */
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
	decodedBody: Number.POSITIVE_INFINITY,
	body: 1_073_741_824,
};

const NO_LIMIT = '0 means no limit';
const limit = integer(0, undefined, NO_LIMIT);

const CHECKS: Readonly<Record<keyof Limits, OptionCheck>> = {
	// The setting has 32 bits.
	headerListSize: integer(0, MAX_WORD, NO_LIMIT),
	headerFields: limit,
	informational: limit,
	promisedStreams: limit,
	replies: limit,
	emptyData: limit,
	settingsEntries: limit,
	glitches: limit,
	glitchesPerSecond: integer(1, undefined, 'limits.glitches: 0 means no limit'),
	connectionBuffer: limit,
	contentCodings: limit,
	decodedBody: limit,
	body: limit,
};

export const LIMIT_NAMES = Object.keys(CHECKS) as readonly (keyof Limits)[];

const LIMITS = optionSet('limits', CHECKS, {
	maxHeaderListSize: 'write headerListSize',
	maxHeaderSize: 'write headerListSize',
	maxHeaderListPairs: 'write headerFields',
	maxHeadersCount: 'write headerFields',
	maxReservedRemoteStreams: 'write promisedStreams',
	maxSettings: 'write settingsEntries',
});

/** The check of the option `limits`. */
export const limitsOption: OptionCheck = nested(LIMITS);

/** Fills in the defaults of checked limits and turns 0, the sign for no limit, into Infinity. */
export function resolveLimits(options: Partial<Limits> = {}): Readonly<Limits> {
	const resolved: Limits = { ...DEFAULT_LIMITS };
	for (const name of LIMIT_NAMES) {
		const value = options[name];
		if (value !== undefined) resolved[name] = value === 0 ? Number.POSITIVE_INFINITY : value;
	}
	return resolved;
}
