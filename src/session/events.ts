// The events that a session reports to its owner, in order. A stream's events end with exactly one `closed`.

import type { HyperError } from '../base/errors.ts';

/** Field sections are flat: names and values alternate. `neverIndexed` has the indices of pairs. */
interface Section {
	streamId: number;
	fields: string[];
	neverIndexed: Set<number> | null;
}

interface InformationalEvent extends Section {
	type: 'informational';
	status: number;
}

export interface ResponseEvent extends Section {
	type: 'response';
	status: number;
	/** The length of the content; -1 if the head does not say it. */
	contentLength: number;
	endStream: boolean;
}

/** A piece of content: `bytes[start, end)`, valid as long as the chunk that `receive` was given. */
export interface DataEvent {
	type: 'data';
	streamId: number;
	bytes: Uint8Array;
	start: number;
	end: number;
	endOfFrame: boolean;
	endStream: boolean;
}

interface TrailersEvent extends Section {
	type: 'trailers';
}

/** A promised request that was accepted. Its response arrives on `promisedStreamId`. */
export interface PushEvent extends Section {
	type: 'push';
	promisedStreamId: number;
	method: string;
	scheme: string;
	authority: string;
	path: string;
}

/** A promised request that was refused, and reset. */
interface RefusedEvent {
	type: 'refused';
	promisedStreamId: number;
	errorCode: number;
	why: string;
}

/** The stream accepts more content, after `sendData` returned false. */
interface WritableEvent {
	type: 'writable';
	streamId: number;
}

/** The last event of a stream. No error: both sides ended it, or the peer wanted no more of a request it had answered. */
interface ClosedEvent {
	type: 'closed';
	streamId: number;
	error: HyperError | null;
}

/** The peer's settings have arrived: see `remoteSettings`. */
interface SettingsEvent {
	type: 'settings';
}

interface PongEvent {
	type: 'pong';
	/** The eight bytes of our PING, as two big-endian numbers. */
	first: number;
	second: number;
}

/** The peer accepts no new streams. Those above `lastStreamId` were closed with a retryable error. */
interface GoawayEvent {
	type: 'goaway';
	lastStreamId: number;
	errorCode: number;
	/** The error code and the debug data, as printable text of bounded length. */
	text: string;
}

/** The session has failed, and every stream is closed. Write the remaining output, then end the transport. */
interface FailedEvent {
	type: 'failed';
	error: HyperError;
}

export type SessionEvent =
	| InformationalEvent
	| ResponseEvent
	| DataEvent
	| TrailersEvent
	| PushEvent
	| RefusedEvent
	| WritableEvent
	| ClosedEvent
	| SettingsEvent
	| PongEvent
	| GoawayEvent
	| FailedEvent;
