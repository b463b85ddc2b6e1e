// The options of all connections, and the defaults that both versions of HTTP share.

import type { Limits } from '../base/limits.ts';
import type { DiagnosticsOptions } from '../diagnostics/diagnostics.ts';
import type { ConnectorOptions } from '../net/connector.ts';
import { DEFAULT_CONNECT_TIMEOUT } from '../net/dial.ts';
import type { FlowControlFactory } from '../session/flow-control.ts';
import type { Settings } from '../session/settings.ts';

/** Milliseconds; 0 turns one off. */
export interface TimeoutOptions {
	/** Name lookup, connection, a proxy's tunnel and TLS handshake together. 10,000. */
	connect?: number;
	/** From the request to the head of its response, queueing included; begins again as content is sent. 300,000. */
	headers?: number;
	/** Without an octet of content while the server owes some. 300,000. */
	body?: number;
	/** Without a request; the connection is then closed, and made anew for the next one. 60,000. */
	idle?: number;
}

/** Probes by PING, so that a peer that is gone is noticed although nothing says so. Milliseconds. */
export interface KeepAliveOptions {
	/** Of silence before a probe is sent. */
	interval: number;
	/** For the answer; the connection is given up after that. */
	timeout: number;
}

export interface ConnectionOptions extends ConnectorOptions, DiagnosticsOptions {
	port?: number;
	/** TLS; true unless the port is 80 or the scheme `http`. */
	secure?: boolean;
	/** Spoken whatever ALPN gave. */
	forceProtocol?: 'h2' | 'http/1.1';
	flowControl?: FlowControlFactory;
	/** Whether the server may push; false. */
	enablePush?: boolean;
	/** Whether content codings of responses are undone; true. */
	decodeContent?: boolean;
	/** Our SETTINGS. */
	settings?: Partial<Omit<Settings, 'enablePush' | 'enableConnectProtocol'>>;
	/** Octets that the server may send before we take them, on the whole connection. */
	connectionWindowSize?: number;
	/** The largest HPACK table for what we send, whatever the server allows. */
	encoderTableSize?: number;
	limits?: Partial<Limits>;
	timeout?: TimeoutOptions;
	keepAlive?: KeepAliveOptions;
}

export const DEFAULT_TIMEOUTS: Readonly<Required<TimeoutOptions>> = {
	connect: DEFAULT_CONNECT_TIMEOUT,
	headers: 300_000,
	body: 300_000,
	idle: 60_000,
};

/** Longer delays overflow a timer, which then fires at once. */
const MAX_TIMEOUT = 0x7fffffff;

/**
 * With the defaults for what is not given; RangeError for what is no delay. A ready pipe is not closed for being idle
 * unless that is asked for: it cannot be opened again.
 */
export function resolveTimeouts({
	timeout,
	transport,
}: Pick<ConnectionOptions, 'timeout' | 'transport'>): Readonly<Required<TimeoutOptions>> {
	const idle = transport === undefined ? DEFAULT_TIMEOUTS.idle : 0;
	const timeouts = { ...DEFAULT_TIMEOUTS, idle, ...given(timeout) };
	for (const [name, value] of Object.entries(timeouts)) {
		if (!(name in DEFAULT_TIMEOUTS)) throw new TypeError(`Unknown timeout ${name}`);
		checkDelay(`timeout.${name}`, value, 0);
	}
	return timeouts;
}

/** RangeError for what is no delay; null when there are to be no probes. */
export function resolveKeepAlive(keepAlive: KeepAliveOptions | undefined): Readonly<KeepAliveOptions> | null {
	if (keepAlive === undefined) return null;
	checkDelay('keepAlive.interval', keepAlive.interval, 1);
	checkDelay('keepAlive.timeout', keepAlive.timeout, 1);
	return keepAlive;
}

function checkDelay(name: string, value: number, least: number): void {
	if (value >= least && value <= MAX_TIMEOUT) return;
	throw new RangeError(`${name} is ${value}, must be from ${least} to ${MAX_TIMEOUT} milliseconds`);
}

/** What is undefined was not given: it must not hide a default. */
export function given<T extends object>(options: T | undefined): Partial<T> {
	const entries = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
	return Object.fromEntries(entries) as Partial<T>;
}
