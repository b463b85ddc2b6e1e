import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionError, ConnectionResetError } from '../../src/base/errors.ts';
import { connectionErrorOf, resetErrorOf } from '../../src/base/failures.ts';

test('connectionErrorOf has the cause and its message, whatever was thrown', () => {
	for (const [cause, message] of [
		[new RangeError('no memory'), 'It failed: no memory'],
		['text', 'It failed: text'],
		[null, 'It failed: null'],
	] as const) {
		const error = connectionErrorOf('It failed', cause);
		assert.ok(error instanceof ConnectionError);
		assert.deepEqual([error.message, error.cause], [message, cause]);
	}
});

test('resetErrorOf has the cause, its message and the code of its GOAWAY', () => {
	const goaway = new ConnectionError('Server is going away', { errorCode: 2 });
	const error = resetErrorOf('It broke', goaway);
	assert.ok(error instanceof ConnectionResetError);
	assert.deepEqual([error.message, error.cause, error.errorCode], ['It broke: Server is going away', goaway, 2]);
	const plain = resetErrorOf('It broke', null);
	assert.deepEqual([plain.message, plain.cause, plain.errorCode], ['It broke', undefined, null]);
});
