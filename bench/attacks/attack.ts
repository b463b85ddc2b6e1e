// What an attack is: what its server sends, what its client does, and the bounds that hold meanwhile. A new attack is an
// entry of a list like content.ts, which all.ts joins.

import type { ConnectionOptions, HTTP11Connection, HTTP20Connection, HTTPConnection } from '../../src/index.ts';

export type Version = 'HTTP/1.1' | 'HTTP/2';

export const BOTH: readonly Version[] = ['HTTP/1.1', 'HTTP/2'];
export const HTTP2: readonly Version[] = ['HTTP/2'];
export const HTTP11: readonly Version[] = ['HTTP/1.1'];

/** upgrade: in plaintext, to HTTP/2 by an Upgrade of the first request. */
export type TransportKind = 'plain' | 'TLS' | 'upgrade';

export type Connection = HTTP11Connection | HTTP20Connection | HTTPConnection;

export const MIB = 1_048_576;

/** The server's side of one request, byte by byte. */
export interface Answer {
	readonly version: Version;
	/** The part of the attack's usual amount to send, at most 1. */
	readonly scale: number;
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

/** What the connections of a server have in common. */
export interface Service {
	readonly scale: number;
	readonly answersEarly: boolean;
	/** Called with each request. `isFirst`: it only opens the connection. */
	respond(answer: Answer, isFirst: boolean): Promise<void>;
}

/** Measures the client. */
export interface Meter {
	readonly version: Version;
	/** See `Answer`. */
	readonly scale: number;
	/** From now on, `unread` bytes may have arrived on `streams` streams without being read. At first: 0 bytes on one stream. */
	expect(unread: number, streams: number): void;
	/** The same, and measures what is held now. */
	hold(unread: number, streams: number): Promise<void>;
	/** Resolves once the client has been idle for a while. */
	settle(): Promise<void>;
	/** Bytes that the client made of those that it received. The bound on CPU is for each MiB of what was more. */
	decoded(bytes: number): void;
}

export interface Attack {
	readonly name: string;
	readonly versions: readonly Version[];
	/** Whether to run it also on a connection that was upgraded from HTTP/1.1. */
	readonly overUpgrade?: boolean;
	/** Of the connection, in addition to TLS. */
	readonly options?: Pick<ConnectionOptions, 'limits' | 'enablePush'>;
	/** On HTTP/2, `answer` begins before the content of a request, for which the server gives no window by itself. */
	readonly answersEarly?: boolean;
	/** No bound on the CPU, because the work is the caller's own. */
	readonly anyCPU?: boolean;
	answer(answer: Answer): Promise<void>;
	perform(conn: Connection, meter: Meter): Promise<void>;
}

/** What the client measured. */
export interface Measurement {
	/** Bytes that it received. */
	received: number;
	/** Bytes in memory beyond what a connection takes, after garbage collection; the most in relation to its bound. */
	memory: number;
	memoryBound: number;
	/** Milliseconds of CPU of the process for each MiB received or decoded; for less than 1 MiB, all of them. */
	cpu: number;
	/** The longest time that the main thread ran between two timers, in ms of CPU. */
	longestTurn: number;
	/** Warnings of the process. */
	warnings: readonly string[];
	/** Why the attack ended early, if it did: an error of the client is a defence too. */
	error: string | null;
}

/** At most twice the unread bytes and 1 MiB a stream; milliseconds of CPU for each MiB; milliseconds of a turn. */
export const BOUNDS = {
	memory: (unread: number, streams: number): number => 2 * unread + streams * MIB,
	cpu: 50,
	turn: 50,
};

/** Which bounds do not hold. */
export function failures(attack: Attack, measured: Measurement): string[] {
	const failed = {
		memory: measured.memory > measured.memoryBound,
		CPU: attack.anyCPU !== true && measured.cpu > BOUNDS.cpu,
		turn: measured.longestTurn > BOUNDS.turn,
		warning: measured.warnings.length > 0,
	};
	return Object.entries(failed).flatMap(([name, isFailed]) => (isFailed ? [name] : []));
}

/** Runs of an attack: each version in plaintext and over TLS, and upgraded if the attack asks for it. */
export function variants({ versions, overUpgrade }: Attack): [Version, TransportKind][] {
	return versions.flatMap((version) => {
		const transports: TransportKind[] = ['plain', 'TLS'];
		if (overUpgrade === true && version === 'HTTP/2') transports.push('upgrade');
		return transports.map((transport): [Version, TransportKind] => [version, transport]);
	});
}

export function repeat(bytes: Uint8Array, count: number): Uint8Array {
	const repeated = new Uint8Array(bytes.length * count);
	for (let i = 0; i < count; i++) repeated.set(bytes, i * bytes.length);
	return repeated;
}
