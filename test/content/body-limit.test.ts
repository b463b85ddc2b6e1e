import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyLimitError } from '../../src/base/errors.ts';
import { bodyTooLarge, storingError } from '../../src/content/body-limit.ts';

test('the error of a body above limits.body names the limit', () => {
	assert.ok(bodyTooLarge(5) instanceof BodyLimitError);
	assert.match(bodyTooLarge(5).message, /limits\.body, 5 bytes/);
});

test('only a RangeError of an allocation becomes a BodyLimitError', () => {
	const cause = new RangeError('Array buffer allocation failed');
	const error = storingError(cause);
	assert.ok(error instanceof BodyLimitError);
	assert.equal(error.cause, cause);
	const other = new TypeError('something else');
	assert.equal(storingError(other), other);
});
