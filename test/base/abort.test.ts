import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { abortable, unwatchAbort, watchAbort } from '../../src/base/abort.ts';

function count(signal: AbortSignal): number {
	return getEventListeners(signal, 'abort').length;
}

test('any number of watchers is one listener, which goes with the last of them', () => {
	const { signal } = new AbortController();
	const watchers = Array.from({ length: 100 }, () => ({ onAbort: () => assert.fail('was told') }));
	for (const watcher of watchers) watchAbort(signal, watcher);
	assert.equal(count(signal), 1);
	for (const watcher of watchers) {
		assert.equal(count(signal), 1);
		unwatchAbort(signal, watcher);
	}
	assert.equal(count(signal), 0);
	unwatchAbort(signal, { onAbort: () => {} });
});

test('each watcher is told once, with the reason, unless one before it has given it up', () => {
	const controller = new AbortController();
	const { signal } = controller;
	const told: unknown[] = [];
	const last = { onAbort: () => assert.fail('was told') };
	const first = {
		onAbort: (reason: unknown) => {
			told.push(reason);
			unwatchAbort(signal, first);
			unwatchAbort(signal, last);
		},
	};
	const second = { onAbort: (reason: unknown) => told.push(reason) };
	for (const watcher of [first, second, last, second]) watchAbort(signal, watcher);
	controller.abort('enough');
	assert.deepEqual(told, ['enough', 'enough']);
	assert.equal(count(signal), 0);
});

test('a promise ends as it does, or with the signal, and leaves no listener', async () => {
	const controller = new AbortController();
	const { signal } = controller;
	assert.equal(await abortable(Promise.resolve(1), undefined), 1);
	assert.equal(await abortable(Promise.resolve(1), signal), 1);
	await assert.rejects(abortable(Promise.reject(new Error('its own')), signal), /its own/);
	await Promise.resolve();
	assert.equal(count(signal), 0);
	const never = Promise.all([1, 2].map(() => abortable(new Promise(() => {}), signal)));
	controller.abort(new Error('enough'));
	await assert.rejects(never, /enough/);
});
