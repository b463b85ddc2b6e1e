import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSED } from '../../src/session/stream-state.ts';
import { ENDED, FORGOTTEN, RESET_BY_PEER, RESET_BY_US, StreamRecord, Streams } from '../../src/session/streams.ts';
import { Window } from '../../src/session/window.ts';

const record = (id: number) => new StreamRecord(id, 'GET', new Window(0), new Window(0));

function addLocal(streams: Streams): StreamRecord {
	const stream = record(streams.nextId);
	streams.addLocal(stream);
	return stream;
}

test('stream ids increase by two from the first and end at 2^31-1', () => {
	const streams = new Streams(0x7ffffffd);
	assert.equal(streams.nextId, 0x7ffffffd);
	addLocal(streams);
	assert.equal(streams.exhausted, false);
	assert.equal(addLocal(streams).id, 0x7fffffff);
	assert.equal(streams.exhausted, true);
});

test('local and promised streams are counted separately', () => {
	const streams = new Streams(1);
	const first = addLocal(streams);
	addLocal(streams);
	const promised = record(2);
	streams.addPromised(promised);
	assert.deepEqual([streams.localCount, streams.promisedCount, streams.lastPromisedId], [2, 1, 2]);
	streams.close(first, ENDED);
	streams.close(first, ENDED);
	streams.close(promised, RESET_BY_PEER);
	assert.deepEqual([streams.localCount, streams.promisedCount, streams.lastPromisedId], [1, 0, 2]);
	assert.equal(first.state, CLOSED);
	assert.equal(streams.get(1), undefined);
	assert.deepEqual(
		streams.values().map(({ id }) => id),
		[3],
	);
});

test('stream ids that were never used are idle', () => {
	const streams = new Streams(1);
	addLocal(streams);
	streams.skipPromised(4);
	assert.deepEqual(
		[1, 2, 3, 4, 5, 6].map((id) => streams.isIdle(id)),
		[false, false, true, false, true, true],
	);
});

test('the reasons why streams were closed are kept for the last 1,024', () => {
	const streams = new Streams(1);
	const reasons = [ENDED, RESET_BY_PEER, RESET_BY_US];
	for (let i = 0; i < 3000; i++) streams.close(addLocal(streams), reasons[i % 3] as number);
	for (let i = 2999; i > 1976; i--) assert.equal(streams.reasonClosed(i * 2 + 1), reasons[i % 3]);
	assert.equal(streams.reasonClosed(1), FORGOTTEN);
});

test('any number of late frames is excused after our reset, one after another end, none for a forgotten stream', () => {
	const streams = new Streams(1);
	streams.close(addLocal(streams), RESET_BY_US);
	streams.close(addLocal(streams), ENDED);
	streams.close(addLocal(streams), RESET_BY_PEER);
	assert.deepEqual(
		[1, 1, 1].map((id) => streams.excuseLate(id)),
		[true, true, true],
	);
	assert.deepEqual(
		[3, 3, 3].map((id) => streams.excuseLate(id)),
		[true, false, false],
	);
	assert.deepEqual(
		[5, 5].map((id) => streams.excuseLate(id)),
		[true, false],
	);
	assert.equal(streams.excuseLate(7), false);
	assert.deepEqual(
		[1, 3, 5].map((id) => streams.reasonClosed(id)),
		[RESET_BY_US, ENDED, RESET_BY_PEER],
	);
});
