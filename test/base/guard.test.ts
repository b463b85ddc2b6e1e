import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guard } from '../../src/base/guard.ts';

test('a listener that throws causes one warning and is not called again', () => {
	const warnings: string[] = [];
	const calls: number[] = [];
	const listen = guard(
		(number: number) => {
			calls.push(number);
			if (number === 2) throw new RangeError('too much');
		},
		'onFrame',
		{ warn: (message) => warnings.push(message) },
	);
	for (const number of [1, 2, 3, 4]) listen(number);
	assert.deepEqual(calls, [1, 2]);
	assert.deepEqual(warnings, ['onFrame threw an error and will not be called again: RangeError: too much']);
});

test('a listener may throw something other than an error', () => {
	const warnings: string[] = [];
	const listen = guard(
		() => {
			throw null;
		},
		'it',
		{ warn: (message) => warnings.push(message) },
	);
	listen(undefined);
	assert.deepEqual(warnings, ['it threw an error and will not be called again: null']);
});
