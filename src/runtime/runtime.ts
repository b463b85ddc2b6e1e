// The interface of a platform, chosen by the import condition `#runtime`: transports, scheduling, and the platform's own
// libraries. One folder implements it for each platform. No HTTP here or in any file of this folder.

import type { DialOptions, Transport } from './transport.ts';

/** RFC 9110 §8.4.1, RFC 7932, RFC 8878; `deflate-raw` is deflate without the zlib format around it. */
export type Compression = 'gzip' | 'deflate' | 'deflate-raw' | 'br' | 'zstd';

/** A named channel of node:diagnostics_channel. */
export interface DiagnosticsChannel {
	readonly hasSubscribers: boolean;
	publish(message: unknown): void;
}

export interface Runtime {
	/** For messages and feature tables: `node`, `workerd`, ... */
	readonly name: string;
	/** Opens a transport. Rejects with ConnectError or TLSError, with the platform's error as the cause. */
	dial(options: DialOptions): Promise<Transport>;
	/** Whether `secure` works. */
	readonly canSecure: boolean;
	/** Starts TLS on an open transport, such as a tunnel, and takes it over. Rejects like `dial`. */
	secure(transport: Transport, options: DialOptions): Promise<Transport>;
	/** Returns an HTTP1Platform (http1.ts). LocalProtocolError if the platform has no HTTP/1.1 client for our transports. */
	http1(): unknown;
	/**
	 * Decompresses bytes as they arrive, and no faster than the result is read. The iterator throws the platform's error for
	 * data that is corrupt or ends early; its `return` releases the source. Rejects with LocalProtocolError if there is no
	 * decoder.
	 */
	decompress(compression: Compression, source: AsyncIterator<Uint8Array>): Promise<AsyncIterator<Uint8Array>>;
	/**
	 * Only on platforms where sockets and timers belong to the request that made them: returns a function that tells whether
	 * its caller is part of the request that is running now. LocalProtocolError outside of requests.
	 */
	claim?(): () => boolean;
	/** Whether callbacks of a FinalizationRegistry can set timers and do I/O. */
	readonly canFinalize: boolean;
	channel(name: string): DiagnosticsChannel;
	/** An environment variable; undefined if it is not set or may not be read, and without an environment. */
	env(name: string): string | undefined;
	/** Appends a line to a file, such as a key log. */
	appendLine(file: string, line: Uint8Array): void;
	/** Prints a line that the developer asked for. */
	log(line: string): void;
	/** Calls back once, after all queued promise jobs and those that they queue, and before new I/O. */
	afterTurn(callback: () => void): void;
	/** Calls back once everything that had arrived on any transport before this call, and any close, has been delivered. */
	afterPoll(callback: () => void): void;
	/** Returns a function that calls back in the async context of this call. */
	snapshot(): (callback: () => void) => void;
	/** Resolves in a later turn of the event loop, between parts of long work: turns.ts. */
	nextTurn(): Promise<void>;
	/** Milliseconds on a monotonic clock, with fractions. */
	now(): number;
	/** Uninitialised memory that several arrays will share; it cannot be transferred to another thread. */
	allocateShared(length: number): Uint8Array;
	/** Warns the developer of a probable mistake. */
	warn(message: string): void;
}
