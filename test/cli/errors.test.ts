// The errors of the command line.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FileError, ResponseError, UsageError } from '../../src/cli/errors.ts';

test('a FileError names the action and the file, and has its cause', () => {
	const cause = new Error('ENOENT');
	const error = new FileError('read', 'a.txt', cause);
	assert.deepEqual([error.name, error.message, error.cause], ['FileError', 'cannot read a.txt: ENOENT', cause]);
	assert.equal(new FileError('write to', 'a.txt', cause).message, 'cannot write to a.txt: ENOENT');
});

test('the error classes have their own names', () => {
	assert.equal(String(new UsageError('what')), 'UsageError: what');
	assert.equal(String(new ResponseError('what')), 'ResponseError: what');
});
