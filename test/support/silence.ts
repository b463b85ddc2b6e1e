// What a peer that is not heard causes: PING frames, and errors that say that none was answered.

import { ConnectionResetError, TimeoutError } from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';

/** Whether a connection was given up because a PING was not answered. */
export function isPeerDead(error: unknown): boolean {
	if (!(error instanceof ConnectionResetError)) return false;
	return error.cause instanceof TimeoutError && error.cause.phase === 'ping';
}

/** How many PING frames the peer has received, without acknowledgements. */
export function countPings(peer: ScriptedPeer): number {
	return peer.frames.filter((frame) => frame.type === 'PING' && !frame.ack).length;
}
