// Turns failures of an HTTP/1.1 connection into the errors that its requests reject with: parse errors of the platform,
// fields that exceed our limits, broken transports.

import { ConnectionResetError, HyperError, InvalidResponseError, NegotiationError, TLSError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';

/** The connection on which the failure happened. */
interface FailureContext {
	readonly alpn: string | null;
	/** The first bytes that the server sent on it. */
	readonly firstBytes: Uint8Array;
	readonly limits: Readonly<Limits>;
}

/** `incomplete` completes the phrase "Connection was closed before". */
export function failureOf(cause: unknown, incomplete: string, context: FailureContext): HyperError {
	// With TLS 1.3, a server rejects our certificate only after we have completed the handshake.
	if (cause instanceof HyperError && (!(cause instanceof TLSError) || context.firstBytes.length === 0)) return cause;
	const error = cause instanceof Error ? cause : new Error(String(cause));
	const { code = '', reason } = error as { code?: string; reason?: string };
	if (code.startsWith('HPE_')) return parseFailure(error, code, reason, context);
	return new ConnectionResetError(`Connection was closed before ${incomplete} (${error.message})`, { cause: error });
}

function parseFailure(cause: Error, code: string, reason: string | undefined, context: FailureContext): HyperError {
	const { alpn, firstBytes, limits } = context;
	if (isSettings(firstBytes)) {
		const message = 'Cannot speak HTTP/1.1: the server began with a SETTINGS frame, so it speaks HTTP/2';
		return new NegotiationError(message, alpn, { cause });
	}
	const why =
		code === 'HPE_HEADER_OVERFLOW'
			? `a field section exceeds limits.headerListSize, ${limits.headerListSize} bytes`
			: (reason ?? cause.message);
	return new InvalidResponseError(`Server sent an invalid HTTP/1.1 response: ${why}`, { cause });
}

/** Whether the bytes begin a server's first frame in HTTP/2: SETTINGS on stream 0 without ACK (RFC 9113 §3.4). */
function isSettings(bytes: Uint8Array): boolean {
	return bytes.length >= 9 && bytes[0] === 0 && bytes[3] === 4 && bytes.subarray(4, 9).every((byte) => byte === 0);
}
