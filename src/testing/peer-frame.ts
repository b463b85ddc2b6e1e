// Frames as a peer sees them: plain objects, told apart by `type`.

import type { FieldLine } from '../fields/field-line.ts';

export interface HeadersFrame {
	type: 'HEADERS';
	streamId: number;
	/** Pseudo-header fields first, as they came. */
	fields: FieldLine[];
	endStream: boolean;
}

export interface DataFrame {
	type: 'DATA';
	streamId: number;
	data: Uint8Array;
	/** With padding. */
	flowControlledLength: number;
	endStream: boolean;
}

export interface SettingsFrame {
	type: 'SETTINGS';
	ack: boolean;
	/** In the order sent. */
	entries: (readonly [identifier: number, value: number])[];
}

export interface PingFrame {
	type: 'PING';
	ack: boolean;
	/** Eight octets. */
	opaque: Uint8Array;
}

export interface GoawayFrame {
	type: 'GOAWAY';
	lastStreamId: number;
	errorCode: number;
	debugData: Uint8Array;
}

export interface RstStreamFrame {
	type: 'RST_STREAM';
	streamId: number;
	errorCode: number;
}

export interface WindowUpdateFrame {
	type: 'WINDOW_UPDATE';
	/** 0: the connection. */
	streamId: number;
	increment: number;
}

export interface PriorityFrame {
	type: 'PRIORITY';
	streamId: number;
}

export interface UnknownFrame {
	type: 'UNKNOWN';
	streamId: number;
	frameType: number;
}

/** What a client may send. */
export type PeerFrame =
	| HeadersFrame
	| DataFrame
	| SettingsFrame
	| PingFrame
	| GoawayFrame
	| RstStreamFrame
	| WindowUpdateFrame
	| PriorityFrame
	| UnknownFrame;
