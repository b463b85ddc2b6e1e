// Describes frames for debugging: flags, settings and error codes by their registered names.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as Flag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import { quoteBytes } from '../base/escape.ts';
import type { Frame, FramePriority } from './frame.ts';

/** The registered name of a frame type, or its number in hexadecimal. */
export function typeName(type: number): string {
	return nameOf(FrameType, type);
}

export function errorName(errorCode: number): string {
	return nameOf(ErrorCode, errorCode);
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
export function flagNames({ type, flags }: Frame): string[] {
	return (FLAGS[type] ?? []).filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
}

/** All eight flags, for example `0x05`. */
export function flagsHex({ flags }: Frame): string {
	return `0x${flags.toString(16).padStart(2, '0')}`;
}

/** The payload as a list of `key=value`, without content and field blocks. */
export function frameDetails(frame: Frame): string[] {
	switch (frame.type) {
		case FrameType.DATA:
			return padding(frame.padding);
		case FrameType.HEADERS:
			return [...padding(frame.padding), ...(frame.priority === null ? [] : priority(frame.priority))];
		case FrameType.PRIORITY:
			return priority(frame.priority);
		case FrameType.RST_STREAM:
			return [`error=${errorName(frame.errorCode)}`];
		case FrameType.SETTINGS:
			return frame.settings.map(([identifier, value]) => `${nameOf(Setting, identifier)}=${value}`);
		case FrameType.PUSH_PROMISE:
			return [...padding(frame.padding), `promised=${frame.promisedStreamId}`];
		case FrameType.PING:
			return [`opaque=${Array.from(frame.opaque, (byte) => byte.toString(16).padStart(2, '0')).join('')}`];
		case FrameType.GOAWAY: {
			const debug = frame.debugData.length === 0 ? [] : [`debug=${quoteBytes(frame.debugData)}`];
			return [`last=${frame.lastStreamId}`, `error=${errorName(frame.errorCode)}`, ...debug];
		}
		case FrameType.WINDOW_UPDATE:
			return [`increment=${frame.increment}`];
		default:
			return [];
	}
}

function padding(length: number | null): string[] {
	return length === null ? [] : [`padding=${length}`];
}

function priority({ dependency, exclusive, weight }: FramePriority): string[] {
	return [`dependency=${dependency}`, `weight=${weight}`, ...(exclusive ? ['exclusive'] : [])];
}

/** The name of a number in a registry, or the number in hexadecimal. */
function nameOf(registry: Readonly<Record<string, number>>, number: number): string {
	return Object.keys(registry).find((name) => registry[name] === number) ?? `0x${number.toString(16)}`;
}
