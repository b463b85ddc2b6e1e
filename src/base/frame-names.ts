// The registered names of frame types and flags (RFC 9113 §6), for text. Leaf.

import * as Flag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';

/** The registered name of a frame type, or its number in hexadecimal. */
export function typeName(type: number): string {
	return nameOf(FrameType, type);
}

const ACK = ['ACK', Flag.ACK] as const;
const END_STREAM = ['END_STREAM', Flag.END_STREAM] as const;
const END_HEADERS = ['END_HEADERS', Flag.END_HEADERS] as const;
const PADDED = ['PADDED', Flag.PADDED] as const;

/** The flags that each type defines, in the order of their bits. */
const FLAGS: Readonly<Record<number, readonly (readonly [name: string, bit: number])[]>> = {
	[FrameType.DATA]: [END_STREAM, PADDED],
	[FrameType.HEADERS]: [END_STREAM, END_HEADERS, PADDED, ['PRIORITY', Flag.PRIORITY]],
	[FrameType.SETTINGS]: [ACK],
	[FrameType.PUSH_PROMISE]: [END_HEADERS, PADDED],
	[FrameType.PING]: [ACK],
	[FrameType.CONTINUATION]: [END_HEADERS],
};

/** The names of the flags that are set and that this type defines. */
export function flagNames({ type, flags }: { readonly type: number; readonly flags: number }): string[] {
	return (FLAGS[type] ?? []).filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
}

/** The name of a number in a registry, or the number in hexadecimal. */
export function nameOf(registry: Readonly<Record<string, number>>, number: number): string {
	return Object.keys(registry).find((name) => registry[name] === number) ?? `0x${number.toString(16)}`;
}
