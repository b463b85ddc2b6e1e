import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS, LIMIT_NAMES, limitsOption, resolveLimits } from '../../src/base/limits.ts';

test('a limit replaces its default unless it is undefined', () => {
	assert.deepEqual(resolveLimits(undefined), DEFAULT_LIMITS);
	const limits = resolveLimits({ headerFields: 3, informational: undefined } as object);
	assert.deepEqual(limits, { ...DEFAULT_LIMITS, headerFields: 3 });
	assert.equal(DEFAULT_LIMITS.headerFields, 256);
});

test('0 turns a limit off', () => {
	for (const name of LIMIT_NAMES.filter((each) => each !== 'glitchesPerSecond')) {
		limitsOption({ [name]: 0 }, 'limits');
		assert.equal(resolveLimits({ [name]: 0 })[name], Number.POSITIVE_INFINITY);
	}
});

test('an invalid limit is a RangeError, an unknown one a TypeError', () => {
	for (const value of [-1, 0.5, Number.NaN]) {
		assert.throws(() => limitsOption({ headerFields: value }, 'limits'), RangeError);
	}
	assert.throws(
		() => limitsOption({ decodedBody: Number.POSITIVE_INFINITY }, 'limits'),
		new RangeError('limits.decodedBody is Infinity, but must be an integer of at least 0; 0 means no limit'),
	);
	assert.throws(() => limitsOption({ headerListSize: 2 ** 32 }, 'limits'), RangeError);
	assert.throws(() => limitsOption({ headerFields: 'many' }, 'limits'), TypeError);
	assert.throws(
		() => limitsOption({ headerFeilds: 3 }, 'limits'),
		/Unknown option "headerFeilds" of limits: did you mean limits\.headerFields\?/,
	);
	assert.throws(() => limitsOption({ maxHeaderSize: 3 }, 'limits'), /write headerListSize/);
});

test('the rate of glitches has no sign for off: glitches has it', () => {
	assert.throws(
		() => limitsOption({ glitchesPerSecond: 0 }, 'limits'),
		new RangeError(
			'limits.glitchesPerSecond is 0, but must be an integer of at least 1; limits.glitches: 0 means no limit',
		),
	);
});
