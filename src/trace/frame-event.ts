// What a traced connection tells: its frames, in both directions, in the order in which they were sent and received.

import type { Frame } from '../frames/frame.ts';
import type { DecodedField } from '../hpack/hpack.ts';

interface Traced {
	/** The number of the connection: unique in this process, and another one each time an object dials. */
	connection: number;
	direction: 'sent' | 'received';
	/** Milliseconds since the connection was open, with fractions. */
	time: number;
}

export interface FrameTraced extends Traced {
	type: 'frame';
	/** Its payload is a copy, which is yours. */
	frame: Frame;
	/** The fields of a field block, on the frame that ends it; values are shown, secret ones too. */
	fields?: DecodedField[];
	/** Why there are no fields where there should be. */
	fieldsError?: Error;
}

/** The client's connection preface: the 24 octets before its first frame (RFC 9113 §3.4). */
export interface PrefaceTraced extends Traced {
	type: 'preface';
}

/** These are no frames, or a frame that cannot be. */
export interface FaultTraced extends Traced {
	type: 'fault';
	/** The stream whose frame was left out; 0: nothing more of this direction is traced. */
	streamId: number;
	error: Error;
}

export type FrameEvent = FrameTraced | PrefaceTraced | FaultTraced;
