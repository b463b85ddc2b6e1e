// The flight recorder: the heads of the last frames in both directions, in a ring of three-word entries. The host reads it
// when an error ends a request or the connection.

import { HEAD_RING } from '../memory';
import { RECORDED_HEAD_BYTES, RECORDED_HEADS } from '../shared/limit';

/** How many heads were recorded since the reset. */
let recorded: u32 = 0;

export function resetRecorder(): void {
	recorded = 0;
}

export function recordedHeads(): u32 {
	return recorded;
}

// @ts-ignore: decorator
@inline
export function recordHead(sent: bool, length: u32, type: u32, flags: u32, streamId: u32): void {
	const at = HEAD_RING + (recorded++ % RECORDED_HEADS) * RECORDED_HEAD_BYTES;
	store<u32>(at, (length << 8) | type);
	store<u32>(at, flags | ((<u32>sent) << 8), 4);
	store<u32>(at, streamId, 8);
}
