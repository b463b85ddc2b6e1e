import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HTTP11Connection, HTTP20Connection, HTTPConnection } from '../../src/index.ts';

type Connection = HTTPConnection | HTTP20Connection | HTTP11Connection;
const CLASSES = [HTTPConnection, HTTP20Connection, HTTP11Connection] as const;

/** The error of a call, thrown or rejected. */
async function failureOf(call: () => unknown): Promise<string> {
	try {
		await call();
	} catch (error) {
		return String(error);
	}
	return 'none';
}

describe('options of calls that do not exist are refused alike by all connections', () => {
	for (const [name, call, options, expected] of [
		['close', 'close', { darin: true }, /^TypeError: Unknown option "darin" of close: did you mean drain\?$/],
		['close', 'close', { code: 0 }, /"code" of close: write errorCode$/],
		['close', 'close', { drain: 1 }, /^TypeError: drain must be true or false, not a number$/],
		['close', 'close', { errorCode: -1 }, /^RangeError: errorCode is -1, but must be an integer from 0 to 4294967295$/],
		['close', 'close', { errorCode: 'CANCEL' }, /^TypeError: errorCode must be a number, not a string$/],
		['close', 'close', null, /options of close must be an object \{ errorCode, drain \}, not null$/],
		['getPushes', 'pushes', { captureall: true }, /"captureall" of getPushes: did you mean captureAll\?$/],
		['getPushes', 'pushes', { captureAll: null }, /^TypeError: captureAll must be true or false, not null$/],
		['getPushes', 'pushes', null, /options of getPushes must be an object \{ captureAll \}, not null$/],
		['endHeaders', 'end', { finall: true }, /"finall" of endHeaders: did you mean final\?$/],
		['endHeaders', 'end', { endStream: true }, /"endStream" of endHeaders: write final$/],
		[
			'endHeaders',
			'end',
			{ headers: {} },
			/"headers" of endHeaders: write putHeader\(name, value\) before endHeaders$/,
		],
		['endHeaders', 'end', { signal: null }, /"signal" of endHeaders: it belongs to request and roundTrip/],
		['endHeaders', 'end', { final: 'yes' }, /^TypeError: final must be true or false, not a string$/],
		['endHeaders', 'end', null, /options of endHeaders must be an object \{ body, final \}, not null$/],
		['send', 'send', { Final: true }, /"Final" of send: did you mean final\?$/],
		['send', 'send', { end: true }, /"end" of send: write final$/],
		['send', 'send', { final: 1 }, /^TypeError: final must be true or false, not a number$/],
		['send', 'send', true, /options of send must be an object \{ final \}, not a boolean$/],
	] as const) {
		test(`a call is refused: ${name} with ${JSON.stringify(options)}`, async () => {
			for (const Class of CLASSES) {
				const conn: Connection = new Class('http://127.0.0.1:1');
				const calls = {
					close: () => conn.close(options as object),
					pushes: () => conn.getPushes(undefined, options as object),
					end: () => conn.endHeaders(options as object, conn.putRequest('GET', '/')),
					send: () => conn.send('data', options as object),
				};
				assert.match(await failureOf(calls[call]), expected, Class.name);
				await conn.close({ drain: true, errorCode: 0 });
			}
		});
	}
});
