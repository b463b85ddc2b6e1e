// The peer's SETTINGS: which values end the connection, and what the others change. RFC 9113 §6.5, §6.9.2.

import * as ErrorCode from '../../assembly/shared/error-code.ts';
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
	if (!changeSendWindows(core, largest - initial, remote.initialWindowSize - largest)) {
		return core.fail(ErrorCode.FLOW_CONTROL_ERROR, 'SETTINGS_INITIAL_WINDOW_SIZE raises a window above 2^31-1');
	}
	// A count may have ended the session.
	if (core.phase === 'dead') return;
	core.codec.output.maxFrameSize = remote.maxFrameSize;
	core.codec.output.writeSettingsAck();
	core.events.push({ type: 'settings' });
	core.countReply();
}

/**
 * §6.9.2: a change of the peer's initial window size changes the windows of all open streams. Several changes in one frame
 * are a rise to the largest value and a fall to the last, because only the largest can exceed the maximum.
 */
function changeSendWindows(core: SessionCore, rise: number, fall: number): boolean {
	if (rise === 0 && fall === 0) return true;
	core.countForAllStreams();
	for (const stream of core.streams.open.values()) {
		// This loop is what the peer can make us run most often with few bytes.
		if (rise > 0 && !stream.sendWindow.increase(rise)) return false;
		if (fall < 0) stream.sendWindow.increase(fall);
		if (rise + fall > 0 && stream.outbox !== null) core.queue.enqueue(stream);
	}
	return true;
}
