// HTTP/2 frames as values: RFC 9113 §6, a union that `type` tells apart.

import type * as FrameType from '../../assembly/shared/frame-type.ts';

interface FrameBase {
	/** All eight bits as sent; those with a meaning have names of their own below. */
	flags: number;
	/** 0 is the connection. */
	streamId: number;
	/** Octets of the payload as sent, padding included. */
	length: number;
}

/** RFC 9113 §5.3.2: deprecated, but peers send it. */
export interface FramePriority {
	/** Stream that this one depends on. */
	dependency: number;
	exclusive: boolean;
	/** 1 to 256. */
	weight: number;
}

export interface DataFrame extends FrameBase {
	type: typeof FrameType.DATA;
	endStream: boolean;
	/** Octets of padding; null: the frame is not padded. */
	padding: number | null;
	data: Uint8Array;
}

export interface HeadersFrame extends FrameBase {
	type: typeof FrameType.HEADERS;
	endStream: boolean;
	/** Whether the field block ends with this frame; else CONTINUATION follows. */
	endHeaders: boolean;
	padding: number | null;
	priority: FramePriority | null;
	/** Of the field block: what HPACK decodes once all its fragments are joined. */
	fragment: Uint8Array;
}

export interface PriorityFrame extends FrameBase {
	type: typeof FrameType.PRIORITY;
	priority: FramePriority;
}

export interface RstStreamFrame extends FrameBase {
	type: typeof FrameType.RST_STREAM;
	errorCode: number;
}

export interface SettingsFrame extends FrameBase {
	type: typeof FrameType.SETTINGS;
	ack: boolean;
	/** In the order sent; an identifier may occur twice. */
	settings: [identifier: number, value: number][];
}

export interface PushPromiseFrame extends FrameBase {
	type: typeof FrameType.PUSH_PROMISE;
	endHeaders: boolean;
	padding: number | null;
	promisedStreamId: number;
	fragment: Uint8Array;
}

export interface PingFrame extends FrameBase {
	type: typeof FrameType.PING;
	ack: boolean;
	/** Eight octets. */
	opaque: Uint8Array;
}

export interface GoawayFrame extends FrameBase {
	type: typeof FrameType.GOAWAY;
	lastStreamId: number;
	errorCode: number;
	debugData: Uint8Array;
}

export interface WindowUpdateFrame extends FrameBase {
	type: typeof FrameType.WINDOW_UPDATE;
	increment: number;
}

export interface ContinuationFrame extends FrameBase {
	type: typeof FrameType.CONTINUATION;
	endHeaders: boolean;
	fragment: Uint8Array;
}

/** Any type that RFC 9113 does not define: ALTSVC, ORIGIN, PRIORITY_UPDATE and what is unknown. */
export interface ExtensionFrame extends FrameBase {
	type: ExtensionType;
	payload: Uint8Array;
}

type NumbersBelow<Limit extends number, Sofar extends number[] = []> = Sofar['length'] extends Limit
	? Sofar[number]
	: NumbersBelow<Limit, [...Sofar, Sofar['length']]>;

/** 10 to 255, as literals: `number` would keep the compiler from telling the other types apart. */
export type ExtensionType = Exclude<NumbersBelow<256>, NumbersBelow<10>>;

export type Frame =
	| DataFrame
	| HeadersFrame
	| PriorityFrame
	| RstStreamFrame
	| SettingsFrame
	| PushPromiseFrame
	| PingFrame
	| GoawayFrame
	| WindowUpdateFrame
	| ContinuationFrame
	| ExtensionFrame;

/** As `F`, but these keys may be left out, and `length` is not looked at. */
type Optional<F extends FrameBase, Keys extends keyof F = never> = Omit<F, 'flags' | 'length' | Keys> &
	Partial<Pick<F, 'flags' | 'length' | Keys>>;

/**
 * What `FrameWriter.write` takes: any `Frame`, or one without what has a usual value. Left out, flags are false but
 * `endHeaders`, padding, priority and acknowledgements none, and payloads empty. `flags` adds the bits that have no name.
 */
export type WritableFrame =
	| Optional<DataFrame, 'endStream' | 'padding' | 'data'>
	| Optional<HeadersFrame, 'endStream' | 'endHeaders' | 'padding' | 'priority' | 'fragment'>
	| Optional<PriorityFrame>
	| Optional<RstStreamFrame>
	| Optional<SettingsFrame, 'streamId' | 'ack' | 'settings'>
	| Optional<PushPromiseFrame, 'endHeaders' | 'padding' | 'fragment'>
	| Optional<PingFrame, 'streamId' | 'ack' | 'opaque'>
	| Optional<GoawayFrame, 'streamId' | 'debugData'>
	| Optional<WindowUpdateFrame>
	| Optional<ContinuationFrame, 'endHeaders' | 'fragment'>
	| Optional<ExtensionFrame, 'payload'>;
