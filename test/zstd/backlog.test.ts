import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backlog } from '../../src/zstd/backlog.ts';
import type { Octets } from '../../src/zstd/octets.ts';

function read(octets: Octets | null): number[] | null {
	return octets === null ? null : [...octets.bytes.subarray(octets.at, octets.end)];
}

test('octets are taken whole, in whatever pieces they came', () => {
	const backlog = new Backlog();
	assert.equal(backlog.take(1), null);
	backlog.push(Uint8Array.of(1));
	assert.equal(backlog.take(2), null);
	backlog.push(Uint8Array.of(2, 3));
	assert.deepEqual(read(backlog.peek(2)), [1, 2]);
	assert.deepEqual(read(backlog.take(2)), [1, 2]);
	assert.equal(backlog.length, 1);
	assert.deepEqual(read(backlog.take(0)), []);
	assert.deepEqual(read(backlog.take(1)), [3]);
	assert.equal(backlog.length, 0);
});

test('what is pushed is copied', () => {
	const backlog = new Backlog();
	const octets = Uint8Array.of(1, 2);
	backlog.push(octets);
	octets.fill(9);
	assert.deepEqual(read(backlog.take(2)), [1, 2]);
});

test('octets are dropped as far as there are any', () => {
	const backlog = new Backlog();
	backlog.push(Uint8Array.of(1, 2, 3));
	assert.equal(backlog.drop(2), 2);
	assert.equal(backlog.drop(2), 1);
	assert.equal(backlog.drop(2), 0);
});

test('order is kept while room is made, and memory does not grow with what has gone through', () => {
	const backlog = new Backlog();
	let pushed = 0;
	let taken = 0;
	let memory = 0;
	for (let round = 0; round < 5_000; round++) {
		backlog.push(Uint8Array.from({ length: (round % 7) + 1 }, () => pushed++));
		for (let octets = backlog.take(5); octets !== null; octets = backlog.take(5)) {
			memory = Math.max(memory, octets.bytes.length);
			assert.deepEqual(
				read(octets),
				Array.from({ length: 5 }, () => taken++ % 256),
			);
		}
	}
	assert.equal(pushed, taken + backlog.length);
	assert.ok(memory < 64, `${memory} octets of memory`);
});
