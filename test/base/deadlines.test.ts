import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { Deadlines } from '../../src/base/deadlines.ts';

/** The clock of the tests; a stalled process is one whose clock runs while its timers do not. */
let clock = 0;
let checks: number[] = [];

beforeEach(() => {
	mock.timers.enable({ apis: ['setTimeout'] });
	clock = 1000.25;
	checks = [];
});

afterEach(() => mock.timers.reset());

function pass(milliseconds: number): void {
	clock += milliseconds;
	mock.timers.tick(milliseconds);
}

/** Deadlines whose check answers what is in `next`, Infinity after that. */
function makeDeadlines(...next: number[]): Deadlines {
	return new Deadlines(
		() => clock,
		(now) => {
			checks.push(now);
			return next.shift() ?? Number.POSITIVE_INFINITY;
		},
	);
}

test('the check is called once, at the time that was touched', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 50);
	pass(49);
	assert.deepEqual(checks, []);
	pass(1);
	assert.deepEqual(checks, [clock]);
	pass(10_000);
	assert.equal(checks.length, 1);
});

test('the earliest of several times counts, and later ones arm nothing', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 50);
	deadlines.touch(clock + 500);
	deadlines.touch(clock + 20);
	pass(20);
	assert.equal(checks.length, 1);
	pass(1000);
	assert.equal(checks.length, 1);
});

test('the check says when the next one is due', () => {
	const start = clock;
	const deadlines = makeDeadlines(start + 30, start + 70);
	deadlines.touch(start + 10);
	for (let i = 0; i < 100; i++) pass(1);
	assert.deepEqual(checks, [start + 10, start + 30, start + 70]);
});

test('a time that is touched during a check counts', () => {
	const start = clock;
	const deadlines: Deadlines = new Deadlines(
		() => clock,
		(now) => {
			checks.push(now);
			if (checks.length === 1) deadlines.touch(now + 5);
			return Number.POSITIVE_INFINITY;
		},
	);
	deadlines.touch(start + 10);
	for (let i = 0; i < 20; i++) pass(1);
	assert.deepEqual(checks, [start + 10, start + 15]);
});

test('Infinity arms nothing, and what has passed is checked at once', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(Number.POSITIVE_INFINITY);
	pass(0x7fffffff);
	assert.deepEqual(checks, []);
	deadlines.touch(clock - 50);
	pass(1);
	assert.equal(checks.length, 1);
});

test('a time beyond what a timer can count is not checked at once', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 2 ** 40);
	pass(1000);
	assert.deepEqual(checks, []);
});

test('nothing is checked after stop, until something is touched again', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 10);
	deadlines.stop();
	pass(20);
	assert.deepEqual(checks, []);
	deadlines.touch(clock + 10);
	pass(10);
	assert.equal(checks.length, 1);
});

test('after a standstill the peer gets a moment before anybody is late', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 10);
	clock += 400;
	mock.timers.tick(10);
	assert.deepEqual(checks, []);
	pass(389);
	assert.deepEqual(checks, []);
	pass(1);
	assert.equal(checks.length, 1);
});

test('a process that always stands still finds late what is late all the same', () => {
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 10);
	clock += 3_600_000;
	mock.timers.tick(10);
	assert.deepEqual(checks, []);
	clock += 5000;
	mock.timers.tick(1000);
	assert.equal(checks.length, 1);
});

test('an armed timer does not keep the process running', () => {
	mock.timers.reset();
	const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
	const deadlines = makeDeadlines();
	deadlines.touch(clock + 60_000);
	assert.equal(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length, before);
	deadlines.stop();
});
