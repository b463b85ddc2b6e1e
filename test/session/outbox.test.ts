import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from '../../src/session/outbox.ts';

test('an outbox returns bytes in order, each time from one chunk', () => {
	const outbox = new Outbox();
	outbox.push(Uint8Array.of(1, 2, 3));
	outbox.push(new Uint8Array(0));
	outbox.push(Uint8Array.of(4, 5));
	assert.equal(outbox.length, 5);
	assert.deepEqual([...outbox.shift(2)], [1, 2]);
	assert.deepEqual([...outbox.shift(2)], [3]);
	assert.equal(outbox.length, 2);
	assert.deepEqual([...outbox.shift(100)], [4, 5]);
	assert.equal(outbox.length, 0);
	assert.deepEqual(outbox.chunks, []);
});

test('an outbox does not copy a whole chunk', () => {
	const outbox = new Outbox();
	const chunk = Uint8Array.of(1, 2, 3);
	outbox.push(chunk);
	assert.equal(outbox.shift(3), chunk);
});
