import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pings, parseOpaque } from '../../src/http20/pings.ts';

test('an acknowledgement settles the oldest PING with its bytes, and any other is ignored', async () => {
	const pings = new Pings();
	const waits = [pings.wait(1, 1, 100), pings.wait(2, 2, 110), pings.wait(1, 1, 120)];
	pings.acknowledge(9, 9, 125);
	pings.acknowledge(2, 1, 125);
	pings.acknowledge(2, 2, 130);
	pings.acknowledge(1, 1, 140);
	assert.equal(pings.size, 1);
	assert.deepEqual(await Promise.all(waits.slice(0, 2)), [40, 20]);
	const reason = new Error('closed');
	pings.reject(reason);
	await assert.rejects(waits[2] as Promise<number>, reason);
	assert.equal(pings.size, 0);
});

test('a PING after a rejection of all others is acknowledged', async () => {
	const pings = new Pings();
	pings.reject(new Error('no ping waits'));
	const wait = pings.wait(1, 2, 5);
	pings.acknowledge(1, 2, 5.5);
	assert.equal(await wait, 0.5);
});

test('expire rejects PINGs that are too old, and returns when the oldest that is left was sent', async () => {
	const pings = new Pings();
	const reason = new Error('late');
	const waits = [10, 20, 30].map((now) => pings.wait(0, now, now));
	assert.equal(
		pings.expire(9, () => reason),
		10,
	);
	assert.equal(
		pings.expire(20, () => reason),
		30,
	);
	for (const wait of waits.slice(0, 2)) await assert.rejects(wait, (error) => error === reason);
	assert.equal(pings.acknowledge(0, 30, 35), 5);
	assert.equal(await waits[2], 5);
	assert.equal(
		pings.expire(100, () => reason),
		Number.POSITIVE_INFINITY,
	);
});

test('the eight bytes of a PING are two big-endian numbers', () => {
	assert.deepEqual(parseOpaque(Uint8Array.of(0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe)), [1, 0xfffffffe]);
	assert.deepEqual(parseOpaque('\xff\0\0\0\0\0\0\x02'), [0xff000000, 2]);
	const large = new Uint8Array(12).fill(7);
	assert.deepEqual(parseOpaque(large.subarray(4)), [0x07070707, 0x07070707]);
});

test('PING bytes of another length are a RangeError, and a character above U+00FF is a TypeError', () => {
	for (const opaque of ['', '1234567', '123456789', new Uint8Array(9)])
		assert.throws(() => parseOpaque(opaque), RangeError);
	assert.throws(() => parseOpaque('1234567\u0100'), TypeError);
});

test('a PING without bytes of the caller has bytes of its own', () => {
	assert.notDeepEqual(parseOpaque(undefined), parseOpaque(undefined));
});
