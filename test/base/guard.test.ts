import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { guard, onRejection } from '../../src/base/guard.ts';

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

test('an async listener that rejects causes one warning and is not called again', async () => {
	const warnings: string[] = [];
	let calls = 0;
	const listen = guard(
		async () => {
			calls++;
			throw new RangeError('too much');
		},
		'onFrame',
		{ warn: (message) => warnings.push(message) },
	);
	listen(undefined);
	listen(undefined);
	await turn();
	listen(undefined);
	assert.deepEqual(
		[calls, warnings],
		[2, ['onFrame threw an error and will not be called again: RangeError: too much']],
	);
});

test('onRejection calls back for promises that reject, and calls nothing of other values', async () => {
	const reasons: unknown[] = [];
	class Query {
		// biome-ignore lint/suspicious/noThenProperty: as query builders have it.
		then = (): void => void reasons.push('the query ran');
	}
	for (const returned of [Promise.reject('promise'), Promise.resolve(1), undefined, null, 5, 'then', {}, new Query()]) {
		onRejection(returned, (reason) => reasons.push(reason));
	}
	await turn();
	assert.deepEqual(reasons, ['promise']);
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
