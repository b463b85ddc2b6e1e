import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns, pauseForTurn } from '../../src/runtime/turns.ts';

test('one caller goes on in each turn, in the order of their calls', async () => {
	const scheduled: (() => void)[] = [];
	const nextTurn = createTurns((callback) => void scheduled.push(callback));
	const order: string[] = [];
	for (const name of ['a', 'b', 'c']) void nextTurn().then(() => order.push(name));
	const turn = async (): Promise<void> => {
		const callback = scheduled.shift();
		assert.ok(callback !== undefined);
		callback();
		await new Promise((resolve) => setImmediate(resolve));
	};
	await turn();
	assert.deepEqual(order, ['a']);
	void nextTurn().then(() => order.push('d'));
	for (let i = 0; i < 3; i++) await turn();
	assert.deepEqual(order, ['a', 'b', 'c', 'd']);
	assert.equal(scheduled.length, 0, 'nothing is scheduled while no caller waits');
});

test('pauseForTurn stops reading from a transport for one turn of the event loop', async () => {
	const calls: string[] = [];
	const transport = { pause: () => void calls.push('pause'), resume: () => void calls.push('resume') };
	const runtime = { nextTurn: createTurns((callback) => void setImmediate(callback)) };
	pauseForTurn(transport, runtime);
	assert.deepEqual(calls, ['pause']);
	while (calls.length < 2) await new Promise((resolve) => setImmediate(resolve));
	assert.deepEqual(calls, ['pause', 'resume']);
});
