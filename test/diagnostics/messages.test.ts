import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelsOf, RequestMessage, ResponseMessage, TrailersMessage } from '../../src/diagnostics/messages.ts';
import type { FlatFields } from '../../src/fields/flat-fields.ts';
import { DiagnosticsRuntime } from '../support/diagnostics-fakes.ts';

function section(fields: string[], neverIndexed: number[] = []): FlatFields {
	return { fields, neverIndexed: new Set(neverIndexed) };
}

test('a request message has pseudo-header fields by name and the other fields as headers', () => {
	const fields = [
		':method',
		'GET',
		':scheme',
		'https',
		':authority',
		'a:8443',
		':path',
		'/x',
		'x-a',
		'1',
		'x-key',
		'k',
	];
	const message = new RequestMessage(3, 5, section(fields, [5]));
	assert.deepEqual([message.connection, message.streamId], [3, 5]);
	assert.deepEqual([message.method, message.scheme, message.authority, message.path], ['GET', 'https', 'a:8443', '/x']);
	assert.deepEqual(
		[...message.headers.raw()],
		[
			['x-a', '1'],
			['x-key', 'k', { neverIndex: true }],
		],
	);
});

test('the message of a CONNECT request has an empty scheme and path', () => {
	const message = new RequestMessage(1, null, section([':method', 'CONNECT', ':authority', 'a:1']));
	assert.deepEqual([message.scheme, message.path, message.authority], ['', '', 'a:1']);
	assert.equal(message.headers.size, 0);
});

test('changing the headers of a request message does not change the request', () => {
	const fields = [':method', 'GET', 'x-a', '1'];
	const { headers } = new RequestMessage(1, 1, section(fields));
	headers.set('x-a', '2');
	headers.append('x-b', '3');
	assert.deepEqual(fields, [':method', 'GET', 'x-a', '1']);
});

test('a response message has its headers, with or without :status among the fields', () => {
	for (const fields of [
		[':status', '200', 'x-a', '1'],
		['x-a', '1'],
	]) {
		const message = new ResponseMessage(1, 1, 200, section(fields));
		assert.equal(message.status, 200);
		assert.deepEqual([...message.headers.raw()], [['x-a', '1']]);
	}
	assert.deepEqual([...new TrailersMessage(1, 1, section(['x-t', 'z'])).trailers.raw()], [['x-t', 'z']]);
});

test('the channels of a runtime are requested once', () => {
	const runtime = new DiagnosticsRuntime();
	assert.equal(channelsOf(runtime), channelsOf(runtime));
	assert.deepEqual(
		runtime.names,
		['connection', 'request', 'response', 'trailers', 'error', 'frame'].map((name) => `hyper-wasm:${name}`),
	);
});
