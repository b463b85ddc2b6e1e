import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFields, trailerFields } from '../../src/http20/request-fields.ts';

const base = [':method', 'GET', ':scheme', 'https', ':authority', 'h', ':path', '/'];
const fieldsOf = (headers: Parameters<typeof requestFields>[4], length: number | null = null) =>
	requestFields('GET', 'https', 'h', '/', headers, length).fields;

for (const [what, headers, expected] of [
	['no headers', undefined, base],
	['names in lower case, values trimmed', { 'X-A': ' \tb ' }, [...base, 'x-a', 'b']],
	[
		'Host as :authority',
		{ Host: 'other' },
		[':method', 'GET', ':scheme', 'https', ':authority', 'other', ':path', '/'],
	],
	[
		'pseudo-header fields in the place of ours',
		[
			[':path', '/x'],
			[':authority', 'z'],
			['host', 'y'],
		],
		[':method', 'GET', ':scheme', 'https', ':authority', 'z', ':path', '/x'],
	],
	[
		'a new pseudo-header field behind ours',
		[
			['a', 'b'],
			[':protocol', 'websocket'],
		],
		[...base, ':protocol', 'websocket', 'a', 'b'],
	],
	[
		'no fields of one hop',
		{
			connection: 'x-hop, close',
			'x-hop': '1',
			'keep-alive': '1',
			'transfer-encoding': 'chunked',
			upgrade: 'h2c',
			'proxy-connection': 'x',
			'http2-settings': 'x',
			kept: '1',
		},
		[...base, 'kept', '1'],
	],
	[
		'te only for trailers',
		[
			['te', 'gzip'],
			['TE', ' Trailers'],
		],
		[...base, 'te', 'Trailers'],
	],
	[
		'several lines of one name',
		[
			['a', '1'],
			['b', '2'],
			['a', '3'],
		],
		[...base, 'a', '1', 'b', '2', 'a', '3'],
	],
] as const) {
	test(`a request has ${what}`, () => {
		assert.deepEqual(fieldsOf(headers as Parameters<typeof requestFields>[4]), expected);
	});
}

test('Host may be there once', () => {
	const twice = [
		['host', 'a'],
		['Host', 'b'],
	] as const;
	assert.throws(() => fieldsOf(twice as unknown as Parameters<typeof requestFields>[4]), TypeError);
});

test('content-length is added where it is known and not given', () => {
	assert.deepEqual(fieldsOf(undefined, 0).slice(8), ['content-length', '0']);
	assert.deepEqual(fieldsOf({ 'Content-Length': '7' }, 5).slice(8), ['content-length', '7']);
});

test('CONNECT has neither scheme nor path', () => {
	assert.deepEqual(requestFields('CONNECT', 'https', 'h:1', '/', undefined, null).fields, [
		':method',
		'CONNECT',
		':authority',
		'h:1',
	]);
});

test('fields that are never to be indexed stay so, wherever they end up', () => {
	const { fields, neverIndexed } = requestFields(
		'GET',
		'https',
		'h',
		'/',
		[
			['Connection', 'x'],
			['a', 'b'],
			['secret', 's', { neverIndex: true }],
		],
		null,
	);
	assert.deepEqual(
		[...(neverIndexed ?? [])].map((pair) => fields[pair * 2]),
		['secret'],
	);
});

test('trailers have lower-case names and trimmed values', () => {
	assert.deepEqual(trailerFields({ 'X-Sum': ' 1 ' }).fields, ['x-sum', '1']);
});
