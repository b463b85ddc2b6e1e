// Attempts that the test settles itself, on a clock of the test.

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, mock, test } from 'node:test';
import { type Attempt, race } from '../../../src/runtime/node/race.ts';

/** Milliseconds between the starts of two attempts. */
const ATTEMPT_DELAY = 250;

class FakeAttempt implements Attempt {
	readonly connected: Promise<void>;
	isDestroyed = false;
	connect: () => void = () => {};
	fail: (error: Error) => void = () => {};

	constructor() {
		this.connected = new Promise((resolve, reject) => {
			this.connect = resolve;
			this.fail = reject;
		});
	}

	destroy(): void {
		this.isDestroyed = true;
		this.fail(new Error('destroyed'));
	}
}

/** A race to these addresses, whose timers `tick` lets expire. */
function begin(addresses: string[], signal?: AbortSignal) {
	const attempts = new Map<string, FakeAttempt>();
	const outcome = race(
		addresses,
		(address) => {
			const attempt = new FakeAttempt();
			attempts.set(address, attempt);
			return attempt;
		},
		signal,
	);
	outcome.catch(() => {});
	return {
		outcome,
		attempts,
		started: () => [...attempts.keys()],
		get: (name: string) => attempts.get(name) as FakeAttempt,
	};
}

async function settled(): Promise<void> {
	for (let i = 0; i < 10; i++) await Promise.resolve();
}

async function withClock(run: () => Promise<void>): Promise<void> {
	mock.timers.enable({ apis: ['setTimeout'] });
	try {
		await run();
	} finally {
		mock.timers.reset();
	}
}

describe('race', () => {
	test('the next attempt starts after 250 ms, beside those that are still connecting', () =>
		withClock(async () => {
			const { outcome, started, get } = begin(['a', 'b', 'c']);
			assert.deepEqual(started(), ['a']);
			mock.timers.tick(ATTEMPT_DELAY - 1);
			assert.deepEqual(started(), ['a']);
			mock.timers.tick(1);
			assert.deepEqual(started(), ['a', 'b']);
			mock.timers.tick(ATTEMPT_DELAY);
			assert.deepEqual(started(), ['a', 'b', 'c']);
			mock.timers.tick(100 * ATTEMPT_DELAY);
			assert.ok(['a', 'b', 'c'].every((name) => !get(name).isDestroyed));
			get('a').connect();
			assert.equal(await outcome, get('a'));
		}));

	test('the next attempt starts at once when one fails', () =>
		withClock(async () => {
			const { outcome, started, get } = begin(['a', 'b', 'c']);
			get('a').fail(new Error('refused'));
			await settled();
			assert.deepEqual(started(), ['a', 'b']);
			mock.timers.tick(ATTEMPT_DELAY - 1);
			assert.deepEqual(started(), ['a', 'b']);
			get('b').connect();
			assert.equal(await outcome, get('b'));
			mock.timers.tick(ATTEMPT_DELAY);
			assert.deepEqual(started(), ['a', 'b']);
		}));

	test('the first attempt to connect wins, and the others are destroyed', () =>
		withClock(async () => {
			const { outcome, get } = begin(['a', 'b']);
			mock.timers.tick(ATTEMPT_DELAY);
			get('b').connect();
			get('a').connect();
			assert.equal(await outcome, get('b'));
			assert.ok(get('a').isDestroyed);
			assert.ok(!get('b').isDestroyed);
		}));

	test('an address that fails does not end a race in which another is still connecting', () =>
		withClock(async () => {
			const { outcome, get } = begin(['slow', 'refused']);
			mock.timers.tick(ATTEMPT_DELAY);
			get('refused').fail(new Error('refused'));
			await settled();
			get('slow').connect();
			assert.equal(await outcome, get('slow'));
		}));

	test('a race that every address loses has their errors in the order of the addresses', () =>
		withClock(async () => {
			const { outcome, get } = begin(['a', 'b', 'c']);
			mock.timers.tick(ATTEMPT_DELAY);
			mock.timers.tick(ATTEMPT_DELAY);
			for (const name of ['c', 'a', 'b']) get(name).fail(new Error(name));
			await assert.rejects(outcome, (error: AggregateError) => {
				assert.deepEqual(
					error.errors.map(({ message }) => message),
					['a', 'b', 'c'],
				);
				return true;
			});
		}));

	test('abort destroys every attempt and leaves neither a timer nor a listener', () =>
		withClock(async () => {
			const controller = new AbortController();
			const { outcome, started, get } = begin(['a', 'b', 'c'], controller.signal);
			mock.timers.tick(ATTEMPT_DELAY);
			controller.abort('enough');
			await assert.rejects(outcome, (error) => error === 'enough');
			assert.ok(get('a').isDestroyed && get('b').isDestroyed);
			mock.timers.tick(ATTEMPT_DELAY);
			await settled();
			assert.deepEqual(started(), ['a', 'b']);
			assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
		}));

	test('a race with an aborted signal starts nothing, and a won one leaves no listener', async () => {
		const aborted = begin(['a'], AbortSignal.abort('no'));
		await assert.rejects(aborted.outcome, (error) => error === 'no');
		assert.deepEqual(aborted.started(), []);
		const { signal } = new AbortController();
		const won = begin(['a'], signal);
		won.get('a').connect();
		await won.outcome;
		assert.equal(getEventListeners(signal, 'abort').length, 0);
	});

	test('an attempt that cannot start ends the race with its error', () =>
		withClock(async () => {
			const error = new TypeError('invalid option');
			const first = new FakeAttempt();
			const outcome = race(
				['a', 'b'],
				(address) => {
					if (address === 'b') throw error;
					return first;
				},
				undefined,
			);
			mock.timers.tick(ATTEMPT_DELAY);
			await assert.rejects(outcome, (thrown) => thrown === error);
			assert.ok(first.isDestroyed);
		}));
});
