import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { abortable, delay, unwatchAbort, watchAbort, withTimeout } from '../../src/base/abort.ts';

function listenerCount(signal: AbortSignal): number {
	return getEventListeners(signal, 'abort').length;
}

function activeTimers(): number {
	return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

function never(): Promise<never> {
	return new Promise(() => {});
}

test('all watchers of a signal share one listener, which is removed with the last of them', () => {
	const { signal } = new AbortController();
	const watchers = Array.from({ length: 100 }, () => ({ abort: () => assert.fail('was called') }));
	for (const watcher of watchers) watchAbort(signal, watcher);
	assert.equal(listenerCount(signal), 1);
	for (const watcher of watchers) {
		assert.equal(listenerCount(signal), 1);
		unwatchAbort(signal, watcher);
	}
	assert.equal(listenerCount(signal), 0);
	unwatchAbort(signal, { abort: () => {} });
});

test('a signal whose addEventListener has thrown is listened to by the next watcher', () => {
	const controller = new AbortController();
	const { signal } = controller;
	const add = signal.addEventListener.bind(signal);
	signal.addEventListener = () => {
		throw new Error('not now');
	};
	assert.throws(() => watchAbort(signal, { abort: () => assert.fail('is not watched') }), /not now/);
	signal.addEventListener = add;
	const reasons: unknown[] = [];
	watchAbort(signal, { abort: (reason) => reasons.push(reason) });
	controller.abort('enough');
	assert.deepEqual(reasons, ['enough']);
});

test('each watcher is called once with the reason, unless an earlier watcher removed it', () => {
	const controller = new AbortController();
	const { signal } = controller;
	const reasons: unknown[] = [];
	const last = { abort: () => assert.fail('was called') };
	const first = {
		abort: (reason: unknown) => {
			reasons.push(reason);
			unwatchAbort(signal, first);
			unwatchAbort(signal, last);
		},
	};
	const second = { abort: (reason: unknown) => reasons.push(reason) };
	for (const watcher of [first, second, last, second]) watchAbort(signal, watcher);
	controller.abort('enough');
	assert.deepEqual(reasons, ['enough', 'enough']);
	assert.equal(listenerCount(signal), 0);
});

test('abortable settles like its promise, or rejects when the signal aborts, and leaves no listener', async () => {
	const controller = new AbortController();
	const { signal } = controller;
	assert.equal(await abortable(Promise.resolve(1), undefined), 1);
	assert.equal(await abortable(Promise.resolve(1), signal), 1);
	await assert.rejects(abortable(Promise.reject(new Error('its own')), signal), /its own/);
	await Promise.resolve();
	assert.equal(listenerCount(signal), 0);
	const waits = Promise.all([1, 2].map(() => abortable(never(), signal)));
	controller.abort(new Error('enough'));
	await assert.rejects(waits, /enough/);
	assert.equal(listenerCount(signal), 0);
});

test('abortable rejects at once when the signal is aborted already, and the promise may reject later', async () => {
	const signal = AbortSignal.abort('too late');
	await assert.rejects(abortable(never(), signal), (reason) => reason === 'too late');
	await assert.rejects(abortable(Promise.reject(new Error('unheard')), signal), (reason) => reason === 'too late');
	assert.equal(listenerCount(signal), 0);
});

test('delay resolves after its time and leaves no timer or listener', async () => {
	const timers = activeTimers();
	const { signal } = new AbortController();
	const start = performance.now();
	await delay(20, signal);
	assert.ok(performance.now() - start >= 19);
	assert.equal(listenerCount(signal), 0);
	assert.equal(activeTimers(), timers);
});

test('delay rejects when the signal aborts and leaves no timer or listener', async () => {
	const timers = activeTimers();
	const controller = new AbortController();
	const wait = delay(60_000, controller.signal);
	controller.abort('enough');
	await assert.rejects(wait, (reason) => reason === 'enough');
	await assert.rejects(delay(60_000, controller.signal), (reason) => reason === 'enough');
	assert.equal(listenerCount(controller.signal), 0);
	assert.equal(activeTimers(), timers);
});

test('delay without ref does not keep the process running', async () => {
	const timers = activeTimers();
	const controller = new AbortController();
	const held = delay(60_000, controller.signal);
	assert.equal(activeTimers(), timers + 1);
	const free = delay(60_000, controller.signal, { ref: false });
	assert.equal(activeTimers(), timers + 1);
	controller.abort('enough');
	await assert.rejects(held, (reason) => reason === 'enough');
	await assert.rejects(free, (reason) => reason === 'enough');
});

test('withTimeout settles like its work and leaves no timer or listener', async () => {
	const timers = activeTimers();
	const { signal } = new AbortController();
	const onTimeout = (): Error => assert.fail('timed out');
	for (const milliseconds of [60_000, Number.POSITIVE_INFINITY]) {
		assert.equal(await withTimeout({ milliseconds, onTimeout, signal }, async () => 1), 1);
		const failing = withTimeout({ milliseconds, onTimeout, signal }, () => Promise.reject(new Error('its own')));
		await assert.rejects(failing, /its own/);
	}
	assert.equal(listenerCount(signal), 0);
	assert.equal(activeTimers(), timers);
});

test('withTimeout aborts its work when the time is up or the signal aborts', async () => {
	const late = new Error('late');
	const controller = new AbortController();
	const work = (signal: AbortSignal): Promise<never> => abortable(never(), signal);
	await assert.rejects(
		withTimeout({ milliseconds: 5, onTimeout: () => late, signal: controller.signal }, work),
		(error) => error === late,
	);
	const aborted = withTimeout({ milliseconds: 60_000, onTimeout: () => late, signal: controller.signal }, work);
	controller.abort('enough');
	await assert.rejects(aborted, (reason) => reason === 'enough');
	assert.equal(listenerCount(controller.signal), 0);
	const begun = (): never => assert.fail('began');
	const limit = { milliseconds: 60_000, onTimeout: () => late, signal: controller.signal };
	await assert.rejects(withTimeout(limit, begun), (reason) => reason === 'enough');
});
