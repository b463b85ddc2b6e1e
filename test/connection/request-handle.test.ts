import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestHandle } from '../../src/connection/request-handle.ts';

test('a handle keeps its fields as they were put, marks and repetitions too', () => {
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

test('what cannot be a field is told at once', () => {
	const handle = new RequestHandle('GET', '/');
	assert.throws(() => handle.putHeader('a b', 'c'), TypeError);
	assert.throws(() => handle.putHeader('a', 'c\n'), TypeError);
	assert.equal(handle.headers.size, 0);
});
