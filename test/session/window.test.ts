import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Window } from '../../src/session/window.ts';

test('a window can be consumed down to 0 and not below', () => {
	const window = new Window(10);
	assert.equal(window.consume(4), true);
	assert.equal(window.consume(7), false);
	assert.equal(window.available, 6);
	assert.equal(window.consume(6), true);
	assert.equal(window.consume(0), true);
	assert.equal(window.available, 0);
});

test('a window never exceeds 2^31-1, but may be lowered below 0', () => {
	const window = new Window(0x7fffffff);
	assert.equal(window.increase(1), false);
	assert.equal(window.available, 0x7fffffff);
	assert.equal(window.increase(-0x7fffffff - 5), true);
	assert.equal(window.available, -5);
	assert.equal(window.consume(1), false);
	assert.equal(window.increase(0x7fffffff), true);
	assert.equal(window.available, 0x7ffffffa);
});

test('a window below 0 cannot be consumed', () => {
	const window = new Window(-5);
	assert.equal(window.consume(0), true);
	assert.equal(window.consume(1), false);
	assert.equal(window.available, -5);
});
