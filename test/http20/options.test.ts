import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as Setting from '../../assembly/shared/setting.ts';
import { patience, sessionOptions, speaksH2, upgradeSettings } from '../../src/http20/options.ts';
import { HTTP20Connection } from '../../src/index.ts';
import type { ByteStreams } from '../../src/runtime/web/streams.ts';
import { FlowControlManager } from '../../src/session/flow-control.ts';

test('the defaults are those of the documents', () => {
	const { settings, limits, connectionWindow, encoderTableSize, flowControl } = sessionOptions({});
	assert.equal(settings.initialWindowSize, 1024 * 1024);
	assert.equal(settings.enablePush, false);
	assert.equal(settings.maxHeaderListSize, 65_536);
	assert.equal(connectionWindow, 16 * 1024 * 1024);
	assert.equal(encoderTableSize, 4096);
	assert.equal(limits.connectionBuffer, 32 * 1024 * 1024);
	assert.equal(flowControl, FlowControlManager);
});

test('settings that are the defaults of the protocol go unsaid', () => {
	const { settings } = sessionOptions({});
	assert.deepEqual(Object.keys(settings).sort(), ['enablePush', 'initialWindowSize', 'maxHeaderListSize']);
	assert.equal(sessionOptions({ settings: { headerTableSize: 64 } }).settings.headerTableSize, 64);
});

test('what cannot be is told when the connection is made', () => {
	for (const options of [
		{ limits: { glitches: -1 } },
		{ limits: { emptyData: Number.NaN } },
		{ settings: { maxFrameSize: 1 } },
		{ settings: { headerTableSize: 100_000 } },
		{ encoderTableSize: 65_537 },
	]) {
		assert.throws(() => new HTTP20Connection('localhost', options), RangeError);
	}
	assert.throws(() => new HTTP20Connection('localhost', { settings: { unknown: 1 } as object }), TypeError);
});

test('tokens of the drafts speak HTTP/2 as well', () => {
	for (const token of ['h2', 'h2-16', 'h2-15', 'h2-14']) assert.equal(speaksH2(token), true);
	for (const token of [null, 'http/1.1', 'h2c', 'H2']) assert.equal(speaksH2(token), false);
});

test('an option that is undefined has its default', () => {
	const options = { settings: { maxHeaderListSize: undefined }, limits: { headerFields: undefined } };
	assert.deepEqual(sessionOptions(options as object), sessionOptions({}));
});

test('times are as given, 0 is for ever, and a ready pipe may be idle unless that is limited', () => {
	const ever = Number.POSITIVE_INFINITY;
	assert.deepEqual(patience({}), { headers: 300_000, body: 300_000, idle: 60_000, keepAlive: null });
	const keepAlive = { interval: 5, timeout: 6 };
	const given = patience({ timeout: { headers: 0, body: 7, idle: 8 }, keepAlive });
	assert.deepEqual(given, { headers: ever, body: 7, idle: 8, keepAlive });
	const transport = {} as ByteStreams;
	assert.equal(patience({ transport }).idle, ever);
	assert.equal(patience({ transport, timeout: { idle: 9 } }).idle, 9);
	assert.throws(() => new HTTP20Connection('localhost', { timeout: { headers: -1 } }), RangeError);
	assert.throws(() => new HTTP20Connection('localhost', { keepAlive: { interval: 0, timeout: 1 } }), RangeError);
});

test('HTTP2-Settings has the payload of our SETTINGS as base64url, with push as it is', () => {
	for (const enablePush of [false, true]) {
		const settings = { initialWindowSize: 0x7ffffbff, maxFrameSize: 0xfffbff };
		const payload = Buffer.from(upgradeSettings({ enablePush, settings }), 'base64url');
		const entries = new Map<number, number>();
		for (let at = 0; at < payload.length; at += 6) entries.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
		assert.equal(entries.get(Setting.ENABLE_PUSH), Number(enablePush));
		assert.equal(entries.get(Setting.INITIAL_WINDOW_SIZE), 0x7ffffbff);
		assert.equal(entries.get(Setting.MAX_FRAME_SIZE), 0xfffbff);
		assert.match(upgradeSettings({ enablePush, settings }), /^[A-Za-z0-9_-]+$/);
	}
});

test('windows, times and names of limits that cannot be are misuse, told at once', () => {
	for (const connectionWindowSize of [-1, 2 ** 31, 1.5, Number.NaN]) {
		assert.throws(() => sessionOptions({ connectionWindowSize }), RangeError);
	}
	assert.throws(() => sessionOptions({ limits: { nothing: 1 } as object }), TypeError);
});
