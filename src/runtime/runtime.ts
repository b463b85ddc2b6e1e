// What a platform gives us, behind the import condition `#runtime`: byte pipes, the end of the turn, and libraries of its
// own that we do not write again. Interfaces only. No HTTP knowledge here or in any file of this folder.

import type { DialOptions, Transport } from './transport.ts';

/** A coding that content can have (RFC 9110 §8.4.1, RFC 7932, RFC 8878); `deflate-raw` lacks the zlib format around it. */
export type Compression = 'gzip' | 'deflate' | 'deflate-raw' | 'br' | 'zstd';

/** A named channel, as node:diagnostics_channel has it. */
export interface DiagnosticsChannel {
	readonly hasSubscribers: boolean;
	publish(message: unknown): void;
}

export interface Runtime {
	/** For messages and feature tables: `node`, `workerd`, ... */
	readonly name: string;
	/** Rejects with ConnectError or TLSError, each with the platform's error as its cause. */
	dial(options: DialOptions): Promise<Transport>;
	/** TLS over a pipe that is open, for a tunnel through a proxy; the pipe is this one's from now on. Rejects as `dial`. */
	secure(transport: Transport, options: DialOptions): Promise<Transport>;
	/** What http1.ts describes. LocalProtocolError where the platform has no HTTP/1.1 over pipes of ours. */
	http1(): unknown;
	/**
	 * Undoes a compression, octets as they come, no faster than they are taken. The iterator throws what the platform
	 * throws for data that is corrupt or ends early; its `return` lets go of the source. Rejects with LocalProtocolError
	 * where there is no decoder.
	 */
	decompress(compression: Compression, source: AsyncIterator<Uint8Array>): Promise<AsyncIterator<Uint8Array>>;
	channel(name: string): DiagnosticsChannel;
	/** A variable of the environment; undefined where there is none. */
	env(name: string): string | undefined;
	/** The proxy that the environment names for a URL; empty for none. */
	proxyFor(url: string): Promise<string>;
	/** Appends a line to a file, a key log for example. */
	appendLine(file: string, line: Uint8Array): void;
	/** A line for the developer, who asked for it. */
	log(line: string): void;
	/** Calls back once, after the promise jobs that are queued now and those they queue, before new I/O. */
	afterTurn(callback: () => void): void;
	/** Milliseconds on a monotonic clock, with fractions. */
	now(): number;
	/**
	 * Memory of any content that several arrays will share: where the platform can transfer memory away, this cannot be.
	 */
	allocateShared(length: number): Uint8Array<ArrayBuffer>;
	/** Tells the developer of something that is probably a mistake. */
	warn(message: string): void;
}
