import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressed, checkForHTTP11, requestHead, trailerLines } from '../../src/http11/request-head.ts';
import { type HeaderFields, HTTPHeaderMap, LocalProtocolError, type RequestOptions } from '../../src/index.ts';
import { createManualRequest, createRequest } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';

const origin = parseHost('http://example.com');

function create(method: string, options: RequestOptions = {}) {
	return createRequest(method, '/', origin, options);
}

function read(headers: HeaderFields = {}, method = 'GET') {
	return requestHead(create(method, { headers }));
}

/** How the content is framed, and the fields after Host. */
function framing(method: string, options: RequestOptions = {}) {
	const { fields, chunked } = requestHead(create(method, options));
	return [fields.slice(2).join(': '), chunked];
}

describe('the fields of an HTTP/1.1 request', () => {
	test('an HTTP/1.1 request without fields has only Host', () => {
		assert.deepEqual(read(), { fields: ['Host', 'example.com'], chunked: false, closes: false });
	});

	test('the framing fields of an HTTP/1.1 request are written once, after the others', () => {
		const { fields, chunked } = read({ 'Transfer-Encoding': 'CHUNKED', 'X-A': '1', 'Content-Length': ' 0 ' });
		assert.deepEqual([fields, chunked], [['Host', 'example.com', 'X-A', '1', 'Transfer-Encoding', 'chunked'], true]);
		assert.deepEqual(read({ 'content-length': '0', 'x-a': '1' }).fields.slice(2), ['x-a', '1', 'Content-Length', '0']);
	});

	test('Connection: close is found in any case and among other options', () => {
		assert.equal(read({ Connection: 'TE, Close' }).closes, true);
		assert.equal(read({ Connection: 'closes' }).closes, false);
	});

	test('Host stays where the caller has put it, and has the value of :authority', () => {
		assert.deepEqual(read({ 'x-a': '1', host: 'a' }).fields, ['x-a', '1', 'host', 'a']);
		assert.deepEqual(read({ host: 'a', ':authority': 'b' }).fields, ['host', 'b']);
		assert.deepEqual(read({ ':authority': 'b' }).fields, ['Host', 'b']);
	});

	test('several cookie fields become one line of an HTTP/1.1 request', () => {
		const cookies = new HTTPHeaderMap([
			['Cookie', 'a'],
			['x-a', '1'],
			['cookie', 'b'],
		]);
		assert.deepEqual(read(cookies).fields.slice(2), ['Cookie', 'a; b', 'x-a', '1']);
		assert.equal(cookies.size, 3);
	});
});

describe('how HTTP/1.1 frames content', () => {
	const stream = () => ['x'].values();
	const trailers = { 'x-a': '1' };
	const cases: [string, string, RequestOptions, unknown[]][] = [
		['a GET request without content', 'GET', {}, ['', false]],
		['a POST request without content', 'POST', {}, ['Content-Length: 0', false]],
		['a request without content whose method may have some', 'REPORT', {}, ['Content-Length: 0', false]],
		['a request with content in memory', 'GET', { body: 'abc' }, ['Content-Length: 3', false]],
		['a request with empty content', 'GET', { body: '' }, ['Content-Length: 0', false]],
		['a request with content of unknown length', 'POST', { body: stream() }, ['Transfer-Encoding: chunked', true]],
		[
			'a request with content whose length the caller knows',
			'POST',
			{ body: stream(), headers: { 'content-length': '1' } },
			['Content-Length: 1', false],
		],
		['a request with content and trailers', 'POST', { body: 'abc', trailers }, ['Transfer-Encoding: chunked', true]],
		['a request with trailers alone', 'GET', { trailers }, ['Transfer-Encoding: chunked', true]],
		[
			'a request with content, its length and trailers',
			'POST',
			{ body: stream(), trailers, headers: { 'content-length': '1' } },
			['Transfer-Encoding: chunked', true],
		],
	];
	for (const [what, method, options, expected] of cases) {
		test(`on HTTP/1.1 ${what} has ${expected[0] || 'no field that frames it'}`, () =>
			assert.deepEqual(framing(method, options), expected));
	}

	test('an HTTP/1.1 request has Trailer only if its content is chunked', () => {
		assert.deepEqual(framing('GET', { headers: { trailer: 'x-a' } }), ['', false]);
		assert.match(framing('GET', { headers: { Trailer: 'x-a' }, trailers })[0] as string, /^Trailer: x-a/);
	});

	test('content passed to send is chunked unless the request has content-length', () => {
		assert.equal(requestHead(createManualRequest('GET', '/', origin, {})).chunked, true);
		const known = requestHead(createManualRequest('POST', '/', origin, { 'content-length': '7' }));
		assert.deepEqual([known.chunked, known.fields.slice(2)], [false, ['Content-Length', '7']]);
	});
});

test('the priority of an HTTP/1.1 request is a field, unless the caller has given one', () => {
	const priority = { urgency: 1, incremental: true };
	const lines = (options: RequestOptions) => requestHead(create('GET', options)).fields.slice(2);
	assert.deepEqual(lines({ priority }), ['Priority', 'u=1, i']);
	assert.deepEqual(lines({ priority, headers: { PRIORITY: 'u=5' } }), ['PRIORITY', 'u=5']);
});

test('CONNECT and the extended CONNECT cannot be sent on an HTTP/1.1 connection', () => {
	checkForHTTP11(create('GET'));
	assert.throws(() => checkForHTTP11(createRequest('connect', 'a:1', origin, {})), LocalProtocolError);
	const extended = create('CONNECT', { headers: { ':protocol': 'websocket' } });
	assert.throws(() => checkForHTTP11(extended), /only HTTP\/2 has extended CONNECT/);
});

test('a forwarding proxy gets a target in absolute form with the authority of Host, and its own fields', () => {
	const forward = { headers: [['X-A', '1'] as const, ['X-B', '2'] as const] };
	const send = (headers: Record<string, string>, to: typeof forward | null, method = 'GET') => {
		const request = create(method, { headers });
		return addressed(request, requestHead(request), { settings: 'AAA' }, to);
	};
	assert.deepEqual(send({ host: 'other:81', ':path': '/a?b', 'x-a': 'mine' }, forward), {
		target: 'http://other:81/a?b',
		fields: ['host', 'other:81', 'x-a', 'mine', 'X-B', '2'],
	});
	assert.equal(send({ ':path': '*' }, forward, 'OPTIONS').target, 'http://example.com');
	assert.deepEqual(send({ ':path': '/a' }, null), {
		target: '/a',
		fields: [
			...['Host', 'example.com', 'Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c'],
			...['HTTP2-Settings', 'AAA'],
		],
	});
	assert.throws(() => send({ ':path': '.evil.example/' }, forward), TypeError);
});

test('trailers of HTTP/1.1 keep the case of their names, and lose the spaces around their values', () => {
	assert.deepEqual(
		trailerLines([
			['X-A', ' 1 '],
			['x-a', '2'],
		]),
		[
			['X-A', '1'],
			['x-a', '2'],
		],
	);
	assert.throws(() => trailerLines([['Content-Length', '1']]), TypeError);
});
