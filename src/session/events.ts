// What a session tells its owner, in order. Each stream's events end with exactly one `closed`, and nothing after it.

import type { HyperError } from '../base/errors.ts';

/** Field sections are flat: names and values alternate; `neverIndexed` has numbers of pairs. */
interface Section {
	streamId: number;
	fields: string[];
	neverIndexed: Set<number> | null;
}

export interface InformationalEvent extends Section {
	type: 'informational';
	status: number;
}

export interface ResponseEvent extends Section {
	type: 'response';
	status: number;
	/** -1 without a content-length. */
	contentLength: number;
	endStream: boolean;
}

/** A piece of content: `bytes[start, end)`, lent as the chunk that was received. */
export interface DataEvent {
	type: 'data';
	streamId: number;
	bytes: Uint8Array;
	start: number;
	end: number;
	endOfFrame: boolean;
	endStream: boolean;
}

export interface TrailersEvent extends Section {
	type: 'trailers';
}

/** A promised request that was accepted: its response comes on `promisedStreamId`. */
export interface PushEvent extends Section {
	type: 'push';
	promisedStreamId: number;
	method: string;
	scheme: string;
	authority: string;
	path: string;
}

/** A promised request that was refused; its stream is gone. */
interface RefusedEvent {
	type: 'refused';
	promisedStreamId: number;
	errorCode: number;
	why: string;
}

/** The outbox takes more body. */
interface WritableEvent {
	type: 'writable';
	streamId: number;
}

/** The last event of a stream. Null when both sides ended it, or the peer wanted no more of a request it had answered. */
interface ClosedEvent {
	type: 'closed';
	streamId: number;
	error: HyperError | null;
}

/** The peer's settings have changed: see `remoteSettings`. */
interface SettingsEvent {
	type: 'settings';
}

interface PongEvent {
	type: 'pong';
	/** The eight octets of our PING, as two big-endian numbers. */
	first: number;
	second: number;
}

/** The peer takes no new streams; those above `lastStreamId` were closed as retryable. */
interface GoawayEvent {
	type: 'goaway';
	lastStreamId: number;
	errorCode: number;
	debugData: Uint8Array;
}

/** The connection is broken and every stream closed: send what is to be taken, then end the transport. */
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
