// The frames that a client sends: those of hyper-wasm/frames, but with the name of their type and with decoded fields.

import * as FrameType from '../../assembly/shared/frame-type.ts';
import type { ExtensionFrame, ExtensionType, Frame, HeadersFrame } from '../frames/frame.ts';
import type { DecodedField } from '../hpack/hpack.ts';

/** The types that a client may send: CONTINUATION is joined to HEADERS, and clients send no PUSH_PROMISE. */
type Registry = Omit<typeof FrameType, 'CONTINUATION' | 'PUSH_PROMISE'>;
type RegisteredName = keyof Registry;

/** The `type` of a `PeerFrame`, as in `FrameType` of hyper-wasm/frames; `'UNKNOWN'` for a type without a name there. */
export type PeerFrameName = RegisteredName | 'UNKNOWN';

/** HEADERS with its whole field section: CONTINUATION frames are joined to it. `flags` and `length` are those of HEADERS. */
export interface DecodedHeadersFrame extends Omit<HeadersFrame, 'type' | 'endHeaders' | 'fragment'> {
	type: 'HEADERS';
	/** In the order sent. */
	fields: DecodedField[];
}

/** A frame whose type is not registered in `FrameType`. */
export interface UnknownFrame extends Omit<ExtensionFrame, 'type'> {
	type: 'UNKNOWN';
	/** The number of the type. */
	frameType: ExtensionType;
}

type Named<F extends Frame, Name extends RegisteredName> = Omit<F, 'type'> & { type: Name };

type RegisteredFrame<Name extends RegisteredName> = Registry[Name] extends ExtensionType
	? Named<ExtensionFrame, Name>
	: Named<Extract<Frame, { type: Registry[Name] }>, Name>;

/** The frame with this name. */
export type PeerFrameOf<Name extends PeerFrameName> = Name extends 'UNKNOWN'
	? UnknownFrame
	: Name extends 'HEADERS'
		? DecodedHeadersFrame
		: Name extends RegisteredName
			? RegisteredFrame<Name>
			: never;

/** Any frame that a `ScriptedPeer` receives: a union that `type` discriminates. */
export type PeerFrame = PeerFrameOf<PeerFrameName>;

const { CONTINUATION, PUSH_PROMISE, ...registry } = FrameType;
const NAMES: ReadonlyMap<number, RegisteredName> = new Map(
	Object.entries(registry).map(([name, type]) => [type, name as RegisteredName]),
);

/** Every `PeerFrameName`. */
export const PEER_FRAME_NAMES: readonly PeerFrameName[] = [...NAMES.values(), 'UNKNOWN'];

/** Replaces the number of the type by its name. HEADERS, CONTINUATION and PUSH_PROMISE are left to the caller. */
export function toPeerFrame(frame: Frame): PeerFrame {
	const type = NAMES.get(frame.type);
	if (type === undefined) return { ...frame, type: 'UNKNOWN', frameType: frame.type } as UnknownFrame;
	return { ...frame, type } as PeerFrame;
}
