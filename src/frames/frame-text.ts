// Describes frames for debugging: settings and error codes by their registered names.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import { quoteBytes } from '../base/escape.ts';
import { nameOf } from '../base/frame-names.ts';
import type { Frame, FramePriority } from './frame.ts';

export function errorName(errorCode: number): string {
	return nameOf(ErrorCode, errorCode);
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
