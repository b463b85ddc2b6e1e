// One frame as bytes of its own, for hyper-wasm/frames; connections write into frame-output.ts.

import { LARGEST_MAX_FRAME_SIZE } from '../../assembly/shared/limit.ts';
import { releaseEngine, takeEngine } from './engine.ts';

/** A fixed field of the payload: its size in octets and its value, big-endian. */
export type FixedField = readonly [size: 1 | 2 | 4, value: number];

export interface FrameParts {
	type: number;
	flags: number;
	streamId: number;
	/** What precedes the body, in order. */
	fixed?: readonly FixedField[];
	body?: Uint8Array;
	/** Pad length, which sets the PADDED flag; null: neither. */
	padding?: number | null;
}

/** RangeError when the payload is longer than a frame can say; the other numbers must fit their fields already. */
export function writeFrame(parts: FrameParts): Uint8Array {
	const { type, flags, streamId, fixed = [], body, padding = null } = parts;
	const fixedLength = fixed.reduce((length, [size]) => length + size, 0);
	const length = fixedLength + (body?.length ?? 0);
	const total = length + (padding === null ? 0 : 1 + padding);
	if (total > LARGEST_MAX_FRAME_SIZE) {
		throw new RangeError(`Frame has ${total} octets, must have at most ${LARGEST_MAX_FRAME_SIZE}`);
	}

	const engine = takeEngine(false);
	const { exports, output } = engine;
	const end =
		padding === null
			? exports.writeHead(output, length, type, flags, streamId)
			: exports.writePaddedHead(output, length, type, flags, streamId, padding);
	// Padding octets stay zero.
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
