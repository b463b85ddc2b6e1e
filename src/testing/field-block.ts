// HPACK for what a scripted peer sends: the octets of a field block, from the writer that frames it.

import { HEAD_BYTES } from '../../assembly/shared/limit.ts';
import { joinBytes } from '../base/bytes.ts';
import type { FrameOutput } from '../codec/frame-output.ts';

/** Flat pairs as one block; `output` must have nothing to be taken. */
export function encodeBlock(output: FrameOutput, fields: readonly string[]): Uint8Array {
	output.writeHeaders(1, fields, null, false);
	const frames = joinBytes(output.take());
	const fragments: Uint8Array[] = [];
	for (let at = 0; at < frames.length; ) {
		const length = ((frames[at] as number) << 16) | ((frames[at + 1] as number) << 8) | (frames[at + 2] as number);
		fragments.push(frames.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length));
		at += HEAD_BYTES + length;
	}
	return joinBytes(fragments);
}
