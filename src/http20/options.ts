// The options of a connection, with their defaults.

import {
	DEFAULT_MAX_FRAME_SIZE,
	DEFAULT_TABLE_SIZE,
	ENGINE_MAX_TABLE,
	MAX_WINDOW_SIZE,
} from '../../assembly/shared/limit.ts';
import { type FlowControlFactory, FlowControlManager } from '../flow-control.ts';
import type { TLSOptions } from '../runtime/runtime.ts';
import type { ByteStreams } from '../runtime/web-streams.ts';
import { DEFAULT_LIMITS, type Limits } from '../session/abuse.ts';
import type { SessionOptions } from '../session/core.ts';
import { checkSettings, type Settings } from '../session/settings.ts';

export interface TimeoutOptions {
	/** Name lookup, connection and TLS handshake together. Milliseconds; 0 turns it off. */
	connect?: number;
}

export interface HTTP20ConnectionOptions {
	port?: number;
	/** TLS; without it the server must be known to speak HTTP/2. True unless the port is 80 or the scheme `http`. */
	secure?: boolean;
	tls?: TLSOptions;
	/** What is offered by ALPN, the preferred one first. */
	alpnProtocols?: readonly string[];
	/** `h2`: speak HTTP/2 whatever ALPN gave. */
	forceProtocol?: 'h2';
	flowControl?: FlowControlFactory;
	/** Our SETTINGS. */
	settings?: Partial<Omit<Settings, 'enablePush' | 'enableConnectProtocol'>>;
	/** Octets that the server may send before we take them, on the whole connection. */
	connectionWindowSize?: number;
	/** The largest HPACK table for what we send, whatever the server allows. */
	encoderTableSize?: number;
	limits?: Partial<Limits>;
	timeout?: TimeoutOptions;
	socketPath?: string;
	localAddress?: string;
	lookup?: unknown;
	family?: 0 | 4 | 6;
	/** A ready byte pipe instead of a connection of our own. It serves one generation: there is no reconnecting. */
	transport?: ByteStreams;
}

/** Tokens of drafts that hyper offered; a server that picks one speaks what has become HTTP/2. */
const H2_TOKENS: ReadonlySet<string> = new Set(['h2', 'h2-16', 'h2-15', 'h2-14']);

export const DEFAULT_ALPN: readonly string[] = ['h2'];
export const DEFAULT_CONNECT_TIMEOUT = 10_000;
const STREAM_WINDOW = 1024 * 1024;
const CONNECTION_WINDOW = 16 * 1024 * 1024;

export function speaksH2(alpn: string | null): boolean {
	return alpn !== null && H2_TOKENS.has(alpn);
}

/** RangeError and TypeError for options that cannot be. */
export function sessionOptions(options: HTTP20ConnectionOptions): Omit<SessionOptions, 'firstStreamId'> {
	const limits = { ...DEFAULT_LIMITS, ...given(options.limits) };
	for (const [name, value] of Object.entries(limits)) {
		if (!(value >= 0)) throw new RangeError(`Limit ${name} is ${value}, must be a number from 0`);
	}
	for (const name of Object.keys(options.limits ?? {})) {
		if (!(name in DEFAULT_LIMITS)) throw new TypeError(`Unknown limit ${name}`);
	}
	const settings: Partial<Settings> = {
		headerTableSize: DEFAULT_TABLE_SIZE,
		initialWindowSize: STREAM_WINDOW,
		maxFrameSize: DEFAULT_MAX_FRAME_SIZE,
		maxHeaderListSize: limits.headerListSize,
		...given(options.settings),
		enablePush: false,
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
	const { connect = 0 } = options.timeout ?? {};
	if (!(connect >= 0)) throw new RangeError(`timeout.connect is ${connect}, must be a number of milliseconds from 0`);
	return {
		settings,
		limits: { ...limits, headerListSize: settings.maxHeaderListSize as number },
		flowControl: options.flowControl ?? FlowControlManager,
		connectionWindow,
		encoderTableSize,
	};
}

/** What is undefined was not given: it must not hide a default. */
function given<T extends object>(options: T | undefined): Partial<T> {
	const entries = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
	return Object.fromEntries(entries) as Partial<T>;
}
