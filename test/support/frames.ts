// Converts frames from the form that FrameWriter takes to the form that FrameReader returns.

import { type Frame, FrameReader, FrameWriter, type WritableFrame } from '../../src/frames.ts';

/** The frame as it is read back after writing: with flags, length and the defaults of omitted members. */
export function frameOf(frame: WritableFrame): Frame {
	using reader = new FrameReader();
	return [...reader.read(new FrameWriter().write(frame))][0] as Frame;
}
