// RFC 9113 §6.5: the settings of both sides. Our settings apply at once where they allow the peer more, and from their
// acknowledgement where they allow less. The peer's settings apply when they are received.

import {
	DEFAULT_MAX_FRAME_SIZE,
	DEFAULT_TABLE_SIZE,
	DEFAULT_WINDOW_SIZE,
	ENGINE_MAX_TABLE,
	LARGEST_MAX_FRAME_SIZE,
	MAX_WINDOW_SIZE,
	MAX_WORD,
} from '../../assembly/shared/limit.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import { integer, nested, type OptionCheck, optionSet } from '../base/options.ts';
import { settingsPayload } from '../codec/settings-payload.ts';

export interface Settings {
	headerTableSize: number;
	enablePush: boolean;
	/** Infinity: no limit. */
	maxConcurrentStreams: number;
	initialWindowSize: number;
	maxFrameSize: number;
	/** Infinity: no limit. */
	maxHeaderListSize: number;
	/** RFC 8441 */
	enableConnectProtocol: boolean;
}

/** The settings of a side that has not announced any (§6.5.2). */
export const INITIAL_SETTINGS: Readonly<Settings> = {
	headerTableSize: DEFAULT_TABLE_SIZE,
	enablePush: true,
	maxConcurrentStreams: Number.POSITIVE_INFINITY,
	initialWindowSize: DEFAULT_WINDOW_SIZE,
	maxFrameSize: DEFAULT_MAX_FRAME_SIZE,
	maxHeaderListSize: Number.POSITIVE_INFINITY,
	enableConnectProtocol: false,
};

const IDENTIFIERS: readonly (readonly [name: keyof Settings, identifier: number, min: number, max: number])[] = [
	['headerTableSize', Setting.HEADER_TABLE_SIZE, 0, ENGINE_MAX_TABLE],
	['enablePush', Setting.ENABLE_PUSH, 0, 1],
	['maxConcurrentStreams', Setting.MAX_CONCURRENT_STREAMS, 0, MAX_WORD],
	['initialWindowSize', Setting.INITIAL_WINDOW_SIZE, 0, MAX_WINDOW_SIZE],
	['maxFrameSize', Setting.MAX_FRAME_SIZE, DEFAULT_MAX_FRAME_SIZE, LARGEST_MAX_FRAME_SIZE],
	['maxHeaderListSize', Setting.MAX_HEADER_LIST_SIZE, 0, MAX_WORD],
	['enableConnectProtocol', Setting.ENABLE_CONNECT_PROTOCOL, 0, 1],
];

/** What a client may announce by the option `settings`; other settings are options of their own. */
export const SETTING_NAMES = ['headerTableSize', 'maxConcurrentStreams', 'initialWindowSize', 'maxFrameSize'] as const;

const OPTIONS = optionSet(
	'settings',
	Object.fromEntries(
		IDENTIFIERS.filter(([name]) => (SETTING_NAMES as readonly string[]).includes(name)).map(([name, , least, most]) => [
			name,
			integer(least, most, name === 'maxConcurrentStreams' ? 'leave it out for no limit' : undefined),
		]),
	),
	{
		maxHeaderListSize: 'write limits: { headerListSize } next to settings, which is announced as this setting',
		enablePush: 'write enablePush next to settings',
		enableConnectProtocol: 'only a server announces it',
		maxHeaderSize: 'write limits: { headerListSize } next to settings',
	},
);

/** The check of the option `settings`. */
export const settingsOption: OptionCheck = nested(OPTIONS);

/** RangeError for a value that the protocol or the engine does not allow, TypeError for an unknown name. */
export function checkSettings(settings: Partial<Settings>): void {
	for (const name of Object.keys(settings)) {
		const known = IDENTIFIERS.find((entry) => entry[0] === name);
		if (known === undefined) throw new TypeError(`Unknown setting ${name}`);
		const value = settings[known[0]];
		if (value === undefined || (value === Number.POSITIVE_INFINITY && value === INITIAL_SETTINGS[known[0]])) continue;
		const number = Number(value);
		if (!Number.isInteger(number) || number < known[2] || number > known[3]) {
			throw new RangeError(
				`Setting ${name} is ${String(value)}, but must be an integer from ${known[2]} to ${known[3]}`,
			);
		}
	}
}

/** Pairs [identifier, value, ...] for a SETTINGS frame. An infinite value means no limit, and has no entry. */
export function settingsEntries(settings: Partial<Settings>): number[] {
	const entries: number[] = [];
	for (const [name, identifier] of IDENTIFIERS) {
		const value = settings[name];
		if (value === undefined || value === Number.POSITIVE_INFINITY) continue;
		entries.push(identifier, Number(value));
	}
	return entries;
}

/** The payload of a SETTINGS frame; infinite values have no entry. */
export function encodeSettings(settings: Partial<Settings>): Uint8Array {
	return settingsPayload(settingsEntries(settings));
}

/** Settings whose higher values allow the peer more. */
const LIMITS = ['initialWindowSize', 'maxFrameSize', 'headerTableSize', 'maxConcurrentStreams'] as const;

/** Our settings, which are announced once, at the beginning of the session. */
export class LocalSettings {
	/** What the peer may rely on. Until it acknowledges our settings, initial values that allow it more also count. */
	readonly effective: Settings = { ...INITIAL_SETTINGS };
	/** The window that each stream begins with. The peer reads our settings, or HTTP2-Settings, before any request. */
	readonly initialWindowSize: number;
	readonly #announced: Partial<Settings>;
	isAcknowledged = false;

	constructor(announced: Partial<Settings>) {
		this.#announced = announced;
		this.initialWindowSize = announced.initialWindowSize ?? INITIAL_SETTINGS.initialWindowSize;
		for (const name of LIMITS) this.effective[name] = Math.max(this.effective[name], announced[name] ?? 0);
		// The peer reads our settings before any request, so it knows this one before it could promise anything.
		this.effective.enablePush = announced.enablePush ?? true;
	}

	/** Applies settings that allow the peer less. False if the peer has acknowledged our settings before. */
	acknowledge(): boolean {
		if (this.isAcknowledged) return false;
		this.isAcknowledged = true;
		for (const name of LIMITS) this.effective[name] = this.#announced[name] ?? this.effective[name];
		return true;
	}
}

/** Sets `settings` by one entry of the peer's SETTINGS; unknown identifiers are ignored (§6.5.2). */
export function applySetting(settings: Settings, identifier: number, value: number): void {
	switch (identifier) {
		case Setting.HEADER_TABLE_SIZE:
			settings.headerTableSize = value;
			break;
		case Setting.ENABLE_PUSH:
			settings.enablePush = value === 1;
			break;
		case Setting.MAX_CONCURRENT_STREAMS:
			settings.maxConcurrentStreams = value;
			break;
		case Setting.INITIAL_WINDOW_SIZE:
			settings.initialWindowSize = value;
			break;
		case Setting.MAX_FRAME_SIZE:
			settings.maxFrameSize = value;
			break;
		case Setting.MAX_HEADER_LIST_SIZE:
			settings.maxHeaderListSize = value;
			break;
		case Setting.ENABLE_CONNECT_PROTOCOL:
			settings.enableConnectProtocol = value === 1;
			break;
	}
}
