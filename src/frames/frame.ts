// HTTP/2 frames as values (RFC 9113 §6): a union, discriminated by `type`.

import type * as FrameType from '../../assembly/shared/frame-type.ts';

interface FrameBase {
	/** All eight bits as sent. The members below have the bits that the type defines. */
	flags: number;
	/** 0: the connection. */
	streamId: number;
	/** Bytes of the payload as sent, including padding. */
	length: number;
}

/** The priority signal of RFC 7540, which RFC 9113 §5.3.2 deprecates but peers still send. */
export interface FramePriority {
	/** The stream that this one depends on. */
	dependency: number;
	exclusive: boolean;
	/** 1 to 256. */
	weight: number;
}

export interface DataFrame extends FrameBase {
	type: typeof FrameType.DATA;
	endStream: boolean;
	/** Bytes of padding; null if the frame is not padded. */
	padding: number | null;
	data: Uint8Array;
}

export interface HeadersFrame extends FrameBase {
	type: typeof FrameType.HEADERS;
	endStream: boolean;
	/** Whether this frame ends the field block; otherwise CONTINUATION follows. */
	endHeaders: boolean;
	padding: number | null;
	priority: FramePriority | null;
	/** A part of the field block, which HPACK decodes once all fragments are joined. */
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
	/** In the order sent; an identifier may occur more than once. */
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
	/** Eight bytes. */
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

/** A frame of a type that RFC 9113 does not define, such as ALTSVC, ORIGIN and PRIORITY_UPDATE. */
export interface ExtensionFrame extends FrameBase {
	type: ExtensionType;
	payload: Uint8Array;
}

type NumbersBelow<Limit extends number, Sofar extends number[] = []> = Sofar['length'] extends Limit
	? Sofar[number]
	: NumbersBelow<Limit, [...Sofar, Sofar['length']]>;

/** The literals 10 to 255: with `number`, the compiler could not tell the other types apart. */
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

/** Like `F`, but these members are optional, and `length` is ignored. */
type Optional<F extends FrameBase, Keys extends keyof F = never> = Omit<F, 'flags' | 'length' | Keys> &
	Partial<Pick<F, 'flags' | 'length' | Keys>>;

/**
 * What `FrameWriter.write` takes: a `Frame`, or one without the members that have a default. By default `endHeaders` is
 * true, other flags are false, there is no padding and no priority, and payloads are empty. Of `flags`, only the bits that
 * the type does not define are used.
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
