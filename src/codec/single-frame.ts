// Writes one frame into an array of its own, for hyper-wasm/frames; connections write with frame-output.ts.

import { LARGEST_MAX_FRAME_SIZE } from '../../assembly/shared/limit.ts';
import { releaseEngine, takeEngine } from './engine.ts';

/** A fixed field of the payload: its size in bytes and its value, big-endian. */
export type FixedField = readonly [size: 1 | 2 | 4, value: number];

export interface FrameParts {
	type: number;
	flags: number;
	streamId: number;
	/** The fields that precede the body, in order. */
	fixed?: readonly FixedField[];
	body?: Uint8Array;
	/** The pad length, with which the PADDED flag is set; null: no padding, and the flag as `flags` has it. */
	padding?: number | null;
}

/** RangeError when the payload exceeds the largest frame. The caller has checked that the other numbers fit their fields. */
export function writeFrame(parts: FrameParts): Uint8Array {
	const { type, flags, streamId, fixed = [], body, padding = null } = parts;
	const fixedLength = fixed.reduce((length, [size]) => length + size, 0);
	const length = fixedLength + (body?.length ?? 0);
	const total = length + (padding === null ? 0 : 1 + padding);
	if (total > LARGEST_MAX_FRAME_SIZE) {
		throw new RangeError(`Frame has a payload of ${total} bytes, must have at most ${LARGEST_MAX_FRAME_SIZE}`);
	}

	const engine = takeEngine(false);
	const { exports, output } = engine;
	const end =
		padding === null
			? exports.writeHead(output, length, type, flags, streamId)
			: exports.writePaddedHead(output, length, type, flags, streamId, padding);
	// The bytes of the padding stay zero.
	const frame = new Uint8Array(end - output + length + (padding ?? 0));
	frame.set(engine.bytes.subarray(output, end));
	releaseEngine(engine);

	const view = new DataView(frame.buffer);
	let at = end - output;
	for (const [size, value] of fixed) {
		if (size === 4) view.setUint32(at, value);
		else if (size === 2) view.setUint16(at, value);
		else view.setUint8(at, value);
		at += size;
	}
	if (body !== undefined) frame.set(body, at);
	return frame;
}
