// May this request be sent again? One answer for both versions of HTTP: RFC 9113 §8.7, RFC 9110 §9.2.2, RFC 9112 §9.3.1.

import { canBeSentAgain, isIdempotent } from '../message/request.ts';
import type { PendingRequest } from './pending-request.ts';

/**
 * What is known of a request that was lost:
 * - `unwritten`: no byte of it was written to a server that greeted us.
 * - `left behind`: the server went away after it had taken others, so that the next connection takes more.
 * - `refused`: the server certainly has not acted on it.
 * - `unanswered`: the connection was used before, and closed without a byte of the response.
 * - `processed`: the server may have acted on it.
 */
export type Fate = 'unwritten' | 'left behind' | 'refused' | 'unanswered' | 'processed';

/** How often a request is sent again after it was sent in vain: a storm of refusals must not feed on itself. */
export const MAX_REPLAYS = 1;

/** Counts the attempt where it could go on for ever. */
export function mayReplay(pending: PendingRequest, fate: Fate): boolean {
	if (fate === 'refused' || fate === 'unanswered') pending.replays++;
	if (fate === 'processed' || pending.replays > MAX_REPLAYS) return false;
	if (fate === 'unanswered' && !isIdempotent(pending.request)) return false;
	return canBeSentAgain(pending.request);
}
