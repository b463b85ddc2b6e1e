import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pings } from '../../src/http20/pings.ts';

test('acknowledgements find their PING, the oldest of equal ones, and others are ignored', async () => {
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

test('a rejection leaves room for later PINGs', async () => {
	const pings = new Pings();
	pings.reject(new Error('nobody waits'));
	const wait = pings.wait(1, 2, 5);
	pings.acknowledge(1, 2, 5.5);
	assert.equal(await wait, 0.5);
});

test('those that are too old are given up, and the oldest that is left is told', async () => {
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
