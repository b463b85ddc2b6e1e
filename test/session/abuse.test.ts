import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { GlitchCounter } from '../../src/session/abuse.ts';

test('a GlitchCounter allows a burst and a rate, but not more', () => {
	const counter = new GlitchCounter({ ...DEFAULT_LIMITS, glitches: 10, glitchesPerSecond: 5 });
	for (let i = 0; i < 10; i++) assert.equal(counter.count(1000), true);
	assert.equal(counter.count(1000), false);
	// 400 ms allow two more: one is used up by the count over the limit.
	assert.equal(counter.count(1400), true);
	assert.equal(counter.count(1400), false);
	for (let second = 10; second < 100; second++) {
		for (let i = 0; i < 5; i++) assert.equal(counter.count(second * 1000), true);
	}
});

test('a GlitchCounter at rest allows no more than one burst', () => {
	const counter = new GlitchCounter({ ...DEFAULT_LIMITS, glitches: 3, glitchesPerSecond: 1000 });
	for (let i = 0; i < 3; i++) assert.equal(counter.count(1e9), true);
	assert.equal(counter.count(1e9), false);
});
