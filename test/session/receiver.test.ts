// One method for each frame type, called as the codec calls it; receiver-responses.test.ts has responses. What frames mean
// for a whole connection is in test/scenarios.

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as Fault from '../../assembly/shared/fault.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import { ConnectionError, HPACKDecodingError, StreamResetError } from '../../src/base/errors.ts';
import { Receiver } from '../../src/session/receiver.ts';
import { CoreBench, createReceiver, PROMISE } from '../support/session-core.ts';
import type { ScriptOptions } from '../support/session-script.ts';

const NO_BYTES = new Uint8Array(0);

let bench: CoreBench;
let receiver: Receiver;

function greet(options?: ScriptOptions): void {
	({ bench, receiver } = createReceiver(options));
}

beforeEach(() => greet());

test('any other frame before SETTINGS ends the connection', () => {
	const calls: ((receiver: Receiver) => void)[] = [
		(each) => each.onSettingsAck(),
		(each) => each.onPing(1, 2, false),
		(each) => each.onGoaway(0, 0, NO_BYTES),
		(each) => each.onWindowUpdate(0, 1),
		(each) => each.onRstStream(1, 0),
		(each) => each.onPriority(1),
		(each) => each.onUnknown(99, 0),
		(each) => each.onData(1, NO_BYTES, 0, 0, 0, true, false),
		(each) => each.onHeaders(1, [], null, 0, false),
		(each) => each.onPushPromise(1, 2, PROMISE, null, 0),
	];
	for (const call of calls) {
		bench = new CoreBench();
		const fresh = new Receiver(bench.core);
		call(fresh);
		assert.equal(bench.core.greeted, false);
		bench.expectFailure(ErrorCode.PROTOCOL_ERROR);
	}
});

test('the receiver of a dead session ignores every frame', () => {
	const ended = bench.open();
	bench.core.advance(ended, 'receive END_STREAM');
	bench.core.fail(ErrorCode.PROTOCOL_ERROR, 'x');
	bench.sent();
	bench.events();
	receiver.onSettings([Setting.MAX_FRAME_SIZE, 20_000]);
	receiver.onPing(1, 2, false);
	receiver.onFault(0, ErrorCode.FRAME_SIZE_ERROR, Fault.BAD_LENGTH);
	receiver.onFault(ended.id, ErrorCode.FRAME_SIZE_ERROR, Fault.BAD_LENGTH);
	assert.deepEqual([bench.sent(), bench.events()], [[], []]);
	assert.equal(bench.core.remote.maxFrameSize, 16_384);
});

describe('SETTINGS', () => {
	test('our SETTINGS that allow less apply from their acknowledgement', () => {
		greet({ settings: { initialWindowSize: 100 } });
		const stream = bench.open();
		receiver.onSettingsAck();
		assert.equal(stream.receiveWindow.available, 100);
	});

	test('acknowledgements of SETTINGS that were never sent count as glitches', () => {
		greet({ limits: { glitches: 0 } });
		receiver.onSettingsAck();
		assert.equal(bench.core.phase, 'open');
		receiver.onSettingsAck();
		bench.expectFailure(ErrorCode.ENHANCE_YOUR_CALM);
	});
});

test('a PING is acknowledged with the same bytes, and an acknowledgement is reported', () => {
	receiver.onPing(1, 0xffffffff, false);
	assert.deepEqual([bench.sent(), bench.events()], [['PING 1 4294967295 true'], []]);
	bench.core.pings = 1;
	receiver.onPing(3, 4, true);
	assert.deepEqual(bench.takeEvents(), [{ type: 'pong', first: 3, second: 4 }]);
	assert.deepEqual(bench.sent(), []);
});

test('PING frames count towards limits.replies, and towards limits.glitches if the replies are read', () => {
	for (const [limits, reads] of [
		[{ replies: 2 }, false],
		[{ glitches: 2, glitchesPerSecond: 0 }, true],
	] as const) {
		greet({ limits });
		for (let i = 0; i < 3; i++) {
			assert.equal(bench.core.phase, 'open');
			receiver.onPing(1, 2, false);
			if (reads) bench.sent();
		}
		bench.expectFailure(ErrorCode.ENHANCE_YOUR_CALM);
	}
});

test('an acknowledgement of a PING that was never sent counts as a glitch', () => {
	greet({ limits: { glitches: 0 } });
	bench.core.pings = 1;
	receiver.onPing(3, 4, true);
	assert.equal(bench.core.phase, 'open');
	receiver.onPing(3, 4, true);
	bench.expectFailure(ErrorCode.ENHANCE_YOUR_CALM);
});

describe('GOAWAY', () => {
	test('GOAWAY closes the streams above its last stream id as retryable, in order', () => {
		for (let i = 0; i < 3; i++) bench.open();
		receiver.onGoaway(1, ErrorCode.NO_ERROR, Uint8Array.of(0x6f, 0x6b));
		const events = bench.takeEvents();
		assert.deepEqual(
			events.map((event) => [event.type, 'streamId' in event && event.streamId]),
			[
				['closed', 3],
				['closed', 5],
				['goaway', false],
			],
		);
		const error = (events[0] as { error: unknown }).error;
		assert.ok(error instanceof ConnectionError && error.retryable && error.errorCode === 0);
		assert.match(error.message, /Stream 3 was not processed: .*NO_ERROR.*"ok"/);
		assert.deepEqual([bench.core.phase, bench.core.lastTakenId], ['draining', 1]);
	});

	test('a second GOAWAY may lower the last stream id, and must not raise it', () => {
		assert.equal(bench.core.lastTakenId, Number.POSITIVE_INFINITY);
		receiver.onGoaway(0x7fffffff, 0, NO_BYTES);
		receiver.onGoaway(5, 0, NO_BYTES);
		assert.equal(bench.core.lastTakenId, 5);
		receiver.onGoaway(7, 0, NO_BYTES);
		bench.expectFailure(ErrorCode.PROTOCOL_ERROR);
	});

	test('a repeated GOAWAY is not reported again', () => {
		for (let i = 0; i < 3; i++) bench.open();
		receiver.onGoaway(1, 0, NO_BYTES);
		bench.takeEvents();
		receiver.onGoaway(1, 0, NO_BYTES);
		assert.deepEqual(bench.events(), []);
	});

	test('a lower GOAWAY that excludes no stream is not reported again', () => {
		bench.open();
		receiver.onGoaway(0x7fffffff, 0, NO_BYTES);
		bench.takeEvents();
		receiver.onGoaway(1, 0, NO_BYTES);
		assert.deepEqual(bench.events(), []);
	});

	test('GOAWAY frames that each exclude one more of many streams end the connection, and are not reported after that', () => {
		greet({ limits: { glitches: 10, glitchesPerSecond: 0 } });
		for (let i = 0; i < 400; i++) bench.open();
		let lastStreamId = bench.core.streams.nextId - 2;
		while (bench.core.phase !== 'dead' && lastStreamId > 0) {
			lastStreamId -= 2;
			receiver.onGoaway(lastStreamId, 0, NO_BYTES);
		}
		bench.expectFailure(ErrorCode.ENHANCE_YOUR_CALM);
	});
});

describe('RST_STREAM', () => {
	test('RST_STREAM closes its stream, and only REFUSED_STREAM before the response is retryable', () => {
		for (const [phase, errorCode, retryable] of [
			['awaiting head', ErrorCode.REFUSED_STREAM, true],
			['content', ErrorCode.REFUSED_STREAM, false],
			['awaiting head', ErrorCode.CANCEL, false],
		] as const) {
			const stream = bench.open();
			stream.phase = phase;
			receiver.onRstStream(stream.id, errorCode);
			const error = bench.onlyError();
			assert.ok(error instanceof StreamResetError);
			assert.deepEqual([error.errorCode, error.initiator, error.retryable], [errorCode, 'remote', retryable]);
		}
		assert.deepEqual(bench.sent(), []);
	});

	test('RST_STREAM with NO_ERROR after the response is no error', () => {
		bench.open('POST', false).phase = 'complete';
		receiver.onRstStream(1, ErrorCode.NO_ERROR);
		assert.deepEqual(bench.events(), ['closed 1']);
	});

	test('RST_STREAM on an idle stream ends the connection', () => {
		receiver.onRstStream(1, ErrorCode.CANCEL);
		bench.expectFailure(ErrorCode.PROTOCOL_ERROR);
	});
});

describe('WINDOW_UPDATE', () => {
	test('WINDOW_UPDATE enlarges the window of the connection or of a stream', () => {
		const stream = bench.open('POST', false);
		receiver.onWindowUpdate(0, 10);
		receiver.onWindowUpdate(1, 20);
		assert.deepEqual([bench.core.sendWindow.available, stream.sendWindow.available], [65_545, 65_555]);
	});

	test('WINDOW_UPDATE frames without content that they answer end the connection', () => {
		greet({ limits: { glitches: 5, glitchesPerSecond: 0 } });
		for (let i = 0; i < 6; i++) {
			assert.equal(bench.core.phase, 'open');
			receiver.onWindowUpdate(0, 1);
		}
		bench.expectFailure(ErrorCode.ENHANCE_YOUR_CALM);
	});

	test('WINDOW_UPDATE beyond 2^31-1 resets the stream or ends the connection', () => {
		bench.open('POST', false);
		receiver.onWindowUpdate(1, 0x7fffffff);
		assert.deepEqual([bench.sent(), bench.events()], [['RST_STREAM 1 3'], ['closed 1 StreamResetError 3']]);
		receiver.onWindowUpdate(0, 0x7fffffff);
		bench.expectFailure(ErrorCode.FLOW_CONTROL_ERROR);
	});

	test('WINDOW_UPDATE on an idle or a reserved stream ends the connection', () => {
		receiver.onWindowUpdate(1, 1);
		bench.expectFailure(ErrorCode.PROTOCOL_ERROR);
		greet();
		bench.open().state = 'reserved (remote)';
		receiver.onWindowUpdate(1, 1);
		bench.expectFailure(ErrorCode.PROTOCOL_ERROR);
	});
});

test('unknown frames and PRIORITY frames are ignored up to limits.glitches', () => {
	greet({ limits: { glitches: 2, glitchesPerSecond: 0 } });
	receiver.onPriority(1);
	receiver.onUnknown(99, 1);
	assert.equal(bench.core.phase, 'open');
	receiver.onUnknown(99, 1);
	bench.expectFailure(ErrorCode.ENHANCE_YOUR_CALM);
});

test('a fault that the codec reports resets its open stream or ends the connection', () => {
	bench.open();
	receiver.onFault(1, ErrorCode.FRAME_SIZE_ERROR, Fault.BAD_LENGTH);
	assert.deepEqual(bench.sent(), ['RST_STREAM 1 6']);
	assert.match(bench.onlyError().message, /FRAME_SIZE_ERROR: frame has a length/);
	receiver.onFault(3, ErrorCode.FRAME_SIZE_ERROR, Fault.BAD_LENGTH);
	bench.expectFailure(ErrorCode.FRAME_SIZE_ERROR);
	greet();
	receiver.onFault(0, ErrorCode.COMPRESSION_ERROR, Fault.BAD_HUFFMAN);
	const error = bench.onlyError();
	assert.ok(error instanceof HPACKDecodingError);
	assert.match(error.message, /^String in the field block/);
});
