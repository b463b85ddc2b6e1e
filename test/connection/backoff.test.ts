import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { ENHANCE_YOUR_CALM, NO_ERROR } from '../../assembly/shared/error-code.ts';
import { ConnectionError, ConnectionResetError } from '../../src/base/errors.ts';
import { Backoff } from '../../src/connection/backoff.ts';
import { stateOf } from '../support/offline.ts';

const asked = new ConnectionError('x', { errorCode: ENHANCE_YOUR_CALM });

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

/** How long the next dial waits, in milliseconds. */
async function delayOf(backoff: Backoff): Promise<number> {
	const pause = backoff.wait(new AbortController().signal);
	if (pause === null) return 0;
	for (let passed = 0; ; passed += 50) {
		if ((await stateOf(pause)) === 'resolved') return passed;
		mock.timers.tick(50);
	}
}

test('there is no delay before a server has asked for one', async () => {
	const backoff = new Backoff();
	assert.equal(await delayOf(backoff), 0);
	for (const reason of [null, new ConnectionResetError('x'), new ConnectionError('x', { errorCode: NO_ERROR })]) {
		backoff.onDraining(reason);
		assert.equal(await delayOf(backoff), 0);
	}
});

test('the delay doubles with each ENHANCE_YOUR_CALM, up to five seconds, until a connection ends otherwise', async () => {
	const backoff = new Backoff();
	const delays: number[] = [];
	for (let i = 0; i < 8; i++) {
		backoff.onDraining(asked);
		delays.push(await delayOf(backoff));
	}
	assert.deepEqual(delays, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
	backoff.onDraining(null);
	assert.equal(await delayOf(backoff), 0);
});

test('an aborted signal ends the delay', async () => {
	const backoff = new Backoff();
	backoff.onDraining(asked);
	const controller = new AbortController();
	const pause = backoff.wait(controller.signal);
	controller.abort(new Error('enough'));
	await assert.rejects(pause as Promise<void>, /enough/);
	mock.timers.tick(1000);
});
