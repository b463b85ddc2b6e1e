// What went wrong on a connection, as the error that its requests reject with: parse errors of the platform, fields over
// our limits, pipes that broke.

import { ConnectionResetError, HyperError, InvalidResponseError, NegotiationError, TLSError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';

/** What is known of the connection on which it happened. */
export interface FailureContext {
	readonly alpn: string | null;
	/** The first octets that the server ever sent on it. */
	readonly firstOctets: Uint8Array;
	readonly limits: Readonly<Limits>;
}

/** `incomplete`: what of the response is missing. */
export function failureOf(cause: unknown, incomplete: string, context: FailureContext): HyperError {
	// With TLS 1.3 a server refuses our certificate only after our side of the handshake.
	if (cause instanceof HyperError && (!(cause instanceof TLSError) || context.firstOctets.length === 0)) return cause;
	const error = cause instanceof Error ? cause : new Error(String(cause));
	const { code = '', reason } = error as { code?: string; reason?: string };
	if (code.startsWith('HPE_')) return parseFailure(error, code, reason, context);
	return new ConnectionResetError(`Connection was closed before ${incomplete} (${error.message})`, { cause: error });
}

/** Null, or the error for a section that is over our limits. */
export function checkSection(what: string, fields: readonly string[], limits: Readonly<Limits>): HyperError | null {
	const count = fields.length / 2;
	if (count > limits.headerFields) {
		return new InvalidResponseError(`${what} has ${count} fields, where the limit is ${limits.headerFields}`);
	}
	// As HTTP/2 counts (RFC 9113 §6.5.2), so that one limit means the same with both versions.
	let size = 32 * count;
	for (const text of fields) size += text.length;
	if (size <= limits.headerListSize) return null;
	return new InvalidResponseError(`${what} has ${size} octets, where the limit is ${limits.headerListSize}`);
}

function parseFailure(cause: Error, code: string, reason: string | undefined, context: FailureContext): HyperError {
	const { alpn, firstOctets, limits } = context;
	if (isSettings(firstOctets)) {
		const message = 'Cannot speak HTTP/1.1: the server greets with a SETTINGS frame, so it speaks HTTP/2';
		return new NegotiationError(message, alpn, { cause });
	}
	const why =
		code === 'HPE_HEADER_OVERFLOW'
			? `a field section is larger than the limit of ${limits.headerListSize} octets`
			: (reason ?? cause.message);
	return new InvalidResponseError(`Server sent no valid HTTP/1.1: ${why}`, { cause });
}

/** RFC 9113 §3.4: the first frame of a server, on stream 0 and no acknowledgement. */
function isSettings(octets: Uint8Array): boolean {
	return (
		octets.length >= 9 && octets[0] === 0 && octets[3] === 4 && octets.subarray(4, 9).every((octet) => octet === 0)
	);
}
