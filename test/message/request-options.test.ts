import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONNECTION_OPTION_NAMES } from '../../src/connection/options.ts';
import { HTTP11Connection, HTTP20Connection, HTTPConnection, type ResponseSink } from '../../src/index.ts';
import {
	checkReadOptions,
	checkRequestOptions,
	NO_OPTIONS,
	REQUEST_OPTION_NAMES,
} from '../../src/message/request-options.ts';

const { signal } = new AbortController();

test('every option of a request is accepted, and so is undefined', () => {
	for (const options of [
		NO_OPTIONS,
		{},
		{ body: 'text', headers: [['a', 'b', { neverIndex: true }]], trailers: { a: 'b' }, signal },
		{ body: null, signal: null, trailers: () => ({}), onInformational: () => undefined, decodeContent: false },
		{ priority: { urgency: 0, incremental: true } },
		Object.fromEntries(REQUEST_OPTION_NAMES.map((name) => [name, undefined])),
	]) {
		checkRequestOptions(options as object);
	}
	checkReadOptions(undefined);
	checkReadOptions({ decodeContent: true });
});

describe('refused in the same words by all connections, and before anything is sent', () => {
	for (const [options, expected] of [
		[null, /^TypeError: The argument with the options of a request must be an object \{ body, .*\}, not null$/],
		['body', /^TypeError: The argument with the options of a request must be an object \{ body, .*\}, not a string$/],
		[new Map([['accept', '*/*']]), /^TypeError: The argument with the options of a request must be an object/],
		[
			{ json: {} },
			/Unknown option "json" of a request: write body: JSON\.stringify\(value\) and headers: \{ 'content-type'/,
		],
		[{ query: {} }, /: write it into the path: '\/items\?name=value'$/],
		[{ params: {} }, /: write it into the path/],
		[{ searchParams: {} }, /: write it into the path/],
		[{ form: {} }, /: write body: new URLSearchParams\(fields\), or a FormData$/],
		[{ data: '' }, /: write body$/],
		[{ method: 'POST' }, /: it is an argument: request\(method, path, options\)$/],
		[{ timeout: 5000 }, /: timeouts belong to the connection: .*AbortSignal\.timeout/],
		[{ headersTimeout: 5000 }, /: timeouts belong to the connection/],
		[{ tls: {} }, /: it belongs to the connection: new HTTPConnection\(host, options\)$/],
		[{ rejectUnauthorized: false }, /: it belongs to the connection/],
		[{ maxRedirects: 0 }, /: a connection has one origin and follows no redirects/],
		[{ redirect: 'manual' }, /follows no redirects/],
		[{ decompress: true }, /: write decodeContent$/],
		[{ duplex: 'half' }, /: leave it out/],
		[{ keepalive: true }, /: leave it out/],
		[{ auth: 'a:b' }, /: write headers: \{ authorization/],
		[{ throwHttpErrors: false }, /: no status is an error/],
		[{ weight: 16 }, /: write priority: \{ urgency, incremental \}$/],
		[{ header: {} }, /Unknown option "header" of a request: did you mean headers\?$/],
		[{ decodecontent: false }, /: did you mean decodeContent\?$/],
		[{ trailer: {} }, /: did you mean trailers\?$/],
		[{ onInformation: () => {} }, /: did you mean onInformational\?$/],
		[{ zzz: 1 }, /Unknown option "zzz" of a request, which has body, headers, trailers, /],
		[{ priority: 3 }, /^TypeError: priority must be an object \{ urgency, incremental \}, not a number$/],
		[{ priority: { urgent: 3 } }, /^TypeError: Unknown option "urgent" of priority: did you mean priority\.urgency\?$/],
		[{ priority: { weight: 3 } }, /Unknown option "weight" of priority: /],
		[{ priority: { urgency: 8 } }, /^RangeError: priority\.urgency is 8, but must be an integer from 0 to 7$/],
		[{ priority: { incremental: 1 } }, /^TypeError: priority\.incremental must be true or false/],
		[{ signal: {} }, /^TypeError: signal must be an AbortSignal, not an object$/],
		[{ decodeContent: 'no' }, /^TypeError: decodeContent must be true or false/],
		[{ onInformational: {} }, /^TypeError: onInformational must be a function/],
		[{ trailers: 'x' }, /^TypeError: trailers must be fields or a function, not a string$/],
		...['headers', 'trailers', 'onInformational', 'decodeContent', 'priority'].map((name) => [
			{ [name]: null },
			/^TypeError: .*must be .*, not null$/,
		]),
	] as [object, RegExp][]) {
		const shown = options instanceof Map ? 'of a Map' : JSON.stringify(options);
		test(`a request refuses the options ${shown}`, async () => {
			for (const Connection of [HTTPConnection, HTTP20Connection, HTTP11Connection]) {
				const conn = new Connection('http://127.0.0.1:1');
				for (const call of ['request', 'roundTrip'] as const) {
					const error = await conn[call]('GET', '/', options).then(
						() => null,
						(reason: Error) => reason,
					);
					assert.match(String(error), expected, `${Connection.name} ${call}`);
				}
				assert.equal(conn.streams, 0);
				await conn.close();
			}
		});
	}

	test('the error for a connection option in a request says where it belongs', () => {
		for (const name of CONNECTION_OPTION_NAMES) {
			if (REQUEST_OPTION_NAMES.includes(name)) continue;
			assert.throws(() => checkRequestOptions({ [name]: 1 } as object), /belongs? to the connection/, name);
		}
	});
});

test('a read accepts only the option decodeContent', () => {
	for (const [options, expected] of [
		[null, /must be an object \{ decodeContent \}, not null/],
		[{ decodecontent: true }, /Unknown option "decodecontent" of a reading: did you mean decodeContent\?/],
		[{ decompress: true }, /write decodeContent/],
		[{ decodeContent: null }, /decodeContent must be true or false, not null/],
	] as const) {
		assert.throws(() => checkReadOptions(options), expected);
	}
});

test('dispatch without a sink throws before anything is dialled', () => {
	for (const Class of [HTTP20Connection, HTTP11Connection, HTTPConnection]) {
		const conn = new Class('http://127.0.0.1:1');
		for (const none of [undefined, null, () => {}] as unknown as ResponseSink[]) {
			assert.throws(
				() => conn.dispatch({ method: 'GET', path: '/' }, none),
				/^TypeError: Sink must be an object, not (undefined|null|a function)$/,
			);
		}
		assert.equal(conn.state, 'idle');
	}
});
