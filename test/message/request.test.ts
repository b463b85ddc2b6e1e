import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HTTPHeaderMap } from '../../src/fields/header-map.ts';
import {
	canBeSentAgain,
	createManualRequest,
	createRequest,
	isIdempotent,
	isReplayable,
	priorityValue,
	type RequestOptions,
	setField,
	validTrailers,
	withoutContinue,
} from '../../src/message/request.ts';
import { checkRequestOptions } from '../../src/message/request-options.ts';
import { parseHost } from '../../src/net/origin.ts';

const origin = parseHost('https://h');

function create(method: string, options: RequestOptions = {}, path = '/') {
	return createRequest(method, path, origin, options);
}

describe('content-length', () => {
	const source = () => (async function* () {})();
	const rows: [what: string, method: string, options: RequestOptions, expected: number | null][] = [
		['GET without a body', 'GET', {}, null],
		['DELETE without a body', 'DELETE', { body: null }, null],
		['POST without a body', 'POST', {}, 0],
		['PATCH without a body, but with trailers', 'PATCH', { trailers: { a: 'b' } }, null],
		['a text', 'GET', { body: 'é' }, 2],
		['an empty body', 'GET', { body: '' }, 0],
		['items in memory', 'PUT', { body: ['ab', new Uint8Array(3)] }, 5],
		['a length of the caller', 'POST', { body: 'abc', headers: { 'Content-Length': '3' } }, 3],
		['no content, as the caller says', 'GET', { headers: { 'Content-Length': '0' } }, 0],
		['a source of unknown length', 'POST', { body: source() }, null],
		['a source whose length the caller knows', 'POST', { body: source(), headers: { 'content-length': '009' } }, 9],
	];
	for (const [what, method, options, expected] of rows) {
		test(`content-length of ${what} is ${expected}`, () => {
			assert.equal(create(method, options).contentLength, expected);
		});
	}

	test('a content-length that differs from the length of the body is a TypeError', () => {
		for (const options of [
			{ body: 'abc', headers: { 'content-length': '4' } },
			{ headers: { 'content-length': '4' } },
			{ body: 'abc', headers: { 'content-length': ['3', '4'] } },
			{ body: 'abc', headers: { 'content-length': 'three' } },
		]) {
			assert.throws(() => create('POST', options), TypeError);
		}
	});
});

test('methods are sent in upper case, including one from :method', () => {
	const { method, contentLength } = create('post');
	assert.deepEqual([method, contentLength], ['POST', 0]);
	assert.equal(create('GET', { headers: { ':method': 'put' } }).method, 'PUT');
	assert.equal(createManualRequest('get', '/', origin, new HTTPHeaderMap()).method, 'GET');
});

test('a path is percent-encoded as in a URL', () => {
	for (const [path, sent] of [
		['/a?b=c', '/a?b=c'],
		['/%E6%97%a5%20', '/%E6%97%a5%20'],
		['/日本?q=ü', '/%E6%97%A5%E6%9C%AC?q=%C3%BC'],
		['/\u{1F600}', '/%F0%9F%98%80'],
		['/\ud800a\udc00', '/%EF%BF%BDa%EF%BF%BD'],
		['/a#b', '/a'],
		['/a?b#c?d', '/a?b'],
		['/é#ü', '/%C3%A9'],
		['?q', '/?q'],
		['//a/../b', '//a/../b'],
		['/"<>[]^`{|}\\', '/"<>[]^`{|}\\'],
	] as const) {
		assert.equal(create('GET', {}, path).path, sent);
		assert.equal(create('GET', {}, path).path, sent, 'again');
		assert.equal(create('GET', { headers: new HTTPHeaderMap([[':method', 'HEAD']]) }, path).path, sent);
	}
	assert.equal(create('OPTIONS', {}, '*').path, '*');
});

test('a valid path or method does not let a later invalid one through', () => {
	assert.equal(create('GET', {}, '/a').path, '/a');
	assert.throws(() => create('GET', {}, '/a '), TypeError);
	assert.throws(() => create('GET', {}, '/a '), TypeError);
	assert.throws(() => create('GE T'), TypeError);
	assert.throws(() => create('GE T'), TypeError);
	assert.deepEqual([create('GET', {}, '/a').path, create('GET').method], ['/a', 'GET']);
});

test('pseudo-header fields and Host override the target of a request', () => {
	const { method, scheme, authority, path, protocol, fields } = create('GET', {
		headers: { ':method': 'connect', ':scheme': 'http', host: 'a:1', ':path': '/ü', ':protocol': 'HTTP/2.0' },
	});
	assert.deepEqual([method, scheme, authority, path, protocol], ['CONNECT', 'http', 'a:1', '/%C3%BC', 'HTTP/2.0']);
	assert.deepEqual(fields, ['host', 'a:1']);
	const both = create('GET', { headers: { host: 'a', 'x-a': '1', ':authority': 'b' } });
	assert.deepEqual([both.authority, both.fields], ['b', ['host', 'b', 'x-a', '1']]);
});

test('the target of CONNECT is :authority, otherwise the path', () => {
	const { authority, path, scheme } = create('CONNECT', {}, 'a:443');
	assert.deepEqual([authority, path, scheme], ['a:443', '', 'https']);
	assert.equal(create('CONNECT', { headers: { ':authority': '[::1]:80' } }).authority, '[::1]:80');
});

test('a request keeps its callbacks, and is not manual if it has a body', () => {
	const trailers = () => ({ a: 'b' });
	const onInformational = () => undefined;
	const request = create('POST', { body: 'x', trailers, onInformational });
	assert.deepEqual([request.method, request.trailers, request.manual], ['POST', trailers, false]);
	assert.equal(request.onInformational, onInformational);
	assert.equal(request.body?.length, 1);
});

test('changes to trailers after their check are not sent', () => {
	const trailers = new HTTPHeaderMap([['X-A', ' 1 ', { neverIndex: true }]]);
	const request = create('POST', { trailers });
	trailers.append('x-b', '2');
	assert.deepEqual([...(request.trailers as HTTPHeaderMap).raw()], [['X-A', '1', { neverIndex: true }]]);
});

test('a manual request adds no content-length, and keeps the fields of its caller', () => {
	const headers = new HTTPHeaderMap([
		[':path', '/q'],
		['X-A', ' b ', { neverIndex: true }],
	]);
	const request = createManualRequest('POST', '/p', origin, headers);
	assert.deepEqual([request.path, request.fields, request.neverIndexed], ['/q', ['X-A', 'b'], new Set([0])]);
	const { manual, body, trailers, contentLength } = request;
	assert.deepEqual([manual, body, trailers, contentLength], [true, null, undefined, null]);
	assert.equal(createManualRequest('POST', '/', origin, { 'content-length': '7' }).contentLength, 7);
	assert.equal(headers.size, 2);
});

test('a form sets content-type with its boundary, unless the caller does; other bodies set no content-type', () => {
	const form = new FormData();
	form.append('a', 'b');
	assert.match(create('POST', { body: form }).fields.join(': '), /^Content-Type: multipart\/form-data; ?boundary=/);
	const headers = { 'CONTENT-type': 'x/y' };
	assert.deepEqual(create('POST', { body: form, headers }).fields, ['CONTENT-type', 'x/y']);
	for (const body of ['text', new URLSearchParams('a=b'), new Blob(['x'], { type: 'image/png' }), null]) {
		assert.deepEqual(create('POST', { body }).fields, []);
	}
});

test('content waits for the server if the caller sends Expect: 100-continue', () => {
	const expecting = (options: RequestOptions) => create('PUT', options).expectsContinue;
	for (const value of ['100-continue', '100-Continue', 'a, 100-continue']) {
		assert.equal(expecting({ body: 'x', headers: { Expect: value } }), true, value);
	}
	assert.equal(expecting({ body: 'x', headers: { Expect: 'x100-continue' } }), false);
	assert.equal(expecting({ headers: { Expect: '100-continue' } }), false, 'there is no content');
	assert.equal(expecting({ body: 'x' }), false);
});

test('a request without its expectation 100-continue keeps its other expectations and the marks of its fields', () => {
	const given = new HTTPHeaderMap();
	given.append('x-a', '1');
	given.append('Expect', '100-Continue');
	given.append('x-secret', '2', { neverIndex: true });
	given.append('expect', 'other, 100-continue');
	const request = create('POST', { body: 'x', headers: given });
	const without = withoutContinue(request);
	assert.deepEqual(without?.fields, ['x-a', '1', 'x-secret', '2', 'expect', 'other']);
	assert.deepEqual([without?.neverIndexed, without?.expectsContinue], [new Set([1]), false]);
	assert.equal(request.fields.length, 8, 'the request itself is unchanged');
	assert.equal(withoutContinue(create('POST', { body: 'x', headers: { expect: 'other' } })), null);
});

test('a request can be sent again if its content can be read again', () => {
	const requests = [
		create('GET'),
		create('POST', { body: 'x' }),
		create('POST', { body: ['x'].values() }),
		createManualRequest('GET', '/', origin, {}),
	];
	assert.deepEqual(requests.map(canBeSentAgain), [true, true, true, false]);
	assert.deepEqual(requests.map(isReplayable), [true, true, false, false]);
	const methods = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'POST', 'PATCH', 'REPORT'];
	assert.deepEqual(
		methods.filter((method) => isIdempotent(create(method))),
		methods.slice(0, 6),
	);
});

test('fields that frame or route a message or control its connection are refused as trailers', () => {
	for (const name of [
		...['Content-Length', 'transfer-encoding', 'host', ':status', 'Connection', 'trailer', 'TE', 'upgrade'],
		...['keep-alive', 'proxy-connection', 'http2-settings'],
	]) {
		assert.throws(() => validTrailers([[name, '1']]), {
			name: 'TypeError',
			message: `Cannot send ${name} as a trailer`,
		});
	}
	assert.throws(() => validTrailers([['a', '\x01']]), TypeError);
	const unchecked = HTTPHeaderMap.fromFlat(['a b', 'c']);
	assert.throws(() => validTrailers(unchecked), TypeError);
	assert.deepEqual(validTrailers([['Content-Type', ' a/b ']]), { fields: ['Content-Type', 'a/b'], neverIndexed: null });
});

test('setField replaces a field of any case, adds any other, and refuses those that frame or route a request', () => {
	const fields = ['Accept', 'a', 'TraceParent', 'old'];
	setField(fields, 'traceparent', ' new ');
	setField(fields, 'Baggage', 'b');
	assert.deepEqual(fields, ['Accept', 'a', 'TraceParent', 'new', 'Baggage', 'b']);
	const message = 'Cannot add the field Host to a request';
	assert.throws(() => setField(fields, 'Host', 'other'), { name: 'TypeError', message });
	assert.throws(() => setField(fields, ':path', '/'), TypeError);
	assert.throws(() => setField(fields, 'a', '\r\n'), TypeError);
	assert.equal(fields.length, 6);
});

test('a priority becomes a field, unless it is the default', () => {
	assert.equal(priorityValue({ urgency: 0, incremental: true }), 'u=0, i');
	assert.equal(priorityValue({ urgency: 7 }), 'u=7');
	assert.equal(priorityValue({ incremental: true }), 'i');
	assert.equal(priorityValue({ incremental: false }), null);
	for (const urgency of [-1, 8, 1.5, Number.NaN]) {
		assert.throws(() => checkRequestOptions({ priority: { urgency } }), RangeError);
	}
});
