import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_TIMEOUTS, given, resolveKeepAlive, resolveTimeouts } from '../../src/connection/options.ts';
import type { ByteStreams } from '../../src/runtime/web/streams.ts';

test('timeouts that are not given have their defaults, and 0 stays', () => {
	assert.deepEqual(resolveTimeouts({}), DEFAULT_TIMEOUTS);
	assert.deepEqual(resolveTimeouts({ timeout: { headers: 0, body: undefined } }), { ...DEFAULT_TIMEOUTS, headers: 0 });
});

test('a ready pipe may be idle, unless that is limited', () => {
	const transport = {} as ByteStreams;
	assert.equal(resolveTimeouts({ transport }).idle, 0);
	assert.equal(resolveTimeouts({ transport, timeout: { idle: undefined } as object }).idle, 0);
	assert.equal(resolveTimeouts({ transport, timeout: { idle: 9 } }).idle, 9);
});

test('a timeout that is no delay, or that nobody knows, is refused', () => {
	for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
		assert.throws(
			() => resolveTimeouts({ timeout: { headers: value } }),
			/timeout\.headers is .*, must be from 0 to 2147483647/,
		);
	}
	assert.throws(() => resolveTimeouts({ timeout: { heads: 1 } as object }), /Unknown timeout heads/);
});

test('probes need an interval and a timeout', () => {
	assert.equal(resolveKeepAlive(undefined), null);
	assert.deepEqual(resolveKeepAlive({ interval: 10, timeout: 5 }), { interval: 10, timeout: 5 });
	assert.throws(() => resolveKeepAlive({ interval: 0, timeout: 5 }), RangeError);
	assert.throws(() => resolveKeepAlive({ interval: 10 } as { interval: number; timeout: number }), RangeError);
});

test('what is undefined was not given', () => {
	assert.deepEqual(given({ a: 1, b: undefined, c: null }), { a: 1, c: null });
});
