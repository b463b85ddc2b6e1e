// The interfaces and sizes of a byte pipe, and the options for opening one. No HTTP.

/** The callbacks of a transport. None is called before `start` or after `onClose`. */
export interface TransportReceiver {
	/** The bytes are lent: valid until the callback returns. */
	onBytes(bytes: Uint8Array): void;
	/** After a write returned false: the transport accepts bytes again. */
	onDrain(): void;
	/** The peer has ended its direction; ours stays open. */
	onEnd(): void;
	/** TLS was renegotiated after `start` (TLS 1.2 and older). */
	onRenegotiated?(): void;
	/** Called exactly once and last. Null after an orderly end. */
	onClose(error: Error | null): void;
}

/** Unsent bytes above which `write` returns false: four full DATA frames of the default size. */
export const HIGH_WATER_MARK = 65_536;

/** The most bytes of one read. A TLS record carries at most 16 KiB; larger reads save callbacks on busy connections. */
export const READ_BUFFER_BYTES = 65_536;

/** A connected byte pipe. */
export interface Transport {
	/** The protocol that ALPN negotiated (RFC 7301); null if no protocol was negotiated. */
	readonly alpn: string | null;
	/** The times, by `runtime.now()`, at which the connection and the TLS handshake were complete. */
	readonly openedAt?: { connected: number; secured: number | null };
	start(receiver: TransportReceiver): void;
	/**
	 * Whether a write has failed before it returned: none of its bytes were sent, nor any of later writes. Undefined on
	 * platforms that cannot tell.
	 */
	readonly hasFailed?: boolean | undefined;
	/** Takes ownership of the chunks. False: wait for `onDrain` before writing more than control frames. */
	write(chunks: readonly Uint8Array[]): boolean;
	pause(): void;
	resume(): void;
	/** Flushes what was written, then ends our direction. */
	end(): void;
	/** Closes the pipe at once and discards unsent bytes; `onClose` follows, with `error` or null. */
	destroy(error?: Error): void;
	/** Lets the open pipe keep the process running, as it does initially. */
	ref(): void;
	/** Lets the process exit although the pipe is open. */
	unref(): void;
}

/** The TLS options of `tls.connect` on Node. Other platforms reject the options that they do not support. */
export interface TLSOptions {
	ca?: string | Uint8Array | (string | Uint8Array)[];
	cert?: string | Uint8Array | (string | Uint8Array)[];
	key?: string | Uint8Array | (string | Uint8Array)[];
	passphrase?: string;
	servername?: string;
	/** `all`: the CAs of the system in addition to those bundled with Node. */
	roots?: 'default' | 'all';
	rejectUnauthorized?: boolean;
	minVersion?: 'TLSv1.2' | 'TLSv1.3';
	/** Called with each line of a key log in NSS format, including the line break. */
	keylog?: (line: Uint8Array) => void;
	/** A `tls.SecureContext`. */
	secureContext?: unknown;
	/** Overrides what the connection offers by ALPN. */
	alpnProtocols?: readonly string[];
	[option: string]: unknown;
}

export interface DialOptions {
	host: string;
	port: number;
	/** null: plaintext. */
	tls: TLSOptions | null;
	alpnProtocols: readonly string[];
	socketPath?: string;
	localAddress?: string;
	lookup?: unknown;
	family?: 0 | 4 | 6;
	/** Milliseconds of silence before the first TCP keep-alive probe; 0 or undefined: no probes. */
	tcpKeepAlive?: number;
	/** Called with each address, or Unix socket, before the attempt to connect to it. */
	onAttempt?: (address: string) => void;
	/** Where to get and keep the TLS session to resume (RFC 8446 §2.2). */
	sessions?: TLSSessions;
	/** Abort destroys the socket and rejects with the signal's reason. */
	signal?: AbortSignal;
}

/** Keeps the latest TLS session of one endpoint between dials. */
export interface TLSSessions {
	get(): Uint8Array | undefined;
	set(session: Uint8Array): void;
}
