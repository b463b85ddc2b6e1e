// What went wrong on a connection, as the error that its requests reject with: parse errors of the platform, fields over
// our limits, pipes that broke.

import { ConnectionResetError, HyperError, InvalidResponseError, NegotiationError, TLSError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';

/** What is known of the connection on which it happened. */
interface FailureContext {
	readonly alpn: string | null;
	/** The first bytes that the server ever sent on it. */
	readonly firstBytes: Uint8Array;
	readonly limits: Readonly<Limits>;
}

/** `incomplete`: what of the response is missing. */
export function failureOf(cause: unknown, incomplete: string, context: FailureContext): HyperError {
	// With TLS 1.3 a server refuses our certificate only after our side of the handshake.
	if (cause instanceof HyperError && (!(cause instanceof TLSError) || context.firstBytes.length === 0)) return cause;
	const error = cause instanceof Error ? cause : new Error(String(cause));
	const { code = '', reason } = error as { code?: string; reason?: string };
	if (code.startsWith('HPE_')) return parseFailure(error, code, reason, context);
	return new ConnectionResetError(`Connection was closed before ${incomplete} (${error.message})`, { cause: error });
}

function parseFailure(cause: Error, code: string, reason: string | undefined, context: FailureContext): HyperError {
	const { alpn, firstBytes, limits } = context;
	if (isSettings(firstBytes)) {
		const message = 'Cannot speak HTTP/1.1: the server greets with a SETTINGS frame, so it speaks HTTP/2';
		return new NegotiationError(message, alpn, { cause });
	}
	const why =
		code === 'HPE_HEADER_OVERFLOW'
			? `a field section is larger than the limit of ${limits.headerListSize} bytes`
			: (reason ?? cause.message);
	return new InvalidResponseError(`Server sent no valid HTTP/1.1: ${why}`, { cause });
}

/** RFC 9113 §3.4: the first frame of a server, on stream 0 and no acknowledgement. */
function isSettings(bytes: Uint8Array): boolean {
	return bytes.length >= 9 && bytes[0] === 0 && bytes[3] === 4 && bytes.subarray(4, 9).every((byte) => byte === 0);
}
