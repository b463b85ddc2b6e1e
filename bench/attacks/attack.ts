// What an attack is: what its server sends, what its client does, and the bounds that hold meanwhile. A new attack is an
// entry of a list like content.ts, which all.ts joins.

import type { ConnectionOptions, HTTP11Connection, HTTP20Connection } from '../../src/index.ts';

export type Version = 'HTTP/1.1' | 'HTTP/2';

/** The server's side of one request, byte by byte. */
export interface Answer {
	readonly version: Version;
	/** The first request of the client, before it measures. */
	readonly isFirst: boolean;
	/** The client has closed the connection. */
	readonly gone: boolean;
	/** Names and values alternate. The content of HTTP/1.1 is chunked. */
	head(fields?: readonly string[]): Promise<void>;
	/** The bytes of a DATA frame or of a chunk with this content. */
	piece(content: Uint8Array, padding?: number): Uint8Array;
	/** Any frame of HTTP/2, on this stream unless `streamId` says otherwise. */
	frame(type: number, flags: number, payload: Uint8Array, streamId?: number): Uint8Array;
	/** Resolves once flow control allows that many bytes, which then count as sent. */
	window(length: number): Promise<void>;
	/** Resolves once there is room for more. */
	write(bytes: Uint8Array): Promise<void>;
	end(): Promise<void>;
}

/** Measures the client. */
export interface Meter {
	/** Measures what is held now; `unread` bytes have arrived on `streams` streams, and nothing has read them. */
	hold(unread: number, streams: number): Promise<void>;
	/** Resolves once the client has been idle for a while. */
	settle(): Promise<void>;
}

export interface Attack {
	readonly name: string;
	readonly versions: readonly Version[];
	/** Of the connection, in addition to TLS. */
	readonly options?: Pick<ConnectionOptions, 'limits'>;
	/** No bound on the CPU for each MiB: it is spent on what content decodes to, or on the items of the caller. */
	readonly anyCPU?: boolean;
	answer(answer: Answer): Promise<void>;
	perform(conn: HTTP11Connection | HTTP20Connection, meter: Meter): Promise<void>;
}

/** What the client measured. */
export interface Measurement {
	/** Bytes in memory beyond what a connection takes, after garbage collection; the most of all that was held. */
	memory: number;
	memoryBound: number;
	cpuMs: number;
	/** The longest time that the main thread ran between two timers, in ms of CPU. */
	longestTurn: number;
	/** Bytes on the wire, of both directions for uploads. */
	wire: number;
	/** Why the attack ended early, if it did: an error of the client is a defence too. */
	error: string | null;
}

/** At most twice the unread bytes and 1 MiB a stream; milliseconds of CPU for each MiB; milliseconds of a turn. */
export const BOUNDS = {
	memory: (unread: number, streams: number): number => 2 * unread + streams * 2 ** 20,
	cpu: 50,
	turn: 50,
};
