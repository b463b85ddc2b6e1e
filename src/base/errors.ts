// Every error class of the package. Leaf: imports nothing but the registry of error codes.
// A class tells what failed; `code` is the stable string to switch on; `retryable` follows RFC 9113 §8.7.

import * as ErrorCode from '../../assembly/shared/error-code.ts';

export interface HyperErrorOptions {
	cause?: unknown;
	/** The peer has certainly not acted on the request, so it may be sent again. */
	retryable?: boolean;
}

/** The base of all errors that this package makes, `TypeError` and `RangeError` for misuse aside. */
export class HyperError extends Error {
	/** Stable identifier, for example `HYPER_STREAM_RESET`. */
	readonly code: string;
	readonly retryable: boolean;

	constructor(code: string, message: string, options: HyperErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = new.target.name;
		this.code = code;
		this.retryable = options.retryable ?? false;
	}
}

/** The caller asked for what the protocol or the state of the connection forbids; nothing was changed. */
export class LocalProtocolError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_LOCAL_PROTOCOL', message, options);
	}
}

/** The peer broke the protocol and the connection is closed with `errorCode`. */
export class ProtocolError extends HyperError {
	readonly errorCode: number;

	constructor(errorCode: number, message: string, options?: HyperErrorOptions, code = 'HYPER_PROTOCOL') {
		super(code, message, options);
		this.errorCode = errorCode;
	}
}

/** A field block that HPACK cannot decode (RFC 7541): always the end of the connection. */
export class HPACKDecodingError extends ProtocolError {
	constructor(message: string, options?: HyperErrorOptions) {
		super(ErrorCode.COMPRESSION_ERROR, message, options, 'HYPER_HPACK_DECODING');
	}
}

/** Fields that cannot be encoded: larger than a field block may be. */
export class HPACKEncodingError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_HPACK_ENCODING', message, options);
	}
}

/** A field section over the limits of a `Decoder`: its fields are dropped, and later blocks decode all the same. */
export class HPACKListSizeError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_HPACK_LIST_SIZE', message, options);
	}
}

/** One stream ended early, by RST_STREAM from either side. */
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

/** The connection cannot carry the request: GOAWAY, a closed connection, or one that could not be made. */
export class ConnectionError extends HyperError {
	/** The code of the peer's GOAWAY, where there was one. */
	readonly errorCode: number | null;

	constructor(message: string, options: HyperErrorOptions & { errorCode?: number } = {}, code = 'HYPER_CONNECTION') {
		super(code, message, options);
		this.errorCode = options.errorCode ?? null;
	}
}

/** The transport ended while streams were open. */
export class ConnectionResetError extends ConnectionError {
	constructor(message: string, options?: HyperErrorOptions) {
		super(message, options, 'HYPER_CONNECTION_RESET');
	}
}

/** No connection could be opened: name not found, port refused, socket missing. */
export class ConnectError extends ConnectionError {
	constructor(message: string, options?: HyperErrorOptions) {
		super(message, options, 'HYPER_CONNECT');
	}
}

/** The TLS handshake failed, for example because the certificate could not be verified. */
export class TLSError extends ConnectionError {
	constructor(message: string, options?: HyperErrorOptions) {
		super(message, options, 'HYPER_TLS');
	}
}

/** The peer does not speak the protocol that was asked for. */
export class NegotiationError extends ConnectionError {
	/** What ALPN gave; null when the peer took part in no negotiation. */
	readonly alpn: string | null;

	constructor(message: string, alpn: string | null, options?: HyperErrorOptions) {
		super(message, options, 'HYPER_NEGOTIATION');
		this.alpn = alpn;
	}
}

/** A proxy refused to open a tunnel to the origin, or answered in no way that can be understood. */
export class ProxyError extends ConnectionError {
	/** What the proxy answered; null when it was no response. */
	readonly response: ProxyResponse | null;

	constructor(message: string, response: ProxyResponse | null, options?: HyperErrorOptions) {
		super(message, options, 'HYPER_PROXY');
		this.response = response;
	}
}

/** The head of a proxy's answer to CONNECT. */
export interface ProxyResponse {
	readonly status: number;
	readonly reason: string;
	/** Names as the proxy wrote them, and values. */
	readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What the server sent is no HTTP/1.1 response: RFC 9112. The connection is closed. */
export class InvalidResponseError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_INVALID_RESPONSE', message, options);
	}
}

/** The content is not what its content coding says, or larger than is allowed once decoded. The rest of it is dropped. */
export class ContentDecodingError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_CONTENT_DECODING', message, options);
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

/** No WebAssembly instance could be made: the address space of the process is used up. */
export class EngineError extends HyperError {
	constructor(message: string, options?: HyperErrorOptions) {
		super('HYPER_ENGINE', message, options);
	}
}

/** RFC 9113 §7: name and meaning of each error code. */
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
	['HTTP_1_1_REQUIRED', 'use HTTP/1.1 for the request'],
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
