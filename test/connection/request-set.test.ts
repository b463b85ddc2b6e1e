import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PendingRequest } from '../../src/connection/pending-request.ts';
import { RequestSet } from '../../src/connection/request-set.ts';
import { makeRequest } from '../support/http20-fakes.ts';

function make(id: number): PendingRequest {
	const pending = new PendingRequest(makeRequest(), 1, {});
	pending.id = id;
	return pending;
}

test('a set of requests finds them by stream id, or the oldest', () => {
	const requests = new RequestSet(10);
	const [first, second] = [make(1), make(3)];
	assert.equal(requests.find(), null);
	for (const each of [first, second]) assert.equal(requests.add(each), true);
	assert.equal(requests.find(), first);
	assert.equal(requests.find(null), first);
	assert.equal(requests.find(3), second);
	assert.equal(requests.find(5), null);
	requests.delete(first);
	assert.equal(requests.find(), second);
	requests.clear();
	assert.equal(requests.has(second), false);
});

test('a set of requests forgets the oldest that have ended, and never an open one', () => {
	const requests = new RequestSet(8);
	const open = Array.from({ length: 20 }, (_, place) => make(2 * place + 1));
	for (const each of open) assert.equal(requests.add(each), true);
	const ended = Array.from({ length: 100 }, (_, place) => make(2 * place + 101));
	let forgot = 0;
	for (const each of ended) {
		each.close(new Error('ended'));
		if (!requests.add(each)) forgot++;
	}
	assert.ok(forgot > 0 && forgot < 50, `${forgot}`);
	assert.ok(open.every((each) => requests.has(each)));
	const kept = ended.filter((each) => requests.has(each));
	assert.ok(kept.length <= 10, `${kept.length}`);
	assert.deepEqual(kept, ended.slice(ended.length - kept.length));
});
