import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { type FrameHead, showFrameHeads } from '../../src/base/frame-heads.ts';

test('the console shows the heads of frames one to a line, with the names of types and flags', () => {
	const heads = showFrameHeads([
		{ direction: 'sent', type: FrameType.HEADERS, flags: 5, streamId: 1, length: 34 },
		{ direction: 'received', type: FrameType.GOAWAY, flags: 0, streamId: 0, length: 8 },
		{ direction: 'received', type: 0xee, flags: 1, streamId: 0x7fffffff, length: 16_777_215 },
	]);
	assert.deepEqual(inspect(heads).split('\n'), [
		'[',
		'  sent      HEADERS        stream 1      34 bytes END_STREAM END_HEADERS',
		'  received  GOAWAY         stream 0       8 bytes',
		'  received  0xee           stream 2147483647 16777215 bytes',
		']',
	]);
});

test('the console shows the last 32 heads of frames, the array has all', () => {
	const heads = showFrameHeads(
		Array.from(
			{ length: 40 },
			(_, streamId): FrameHead => ({ direction: 'sent', type: 0, flags: 0, streamId, length: 0 }),
		),
	);
	const lines = inspect(heads).split('\n');
	assert.equal(heads.length, 40);
	assert.deepEqual(lines.slice(0, 2), ['[', '  (8 earlier)']);
	assert.match(lines[2] as string, /stream 8 /);
	assert.equal(lines.length, 35);
});
