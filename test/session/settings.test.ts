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
	assert.throws(() => checkSettings({ windowSize: 1 } as object), /^TypeError: Unknown setting windowSize$/);
});

test('settings that are undefined or without a limit have no entry', () => {
	assert.deepEqual(
		settingsEntries({ enablePush: false, maxConcurrentStreams: Number.POSITIVE_INFINITY, initialWindowSize: 5 }),
		[Setting.ENABLE_PUSH, 0, Setting.INITIAL_WINDOW_SIZE, 5],
	);
	assert.deepEqual(settingsEntries({}), []);
});

test('our settings apply at once where they allow more, and from their acknowledgement where they allow less', () => {
	const less = { initialWindowSize: 100, headerTableSize: 0, maxConcurrentStreams: 3 };
	const local = new LocalSettings({ ...less, maxFrameSize: 20_000 });
	const before = { ...INITIAL_SETTINGS, maxFrameSize: 20_000 };
	assert.deepEqual(local.effective, before);
	assert.equal(local.acknowledge(), true);
	assert.deepEqual(local.effective, { ...before, ...less });
	assert.equal(local.acknowledge(), false);
	assert.deepEqual(local.effective, { ...before, ...less });
});

test('our SETTINGS_ENABLE_PUSH applies at once, since the peer reads it before any request', () => {
	for (const enablePush of [false, true, undefined]) {
		const local = new LocalSettings(enablePush === undefined ? {} : { enablePush });
		assert.equal(local.effective.enablePush, enablePush ?? true);
	}
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
