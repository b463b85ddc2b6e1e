// The frames that a client sends: those of hyper-wasm/frames, with decoded field sections.

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

/** HEADERS with its whole field section. CONTINUATION frames are joined to it; flags and length are those of HEADERS. */
export interface DecodedHeadersFrame extends Omit<HeadersFrame, 'endHeaders' | 'fragment'> {
	/** In the order sent: pseudo-header fields first. */
	fields: DecodedField[];
}

/** What `ScriptedPeer` receives: any frame of a client. */
export type PeerFrame = Exclude<Frame, HeadersFrame | ContinuationFrame | PushPromiseFrame> | DecodedHeadersFrame;

/** How `receive` and `expect` name the type of a frame: as `FrameType` of hyper-wasm/frames does. */
export type PeerFrameName = Exclude<keyof typeof FrameType, 'CONTINUATION' | 'PUSH_PROMISE'>;

/** The frame of a type, by the name of the type. */
export type PeerFrameOf<Name extends PeerFrameName> = (typeof FrameType)[Name] extends ExtensionType
	? ExtensionFrame
	: Extract<PeerFrame, { type: (typeof FrameType)[Name] }>;
