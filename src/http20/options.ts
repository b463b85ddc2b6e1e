// The options of a connection, with their defaults.

import { DEFAULT_TABLE_SIZE, ENGINE_MAX_TABLE, MAX_WINDOW_SIZE } from '../../assembly/shared/limit.ts';
import { resolveLimits } from '../base/limits.ts';
import { type ConnectionOptions, given, resolveKeepAlive, resolveTimeouts } from '../connection/options.ts';
import type { SessionOptions } from '../session/core.ts';
import { FlowControlManager } from '../session/flow-control.ts';
import { checkSettings, encodeSettings, type Settings } from '../session/settings.ts';
import { type Patience, toPatience } from './watchdog.ts';

/** Those of all connections; HTTP/2 is what this one speaks, so nothing else can be forced. */
export interface HTTP20ConnectionOptions extends ConnectionOptions {
	forceProtocol?: 'h2';
}

/** Tokens of drafts that hyper offered; a server that picks one speaks what has become HTTP/2. */
const H2_TOKENS: ReadonlySet<string> = new Set(['h2', 'h2-16', 'h2-15', 'h2-14']);

export const DEFAULT_ALPN: readonly string[] = ['h2'];
const STREAM_WINDOW = 1024 * 1024;
const CONNECTION_WINDOW = 16 * 1024 * 1024;

export function speaksH2(alpn: string | null): boolean {
	return alpn !== null && H2_TOKENS.has(alpn);
}

/** RangeError and TypeError for options that cannot be. */
export function sessionOptions(options: ConnectionOptions): Omit<SessionOptions, 'firstStreamId'> {
	const limits = resolveLimits(options.limits);
	// What is the protocol's own default goes unsaid. Go's servers, and Caddy with them, let SETTINGS_HEADER_TABLE_SIZE that
	// follows an Upgrade disturb the field block they are writing: a size update in its middle, a COMPRESSION_ERROR.
	const settings: Partial<Settings> = {
		initialWindowSize: STREAM_WINDOW,
		maxHeaderListSize: limits.headerListSize,
		...given(options.settings),
		enablePush: options.enablePush ?? false,
	};
	checkSettings(settings);
	const encoderTableSize = options.encoderTableSize ?? DEFAULT_TABLE_SIZE;
	if (!(encoderTableSize >= 0 && encoderTableSize <= ENGINE_MAX_TABLE)) {
		throw new RangeError(`encoderTableSize is ${encoderTableSize}, must be from 0 to ${ENGINE_MAX_TABLE}`);
	}
	const connectionWindow = options.connectionWindowSize ?? CONNECTION_WINDOW;
	if (!Number.isInteger(connectionWindow) || connectionWindow < 0 || connectionWindow > MAX_WINDOW_SIZE) {
		throw new RangeError(
			`connectionWindowSize is ${connectionWindow}, must be an integer from 0 to ${MAX_WINDOW_SIZE}`,
		);
	}
	return {
		settings,
		limits: { ...limits, headerListSize: settings.maxHeaderListSize as number },
		flowControl: options.flowControl ?? FlowControlManager,
		connectionWindow,
		encoderTableSize,
	};
}

/** How long is waited for what. RangeError for what is no time. */
export function patience(options: ConnectionOptions): Patience {
	return toPatience(resolveTimeouts(options), resolveKeepAlive(options.keepAlive));
}

/** Our SETTINGS as the field HTTP2-Settings has them: RFC 7540 §3.2.1, the payload of the frame as base64url. */
export function upgradeSettings(options: ConnectionOptions): string {
	const payload = encodeSettings(sessionOptions(options).settings);
	const base64 = btoa(String.fromCharCode(...payload));
	return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
