import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsPayload } from '../../src/codec/settings-payload.ts';
import { toHex } from '../support/hpack-stories.ts';

test('settings are written in order, and an identifier may occur twice', () => {
	assert.equal(toHex(settingsPayload([])), '');
	assert.equal(toHex(settingsPayload([4, 0xffffffff, 0xffff, 1, 4, 0])), '0004ffffffffffff00000001000400000000');
});
