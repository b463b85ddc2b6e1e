// Frames as the reader of hyper-wasm/frames gives them, from what the writer takes.

import { type Frame, FrameReader, FrameWriter, type WritableFrame } from '../../src/frames.ts';

/** The frame as it is read once it was written: with its flags and length, and with the defaults of what is left out. */
export function frameOf(frame: WritableFrame): Frame {
	using reader = new FrameReader();
	return [...reader.read(new FrameWriter().write(frame))][0] as Frame;
}
