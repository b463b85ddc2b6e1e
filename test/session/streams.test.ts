import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamRecord } from '../../src/session/stream.ts';
import { Streams, StreamTable } from '../../src/session/streams.ts';
import { Random, seed } from '../support/random.ts';
import { windowOf } from '../support/session-core.ts';

const record = (id: number) => new StreamRecord(id, 'GET', windowOf(0), windowOf(0));

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
	streams.close(first, 'ended');
	streams.close(first, 'ended');
	streams.close(promised, 'reset by peer');
	assert.deepEqual([streams.localCount, streams.promisedCount, streams.lastPromisedId], [1, 0, 2]);
	assert.equal(first.state, 'closed');
	assert.equal(streams.open.get(1), undefined);
	assert.deepEqual(
		streams.open.values().map(({ id }) => id),
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
	const reasons = ['ended', 'reset by peer', 'reset by us'] as const;
	for (let i = 0; i < 3000; i++) streams.close(addLocal(streams), reasons[i % 3]!);
	for (let i = 2999; i > 1976; i--) assert.equal(streams.reasonClosed(i * 2 + 1), reasons[i % 3]);
	assert.equal(streams.reasonClosed(1), 'forgotten');
});

test('a closed stream that we reset afterwards counts as reset by us, and a forgotten one stays forgotten', () => {
	const streams = new Streams(1);
	streams.close(addLocal(streams), 'ended');
	streams.resetClosed(1);
	assert.equal(streams.reasonClosed(1), 'reset by us');
	for (let i = 0; i < 1024; i++) streams.close(addLocal(streams), 'ended');
	streams.resetClosed(1);
	assert.equal(streams.reasonClosed(1), 'forgotten');
	assert.equal(streams.reasonClosed(2049), 'ended');
});

test('a StreamTable behaves like a Map under random calls', () => {
	for (let round = 0; round < 20; round++) {
		const random = new Random(20_000 + round);
		const table = new StreamTable<string>();
		const model = new Map<number, string>();
		let next = 1;
		for (let step = 0; step < 2000; step++) {
			const known = [...model.keys()];
			if (random.chance(1, 2) || known.length === 0) {
				// Ids that share a slot: a power of two apart.
				const id = random.chance(1, 4) ? next + 128 * random.below(20) : next;
				next += 2;
				table.set(id, `item ${step}`);
				model.set(id, `item ${step}`);
			} else {
				const id = random.chance(1, 10) ? next + 1000 : random.pick(known);
				assert.equal(table.delete(id), model.delete(id), `HYPER_SEED=${seed}`);
			}
			assert.equal(table.size, model.size);
		}
		for (const [id, item] of model) assert.equal(table.get(id), item, `HYPER_SEED=${seed}`);
		assert.deepEqual(table.ids().sort(), [...model.keys()].sort());
		assert.deepEqual(table.values().sort(), [...model.values()].sort());
		assert.equal(table.get(next + 5000), undefined);
	}
});
