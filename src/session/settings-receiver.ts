// The peer's SETTINGS: which values end the connection, and what the others change. RFC 9113 §6.5, §6.9.2.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { MAX_WINDOW_SIZE } from '../../assembly/shared/limit.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import type { SessionCore } from './core.ts';
import { applySetting } from './settings.ts';

/** `entries` are pairs [identifier, value, ...] in the order sent. */
export function receiveSettings(core: SessionCore, entries: readonly number[]): void {
	if (core.greeted) core.countGlitch();
	core.greeted = true;
	if (entries.length / 2 > core.limits.settingsEntries) {
		return core.fail(
			ErrorCode.ENHANCE_YOUR_CALM,
			`SETTINGS has ${entries.length / 2} entries, more than limits.settingsEntries`,
		);
	}
	const { remote } = core;
	const initial = remote.initialWindowSize;
	let largest = initial;
	for (let i = 0; i < entries.length; i += 2) {
		const identifier = entries[i] as number;
		const value = entries[i + 1] as number;
		if (identifier === Setting.ENABLE_PUSH && value === 1) {
			return core.fail(ErrorCode.PROTOCOL_ERROR, 'Server sent SETTINGS_ENABLE_PUSH with the value 1');
		}
		if (identifier === Setting.ENABLE_CONNECT_PROTOCOL && value === 0 && remote.enableConnectProtocol) {
			return core.fail(ErrorCode.PROTOCOL_ERROR, 'Server withdrew SETTINGS_ENABLE_CONNECT_PROTOCOL');
		}
		applySetting(remote, identifier, value);
		largest = Math.max(largest, remote.initialWindowSize);
		if (identifier === Setting.HEADER_TABLE_SIZE) {
			core.codec.output.setTableSize(Math.min(value, core.options.encoderTableSize));
		}
	}
	if (largest > initial && !fitsAllWindows(core, largest)) {
		return core.fail(ErrorCode.FLOW_CONTROL_ERROR, 'SETTINGS_INITIAL_WINDOW_SIZE raises a window above 2^31-1');
	}
	if (remote.initialWindowSize > initial) {
		core.countForAllStreams();
		core.streams.open.forEach((stream) => {
			core.queue.enqueue(stream);
		});
	}
	// A count may have ended the session.
	if (core.phase === 'dead') return;
	core.codec.output.maxFrameSize = remote.maxFrameSize;
	core.codec.output.writeSettingsAck();
	core.events.push({ type: 'settings' });
	core.countReply();
}

/** §6.9.2: whether no window of an open stream exceeds 2^31-1 with this initial size. */
function fitsAllWindows(core: SessionCore, initialWindowSize: number): boolean {
	if (initialWindowSize + core.mostGranted <= MAX_WINDOW_SIZE) return true;
	core.mostGranted = core.streams.open.values().reduce((most, { sendWindow }) => Math.max(most, sendWindow.granted), 0);
	return initialWindowSize + core.mostGranted <= MAX_WINDOW_SIZE;
}
