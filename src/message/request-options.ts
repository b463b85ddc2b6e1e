// Checks the options of requests and reads at each call. The types RequestOptions and ReadOptions document them.

import {
	anything,
	boolean,
	callback,
	checkOptions,
	describe,
	integer,
	nested,
	nullOr,
	type OptionSet,
	objectWith,
	optionSet,
} from '../base/options.ts';
import type { RequestOptions } from './request.ts';

/** The default when the caller passes no options. */
export const NO_OPTIONS: RequestOptions = Object.freeze({});

const ON_THE_CONNECTION = 'it belongs to the connection: new HTTPConnection(host, options)';
const AN_ARGUMENT = 'it is an argument: request(method, path, options)';
const IN_THE_PATH = "write it into the path: '/items?name=value'";
const BY_SIGNAL =
	'timeouts belong to the connection: timeout: { connect, headers, body, idle }; ' +
	'to limit a single request, write signal: AbortSignal.timeout(milliseconds)';
const REDIRECTS = 'a connection has one origin and follows no redirects: check the status and location of the response';
const READ_IT = 'read the response with json(), text() or bytes()';
const CREDENTIALS = "write headers: { authorization: 'Basic ...' }";
const STATUS = 'no status is an error: check the status of the response';
const PRIORITY_OF_HTTP2 = 'write priority: { urgency, incremental }';

function each(names: readonly string[], advice: string): Record<string, string> {
	return Object.fromEntries(names.map((name) => [name, advice]));
}

const PRIORITY: OptionSet = optionSet(
	'priority',
	{ urgency: integer(0, 7), incremental: boolean },
	each(
		['weight', 'exclusive', 'parent', 'dependency'],
		'RFC 9113 has removed such priorities: write urgency, incremental',
	),
);

const REQUEST: OptionSet = optionSet(
	'a request',
	{
		body: anything,
		headers: anything,
		trailers: objectOrCallback,
		signal: nullOr(objectWith('an AbortSignal', 'aborted', 'addEventListener', 'removeEventListener')),
		onInformational: callback,
		decodeContent: boolean,
		priority: nested(PRIORITY),
	},
	{
		json: "write body: JSON.stringify(value) and headers: { 'content-type': 'application/json' }",
		data: 'write body',
		content: 'write body',
		payload: 'write body',
		form: 'write body: new URLSearchParams(fields), or a FormData',
		...each(['query', 'params', 'searchParams', 'qs'], IN_THE_PATH),
		...each(['method', 'path', 'url', 'uri'], AN_ARGUMENT),
		...each(
			['host', 'hostname', 'origin', 'baseURL', 'protocol'],
			'it belongs to the connection: new HTTPConnection(host)',
		),
		...each(
			[
				'port',
				'secure',
				'tls',
				'alpnProtocols',
				'forceProtocol',
				'h2c',
				'proxy',
				'keepAlive',
				'limits',
				'logger',
				'onFrame',
				'socketPath',
				'localAddress',
				'lookup',
				'family',
				'tcpKeepAlive',
				'transport',
				'enablePush',
				'flowControl',
				'settings',
				'connectionWindowSize',
				'encoderTableSize',
				'lenient',
				'ca',
				'cert',
				'key',
				'servername',
				'rejectUnauthorized',
				'agent',
				'httpAgent',
				'httpsAgent',
				'dispatcher',
			],
			ON_THE_CONNECTION,
		),
		...each(
			['timeout', 'connectTimeout', 'headersTimeout', 'bodyTimeout', 'requestTimeout', 'responseTimeout'],
			BY_SIGNAL,
		),
		...each(['redirect', 'follow', 'followRedirect', 'followRedirects', 'maxRedirects', 'maxRedirections'], REDIRECTS),
		...each(['responseType', 'encoding', 'responseEncoding'], READ_IT),
		...each(['auth', 'username', 'password', 'user'], CREDENTIALS),
		...each(['throwHttpErrors', 'throwOnError', 'validateStatus'], STATUS),
		...each(['weight', 'exclusive', 'parent', 'urgency', 'incremental'], PRIORITY_OF_HTTP2),
		retry: 'requests that the server has not processed are sent again automatically; other retries are up to you',
		cookies: "write headers: { cookie: 'name=value' }",
		jar: "write headers: { cookie: 'name=value' }",
		abortSignal: 'write signal',
		cancelToken: 'write signal: an AbortSignal',
		decompress: 'write decodeContent',
		compress: 'write decodeContent',
		onInfo: 'write onInformational',
		onHeaders: 'write onInformational for 1xx responses; the promise of the response gives the final one',
		waitForTrailers: 'write trailers',
		endStream: 'leave it out: a request without body ends with its head',
		sensitiveHeaders: 'write headers: [[name, value, { neverIndex: true }]]',
		duplex: 'leave it out: a response may arrive before the body is sent',
		keepalive: 'leave it out: connections stay open; the option keepAlive of a connection sends PINGs',
	},
);

export const REQUEST_OPTION_NAMES: readonly string[] = [...REQUEST.checks.keys()];

/** For `dispatch`, which takes the whole request as one object. */
const DISPATCH: OptionSet = optionSet(
	'a request',
	{ ...Object.fromEntries(REQUEST.checks), method: anything, path: anything },
	Object.fromEntries(REQUEST.advice),
);

const READ: OptionSet = optionSet('a reading', { decodeContent: boolean }, { decompress: 'write decodeContent' });

/** Throws TypeError or RangeError for invalid options. */
export function checkRequestOptions(options: RequestOptions): void {
	if (options !== NO_OPTIONS) checkOptions(options, REQUEST);
}

export function checkDispatchRequest(request: unknown, sink: unknown): void {
	checkOptions(request, DISPATCH);
	if (typeof sink !== 'object' || sink === null) throw new TypeError(`Sink must be an object, not ${describe(sink)}`);
}

export function checkReadOptions(options: unknown): void {
	if (options !== undefined) checkOptions(options, READ);
}

function objectOrCallback(value: unknown, name: string): void {
	if (typeof value !== 'function') objectWith('fields or a function')(value, name);
}
