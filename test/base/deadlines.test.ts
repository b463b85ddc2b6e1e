import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { Deadlines } from '../../src/base/deadlines.ts';

/** The clock of the tests. A suspended process is one whose clock runs while its timers do not. */
let clock = 0;
/** When checks ran. */
let checks: number[] = [];
/** Callbacks that wait for what has arrived to be read; null: nothing ever waits. */
let polls: (() => void)[] | null = null;

const runtime = {
	now: () => clock,
	afterPoll: (callback: () => void) => void (polls === null ? callback() : polls.push(callback)),
};

beforeEach(() => {
	mock.timers.enable({ apis: ['setTimeout'] });
	clock = 1000.25;
	checks = [];
	polls = null;
});

afterEach(() => mock.timers.reset());

/** Lets time pass at once. */
function advance(milliseconds: number): void {
	clock += milliseconds;
	mock.timers.tick(milliseconds);
}

/** Deadlines whose checks return the values of `next`, then Infinity. */
function makeDeadlines(...next: number[]): Deadlines {
	return new Deadlines(runtime, (now) => {
		checks.push(now);
		return next.shift() ?? Number.POSITIVE_INFINITY;
	});
}

test('touch makes the check run once, at that time', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 50);
	advance(49);
	assert.deepEqual(checks, []);
	advance(1);
	assert.deepEqual(checks, [clock]);
	advance(10_000);
	assert.equal(checks.length, 1);
});

test('only the earliest of several touched times is checked', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 50);
	deadlines.touch(clock + 500);
	deadlines.touch(clock + 20);
	advance(20);
	assert.equal(checks.length, 1);
	advance(1000);
	assert.equal(checks.length, 1);
});

test('a check returns the time of the next check', () => {
	const start = clock;
	const deadlines = makeDeadlines(start + 30, start + 70);
	deadlines.touch(start + 10);
	for (let i = 0; i < 100; i++) advance(1);
	assert.deepEqual(checks, [start + 10, start + 30, start + 70]);
});

test('a time touched during a check is checked', () => {
	const start = clock;
	const deadlines: Deadlines = new Deadlines(runtime, (now) => {
		checks.push(now);
		if (checks.length === 1) deadlines.touch(now + 5);
		return Number.POSITIVE_INFINITY;
	});
	deadlines.touch(start + 10);
	for (let i = 0; i < 20; i++) advance(1);
	assert.deepEqual(checks, [start + 10, start + 15]);
});

test('touching Infinity arms no timer, and a past time is checked at once', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(Number.POSITIVE_INFINITY);
	advance(0x7fffffff);
	assert.deepEqual(checks, []);
	deadlines.touch(clock - 50);
	advance(1);
	assert.equal(checks.length, 1);
});

test('a time beyond the range of timers is not checked at once', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 2 ** 40);
	advance(1000);
	assert.deepEqual(checks, []);
});

test('after stop no check of a deadline runs until the next touch', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 10);
	deadlines.stop();
	advance(20);
	assert.deepEqual(checks, []);
	deadlines.touch(clock + 10);
	advance(10);
	assert.equal(checks.length, 1);
});

test('a check after a suspend is postponed by as long as the timer was late', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 10);
	clock += 400;
	mock.timers.tick(10);
	assert.deepEqual(checks, []);
	advance(389);
	assert.deepEqual(checks, []);
	advance(1);
	assert.equal(checks.length, 1);
});

test('a check is postponed only once, even if the process is suspended again', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 10);
	clock += 3_600_000;
	mock.timers.tick(10);
	assert.deepEqual(checks, []);
	clock += 5000;
	mock.timers.tick(1000);
	assert.equal(checks.length, 1);
});

test('a check waits until what has arrived is read, and counts from when its timer fired', () => {
	polls = [];
	const deadlines = makeDeadlines();
	const at = clock + 10;
	deadlines.touch(at);
	advance(10);
	deadlines.touch(clock + 1);
	advance(1);
	assert.deepEqual([checks, polls.length], [[], 1]);
	polls.shift()?.();
	assert.deepEqual(checks, [at]);
});

test('a check that waits for what has arrived does not run after stop', () => {
	polls = [];
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 10);
	advance(10);
	deadlines.stop();
	polls.shift()?.();
	assert.deepEqual(checks, []);
});

test('an armed timer does not keep the process running', () => {
	mock.timers.reset();
	const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 60_000);
	assert.equal(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length, before);
	deadlines.stop();
});

test('a timer that stop cannot clear, because it belongs to another request of the platform, runs no check', (t) => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 10);
	t.mock.method(globalThis, 'clearTimeout', () => {});
	deadlines.stop();
	deadlines.touch(clock + 30);
	advance(10);
	assert.deepEqual(checks, []);
	assert.equal(deadlines.at, clock + 20, 'the new check is still due');
	advance(20);
	assert.equal(checks.length, 1);
});
