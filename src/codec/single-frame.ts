// Writes one frame into an array of its own, for hyper-wasm/frames; connections write with frame-output.ts.

import * as Flag from '../../assembly/shared/frame-flag.ts';
import { HEAD_BYTES, LARGEST_MAX_FRAME_SIZE } from '../../assembly/shared/limit.ts';
import { releaseEngine, takeEngine } from './engine.ts';

/** A fixed field of the payload: its size in bytes and its value, big-endian. */
export type FixedField = readonly [size: 1 | 4, value: number];

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
	const fields: readonly FixedField[] = padding === null ? fixed : [[1, padding], ...fixed];
	const fieldsLength = fields.reduce((length, [size]) => length + size, 0);
	const length = fieldsLength + (body?.length ?? 0) + (padding ?? 0);
	if (length > LARGEST_MAX_FRAME_SIZE) {
		throw new RangeError(`Frame has a payload of ${length} bytes, but the maximum is ${LARGEST_MAX_FRAME_SIZE}`);
	}

	const engine = takeEngine(false);
	const { exports, bytes, output } = engine;
	exports.writeHead(output, length, type, padding === null ? flags : flags | Flag.PADDED, streamId);
	// RFC 9113 §6.1: "Padding octets MUST be set to zero when sending". A new array has zeros, and padding is never written.
	const frame = new Uint8Array(HEAD_BYTES + length);
	frame.set(bytes.subarray(output, output + HEAD_BYTES));
	releaseEngine(engine);

	const view = new DataView(frame.buffer);
	let at = HEAD_BYTES;
	for (const [size, value] of fields) {
		if (size === 4) view.setUint32(at, value);
		else view.setUint8(at, value);
		at += size;
	}
	if (body !== undefined) frame.set(body, at);
	return frame;
}
