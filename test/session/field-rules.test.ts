// The rules for field sections, as tables: each row has a section and the expected fault, or null or a head if it is
// well-formed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BAD_NAME, BAD_VALUE, TOO_LARGE } from '../../assembly/shared/event.ts';
import {
	checkRequest,
	checkTrailers,
	checkTrailersOut,
	readPromise,
	readResponseHead,
} from '../../src/session/field-rules.ts';

/** `a: b, c: d` as flat pairs. A name may begin with a colon, and a value may be empty. */
function fieldsOf(text: string): string[] {
	if (text === '') return [];
	return text.split(', ').flatMap((line) => {
		const colon = line.indexOf(':', 1);
		return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
	});
}

describe('readResponseHead', () => {
	for (const [section, status, contentLength] of [
		[':status: 200', 200, -1],
		[':status: 100', 100, -1],
		[':status: 999', 999, -1],
		[':status: 204, content-length: 0', 204, 0],
		[':status: 200, a: b, content-length: 007', 200, 7],
		[':status: 200, content-length: 5, content-length: 05', 200, 5],
		[':status: 200, content-length: 999999999999999', 200, 999_999_999_999_999],
		[':status: 200, te: trailers', 200, -1],
	] as const) {
		test(`readResponseHead accepts ${JSON.stringify(section)}`, () => {
			assert.deepEqual(readResponseHead(fieldsOf(section), 0), { status, contentLength });
		});
	}

	for (const [section, fault] of [
		['', /does not begin with :status/],
		['a: b, :status: 200', /does not begin with :status/],
		[':path: /', /does not begin with :status/],
		[':status: 099', /:status "099"/],
		[':status: 20', /:status "20"/],
		[':status: 2000', /:status "2000"/],
		[':status: 2x0', /:status "2x0"/],
		[':status: +20', /:status "\+20"/],
		[':status: ', /:status ""/],
		[':status: 101', /status 101/],
		[':status: 200, :status: 200', /pseudo-header field :status in the wrong place/],
		[':status: 200, a: b, :path: /', /pseudo-header field :path in the wrong place/],
		[':status: 200, connection: close', /connection-specific field connection/],
		[':status: 200, te: gzip', /te with a value other than trailers/],
		[':status: 200, content-length: ', /content-length ""/],
		[':status: 200, content-length: -1', /content-length "-1"/],
		[':status: 200, content-length: 1 ', /content-length "1 "/],
		[':status: 200, content-length: 0x10', /content-length "0x10"/],
		[':status: 200, content-length: 1000000000000000', /content-length "1000000000000000"/],
		[':status: 200, content-length: 5, content-length: 6', /two different values/],
	] as const) {
		test(`readResponseHead finds ${JSON.stringify(section)} malformed`, () =>
			assert.match(String(readResponseHead(fieldsOf(section), 0)), fault));
	}
});

describe('trailers', () => {
	for (const [section, fault] of [
		['', null],
		['te: trailers', null],
		[':status: 200', /pseudo-header field :status/],
		['a: b, :path: /', /pseudo-header field :path/],
		['te: deflate', /te with a value/],
		['upgrade: h2c', /connection-specific field upgrade/],
	] as const) {
		test(`trailers ${JSON.stringify(section)} are ${fault === null ? 'well-formed' : 'malformed'} when received and when sent`, () => {
			for (const result of [checkTrailers(fieldsOf(section), 0), checkTrailersOut(fieldsOf(section))]) {
				if (fault === null) assert.equal(result, null);
				else assert.match(String(result), fault);
			}
		});
	}
});

test('faults that the engine found are reported first, a section that is too large before invalid bytes', () => {
	for (const read of [readResponseHead, checkTrailers, readPromise]) {
		assert.match(String(read([], TOO_LARGE | BAD_NAME)), /exceeds limits\.headerListSize/);
		assert.match(String(read([], BAD_NAME | BAD_VALUE)), /name has a forbidden byte/);
		assert.match(String(read([], BAD_VALUE)), /value has a forbidden byte/);
	}
});

const PROMISE = ':method: GET, :scheme: https, :authority: h, :path: /';

describe('readPromise', () => {
	for (const method of ['GET', 'HEAD']) {
		test(`readPromise accepts the safe method ${method}`, () => {
			const fields = fieldsOf(`:path: /p, :authority: h, :method: ${method}, :scheme: https, content-length: 0`);
			assert.deepEqual(readPromise(fields, 0), { method, scheme: 'https', authority: 'h', path: '/p' });
		});
	}

	for (const [section, fault] of [
		[PROMISE.replace('GET', 'POST'), /method POST/],
		[PROMISE.replace(':path: /', ':path: '), /lacks a pseudo-header field/],
		[PROMISE.replace(', :path: /', ''), /lacks a pseudo-header field/],
		[PROMISE.replace(':method: GET, ', ''), /lacks a pseudo-header field/],
		[PROMISE.replace(':scheme: https, ', ''), /lacks a pseudo-header field/],
		[PROMISE.replace(', :authority: h', ''), /lacks a pseudo-header field/],
		[PROMISE.replace('path: /', 'path: *'), /has the path \*/],
		[`${PROMISE}, :protocol: websocket`, /:protocol twice or in the wrong place/],
		[`${PROMISE}, host: h, host: h`, /has host twice/],
		[`${PROMISE}, host: other`, /host that differs from :authority/],
		[`${PROMISE}, :path: /`, /:path twice or in the wrong place/],
		[`${PROMISE}, :status: 200`, /:status twice or in the wrong place/],
		[`${PROMISE}, a: b, :path: /`, /:path in the wrong place/],
		[`${PROMISE}, keep-alive: 1`, /connection-specific field keep-alive/],
		[`${PROMISE}, content-length: 1`, /has content/],
		[PROMISE.replace('path: /', 'path: //\x1b[2J'), /:path, which has a forbidden character/],
		[PROMISE.replace('path: /', 'path: https://h/'), /:path, which does not begin with a slash/],
		[PROMISE.replace('authority: h', 'authority: u@h'), /:authority, which has a forbidden character/],
	] as const) {
		test(`readPromise refuses ${JSON.stringify(section)}`, () =>
			assert.match(String(readPromise(fieldsOf(section), 0)), fault));
	}
});

describe('checkRequest', () => {
	for (const section of [
		PROMISE,
		':path: /, :method: M, :scheme: https',
		`${PROMISE}, a: `,
		PROMISE.replace('GET', 'x!-Y').replace('path: /', 'path: *').replace('authority: h', 'authority: [::1]:8080'),
		`${PROMISE}, content-length: 007`,
		':method: CONNECT, :authority: h:443',
		':method: CONNECT, :protocol: websocket, :scheme: https, :path: /, :authority: h',
		`${PROMISE}, te: trailers, x!#$%&'*+-.^_\`|~9: \x01\x7f\xff inner\tblank`,
	]) {
		test(`checkRequest accepts ${JSON.stringify(section)}`, () => assert.equal(checkRequest(fieldsOf(section)), null));
	}

	for (const [section, fault] of [
		['', /lacks :method and :scheme and :path/],
		[PROMISE.replace(':method: GET, ', ''), /lacks :method/],
		[PROMISE.replace(':scheme: https, ', ''), /lacks :scheme/],
		[PROMISE.replace(', :path: /', ''), /lacks :path/],
		[PROMISE.replace('path: /', 'path: '), /empty :path/],
		[PROMISE.replace('GET', ''), /empty :method/],
		[`${PROMISE}, :path: /b`, /:path twice/],
		[`${PROMISE}, :status: 200`, /unknown pseudo-header field :status/],
		[`${PROMISE}, a: b, :protocol: c`, /pseudo-header field :protocol in the wrong place/],
		[PROMISE.replace('path: /', 'path: /a b'), /:path has a forbidden character/],
		[PROMISE.replace('path: /', 'path: a'), /:path does not begin with a slash/],
		[PROMISE.replace('path: /', 'path: https://h/'), /:path does not begin with a slash/],
		[PROMISE.replace('GET', 'GE\tT'), /:method has a forbidden character/],
		[PROMISE.replace('GET', 'GE"T'), /:method has a forbidden character/],
		[PROMISE.replace('authority: h', 'authority: '), /empty :authority/],
		[PROMISE.replace('authority: h', 'authority: u@h'), /:authority has a forbidden character/],
		[PROMISE.replace('authority: h', 'authority: h/p'), /:authority has a forbidden character/],
		[`${PROMISE}, content-length: 1, content-length: 1`, /content-length twice/],
		[`${PROMISE}, content-length: 1x`, /content-length "1x"/],
		[PROMISE.replace('authority: h', 'authority: h\r\nx:y'), /:authority has a forbidden character/],
		[PROMISE.replace('https', 'https\x7f'), /:scheme has a forbidden character/],
		[':method: CONNECT', /lacks :authority/],
		[':method: CONNECT, :authority: h, :path: /', /CONNECT request must not have :path/],
		[':method: CONNECT, :authority: h, :scheme: https, :path: /', /CONNECT request must not have :scheme and :path/],
		[':method: CONNECT, :protocol: websocket, :authority: h', /lacks :scheme and :path/],
		[`${PROMISE}, transfer-encoding: chunked`, /connection-specific field transfer-encoding/],
		[`${PROMISE}, proxy-connection: close`, /connection-specific field proxy-connection/],
		[`${PROMISE}, te: gzip`, /te with a value/],
	] as const) {
		test(`checkRequest refuses ${JSON.stringify(section)}`, () =>
			assert.match(String(checkRequest(fieldsOf(section))), fault));
	}

	test('checkRequest refuses an invalid value after it has accepted a similar one', () => {
		const request = (path: string) => checkRequest([':method', 'GET', ':scheme', 'https', ':path', path]);
		assert.deepEqual([request('/a'), request('/a')], [null, null]);
		assert.match(String(request('/a ')), /:path has a forbidden character/);
		assert.equal(request('/a'), null);
	});
});

test('names and values that would not arrive unchanged must not be sent as trailers', () => {
	for (const name of ['Upper', '', 'a b', 'a:', 'é', 'a\n']) {
		assert.match(String(checkTrailersOut([name, 'v'])), /not a field name/, name);
	}
	for (const value of ['a\0', 'a\rb', 'a\n', ' a', 'a ', '\ta', 'a\t']) {
		assert.match(String(checkTrailersOut(['a', value])), /value of a has/, JSON.stringify(value));
	}
});

test('fields that frame or route a message must not be sent as trailers', () => {
	for (const name of ['content-length', 'host', 'trailer', 'transfer-encoding', 'connection']) {
		assert.match(
			String(checkTrailersOut(['a', 'b', name, '1'])),
			new RegExp(`trailer section (has|must not have) .*${name}`),
		);
	}
	assert.equal(checkTrailersOut(['content-type', 'a/b']), null);
});
