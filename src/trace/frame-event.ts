// The events of a traced connection: its frames in both directions, in the order in which they were sent and received.

import type { Frame } from '../frames/frame.ts';
import type { DecodedField } from '../hpack/hpack.ts';

interface Traced {
	/** The number of the connection, unique in this process. An object that dials again gets another number. */
	connection: number;
	direction: 'sent' | 'received';
	/** Milliseconds since the connection opened, with fractions. */
	time: number;
}

export interface FrameTraced extends Traced {
	type: 'frame';
	/** The payload is a copy that you own. */
	frame: Frame;
	/** On the frame that ends a field block: its fields, including secret values. */
	fields?: DecodedField[];
	/** On the frame that ends a field block: why its fields cannot be decoded. */
	fieldsError?: Error;
}

/** The client's connection preface: the 24 bytes before its first frame (RFC 9113 §3.4). */
export interface PrefaceTraced extends Traced {
	type: 'preface';
}

/** Bytes that are not a valid frame. */
export interface FaultTraced extends Traced {
	type: 'fault';
	/** The stream whose frame was skipped; 0: this direction is not traced any further. */
	streamId: number;
	error: Error;
}

export type FrameEvent = FrameTraced | PrefaceTraced | FaultTraced;
