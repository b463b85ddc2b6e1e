// Every error class of the package: the class says what failed, `code` is a stable string to switch on, and `retryable`
// follows RFC 9113 §8.7.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import type { FrameHead } from './frame-heads.ts';

export interface HyperErrorOptions {
	cause?: unknown;
	/** True only if the peer certainly did not process the request, so that it can be sent again. */
	retryable?: boolean;
}

/** The base class of every error of this package, except for `TypeError` and `RangeError`, which report misuse. */
export class HyperError extends Error {
	/** Stable identifier, for example `HYPER_STREAM_RESET`. */
	readonly code: string;
	readonly retryable: boolean;
	/** The heads of the last 128 frames of an HTTP/2 connection, if the error ended it or one of its requests. */
	declare frames?: readonly FrameHead[];

	constructor(code: string, message: string, options: HyperErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = new.target.name;
		this.code = code;
		this.retryable = options.retryable ?? false;
	}
}

/** The protocol or the state of the connection forbids the call, which had no effect. */
export class LocalProtocolError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_LOCAL_PROTOCOL', message, options);
	}
}

/** The peer violated the protocol; the connection is closed with `errorCode`. */
export class ProtocolError extends HyperError {
	readonly errorCode: number;

	constructor(errorCode: number, message: string, options?: HyperErrorOptions, code = 'HYPER_PROTOCOL') {
		super(code, message, options);
		this.errorCode = errorCode;
	}
}

/** A field block could not be decoded (RFC 7541), which closes the connection. */
export class HPACKDecodingError extends ProtocolError {
	constructor(message: string, options?: HyperErrorOptions) {
		super(ErrorCode.COMPRESSION_ERROR, message, options, 'HYPER_HPACK_DECODING');
	}
}

/** The fields are larger than a field block may be. */
export class HPACKEncodingError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_HPACK_ENCODING', message, options);
	}
}

/** A field section exceeds the limits of a `Decoder`. Its fields are dropped; later blocks still decode. */
export class HPACKListSizeError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_HPACK_LIST_SIZE', message, options);
	}
}

/** One stream was reset, by either side. */
export class StreamResetError extends HyperError {
	readonly streamId: number;
	readonly errorCode: number;
	/** `remote`: the peer sent RST_STREAM. `local`: we did. */
	readonly initiator: 'local' | 'remote';

	constructor(
		streamId: number,
		errorCode: number,
		initiator: 'local' | 'remote',
		message: string,
		options?: HyperErrorOptions,
	) {
		super('HYPER_STREAM_RESET', message, options);
		this.streamId = streamId;
		this.errorCode = errorCode;
		this.initiator = initiator;
	}
}

interface ConnectionErrorOptions extends HyperErrorOptions {
	errorCode?: number | null;
}

/** The connection cannot carry the request: it received GOAWAY, was closed, or could not be opened. */
export class ConnectionError extends HyperError {
	/** From the peer's GOAWAY; null without one. */
	readonly errorCode: number | null;

	constructor(message: string, options: ConnectionErrorOptions = {}, code = 'HYPER_CONNECTION') {
		super(code, message, options);
		this.errorCode = options.errorCode ?? null;
	}
}

/** The transport ended while streams were open. */
export class ConnectionResetError extends ConnectionError {
	constructor(message: string, options?: ConnectionErrorOptions) {
		super(message, options, 'HYPER_CONNECTION_RESET');
	}
}

/** The connection could not be opened: name not found, connection refused, Unix socket missing. */
export class ConnectError extends ConnectionError {
	constructor(message: string, options?: HyperErrorOptions) {
		super(message, options, 'HYPER_CONNECT');
	}
}

/**
 * Why TLS failed. `plaintext`: the server seems to speak no TLS. `untrusted`: no trusted CA signed its certificate.
 * `unverified`: the certificate is expired, for another name, or invalid in another way. `client-certificate`: the server
 * requires one of ours. `passphrase`: the one for our key is missing or wrong.
 */
export type TLSFailure = 'plaintext' | 'untrusted' | 'unverified' | 'client-certificate' | 'passphrase';

/** The TLS handshake failed, for example because the certificate could not be verified. */
export class TLSError extends ConnectionError {
	/** Null for any other failure; `cause` has the error of the platform. */
	readonly failure: TLSFailure | null;

	constructor(message: string, options: HyperErrorOptions & { failure?: TLSFailure | null } = {}) {
		super(message, options, 'HYPER_TLS');
		this.failure = options.failure ?? null;
	}
}

/** The peer does not speak the requested protocol. */
export class NegotiationError extends ConnectionError {
	/** The protocol that ALPN selected; null if the peer did not negotiate. */
	readonly alpn: string | null;

	constructor(message: string, alpn: string | null, options?: HyperErrorOptions) {
		super(message, options, 'HYPER_NEGOTIATION');
		this.alpn = alpn;
	}
}

/** A proxy could not be reached, refused to open a tunnel to the origin, or sent an invalid response. */
export class ProxyError extends ConnectionError {
	/** The proxy's response; null if there was no valid one. */
	readonly response: ProxyResponse | null;

	constructor(message: string, response: ProxyResponse | null, options?: HyperErrorOptions) {
		super(message, options, 'HYPER_PROXY');
		this.response = response;
	}
}

/** The head of a proxy's response to CONNECT. */
export interface ProxyResponse {
	readonly status: number;
	readonly reason: string;
	/** Names keep the case that the proxy used. */
	readonly headers: readonly (readonly [name: string, value: string])[];
}

/** The server did not send a valid HTTP/1.1 response (RFC 9112). The connection is closed. */
export class InvalidResponseError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_INVALID_RESPONSE', message, options);
	}
}

/** The content does not decode by its content coding, or exceeds a limit once decoded. The rest of it is dropped. */
export class ContentDecodingError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_CONTENT_DECODING', message, options);
	}
}

/** The body exceeds `limits.body`, or what fits into memory or into a string. The rest of the response is dropped. */
export class BodyLimitError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_BODY_LIMIT', message, options);
	}
}

export type TimeoutPhase = 'connect' | 'headers' | 'body' | 'ping';

export class TimeoutError extends HyperError {
	readonly phase: TimeoutPhase;

	constructor(phase: TimeoutPhase, message: string, options?: HyperErrorOptions) {
		super('HYPER_TIMEOUT', message, options);
		this.phase = phase;
	}
}

/** A WebAssembly instance could not be created because the process has run out of address space. */
export class EngineError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_ENGINE', message, options);
	}
}

/** The name and meaning of each error code (RFC 9113 §7). */
const CODES: readonly (readonly [name: string, description: string])[] = [
	['NO_ERROR', 'graceful shutdown'],
	['PROTOCOL_ERROR', 'protocol error detected'],
	['INTERNAL_ERROR', 'implementation fault'],
	['FLOW_CONTROL_ERROR', 'flow-control limits exceeded'],
	['SETTINGS_TIMEOUT', 'settings not acknowledged'],
	['STREAM_CLOSED', 'frame received for a closed stream'],
	['FRAME_SIZE_ERROR', 'frame size incorrect'],
	['REFUSED_STREAM', 'stream not processed'],
	['CANCEL', 'stream cancelled'],
	['COMPRESSION_ERROR', 'compression state not updated'],
	['CONNECT_ERROR', 'TCP connection error for CONNECT'],
	['ENHANCE_YOUR_CALM', 'processing capacity exceeded'],
	['INADEQUATE_SECURITY', 'negotiated TLS parameters not acceptable'],
	['HTTP_1_1_REQUIRED', 'use HTTP/1.1 for the request, as HTTPConnection does'],
];

/** `PROTOCOL_ERROR (0x1): protocol error detected`; an unknown code as its number. */
export function describeErrorCode(errorCode: number): string {
	const known = CODES[errorCode];
	const hex = `0x${errorCode.toString(16)}`;
	return known === undefined ? `error code ${errorCode} (${hex})` : `${known[0]} (${hex}): ${known[1]}`;
}

/** `PROTOCOL_ERROR`; an unknown code as hexadecimal. */
export function errorCodeName(errorCode: number): string {
	return CODES[errorCode]?.[0] ?? `0x${errorCode.toString(16)}`;
}
