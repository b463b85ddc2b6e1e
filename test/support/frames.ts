// Converts frames from the form that FrameWriter takes to the form that a scripted peer receives.

import { type Frame, FrameReader, FrameWriter, type WritableFrame } from '../../src/frames.ts';
import { type PeerFrame, toPeerFrame } from '../../src/testing/peer-frame.ts';

/** The frame as a peer receives it: with the name of its type, flags, length and the defaults of omitted members. */
export function frameOf(frame: WritableFrame): PeerFrame {
	using reader = new FrameReader();
	return toPeerFrame([...reader.read(new FrameWriter().write(frame))][0] as Frame);
}
