import { test } from 'node:test';
import { nextTurn } from '../../../src/runtime/web/turns.ts';

test('timers run between the turns of a platform without setImmediate', async () => {
	let isDone = false;
	setTimeout(() => {
		isDone = true;
	}, 1);
	while (!isDone) await nextTurn();
});

test('a turn does not depend on the timer of another caller, whose request may have ended with it', async (t) => {
	const setTimeout = t.mock.method(globalThis, 'setTimeout', () => {});
	void nextTurn();
	setTimeout.mock.restore();
	await nextTurn();
});
