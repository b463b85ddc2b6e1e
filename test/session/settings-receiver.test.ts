// The peer's SETTINGS, given as the codec does. What they mean for a whole connection is in test/scenarios.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import { Receiver } from '../../src/session/receiver.ts';
import { Outbox } from '../../src/session/send-queue.ts';
import { receiveSettings } from '../../src/session/settings-receiver.ts';
import { CoreBench } from '../support/session-core.ts';

let bench: CoreBench;

beforeEach(() => {
	bench = new CoreBench();
	bench.sent();
});

test('received SETTINGS are applied in order, acknowledged and reported', () => {
	receiveSettings(bench.core, [Setting.MAX_FRAME_SIZE, 20_000, Setting.MAX_FRAME_SIZE, 30_000, 0x99, 7]);
	assert.deepEqual([bench.sent(), bench.events()], [['SETTINGS ACK'], ['settings']]);
	assert.equal(bench.core.remote.maxFrameSize, 30_000);
	assert.equal(bench.core.codec.output.maxFrameSize, 30_000);
	assert.equal(bench.core.greeted, true);
});

test('received SETTINGS change the windows of open streams by the difference, even below 0', () => {
	const stream = bench.open('POST', false);
	stream.sendWindow.consume(60_000);
	receiveSettings(bench.core, [Setting.INITIAL_WINDOW_SIZE, 1000]);
	assert.equal(stream.sendWindow.available, 1000 - 60_000);
	receiveSettings(bench.core, [Setting.INITIAL_WINDOW_SIZE, 70_000]);
	assert.equal(stream.sendWindow.available, 10_000);
	receiveSettings(bench.core, [Setting.INITIAL_WINDOW_SIZE, 90_000, Setting.INITIAL_WINDOW_SIZE, 80_000]);
	assert.equal(stream.sendWindow.available, 20_000);
});

test('received SETTINGS that raise windows send content that waited for window', () => {
	bench.core.remote.initialWindowSize = 0;
	const stream = bench.open('POST', false);
	const outbox = new Outbox();
	outbox.push(new Uint8Array(10));
	stream.outbox = outbox;
	bench.core.queue.enqueue(stream);
	receiveSettings(bench.core, [Setting.INITIAL_WINDOW_SIZE, 3, Setting.INITIAL_WINDOW_SIZE, 0]);
	assert.deepEqual(bench.sent(), ['SETTINGS ACK']);
	receiveSettings(bench.core, [Setting.INITIAL_WINDOW_SIZE, 7, Setting.INITIAL_WINDOW_SIZE, 4]);
	assert.deepEqual(bench.sent(), ['SETTINGS ACK', 'DATA 1 00000000 4 false']);
});

test('acknowledgements of SETTINGS count towards limits.replies', () => {
	bench = new CoreBench({ limits: { replies: 2 } });
	for (let i = 0; i < 3; i++) {
		assert.equal(bench.core.phase, 'open');
		receiveSettings(bench.core, []);
	}
	bench.expectFailure(ErrorCode.ENHANCE_YOUR_CALM);
});

test('SETTINGS that raise the window of any stream above 2^31-1 end the connection, whichever was given most', () => {
	for (const increments of [
		[0x7fffffff - 65_535, 1],
		[1, 0x7fffffff - 65_535],
	]) {
		bench = new CoreBench();
		const receiver = new Receiver(bench.core);
		receiveSettings(bench.core, []);
		for (const increment of increments) receiver.onWindowUpdate(bench.open('POST', false).id, increment);
		receiveSettings(bench.core, [Setting.INITIAL_WINDOW_SIZE, 65_536]);
		bench.expectFailure(ErrorCode.FLOW_CONTROL_ERROR);
	}
});

test('the window of a stream that has ended does not keep SETTINGS from raising the initial size', () => {
	const receiver = new Receiver(bench.core);
	receiveSettings(bench.core, []);
	const stream = bench.open('POST', false);
	bench.open('POST', false);
	receiver.onWindowUpdate(stream.id, 0x7fffffff - 65_535);
	bench.core.closeStream(stream, 'ended', null);
	receiveSettings(bench.core, [Setting.INITIAL_WINDOW_SIZE, 0x7fffffff]);
	assert.equal(bench.core.phase, 'open');
	receiver.onWindowUpdate(3, 1);
	bench.events();
	assert.equal(bench.core.streams.open.get(3), undefined);
});

for (const [what, entries, errorCode] of [
	['ENABLE_PUSH of 1', [Setting.ENABLE_PUSH, 1], ErrorCode.PROTOCOL_ERROR],
	[
		'ENABLE_CONNECT_PROTOCOL taken back',
		[Setting.ENABLE_CONNECT_PROTOCOL, 1, Setting.ENABLE_CONNECT_PROTOCOL, 0],
		ErrorCode.PROTOCOL_ERROR,
	],
	['a window above 2^31-1', [Setting.INITIAL_WINDOW_SIZE, 0x7fffffff], ErrorCode.FLOW_CONTROL_ERROR],
	[
		'a window above 2^31-1 that a later entry lowers',
		[Setting.INITIAL_WINDOW_SIZE, 0x7fffffff, Setting.INITIAL_WINDOW_SIZE, 65_535],
		ErrorCode.FLOW_CONTROL_ERROR,
	],
	['33 entries', new Array(33).fill([0x99, 0]).flat(), ErrorCode.ENHANCE_YOUR_CALM],
] as [string, number[], number][]) {
	test(`received SETTINGS with ${what} end the connection`, () => {
		const { id } = bench.open('POST', false);
		bench.core.greeted = true;
		new Receiver(bench.core).onWindowUpdate(id, 1);
		receiveSettings(bench.core, entries);
		bench.expectFailure(errorCode);
	});
}

test('SETTINGS after the first count as glitches, and a rise of many windows counts more', () => {
	for (const [streams, most] of [
		[0, 120],
		[160, 19],
	] as const) {
		bench = new CoreBench({ limits: { glitches: 120, glitchesPerSecond: 0 } });
		for (let i = 0; i < streams; i++) bench.open('POST', false);
		receiveSettings(bench.core, []);
		// The requests have allowed ten frames each: use them up.
		for (let i = 0; i < streams * 10; i++) bench.core.countGlitch();
		let taken = 0;
		for (; bench.core.phase === 'open' && taken < 1000; taken++) {
			receiveSettings(bench.core, [Setting.INITIAL_WINDOW_SIZE, 65_536 + (taken & 1)]);
		}
		assert.equal(taken, most + 1);
	}
});
