// The frames that a client sends: the frames of hyper-wasm/frames, except that field sections are decoded.

import type * as FrameType from '../../assembly/shared/frame-type.ts';
import type {
	ContinuationFrame,
	ExtensionFrame,
	ExtensionType,
	Frame,
	HeadersFrame,
	PushPromiseFrame,
} from '../frames/frame.ts';
import type { DecodedField } from '../hpack/hpack.ts';

/** HEADERS with its whole field section: CONTINUATION frames are joined to it. `flags` and `length` are those of HEADERS. */
export interface DecodedHeadersFrame extends Omit<HeadersFrame, 'endHeaders' | 'fragment'> {
	/** In the order sent. */
	fields: DecodedField[];
}

/** Any frame that a `ScriptedPeer` receives. */
export type PeerFrame = Exclude<Frame, HeadersFrame | ContinuationFrame | PushPromiseFrame> | DecodedHeadersFrame;

/** The name of a frame type, for `receive` and `expect`: as in `FrameType` of hyper-wasm/frames. */
export type PeerFrameName = Exclude<keyof typeof FrameType, 'CONTINUATION' | 'PUSH_PROMISE'>;

/** The frame type with this name. */
export type PeerFrameOf<Name extends PeerFrameName> = (typeof FrameType)[Name] extends ExtensionType
	? ExtensionFrame
	: Extract<PeerFrame, { type: (typeof FrameType)[Name] }>;
