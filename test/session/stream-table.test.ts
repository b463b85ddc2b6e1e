import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamTable } from '../../src/session/stream-table.ts';
import { Random, seed } from '../support/random.ts';

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
