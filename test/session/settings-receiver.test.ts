// The peer's SETTINGS, given as the codec does. What they mean for a whole connection is in test/scenarios.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as Setting from '../../assembly/shared/setting.ts';
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
		bench.open('POST', false).sendWindow.increase(1);
		receiveSettings(bench.core, entries);
		bench.expectFailure(errorCode);
	});
}

test('SETTINGS after the first count as glitches, and a change of many windows counts more', () => {
	for (const [streams, most] of [
		[0, 120],
		[160, 10],
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
