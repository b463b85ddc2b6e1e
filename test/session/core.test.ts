import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { ConnectionError, EngineError, ProtocolError, StreamResetError } from '../../src/base/errors.ts';
import { CoreBench } from '../support/session-core.ts';

test("a session core first sends our SETTINGS and enlarges the connection's window", () => {
	const bench = new CoreBench({ settings: { maxFrameSize: 20_000, enablePush: false }, connectionWindow: 100_000 });
	assert.deepEqual(bench.sent(), ['SETTINGS 2 0 5 20000', 'WINDOW_UPDATE 0 34465']);
	assert.equal(bench.core.local.effective.enablePush, false);
	assert.deepEqual(bench.events(), []);
});

test('a session core returns its events once, in order', () => {
	const bench = new CoreBench();
	const { core } = bench;
	core.events.push({ type: 'settings' }, { type: 'writable', streamId: 1 });
	assert.deepEqual(bench.takeEvents(), [{ type: 'settings' }, { type: 'writable', streamId: 1 }]);
	assert.deepEqual(bench.takeEvents(), []);
});

test('a new stream has the larger of the initial and the announced window until our SETTINGS are acknowledged', () => {
	for (const [initialWindowSize, available] of [
		[70_000, 70_000],
		[10, 65_535],
	] as const) {
		const bench = new CoreBench({ settings: { initialWindowSize } });
		assert.equal(bench.open().receiveWindow.available, available);
	}
});

test('a stream that both sides have ended is closed once, without an error', () => {
	const bench = new CoreBench();
	const stream = bench.open('POST', false);
	bench.core.advance(stream, 'send DATA');
	bench.core.advance(stream, 'receive END_STREAM');
	assert.deepEqual(bench.events(), []);
	bench.core.advance(stream, 'send END_STREAM');
	assert.deepEqual(bench.events(), ['closed 1']);
	assert.equal(bench.core.streams.open.get(1), undefined);
	assert.equal(bench.core.streams.reasonClosed(1), 'ended');
});

test('a stream that violates a rule is reset with an error that says so', () => {
	const bench = new CoreBench();
	bench.sent();
	bench.core.failStream(bench.open(), ErrorCode.PROTOCOL_ERROR, 'Response is wrong');
	assert.deepEqual(bench.sent(), ['RST_STREAM 1 1']);
	const error = bench.onlyError();
	assert.ok(error instanceof StreamResetError);
	assert.equal(error.message, 'Stream 1 was reset with PROTOCOL_ERROR: response is wrong');
	assert.deepEqual([error.streamId, error.errorCode, error.initiator, error.retryable], [1, 1, 'local', false]);
	assert.equal(bench.core.streams.reasonClosed(1), 'reset by us');
	assert.equal(bench.core.phase, 'open');
});

test('a stream that the peer resets is remembered as reset, and its outbox is dropped', () => {
	const bench = new CoreBench();
	const stream = bench.open('POST', false);
	const error = new ConnectionError('gone');
	bench.core.closeStream(stream, 'reset by peer', error);
	assert.equal(bench.onlyError(), error);
	assert.equal(stream.outbox, null);
	assert.equal(bench.core.streams.reasonClosed(1), 'reset by peer');
});

test('a failure sends GOAWAY, closes every stream and is the last event; a second one has no effect', () => {
	const bench = new CoreBench();
	bench.open();
	bench.open();
	bench.sent();
	bench.core.fail(ErrorCode.FLOW_CONTROL_ERROR, 'Too much');
	bench.core.fail(ErrorCode.PROTOCOL_ERROR, 'Again');
	const later = new ConnectionError('later');
	bench.core.end(later);
	assert.equal('frames' in later, false, 'the engine may serve another connection by then');
	assert.deepEqual(bench.sent(), [`GOAWAY 0 3 ${Buffer.from('Too much').toString('hex')}`]);
	assert.deepEqual(bench.events(), ['closed 1 ProtocolError 3', 'closed 3 ProtocolError 3', 'failed ProtocolError 3']);
	assert.equal(bench.core.phase, 'dead');
});

test('a failure has the given error, or one made of its message and code', () => {
	const given = new EngineError('x');
	const first = new CoreBench();
	first.core.fail(ErrorCode.INTERNAL_ERROR, 'Internal error', given);
	assert.equal(first.onlyError(), given);
	const second = new CoreBench();
	second.core.fail(ErrorCode.PROTOCOL_ERROR, 'Peer is wrong');
	const made = second.onlyError();
	assert.ok(made instanceof ProtocolError);
	assert.equal(made.message, 'Peer is wrong (PROTOCOL_ERROR)');
});

test('ending a session closes every stream and sends nothing', () => {
	const bench = new CoreBench();
	bench.open();
	bench.sent();
	bench.core.end(new ConnectionError('cut'));
	assert.deepEqual(bench.events(), ['closed 1 ConnectionError']);
	assert.deepEqual(bench.sent(), []);
});

test('more unread replies than limits.replies end the connection, and taken output counts as read', () => {
	const bench = new CoreBench({ limits: { replies: 2 } });
	for (let i = 0; i < 3; i++) {
		bench.core.refuse(2, ErrorCode.CANCEL);
		bench.core.refuse(2, ErrorCode.CANCEL);
		bench.sent();
	}
	assert.equal(bench.core.phase, 'open');
	for (let i = 0; i < 3; i++) bench.core.refuse(2, ErrorCode.CANCEL);
	assert.deepEqual(bench.events(), ['failed ProtocolError 11']);
	assert.equal(bench.sent().at(-1)?.startsWith('GOAWAY 0 11 '), true);
});

test('frames without effect are counted at the time when their bytes arrived', () => {
	const bench = new CoreBench({ limits: { glitches: 2, glitchesPerSecond: 1 } });
	for (let now = 1000; now < 6000; now += 1000) {
		bench.core.now = now;
		bench.core.countGlitch();
	}
	assert.equal(bench.core.phase, 'open');
	bench.core.countGlitch();
	bench.core.countGlitch();
	assert.deepEqual(bench.events(), ['failed ProtocolError 11']);
});

test('refusing frames counts towards limits.glitches, also if the replies are read', () => {
	const bench = new CoreBench({ limits: { glitches: 2, glitchesPerSecond: 0 } });
	for (let i = 0; i < 3; i++) {
		assert.equal(bench.core.phase, 'open');
		bench.core.refuse(2, ErrorCode.CANCEL);
		bench.sent();
	}
	assert.deepEqual(bench.events(), ['failed ProtocolError 11']);
});

test('refusing a frame on a closed stream resets it', () => {
	const bench = new CoreBench();
	bench.core.advance(bench.open(), 'receive END_STREAM');
	bench.sent();
	bench.core.refuse(1, ErrorCode.STREAM_CLOSED);
	assert.deepEqual(bench.sent(), ['RST_STREAM 1 5']);
	assert.equal(bench.core.streams.reasonClosed(1), 'reset by us');
});

test('our GOAWAY has the id of the last stream that was promised', () => {
	const bench = new CoreBench();
	bench.sent();
	bench.core.streams.skipPromised(6);
	bench.core.writeGoaway(ErrorCode.NO_ERROR);
	assert.deepEqual(bench.sent(), ['GOAWAY 6 0 ']);
});

test('a second GOAWAY of ours never raises the last stream id', () => {
	const bench = new CoreBench();
	bench.sent();
	bench.core.writeGoaway(ErrorCode.NO_ERROR);
	bench.core.streams.skipPromised(2);
	bench.core.fail(ErrorCode.PROTOCOL_ERROR, 'x');
	assert.deepEqual(bench.sent(), ['GOAWAY 0 0 ', 'GOAWAY 0 1 78']);
});

test('an embedded message begins in lower case unless it begins with a name of the protocol', () => {
	const bench = new CoreBench();
	for (const [message, end] of [
		['Response is wrong', 'PROTOCOL_ERROR: response is wrong'],
		['DATA came', 'PROTOCOL_ERROR: DATA came'],
	] as const) {
		bench.core.failStream(bench.open(), ErrorCode.PROTOCOL_ERROR, message);
		assert.equal(bench.onlyError().message.endsWith(end), true);
	}
});
