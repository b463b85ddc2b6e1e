// The options of a connection of any HTTP version, checked and completed with defaults when the connection is created.

import {
	DEFAULT_TABLE_SIZE,
	DEFAULT_WINDOW_SIZE,
	ENGINE_MAX_TABLE,
	MAX_WINDOW_SIZE,
} from '../../assembly/shared/limit.ts';
import { MAX_DELAY } from '../base/abort.ts';
import { LIMIT_NAMES, type Limits, limitsOption, resolveLimits } from '../base/limits.ts';
import {
	boolean,
	callback,
	checkOptions,
	integer,
	listOfStrings,
	nested,
	number,
	type OptionSet,
	objectWith,
	oneOf,
	optionSet,
	string,
} from '../base/options.ts';
import type { HTTPVersion } from '../base/version.ts';
import type { DiagnosticsOptions } from '../diagnostics/diagnostics.ts';
import { REQUEST_OPTION_NAMES } from '../message/request-options.ts';
import { type ConnectorOptions, type Route, resolveRoute, transportOption } from '../net/connector.ts';
import { DEFAULT_CONNECT_TIMEOUT } from '../net/dial.ts';
import { type Origin, parseHost, portOption } from '../net/origin.ts';
import { proxyOption } from '../net/proxy.ts';
import { TLS_NAMES, tlsOption } from '../net/tls-options.ts';
import type { SessionOptions } from '../session/core.ts';
import { type FlowControlFactory, FlowControlManager } from '../session/flow-control.ts';
import { SETTING_NAMES, type Settings, settingsOption } from '../session/settings.ts';

/** In milliseconds; 0 turns a timeout off. */
export interface TimeoutOptions {
	/** For name lookup, connection, proxy tunnel and TLS handshake together. Default: 10,000. */
	connect?: number;
	/** From the request, or its last content sent, to the head of the response, queueing included. Default: 300,000. */
	headers?: number;
	/** For each pause in the content of a response while the caller reads it. Default: 300,000. */
	body?: number;
	/** Without requests, after which the connection is closed; the next request opens another one. Default: 60,000. */
	idle?: number;
}

/** PINGs that detect a peer that is gone although the transport reports nothing. In milliseconds. */
export interface KeepAliveOptions {
	/** How long the peer may be silent before a PING is sent; 0: no PINGs. */
	interval: number;
	/** How long the answer may take before the connection is closed as dead. */
	timeout: number;
}

export interface ConnectionOptions extends ConnectorOptions, DiagnosticsOptions {
	port?: number;
	/** Whether to use TLS. Default: true, unless the port is 80 or the scheme is `http`. */
	secure?: boolean;
	/** The protocol to speak, whatever ALPN selects. */
	forceProtocol?: 'h2' | 'http/1.1';
	/**
	 * HTTP/2 in plaintext, on an HTTPConnection. `upgrade` offers it with the first safe request (RFC 7540 §3.2), and falls
	 * back to HTTP/1.1; `prior-knowledge` speaks it at once (RFC 9113 §3.3). Default: false, HTTP/1.1.
	 */
	h2c?: H2C;
	flowControl?: FlowControlFactory;
	/** Whether the server may push. Default: false. */
	enablePush?: boolean;
	/** Whether to accept responses that are malformed in ways that browsers accept. Default: false. */
	lenient?: boolean;
	/** Whether to decode the content codings of responses. Default: true. */
	decodeContent?: boolean;
	/** Our SETTINGS. */
	settings?: Partial<Pick<Settings, (typeof SETTING_NAMES)[number]>>;
	/** The connection's receive window: how many bytes the server may send before we return window; at least 65,535. */
	connectionWindowSize?: number;
	/** The size limit of our HPACK encoder's table, even if the server allows more. */
	encoderTableSize?: number;
	/** 0 turns a limit off. */
	limits?: Partial<Limits>;
	timeout?: TimeoutOptions;
	keepAlive?: KeepAliveOptions;
}

type H2C = false | 'upgrade' | 'prior-knowledge';

/** The HTTP version that a class speaks; null if the server chooses. */
type SpokenVersion = HTTPVersion | null;

/** All options of a connection, with defaults filled in. Infinity means no timeout or no limit. */
export interface ResolvedOptions {
	readonly origin: Origin;
	readonly route: Route;
	/** The protocol to speak, whatever ALPN selects. */
	readonly forceProtocol: 'h2' | 'http/1.1' | null;
	/** Whether and how plaintext can become HTTP/2 if the version is not fixed. */
	readonly h2c: H2C;
	readonly decodeContent: boolean;
	/** Whether to accept responses that are malformed in ways that browsers accept. */
	readonly lenient: boolean;
	readonly limits: Readonly<Limits>;
	readonly timeouts: Readonly<Required<TimeoutOptions>>;
	readonly keepAlive: Readonly<KeepAliveOptions> | null;
	/** The options of an HTTP/2 session. */
	readonly session: Omit<SessionOptions, 'firstStreamId' | 'upgradedMethod'>;
	readonly enablePush: boolean;
	readonly diagnostics: DiagnosticsOptions;
}

export const DEFAULT_TIMEOUTS: Readonly<Required<TimeoutOptions>> = {
	connect: DEFAULT_CONNECT_TIMEOUT,
	headers: 300_000,
	body: 300_000,
	idle: 60_000,
};

/** Linux allows 32,767 seconds (TCP_KEEPIDLE). */
const MAX_TCP_KEEP_ALIVE = 32_767_000;

const STREAM_WINDOW = 1024 * 1024;
const CONNECTION_WINDOW = 16 * 1024 * 1024;

/** The protocols that each class offers by ALPN by default. */
const ALPN_PROTOCOLS = {
	h2: ['h2'],
	'http/1.1': ['http/1.1'],
	any: ['h2', 'http/1.1'],
} as const;

/** TypeError for a malformed host; TypeError or RangeError for options that are unknown, impossible or contradictory. */
export function resolveOptions(host: string, options: ConnectionOptions, speaks: SpokenVersion): ResolvedOptions {
	checkOptions(options, CONNECTION);
	const {
		port,
		secure,
		forceProtocol = null,
		decodeContent = true,
		enablePush = false,
		lenient = false,
		logger,
		onFrame,
	} = options;
	const own = speaks === null ? null : speaks === 'HTTP/2' ? 'h2' : 'http/1.1';
	if (own !== null && forceProtocol !== null && forceProtocol !== own) {
		throw new TypeError(`Cannot force ${forceProtocol} on a connection that only speaks ${speaks}`);
	}
	const { h2c = false } = options;
	const only = own ?? forceProtocol;
	if (h2c !== false && only !== null && !(only === 'h2' && h2c === 'prior-knowledge')) {
		throw new TypeError(
			`Cannot use h2c: '${h2c}' on a connection that only speaks ${only === 'h2' ? 'HTTP/2' : 'HTTP/1.1'}`,
		);
	}
	const limits = resolveLimits(options.limits);
	const timeouts = resolveTimeouts(options);
	return {
		origin: parseHost(host, { port, secure }),
		route: resolveRoute(options, ALPN_PROTOCOLS[own ?? forceProtocol ?? 'any'], timeouts.connect),
		forceProtocol,
		h2c,
		decodeContent,
		lenient,
		limits,
		timeouts,
		keepAlive: resolveKeepAlive(options.keepAlive),
		session: resolveSession(options, lenient, limits),
		enablePush,
		diagnostics: { logger, onFrame },
	};
}

/** By default the caller's own `transport` is not closed when idle, because it cannot be opened again. */
function resolveTimeouts({ timeout = {}, transport }: ConnectionOptions): Readonly<Required<TimeoutOptions>> {
	const { connect, headers, body, idle } = DEFAULT_TIMEOUTS;
	const orOff = (milliseconds: number): number => (milliseconds === 0 ? Number.POSITIVE_INFINITY : milliseconds);
	return {
		connect: orOff(timeout.connect ?? connect),
		headers: orOff(timeout.headers ?? headers),
		body: orOff(timeout.body ?? body),
		idle: orOff(timeout.idle ?? (transport === undefined ? idle : 0)),
	};
}

/** Null if keep-alive is off. */
function resolveKeepAlive(keepAlive: KeepAliveOptions | undefined): Readonly<KeepAliveOptions> | null {
	if (keepAlive === undefined || keepAlive.interval === 0) return null;
	const { interval, timeout } = keepAlive;
	if (interval === undefined) throw new TypeError('keepAlive.interval is missing: it is a number of milliseconds');
	if (timeout === undefined) throw new TypeError('keepAlive.timeout is missing: it is a number of milliseconds');
	return { interval, timeout };
}

function resolveSession(
	options: ConnectionOptions,
	lenient: boolean,
	limits: Readonly<Limits>,
): ResolvedOptions['session'] {
	const { flowControl = FlowControlManager, enablePush = false } = options;
	// Settings at the protocol's defaults are not sent. If SETTINGS_HEADER_TABLE_SIZE follows an Upgrade, Go's servers,
	// including Caddy, write a size update into the middle of a field block, which is a COMPRESSION_ERROR.
	const settings: Partial<Settings> = {
		initialWindowSize: STREAM_WINDOW,
		maxHeaderListSize: limits.headerListSize,
		enablePush,
	};
	for (const name of SETTING_NAMES) {
		const value = options.settings?.[name];
		if (value !== undefined) settings[name] = value;
	}
	return {
		settings,
		limits,
		flowControl,
		connectionWindow: options.connectionWindowSize ?? CONNECTION_WINDOW,
		encoderTableSize: options.encoderTableSize ?? DEFAULT_TABLE_SIZE,
		lenient,
	};
}

const timeout = number(0, MAX_DELAY, 'milliseconds, 0 means no timeout');

const TIMEOUT: OptionSet = optionSet(
	'timeout',
	{ connect: timeout, headers: timeout, body: timeout, idle: timeout },
	{
		connectTimeout: 'write connect',
		headersTimeout: 'write headers',
		response: 'write headers',
		bodyTimeout: 'write body',
		read: 'write body',
		socket: 'write idle, or body for a response that stalls',
		total: 'to limit a whole request, write signal: AbortSignal.timeout(milliseconds) in its options',
		request: 'to limit a whole request, write signal: AbortSignal.timeout(milliseconds) in its options',
		interval: 'write keepAlive: { interval, timeout } next to timeout',
	},
);

const KEEP_ALIVE: OptionSet = optionSet(
	'keepAlive',
	{ interval: number(0, MAX_DELAY, 'milliseconds, 0 means no probes'), timeout: number(1, MAX_DELAY, 'milliseconds') },
	{ initialDelay: 'write interval', delay: 'write interval' },
);

/** Advice for each of `names` that is not also an option of the connection. */
function allIn(names: readonly string[], where: (name: string) => string): Record<string, string> {
	return Object.fromEntries(names.map((name) => [name, where(name)]));
}

const PROXY = "write proxy: 'http://user:password@host:port', or { url, headers }";
const REJECT_UNAUTHORIZED = 'write tls: { rejectUnauthorized: false } to accept any certificate';
const REDIRECTS = 'a connection has one origin and follows no redirects';
const FIRST_ARGUMENT = 'the host is the first argument';

/** Advice for names of node:http, node:http2, undici, got, axios, fetch and hyper, and for names in the wrong object. */
const ADVICE: Readonly<Record<string, string>> = {
	...allIn(TLS_NAMES, (name) => `write tls: { ${name} }`),
	...allIn(LIMIT_NAMES, (name) => `write limits: { ${name} }`),
	// After the limits: `body` is more often meant for a request.
	...allIn(REQUEST_OPTION_NAMES, (name) => `it belongs to a request: request(method, path, { ${name} })`),
	...allIn(SETTING_NAMES, (name) => `write settings: { ${name} }`),
	...allIn(['connect', 'idle'], (name) => `write timeout: { ${name} }`),
	interval: 'write keepAlive: { interval, timeout }',
	ALPNProtocols: 'write alpnProtocols',
	protocols: 'write alpnProtocols',
	sslContext: 'write tls: { secureContext }',
	verify: REJECT_UNAUTHORIZED,
	insecure: REJECT_UNAUTHORIZED,
	strictSSL: REJECT_UNAUTHORIZED,
	https: 'write tls',
	connectTimeout: 'write timeout: { connect }',
	connectionTimeout: 'write timeout: { connect }',
	headersTimeout: 'write timeout: { headers }',
	requestTimeout: 'write timeout: { headers }',
	bodyTimeout: 'write timeout: { body }',
	keepAliveTimeout: 'write timeout: { idle }',
	idleTimeout: 'write timeout: { idle }',
	idleConnectionTimeout: 'write timeout: { idle }',
	keepAliveInterval: 'write keepAlive: { interval, timeout }',
	keepAliveMsecs: 'write tcpKeepAlive',
	keepAliveInitialDelay: 'write tcpKeepAlive',
	noDelay: 'TCP_NODELAY is always set',
	autoSelectFamily: 'all addresses of a name are tried; family: 4 or 6 restricts them',
	autoSelectFamilyAttemptTimeout: 'every address may take as long as timeout: { connect }',
	pingInterval: 'write keepAlive: { interval, timeout }',
	pingTimeout: 'write keepAlive: { interval, timeout }',
	maxHeaderListSize: 'write limits: { headerListSize }, which is announced as the setting of that name',
	maxHeaderSize: 'write limits: { headerListSize }',
	maxHeaderListPairs: 'write limits: { headerFields }',
	maxReservedRemoteStreams: 'write limits: { promisedStreams }',
	forceProto: 'write forceProtocol',
	protocol: "write http:// or https:// before the host; forceProtocol: 'h2' or 'http/1.1' sets the version",
	priorKnowledge: "write h2c: 'prior-knowledge'",
	upgrade: "write h2c: 'upgrade'",
	http2: "write forceProtocol: 'h2', or use HTTP20Connection",
	h2: "write forceProtocol: 'h2', or use HTTP20Connection",
	allowH2: "HTTPConnection offers HTTP/2; forceProtocol: 'http/1.1' or HTTP11Connection does not",
	allowHTTP1: "HTTPConnection offers HTTP/1.1 too; forceProtocol: 'h2' or HTTP20Connection does not",
	windowManager: 'write flowControl',
	push: 'write enablePush',
	decompress: 'write decodeContent',
	host: FIRST_ARGUMENT,
	hostname: FIRST_ARGUMENT,
	url: FIRST_ARGUMENT,
	baseURL: FIRST_ARGUMENT,
	createConnection: 'write transport: { readable, writable }',
	socket: 'write transport: { readable, writable }',
	path: 'a path belongs to a request; a Unix socket is socketPath',
	method: 'it belongs to a request: request(method, path)',
	unixSocket: 'write socketPath',
	localPort: 'write localAddress; the local port cannot be chosen',
	dns: 'write lookup',
	agent:
		'a connection is its own agent; its socket has the options socketPath, localAddress, lookup, family and tcpKeepAlive',
	dispatcher: 'a connection is its own dispatcher; for a proxy write proxy',
	proxyHost: PROXY,
	proxyPort: PROXY,
	proxyHeaders: PROXY,
	proxyAuth: PROXY,
	maxRedirects: REDIRECTS,
	maxRedirections: REDIRECTS,
	followRedirect: REDIRECTS,
	followRedirects: REDIRECTS,
	redirect: REDIRECTS,
	pipelining: 'HTTP/2 needs none, and HTTP/1.1 sends one request at a time',
	debug: 'write logger: console, or set NODE_DEBUG=hyper',
};

const CONNECTION: OptionSet = optionSet(
	'a connection',
	{
		port: portOption,
		secure: boolean,
		tls: tlsOption,
		alpnProtocols: listOfStrings,
		forceProtocol: oneOf('h2', 'http/1.1'),
		h2c: oneOf(false, 'upgrade', 'prior-knowledge'),
		proxy: proxyOption,
		timeout: nested(TIMEOUT),
		keepAlive: nested(KEEP_ALIVE),
		decodeContent: boolean,
		limits: limitsOption,
		logger: objectWith('an object { debug, info, warn } of functions'),
		onFrame: callback,
		socketPath: string,
		localAddress: string,
		lookup: callback,
		family: oneOf(0, 4, 6),
		tcpKeepAlive: integer(0, MAX_TCP_KEEP_ALIVE, 'milliseconds, 0 means no probes'),
		transport: transportOption,
		enablePush: boolean,
		lenient: boolean,
		flowControl: callback,
		settings: settingsOption,
		connectionWindowSize: integer(DEFAULT_WINDOW_SIZE, MAX_WINDOW_SIZE, 'every HTTP/2 connection begins with 65535'),
		encoderTableSize: integer(0, ENGINE_MAX_TABLE),
	},
	ADVICE,
);

export const CONNECTION_OPTION_NAMES: readonly string[] = [...CONNECTION.checks.keys()];
