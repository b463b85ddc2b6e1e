import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS, resolveLimits } from '../../src/base/limits.ts';

test('a limit replaces its default unless it is undefined', () => {
	assert.deepEqual(resolveLimits(undefined), DEFAULT_LIMITS);
	const limits = resolveLimits({ headerFields: 3, decodedBody: 0, informational: undefined });
	assert.deepEqual(limits, { ...DEFAULT_LIMITS, headerFields: 3 });
	assert.equal(DEFAULT_LIMITS.headerFields, 256);
});

test('an invalid limit is a RangeError, an unknown one a TypeError', () => {
	for (const value of [-1, Number.NaN, 'many' as unknown as number]) {
		assert.throws(() => resolveLimits({ headerFields: value }), RangeError);
	}
	assert.throws(() => resolveLimits({ headerFeilds: 3 } as object), /Unknown limit headerFeilds/);
});
