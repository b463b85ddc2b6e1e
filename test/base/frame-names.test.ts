import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { flagNames, typeName } from '../../src/base/frame-names.ts';

test('a registered frame type has its name, any other is hexadecimal', () => {
	for (const [name, type] of Object.entries(FrameType)) assert.equal(typeName(type), name);
	assert.deepEqual([typeName(0xee), typeName(0xb)], ['0xee', '0xb']);
});

test('a flag is named only for the frame types that define it', () => {
	const named = (type: number, flags: number) => flagNames({ type, flags });
	assert.deepEqual(named(FrameType.SETTINGS, 0xff), ['ACK']);
	assert.deepEqual(named(FrameType.DATA, 0xff), ['END_STREAM', 'PADDED']);
	assert.deepEqual(named(FrameType.HEADERS, 0xff), ['END_STREAM', 'END_HEADERS', 'PADDED', 'PRIORITY']);
	assert.deepEqual(named(FrameType.WINDOW_UPDATE, 0xff), []);
});
