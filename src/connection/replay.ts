// Decides for both HTTP versions whether a request may be sent again: RFC 9113 §8.7, RFC 9110 §9.2.2, RFC 9112 §9.3.1.

import { HTTP_1_1_REQUIRED } from '../../assembly/shared/error-code.ts';
import { ConnectionError, type HyperError, NegotiationError } from '../base/errors.ts';
import type { HTTPVersion } from '../base/version.ts';
import { canBeSentAgain, isIdempotent, type OutgoingRequest, withoutContinue } from '../message/request.ts';
import type { PendingRequest } from './pending-request.ts';

/**
 * What happened to a request that was lost:
 * - `unwritten`: no byte of it was written to a server that greeted us. That includes a connection that closed while the
 *   request waited for a turn of the event loop in which the close was read (`Runtime.afterPoll`).
 * - `left behind`: the server went away after it had taken other requests, so the next connection will make progress.
 * - `declined`: the server could not cope with the offer of an upgrade that it carried, and gets no other one. Such a request is
 *   also sent again while `close` drains, because it is safe and the server has not answered it.
 * - `refused`: the server has certainly not acted on it. On HTTP/1.1: the first write failed before it returned, so the kernel
 *   has not taken a byte of it.
 * - `unanswered`: a reused connection closed before the first byte of the response. The close may have been on its way
 *   before the request was written, but that cannot be told from a server that read the request and died, so only idempotent
 *   requests are sent again. Others wait for that turn before they are written.
 * - `needs HTTP/1.1`: the server wants it in HTTP/1.1, which the connection speaks from now on. It has not acted on it, unless
 *   the response had begun.
 * - `misdirected`: the server cannot answer for the origin on this connection (status 421), but may on another one.
 * - `expectation failed`: the server does not support the expectation 100-continue (status 417), so the request is sent again
 *   without it.
 * - `timed out`: the server no longer waited for a request on a reused connection of HTTP/1.1 when this one arrived (status 408).
 * - `processed`: the server may have acted on it.
 */
export type Fate =
	| 'unwritten'
	| 'left behind'
	| 'declined'
	| 'refused'
	| 'unanswered'
	| 'needs HTTP/1.1'
	| 'misdirected'
	| 'expectation failed'
	| 'timed out'
	| 'processed';

/** These could repeat forever. */
const COUNTED: ReadonlySet<Fate> = new Set(['refused', 'unanswered', 'misdirected', 'timed out']);

/** How often requests with these fates are sent again: replays must not multiply the load on a busy server. */
export const MAX_REPLAYS = 1;

/** Whether to send the request again. Counts attempts that could otherwise repeat forever. */
export function mayReplay(pending: PendingRequest, fate: Fate): boolean {
	if (COUNTED.has(fate)) pending.replays++;
	const isAnswered = pending.state !== 'waiting' && pending.state !== 'sent';
	if (isAnswered || fate === 'processed' || pending.replays > MAX_REPLAYS) return false;
	if (fate === 'unanswered' && !isIdempotent(pending.request)) return false;
	if (!canBeSentAgain(pending.request)) return false;
	const status = DETOUR_STATUS[fate];
	if (status !== undefined) {
		const message = `Server answered with status ${status}, and no other connection could be opened`;
		pending.lostWith ??= new ConnectionError(message);
	}
	return true;
}

/** The statuses that are not delivered. If the next dial fails, they tell the caller more than its error does. */
const DETOUR_STATUS: Partial<Record<Fate, string>> = {
	misdirected: '421 (Misdirected Request)',
	'expectation failed': '417 (Expectation Failed)',
	'timed out': '408 (Request Timeout)',
};

export type Detour = 'misdirected' | 'expectation failed' | 'timed out';

/**
 * The fate of a request that is answered with this final status; null if the status is its answer.
 * `mayHaveCrossed`: the server may have sent the status before the request arrived.
 */
export function detourOf(status: number, request: OutgoingRequest, mayHaveCrossed = false): Detour | null {
	// RFC 9110 §15.5.20: "A client that receives a 421 (Misdirected Request) response MAY retry the request, whether or not
	// the request method is idempotent, over a different connection".
	if (status === 421) return 'misdirected';
	// §15.5.9: "If the client has an outstanding request in transit, it MAY repeat that request." Servers send 408 on idle
	// connections before they close them; Chrome repeats such requests too.
	if (status === 408 && mayHaveCrossed) return 'timed out';
	// §10.1.1: "A client that receives a 417 (Expectation Failed) status code in response to a request containing a
	// 100-continue expectation SHOULD repeat that request without a 100-continue expectation".
	return status === 417 && withoutContinue(request) !== null ? 'expectation failed' : null;
}

/** Whether a request with this fate can only be sent again on a new connection. */
export function needsNewConnection(fate: Fate, version: HTTPVersion): boolean {
	return fate === 'misdirected' || fate === 'timed out' || (fate === 'expectation failed' && version === 'HTTP/1.1');
}

/**
 * Whether the server that was spoken to in HTTP/2 wants HTTP/1.1: it has said so in RST_STREAM, or in a GOAWAY after which
 * the connection may have ended, or it has answered in HTTP/1.1.
 */
export function requiresHTTP11(error: HyperError): boolean {
	if (error instanceof NegotiationError) return true;
	const first = error.cause instanceof ConnectionError ? error.cause : error;
	return 'errorCode' in first && first.errorCode === HTTP_1_1_REQUIRED;
}
