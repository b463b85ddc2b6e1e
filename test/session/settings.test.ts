import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as Setting from '../../assembly/shared/setting.ts';
import {
	applySetting,
	checkSettings,
	INITIAL_SETTINGS,
	LocalSettings,
	settingsEntries,
} from '../../src/session/settings.ts';

test('the initial settings are those of RFC 9113 §6.5.2', () => {
	assert.deepEqual(INITIAL_SETTINGS, {
		headerTableSize: 4096,
		enablePush: true,
		maxConcurrentStreams: Number.POSITIVE_INFINITY,
		initialWindowSize: 65_535,
		maxFrameSize: 16_384,
		maxHeaderListSize: Number.POSITIVE_INFINITY,
		enableConnectProtocol: false,
	});
});

for (const [name, good, bad] of [
	['headerTableSize', [0, 65_536], [-1, 65_537, 1.5, Number.POSITIVE_INFINITY]],
	['maxConcurrentStreams', [0, 0xffffffff, Number.POSITIVE_INFINITY], [-1, 0x100000000]],
	['initialWindowSize', [0, 0x7fffffff], [-1, 0x80000000, Number.NaN, Number.POSITIVE_INFINITY]],
	['maxFrameSize', [16_384, 16_777_215], [16_383, 16_777_216, 0, Number.POSITIVE_INFINITY]],
	['maxHeaderListSize', [0, 0xffffffff, Number.POSITIVE_INFINITY], [-1, 0x100000000]],
] as const) {
	test(`the range of the setting ${name} is checked`, () => {
		for (const value of good) checkSettings({ [name]: value });
		for (const value of bad) assert.throws(() => checkSettings({ [name]: value }), RangeError);
	});
}

test('an unknown setting is a TypeError', () => {
	assert.throws(() => checkSettings({ windowSize: 1 } as object), TypeError);
});

test('settings that are undefined or without a limit have no entry', () => {
	assert.deepEqual(
		settingsEntries({ enablePush: false, maxConcurrentStreams: Number.POSITIVE_INFINITY, initialWindowSize: 5 }),
		[Setting.ENABLE_PUSH, 0, Setting.INITIAL_WINDOW_SIZE, 5],
	);
	assert.deepEqual(settingsEntries({}), []);
});

test('our settings apply at once where they allow more, and from their acknowledgement where they allow less', () => {
	const local = new LocalSettings();
	local.announce({ initialWindowSize: 100, maxFrameSize: 20_000, headerTableSize: 0, enablePush: false });
	assert.deepEqual(
		[
			local.effective.initialWindowSize,
			local.effective.maxFrameSize,
			local.effective.headerTableSize,
			local.effective.enablePush,
		],
		[65_535, 20_000, 4096, true],
	);
	local.announce({ initialWindowSize: 200_000 });
	assert.equal(local.effective.initialWindowSize, 200_000);
	assert.equal(local.unacknowledged, 2);
	local.acknowledge();
	assert.deepEqual(
		[local.effective.initialWindowSize, local.effective.headerTableSize, local.effective.enablePush],
		[200_000, 0, false],
	);
	local.acknowledge();
	assert.equal(local.effective.initialWindowSize, 200_000);
	assert.equal(local.acknowledge(), null);
});

test('an announced maxConcurrentStreams applies from its acknowledgement', () => {
	const local = new LocalSettings();
	local.announce({ maxConcurrentStreams: 3 });
	assert.equal(local.effective.maxConcurrentStreams, Number.POSITIVE_INFINITY);
	local.acknowledge();
	assert.equal(local.effective.maxConcurrentStreams, 3);
});

test('settings of the peer are applied by identifier, and unknown ones are ignored', () => {
	const settings = { ...INITIAL_SETTINGS };
	for (const [identifier, value] of [
		[1, 10],
		[2, 0],
		[3, 20],
		[4, 30],
		[5, 40_000],
		[6, 50],
		[8, 1],
		[0x99, 9],
	] as const) {
		applySetting(settings, identifier, value);
	}
	assert.deepEqual(settings, {
		headerTableSize: 10,
		enablePush: false,
		maxConcurrentStreams: 20,
		initialWindowSize: 30,
		maxFrameSize: 40_000,
		maxHeaderListSize: 50,
		enableConnectProtocol: true,
	});
});
