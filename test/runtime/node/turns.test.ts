import { test } from 'node:test';
import { nextTurn } from '../../../src/runtime/node/turns.ts';

test('timers run between the turns of Node', async () => {
	let isDone = false;
	setTimeout(() => {
		isDone = true;
	}, 1);
	while (!isDone) await nextTurn();
});
