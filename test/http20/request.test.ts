import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { HTTPHeaderMap } from '../../src/fields/header-map.ts';
import { createManualRequest, createRequest } from '../../src/http20/request.ts';
import type { RequestOptions } from '../../src/message/request.ts';

const create = (method: string, options: RequestOptions = {}) => createRequest(method, 'https', 'h', '/', options);

/** The values of content-length that a request declares. */
function lengthsOf(fields: readonly string[]): string[] {
	return fields.filter((_, i) => i % 2 === 1 && fields[i - 1] === 'content-length');
}

for (const [what, method, options, expected] of [
	['GET without a body', 'GET', {}, []],
	['DELETE without a body', 'DELETE', { body: null }, []],
	['POST without a body', 'POST', {}, ['0']],
	['PATCH without a body, but with trailers', 'PATCH', { trailers: { a: 'b' } }, []],
	['a text', 'GET', { body: 'é' }, ['2']],
	['an empty body', 'GET', { body: '' }, ['0']],
	['items in memory', 'PUT', { body: ['ab', new Uint8Array(3)] }, ['5']],
	['a length of the caller', 'POST', { body: 'abc', headers: { 'Content-Length': '3' } }, ['3']],
	['a source of unknown length', 'POST', { body: (async function* () {})() }, []],
	[
		'a source whose length the caller knows',
		'POST',
		{ body: (async function* () {})(), headers: { 'content-length': '9' } },
		['9'],
	],
] as [string, string, RequestOptions, string[]][]) {
	test(`content-length of ${what}`, () => assert.deepEqual(lengthsOf(create(method, options).fields), expected));
}

test('a content-length that is not that of the body is misuse', () => {
	for (const options of [
		{ body: 'abc', headers: { 'content-length': '4' } },
		{ headers: { 'content-length': '4' } },
		{ body: 'abc', headers: { 'content-length': ['3', '4'] } },
		{ body: 'abc', headers: { 'content-length': 'three' } },
	]) {
		assert.throws(() => create('POST', options), LocalProtocolError);
	}
});

test('a priority and a form add their fields, unless the caller has given them', () => {
	const names = (options: RequestOptions) => create('GET', options).fields.filter((_, i) => i >= 8 && i % 2 === 0);
	const priority = { urgency: 1 };
	assert.deepEqual(create('GET', { priority }).fields.slice(8), ['priority', 'u=1']);
	assert.deepEqual(create('GET', { priority, headers: { Priority: 'i' } }).fields.slice(8), ['priority', 'i']);
	// A value is no name.
	const headers = { 'x-a': 'content-type', 'x-b': 'priority' };
	const added = names({ headers, body: new FormData(), priority });
	assert.deepEqual(added, ['x-a', 'x-b', 'content-length', 'content-type', 'priority']);
	assert.deepEqual(names({ body: new FormData(), headers: { 'content-type': 'a/b' } }), [
		'content-type',
		'content-length',
	]);
});

test('methods are in upper case, on both versions', () => {
	const { method, fields } = create('post');
	assert.deepEqual([method, fields[1], lengthsOf(fields)], ['POST', 'POST', ['0']]);
	assert.equal(create('GET', { headers: { ':method': 'put' } }).fields[1], 'PUT');
	assert.equal(createManualRequest('get', 'https', 'h', '/', new HTTPHeaderMap()).method, 'GET');
});

test('a request keeps what is called later, and is not fed by hand', () => {
	const trailers = () => ({ a: 'b' });
	const onInformational = () => undefined;
	const request = create('POST', { body: 'x', trailers, onInformational });
	assert.deepEqual([request.method, request.trailers, request.manual], ['POST', trailers, false]);
	assert.equal(request.onInformational, onInformational);
	assert.equal(request.body?.length, 1);
});

test('what cannot be a field or a body is a TypeError', () => {
	assert.throws(() => create('GET', { headers: { 'a b': 'c' } }), TypeError);
	assert.throws(() => create('POST', { body: 5 as never }), TypeError);
});

test('a manual request declares no length of its own', () => {
	const headers = new HTTPHeaderMap([['X-A', 'b', { neverIndex: true }]]);
	const request = createManualRequest('POST', 'https', 'h', '/p', headers);
	assert.deepEqual(request.fields, [
		...[':method', 'POST', ':scheme', 'https', ':authority', 'h', ':path', '/p'],
		...['x-a', 'b'],
	]);
	assert.deepEqual(request.neverIndexed, new Set([4]));
	assert.deepEqual([request.manual, request.body, request.trailers], [true, null, undefined]);
});

test('a form brings the content-type with its boundary, unless the caller has one; other bodies bring none', () => {
	const form = new FormData();
	form.append('a', 'b');
	const typeOf = (options: RequestOptions) => {
		const { fields } = create('POST', options);
		return fields[fields.indexOf('content-type') + 1];
	};
	assert.match(typeOf({ body: form }) as string, /^multipart\/form-data; boundary=/);
	assert.equal(typeOf({ body: form, headers: { 'Content-Type': 'x/y' } }), 'x/y');
	assert.equal(create('POST', { body: 'text' }).fields.includes('content-type'), false);
});

test('content waits for the server where the caller says that it expects that', () => {
	const expecting = (options: RequestOptions) => create('PUT', options).expectsContinue;
	for (const value of ['100-continue', '100-Continue', 'a, 100-continue']) {
		assert.equal(expecting({ body: 'x', headers: { Expect: value } }), true, value);
	}
	assert.equal(expecting({ body: 'x', headers: { Expect: 'x100-continue' } }), false);
	assert.equal(expecting({ headers: { Expect: '100-continue' } }), false, 'there is no content');
	assert.equal(expecting({ body: 'x' }), false);
});
