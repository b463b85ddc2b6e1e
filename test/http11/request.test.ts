import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
	canBeSentAgain,
	createManualRequest,
	createRequest,
	isIdempotent,
	trailerLines,
} from '../../src/http11/request.ts';
import type { RequestOptions } from '../../src/index.ts';
import { parseHost } from '../../src/net/origin.ts';

const origin = parseHost('http://example.com');

function create(method: string, options: RequestOptions = {}) {
	return createRequest(method, '/', origin, options);
}

/** What is said of the content, how it is framed, and how long it must be. */
function framing(method: string, options: RequestOptions = {}) {
	const { fields, chunked, declared } = create(method, options);
	return [fields.slice(2).join(': '), chunked, declared];
}

describe('content', () => {
	const stream = () => ['x'].values();
	const trailers = { 'x-a': '1' };
	const cases: [string, string, RequestOptions, unknown[]][] = [
		['none of GET', 'GET', {}, ['', false, null]],
		['none of POST', 'POST', {}, ['Content-Length: 0', false, 0]],
		['none of a method that may have some', 'REPORT', {}, ['Content-Length: 0', false, 0]],
		['in memory', 'GET', { body: 'abc' }, ['Content-Length: 3', false, 3]],
		['that is empty', 'GET', { body: '' }, ['Content-Length: 0', false, 0]],
		['of unknown length', 'POST', { body: stream() }, ['Transfer-Encoding: chunked', true, null]],
		[
			'of a length that the caller knows',
			'POST',
			{ body: stream(), headers: { 'content-length': '1' } },
			['Content-Length: 1', false, 1],
		],
		['with trailers', 'POST', { body: 'abc', trailers }, ['Transfer-Encoding: chunked', true, 3]],
		['with trailers alone', 'GET', { trailers }, ['Transfer-Encoding: chunked', true, null]],
		[
			'with all of it',
			'POST',
			{ body: stream(), trailers, headers: { 'content-length': '1' } },
			['Transfer-Encoding: chunked', true, 1],
		],
	];
	for (const [what, method, options, expected] of cases) {
		test(`${what}: ${expected[0] || 'nothing'}`, () => assert.deepEqual(framing(method, options), expected));
	}

	test('without chunks has no Trailer', () => {
		assert.deepEqual(framing('GET', { headers: { trailer: 'x-a' } }), ['', false, null]);
		assert.match(framing('GET', { headers: { Trailer: 'x-a' }, trailers })[0] as string, /^Trailer: x-a/);
	});

	test('by hand goes in chunks, unless its length is given', () => {
		const { chunked, declared } = createManualRequest('GET', '/', origin, {});
		assert.deepEqual([chunked, declared], [true, null]);
		const known = createManualRequest('POST', '/', origin, { 'content-length': '7' });
		assert.deepEqual([known.chunked, known.declared], [false, 7]);
	});
});

test('a priority is a field, unless the caller has given it', () => {
	const priority = { urgency: 1, incremental: true };
	assert.deepEqual(create('GET', { priority }).fields.slice(2), ['Priority', 'u=1, i']);
	assert.deepEqual(create('GET', { priority, headers: { PRIORITY: 'u=5' } }).fields.slice(2), ['PRIORITY', 'u=5']);
});

test('what can be sent again', () => {
	assert.deepEqual(
		[
			create('GET'),
			create('POST', { body: 'x' }),
			create('POST', { body: ['x'].values() }),
			createManualRequest('GET', '/', origin, {}),
		].map(canBeSentAgain),
		[true, true, true, false],
	);
	const methods = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'POST', 'PATCH', 'REPORT'];
	assert.deepEqual(
		methods.filter((method) => isIdempotent(create(method))),
		methods.slice(0, 6),
	);
});

test('trailers are fields that may stand behind content', () => {
	assert.deepEqual(
		trailerLines([
			['X-A', '1'],
			['x-a', '2'],
		]),
		[
			['X-A', '1'],
			['x-a', '2'],
		],
	);
	for (const name of ['Content-Length', 'transfer-encoding', 'host', ':status', 'Connection', 'trailer']) {
		assert.throws(() => trailerLines([[name, '1']]), TypeError);
	}
});
