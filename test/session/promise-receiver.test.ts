// PUSH_PROMISE, passed to the receiver as the codec passes it.

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { ConnectionError } from '../../src/base/errors.ts';
import type { Receiver } from '../../src/session/receiver.ts';
import { type CoreBench, createReceiver, PROMISE } from '../support/session-core.ts';
import type { ScriptOptions } from '../support/session-script.ts';

let bench: CoreBench;
let receiver: Receiver;

function greet(options?: ScriptOptions): void {
	({ bench, receiver } = createReceiver(options));
}

beforeEach(() => greet());

describe('PUSH_PROMISE', () => {
	test('PUSH_PROMISE reserves its stream and is reported with the request', () => {
		bench.open();
		receiver.onPushPromise(1, 2, PROMISE, null, 0);
		const [event] = bench.takeEvents();
		assert.deepEqual(event, {
			...{ type: 'push', streamId: 1, promisedStreamId: 2, fields: PROMISE, neverIndexed: null },
			...{ method: 'GET', scheme: 'https', authority: 'h', path: '/p' },
		});
		assert.equal(bench.core.streams.open.get(2)?.state, 'reserved (remote)');
	});

	test('PUSH_PROMISE is refused when it is malformed, exceeds the limit, or arrives while draining', () => {
		greet({ limits: { promisedStreams: 1 } });
		bench.open();
		receiver.onPushPromise(1, 2, PROMISE.slice(2), null, 0);
		assert.deepEqual(bench.sent(), ['RST_STREAM 2 1']);
		receiver.onPushPromise(1, 4, PROMISE, null, 0);
		receiver.onPushPromise(1, 6, PROMISE, null, 0);
		assert.deepEqual(bench.sent(), ['RST_STREAM 6 7']);
		bench.core.phase = 'draining';
		receiver.onPushPromise(1, 8, PROMISE, null, 0);
		assert.deepEqual([bench.sent(), bench.events()], [['RST_STREAM 8 7'], ['refused', 'push 1', 'refused', 'refused']]);
	});

	test('PUSH_PROMISE on a stream that we have reset is cancelled, since it may have crossed the reset', () => {
		bench.core.resetStream(bench.open(), ErrorCode.CANCEL, new ConnectionError('x'));
		bench.sent();
		receiver.onPushPromise(1, 2, PROMISE, null, 0);
		assert.deepEqual(bench.sent(), ['RST_STREAM 2 8']);
	});

	test('PUSH_PROMISE on a stream closed too long ago to be remembered is cancelled as well', () => {
		for (let i = 0; i < 1100; i++) bench.core.closeStream(bench.open(), 'ended', null);
		bench.takeEvents();
		receiver.onPushPromise(1, 2, PROMISE, null, 0);
		assert.deepEqual(bench.sent(), ['RST_STREAM 2 8']);
		receiver.onPushPromise(2199, 4, PROMISE, null, 0);
		bench.expectFailure(ErrorCode.PROTOCOL_ERROR);
	});

	test('PUSH_PROMISE on a stream whose response has ended ends the connection, although its request is still being sent', () => {
		bench.open('POST', false);
		receiver.onHeaders(1, [':status', '200'], null, 0, true);
		bench.takeEvents();
		receiver.onPushPromise(1, 2, PROMISE, null, 0);
		bench.expectFailure(ErrorCode.PROTOCOL_ERROR);
	});

	for (const [what, streamId, promisedStreamId] of [
		['an odd stream', 1, 3],
		['a stream that was promised before', 1, 2],
		['a stream on a promised one', 2, 4],
		['a stream on an idle one', 5, 4],
	] as const) {
		test(`PUSH_PROMISE of ${what} ends the connection`, () => {
			bench.open();
			receiver.onPushPromise(1, 2, PROMISE, null, 0);
			receiver.onPushPromise(streamId, promisedStreamId, PROMISE, null, 0);
			bench.expectFailure(ErrorCode.PROTOCOL_ERROR);
		});
	}
});
