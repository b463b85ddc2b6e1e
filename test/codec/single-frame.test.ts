// writeFrame: one frame as bytes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeFrame } from '../../src/codec/single-frame.ts';
import { fromHex } from '../support/hpack-stories.ts';

test('writeFrame writes big-endian fixed fields between the pad length and the body', () => {
	const head = { type: 0xf0, flags: 0x81, streamId: 0x7fffffff };
	const body = fromHex('6162');
	assert.deepEqual(writeFrame(head), fromHex('000000 f0 81 7fffffff'));
	assert.deepEqual(
		writeFrame({
			...head,
			fixed: [
				[1, 0xff],
				[4, 0xfedcba98],
			],
			body,
		}),
		fromHex('000007 f0 81 7fffffff ff fedcba98 6162'),
	);
	assert.deepEqual(
		writeFrame({ ...head, fixed: [[1, 1]], body, padding: 3 }),
		fromHex('000007 f0 89 7fffffff 03 01 6162 000000'),
	);
	assert.deepEqual(writeFrame({ ...head, padding: 0 }), fromHex('000001 f0 89 7fffffff 00'));
});

test('writeFrame refuses a payload whose length exceeds 24 bits with a RangeError', () => {
	const head = { type: 0, flags: 0, streamId: 1 };
	assert.equal(writeFrame({ ...head, body: new Uint8Array(16_777_211), fixed: [[4, 0]] }).length, 16_777_224);
	assert.throws(() => writeFrame({ ...head, body: new Uint8Array(16_777_212), fixed: [[4, 0]] }), RangeError);
});
