import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reuse } from '../../src/http20/reuse.ts';

/** `poll` ends the turn of the event loop; `takes` is what `mayWrite` returned while waiting requests were taken. */
function createReuse() {
	const polls: (() => void)[] = [];
	const takes: boolean[] = [];
	const reuse = new Reuse({ afterPoll: (callback) => void polls.push(callback) }, () => {
		takes.push(reuse.mayWrite(false, 0), reuse.mayWrite(false, 60_000));
	});
	return { reuse, takes, polls, poll: () => polls.shift()?.() };
}

test('requests to an idle wire wait for one turn of the event loop, and then all are taken', () => {
	const { reuse, takes, polls, poll } = createReuse();
	assert.deepEqual([reuse.mayWrite(false, 0), reuse.mayWrite(false, 60_000), polls.length], [false, false, 1]);
	poll();
	assert.deepEqual(takes, [true, true]);
	assert.deepEqual(
		[reuse.mayWrite(false, 0), polls.length],
		[false, 1],
		'the next request waits for a turn of its own',
	);
});

test('a request to a wire that is answering others waits only if nothing has just arrived', () => {
	const { reuse, polls } = createReuse();
	assert.deepEqual([reuse.mayWrite(true, 0), polls.length], [true, 0]);
	assert.deepEqual([reuse.mayWrite(true, 60_000), polls.length], [false, 1]);
});
