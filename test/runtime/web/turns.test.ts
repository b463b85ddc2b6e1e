import { test } from 'node:test';
import { nextTurn } from '../../../src/runtime/web/turns.ts';

test('timers run between the turns of a platform without setImmediate', async () => {
	let isDone = false;
	setTimeout(() => {
		isDone = true;
	}, 1);
	while (!isDone) await nextTurn();
});
