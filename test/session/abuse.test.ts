import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { GlitchCounter } from '../../src/session/abuse.ts';

let demand = { streams: { nextId: 1, open: { size: 0 } }, queue: { framesSent: 0 } };
const startCounter = (glitches: number, glitchesPerSecond: number): GlitchCounter => {
	demand = { streams: { nextId: 1, open: { size: 0 } }, queue: { framesSent: 0 } };
	const counter = new GlitchCounter({ ...DEFAULT_LIMITS, glitches, glitchesPerSecond }, demand);
	return counter;
};

/** How many of these counts are allowed in a row, at most 1,000. */
function allowed(count: () => boolean): number {
	for (let i = 0; i < 1000; i++) if (!count()) return i;
	return 1000;
}

test('a GlitchCounter allows a burst and a rate, but not more', () => {
	const counter = startCounter(10, 5);
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
	const counter = startCounter(3, 1000);
	assert.equal(
		allowed(() => counter.count(1e9)),
		3,
	);
});

test('a GlitchCounter allows ten frames more for each request and each DATA frame that was sent', () => {
	const counter = startCounter(3, 0);
	demand.streams.nextId += 4;
	demand.queue.framesSent += 5;
	assert.equal(
		allowed(() => counter.count(0)),
		3 + 20 + 50,
	);
});

test('a GlitchCounter takes a token for each sixteen open streams that a frame makes us look at', () => {
	const counter = startCounter(100, 0);
	demand.streams.open.size = 64;
	assert.equal(
		allowed(() => counter.countForAllStreams(0)),
		25,
	);
});

test('late DATA is counted unless it costs the peer more than us', () => {
	const counter = startCounter(3, 0);
	assert.equal(
		allowed(() => counter.countLateData(0, 64)),
		1000,
	);
	assert.equal(
		allowed(() => counter.countLateData(0, 63)),
		3,
	);
});
