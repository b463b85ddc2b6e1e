// Names and details of frames. Whole frames are tested in explain.test.ts and test/trace/format.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as Setting from '../../assembly/shared/setting.ts';
import type { Frame } from '../../src/frames/frame.ts';
import { errorName, flagNames, flagsHex, frameDetails, typeName } from '../../src/frames/frame-text.ts';
import { FrameReader, FrameType, FrameWriter } from '../../src/frames.ts';

function frame(...[shape]: Parameters<FrameWriter['write']>): Frame {
	const [read] = new FrameReader().read(new FrameWriter().write(shape));
	return read as Frame;
}

test('a registered number has its name, any other is hexadecimal', () => {
	for (const [name, type] of Object.entries(FrameType)) assert.equal(typeName(type), name);
	for (const [name, code] of Object.entries(ErrorCode)) assert.equal(errorName(code), name);
	const settings = Object.entries(Setting);
	const head = { type: FrameType.SETTINGS, flags: 0, streamId: 0, length: 0, ack: false } as const;
	assert.deepEqual(
		frameDetails({ ...head, settings: settings.map(([, identifier]) => [identifier, 7]) }),
		settings.map(([name]) => `${name}=7`),
	);
	assert.deepEqual([typeName(0xee), errorName(0xff), typeName(0xb)], ['0xee', '0xff', '0xb']);
});

test('a flag is named only for the types that define it', () => {
	const named = (type: number, flags: number) => flagNames({ type, flags } as Frame);
	assert.deepEqual(named(FrameType.SETTINGS, 0xff), ['ACK']);
	assert.deepEqual(named(FrameType.DATA, 0xff), ['END_STREAM', 'PADDED']);
	assert.deepEqual(named(FrameType.HEADERS, 0xff), ['END_STREAM', 'END_HEADERS', 'PADDED', 'PRIORITY']);
	assert.deepEqual(named(FrameType.WINDOW_UPDATE, 0xff), []);
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
