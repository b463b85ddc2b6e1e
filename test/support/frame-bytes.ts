// Frames byte by byte, for tests of what no writer of ours would write.

import { HEAD_BYTES } from '../../assembly/shared/limit.ts';

/** Any frame. Type, flags and stream id are written as given; `length` may be a lie. */
export function frameBytes(
	type: number,
	flags: number,
	streamId: number,
	payload: Uint8Array,
	length: number = payload.length,
): Uint8Array {
	const bytes = new Uint8Array(HEAD_BYTES + payload.length);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, length * 256 + type);
	view.setUint8(4, flags);
	view.setUint32(5, streamId);
	bytes.set(payload, HEAD_BYTES);
	return bytes;
}
