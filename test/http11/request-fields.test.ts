import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressed, readHead } from '../../src/http11/request-fields.ts';
import { type HeaderFields, HTTPHeaderMap } from '../../src/index.ts';

const GIVEN = { method: 'GET', path: '/', scheme: 'http', authority: 'example.com' };

function read(headers?: HeaderFields) {
	return readHead(GIVEN, headers);
}

describe('readHead', () => {
	test('without fields has Host alone', () => {
		assert.deepEqual(read(), {
			...GIVEN,
			fields: ['Host', 'example.com'],
			contentLength: null,
			chunked: false,
			expectsContinue: false,
			closes: false,
		});
	});

	test('takes the fields that say where content ends out of the lines', () => {
		const { fields, contentLength, chunked } = read({
			'X-A': '1',
			'Content-Length': ' 12 ',
			'TRANSFER-ENCODING': 'CHUNKED',
		});
		assert.deepEqual([fields, contentLength, chunked], [['Host', 'example.com', 'X-A', '1'], 12, true]);
	});

	test('sees what is expected of the server and of the connection, in any case', () => {
		const { expectsContinue, closes } = read({ Expect: '100-Continue', Connection: 'TE, Close' });
		assert.deepEqual([expectsContinue, closes], [true, true]);
	});

	test('leaves the map of the caller as it was', () => {
		const headers = new HTTPHeaderMap([
			[':path', '/x'],
			['cookie', 'a'],
			['cookie', 'b'],
			['content-length', '1'],
		]);
		const before = [...headers.raw()];
		assert.equal(read(headers).path, '/x');
		assert.deepEqual([...headers.raw()], before);
	});

	test('prefers :authority to Host', () => {
		assert.deepEqual(read({ host: 'a', ':authority': 'b' }).fields, ['host', 'b']);
		assert.equal(read({ host: 'a', ':authority': 'b' }).authority, 'b');
		assert.equal(read({ host: 'a' }).authority, 'a');
	});

	test('has methods in upper case, as the platform sends them', () => {
		assert.equal(readHead({ ...GIVEN, method: 'get' }, undefined).method, 'GET');
		assert.throws(() => readHead({ ...GIVEN, method: 'connect' }, undefined), /option proxy/);
	});
});

test('a proxy that forwards gets a target in absolute form, with the authority that Host has, and its fields', () => {
	const forward = { headers: [['X-A', '1'] as const, ['X-B', '2'] as const] };
	const send = (headers: Record<string, string>, to: typeof forward | null) =>
		addressed({ ...read(headers), upgrade: { settings: 'AAA' } }, to);
	assert.deepEqual(send({ host: 'other:81', ':path': '/a?b', 'x-a': 'mine' }, forward), {
		target: 'http://other:81/a?b',
		fields: ['host', 'other:81', 'x-a', 'mine', 'X-B', '2'],
	});
	assert.equal(send({ ':path': '*' }, forward).target, 'http://example.com');
	assert.deepEqual(send({ ':path': '/a' }, null), {
		target: '/a',
		fields: [
			...['Host', 'example.com', 'Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c'],
			...['HTTP2-Settings', 'AAA'],
		],
	});
	assert.throws(() => read({ ':path': '.evil.example/' }), TypeError);
});
