import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestHandle } from '../../src/connection/request-handle.ts';

test('a handle keeps its fields as given, including marks and repetitions', () => {
	const handle = new RequestHandle('PUT', '/a?b');
	handle.putHeader('X-A', '1');
	handle.putHeader('x-a', '2', { neverIndex: true });
	assert.deepEqual([handle.method, handle.path], ['PUT', '/a?b']);
	assert.deepEqual(
		[...handle.headers.raw()],
		[
			['X-A', '1'],
			['x-a', '2', { neverIndex: true }],
		],
	);
});

test('an invalid field is a TypeError at once', () => {
	const handle = new RequestHandle('GET', '/');
	assert.throws(() => handle.putHeader('a b', 'c'), TypeError);
	assert.throws(() => handle.putHeader('a', 'c\n'), TypeError);
	assert.equal(handle.headers.size, 0);
});
