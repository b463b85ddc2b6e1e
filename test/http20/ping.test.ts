import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOpaque } from '../../src/http20/ping.ts';

test('eight octets are two big-endian numbers', () => {
	assert.deepEqual(parseOpaque(Uint8Array.of(0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe)), [1, 0xfffffffe]);
	assert.deepEqual(parseOpaque('\xff\0\0\0\0\0\0\x02'), [0xff000000, 2]);
	const large = new Uint8Array(12).fill(7);
	assert.deepEqual(parseOpaque(large.subarray(4)), [0x07070707, 0x07070707]);
});

test('any other length is a RangeError, a char that is no octet a TypeError', () => {
	for (const opaque of ['', '1234567', '123456789', new Uint8Array(9)])
		assert.throws(() => parseOpaque(opaque), RangeError);
	assert.throws(() => parseOpaque('1234567\u0100'), TypeError);
});

test('without octets of the caller every PING has its own', () => {
	assert.notDeepEqual(parseOpaque(undefined), parseOpaque(undefined));
});
