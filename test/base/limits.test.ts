import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS, resolveLimits } from '../../src/base/limits.ts';

test('what is given replaces a default, what is undefined does not', () => {
	assert.deepEqual(resolveLimits(undefined), DEFAULT_LIMITS);
	const limits = resolveLimits({ headerFields: 3, decodedBody: 0, informational: undefined });
	assert.deepEqual(limits, { ...DEFAULT_LIMITS, headerFields: 3 });
	assert.equal(DEFAULT_LIMITS.headerFields, 256);
});

test('a limit that is no number, or that nobody knows, is refused', () => {
	for (const value of [-1, Number.NaN, 'many' as unknown as number]) {
		assert.throws(() => resolveLimits({ headerFields: value }), RangeError);
	}
	assert.throws(() => resolveLimits({ headerFeilds: 3 } as object), /Unknown limit headerFeilds/);
});
