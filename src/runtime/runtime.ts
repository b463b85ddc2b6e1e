// What a platform gives us, behind the import condition `#runtime`: byte pipes and the end of the turn.
// Interfaces only. No HTTP knowledge here or in any file of this folder.

/** What a transport tells its owner. Nothing is called before `start`, nothing after `onClose`. */
export interface TransportReceiver {
	/** The bytes are lent: they are valid until this returns. */
	onBytes(bytes: Uint8Array): void;
	/** A write returned false, and the transport takes bytes again. */
	onDrain(): void;
	/** The peer will send nothing more; our direction stays open. */
	onEnd(): void;
	/** Exactly once, last. `null` after an orderly end. */
	onClose(error: Error | null): void;
}

/** A connected byte pipe. */
export interface Transport {
	/** RFC 7301; null when no protocol was agreed. */
	readonly alpn: string | null;
	/** When the connection and its TLS handshake were done, as `runtime.now()` gives; for timings. */
	readonly openedAt?: { connected: number; secured: number | null };
	start(receiver: TransportReceiver): void;
	/** The chunks are the transport's from now on. False: wait for `onDrain` before writing more than control frames. */
	write(chunks: readonly Uint8Array[]): boolean;
	pause(): void;
	resume(): void;
	/** Flushes what was written, then ends our direction. */
	end(): void;
	/** Drops the pipe at once; `onClose` follows, with the error if one is given. */
	destroy(error?: Error): void;
	/** Keeps the process alive, or lets it exit, while this pipe is open. */
	ref(): void;
	unref(): void;
}

/** TLS as `tls.connect` takes it on Node; other platforms use what they can and reject what they cannot. */
export interface TLSOptions {
	ca?: string | Uint8Array | (string | Uint8Array)[];
	cert?: string | Uint8Array | (string | Uint8Array)[];
	key?: string | Uint8Array | (string | Uint8Array)[];
	passphrase?: string;
	servername?: string;
	rejectUnauthorized?: boolean;
	minVersion?: 'TLSv1.2' | 'TLSv1.3';
	/** A ready `tls.SecureContext`. */
	secureContext?: unknown;
	[option: string]: unknown;
}

export interface DialOptions {
	host: string;
	port: number;
	/** null: no TLS. */
	tls: TLSOptions | null;
	alpnProtocols: readonly string[];
	socketPath?: string;
	localAddress?: string;
	lookup?: unknown;
	family?: 0 | 4 | 6;
	/** Rejects with `signal.reason` and drops the socket. */
	signal?: AbortSignal;
}

export interface Runtime {
	/** For messages and feature tables: `node`, `workerd`, ... */
	readonly name: string;
	/** Rejects with ConnectError or TLSError, each with the platform's error as its cause. */
	dial(options: DialOptions): Promise<Transport>;
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
