import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as Setting from '../../assembly/shared/setting.ts';
import { resolveOptions } from '../../src/connection/options.ts';
import { upgradeSettings } from '../../src/http/negotiation.ts';

test('HTTP2-Settings is the payload of our SETTINGS as base64url, including ENABLE_PUSH', () => {
	for (const enablePush of [false, true]) {
		const options = { enablePush, settings: { initialWindowSize: 0x7ffffbff, maxFrameSize: 0xfffbff } };
		const { settings } = resolveOptions('localhost', options, null).session;
		const payload = Buffer.from(upgradeSettings(settings), 'base64url');
		const entries = new Map<number, number>();
		for (let at = 0; at < payload.length; at += 6) entries.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
		assert.equal(entries.get(Setting.ENABLE_PUSH), Number(enablePush));
		assert.equal(entries.get(Setting.INITIAL_WINDOW_SIZE), 0x7ffffbff);
		assert.equal(entries.get(Setting.MAX_FRAME_SIZE), 0xfffbff);
		assert.match(upgradeSettings(settings), /^[A-Za-z0-9_-]+$/);
	}
});
