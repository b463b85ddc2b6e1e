import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFields, trailerFields } from '../../src/http20/request-fields.ts';
import type { HeaderFields, RequestOptions } from '../../src/index.ts';
import { createManualRequest, createRequest } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';
import { checkRequest } from '../../src/session/field-rules.ts';
import { Random } from '../support/random.ts';

const origin = parseHost('https://h');
const base = [':method', 'GET', ':scheme', 'https', ':authority', 'h', ':path', '/'];
const create = (method: string, options: RequestOptions = {}, path = '/') =>
	requestFields(createRequest(method, path, origin, options));
const fieldsOf = (headers: HeaderFields) => create('GET', { headers }).fields;

const ROWS: [what: string, headers: HeaderFields, expected: string[]][] = [
	['nothing but pseudo-header fields', {}, base],
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
			['TE', ' Trailers, gzip'],
		],
		[...base, 'te', 'trailers'],
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
];
for (const [what, headers, expected] of ROWS) {
	test(`a request has ${what}`, () => assert.deepEqual(fieldsOf(headers), expected));
}

test('content-length is added if it is known and not given', () => {
	assert.deepEqual(create('POST').fields.slice(8), ['content-length', '0']);
	assert.deepEqual(create('GET', { body: 'abc' }).fields.slice(8), ['content-length', '3']);
	const headers = { 'Content-Length': '3', 'x-a': '1' };
	assert.deepEqual(create('POST', { body: 'abc', headers }).fields.slice(8), ['content-length', '3', 'x-a', '1']);
	assert.deepEqual(requestFields(createManualRequest('POST', '/', origin, {})).fields.slice(8), []);
});

test('CONNECT has neither scheme nor path, unless it is for a protocol', () => {
	assert.deepEqual(create('CONNECT', {}, 'h:1').fields, [':method', 'CONNECT', ':authority', 'h:1']);
	const headers = { ':protocol': 'websocket', a: 'b' };
	assert.deepEqual(create('CONNECT', { headers }, '/chat').fields, [
		...[':method', 'CONNECT', ':scheme', 'https', ':authority', 'h', ':path', '/chat', ':protocol', 'websocket'],
		...['a', 'b'],
	]);
});

test('a priority and a form add their fields, unless the caller has given them', () => {
	const names = (options: RequestOptions) => create('GET', options).fields.filter((_, i) => i >= 8 && i % 2 === 0);
	const priority = { urgency: 1 };
	assert.deepEqual(create('GET', { priority }).fields.slice(8), ['priority', 'u=1']);
	assert.deepEqual(create('GET', { priority, headers: { Priority: 'i' } }).fields.slice(8), ['priority', 'i']);
	// A value is no name.
	const headers = { 'x-a': 'content-type', 'x-b': 'priority' };
	const added = names({ headers, body: new FormData(), priority });
	assert.deepEqual(added, ['x-a', 'x-b', 'content-type', 'priority', 'content-length']);
	assert.deepEqual(names({ body: new FormData(), headers: { 'content-type': 'a/b' } }), [
		'content-type',
		'content-length',
	]);
});

test('never-indexed marks stay with their fields, wherever those are moved', () => {
	const { fields, neverIndexed } = create('GET', {
		headers: [
			['Connection', 'x'],
			['Host', 'h', { neverIndex: true }],
			['a', 'b'],
			['secret', 's', { neverIndex: true }],
		],
	});
	assert.deepEqual(
		[...(neverIndexed ?? [])].map((pair) => fields[pair * 2]),
		['secret'],
	);
});

test('every request that can be created has fields that the session would accept', () => {
	const random = new Random(1);
	const names = [
		...[':method', ':scheme', ':authority', ':path', ':protocol', ':status', 'Host', 'TE', 'Connection', 'Keep-Alive'],
		...['Transfer-Encoding', 'Upgrade', 'Content-Length', 'Proxy-Connection', 'X-A', 'x b', '', 'é', 'a:', 'Expect'],
	];
	const values = [
		...['', ' ', 'GET', 'CONNECT', 'https', 'h', 'h:1', '/', '/a b', '*', '?q', '#f', 'websocket', 'a/b', 'trailers'],
		...[
			'gzip, Trailers',
			'chunked',
			'3',
			'03',
			'-1',
			' a ',
			'\ta',
			'a\nb',
			'a\rb',
			'a\0b',
			'\x7f',
			'é',
			'€',
			'x-a, te',
		],
	];
	const methods = ['GET', 'GET', 'post', 'CONNECT', 'OPTIONS', 'G T'];
	const outcomes = { accepted: 0, refused: 0 };
	for (let i = 0; i < 20_000; i++) {
		const headers = Array.from({ length: random.below(3) }, () => [random.pick(names), random.pick(values)] as const);
		const body = random.chance(1, 4) ? 'abc' : null;
		let fields: readonly string[];
		try {
			fields = create(random.pick(methods), { headers, body }, random.chance(3, 4) ? '/' : random.pick(values)).fields;
		} catch (error) {
			assert.ok(error instanceof TypeError);
			outcomes.refused++;
			continue;
		}
		outcomes.accepted++;
		assert.equal(checkRequest(fields), null, JSON.stringify(fields));
	}
	assert.ok(outcomes.accepted > 5000 && outcomes.refused > 5000, JSON.stringify(outcomes));
});

test('trailers have lower-case names and trimmed values, and keep their marks', () => {
	const { fields, neverIndexed } = trailerFields([
		['X-Sum', ' 1 '],
		['X-B', '2', { neverIndex: true }],
	]);
	assert.deepEqual([fields, neverIndexed], [['x-sum', '1', 'x-b', '2'], new Set([1])]);
});
