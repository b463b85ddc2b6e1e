// A byte pipe, and what is asked for when one is to be opened. Interfaces only; no HTTP knowledge here or in any file of
// this folder.

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
	/** `all`: the CAs of the platform's file beside those that Node brings along. */
	roots?: 'default' | 'all';
	rejectUnauthorized?: boolean;
	minVersion?: 'TLSv1.2' | 'TLSv1.3';
	/** Called with each line of a key log, in the format of NSS, with its line end. */
	keylog?: (line: Uint8Array) => void;
	/** A ready `tls.SecureContext`. */
	secureContext?: unknown;
	/** Offered instead of what the connection would. */
	alpnProtocols?: readonly string[];
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
	/** Sessions to resume (RFC 8446 §2.2), and where new ones go. */
	sessions?: TLSSessions;
	/** Rejects with `signal.reason` and drops the socket. */
	signal?: AbortSignal;
}

/** What a server of a TLS session gave us to come back with, by name of the endpoint; the owner of the dials keeps it. */
export interface TLSSessions {
	get(): Uint8Array | undefined;
	set(session: Uint8Array): void;
}
