// Names and details of frames. Whole frames are tested in explain.test.ts and test/trace/format.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import type { Frame } from '../../src/frames/frame.ts';
import { errorName, flagsHex, frameDetails } from '../../src/frames/frame-text.ts';
import { FrameReader, FrameType, FrameWriter } from '../../src/frames.ts';

function frame(...[shape]: Parameters<FrameWriter['write']>): Frame {
	const [read] = new FrameReader().read(new FrameWriter().write(shape));
	return read as Frame;
}

test('a registered number has its name, any other is hexadecimal', () => {
	for (const [name, code] of Object.entries(ErrorCode)) assert.equal(errorName(code), name);
	const settings = Object.entries(Setting);
	const head = { type: FrameType.SETTINGS, flags: 0, streamId: 0, length: 0, ack: false } as const;
	assert.deepEqual(
		frameDetails({ ...head, settings: settings.map(([, identifier]) => [identifier, 7]) }),
		settings.map(([name]) => `${name}=7`),
	);
	assert.equal(errorName(0xff), '0xff');
});

test('all eight flags are written in hexadecimal', () => {
	assert.equal(flagsHex({ flags: 5 } as Frame), '0x05');
});

test('debug data is cut after 1,024 bytes, and its quotes are escaped', () => {
	const goaway = frame({
		type: FrameType.GOAWAY,
		lastStreamId: 1,
		errorCode: 0,
		debugData: Buffer.from(`"\x1b${'a'.repeat(10_000)}`),
	});
	const [last, error, debug] = frameDetails(goaway);
	assert.deepEqual([last, error], ['last=1', 'error=NO_ERROR']);
	assert.equal(debug, `debug="\\x22\\x1b${'a'.repeat(1022)}"`);
});
