import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as Fault from '../../assembly/shared/fault.ts';
import { FrameCollector } from '../../src/testing/frame-collector.ts';
import type { PeerFrame } from '../../src/testing/peer-frame.ts';

function createCollector() {
	const frames: PeerFrame[] = [];
	const faults: string[] = [];
	const collector = new FrameCollector(
		(frame) => frames.push(frame),
		(error) => faults.push(error.message),
	);
	return { collector, frames, faults };
}

test('pieces of DATA become one frame, and lent bytes are copied', () => {
	const { collector, frames } = createCollector();
	const lent = Uint8Array.of(9, 1, 2, 9);
	collector.onData(1, lent, 1, 3, 5, false, false);
	assert.deepEqual(frames, []);
	collector.onData(1, lent, 2, 3, 1, true, true);
	collector.onData(3, lent, 0, 0, 0, true, false);
	lent.fill(0xdd);
	assert.deepEqual(frames, [
		{ type: 'DATA', streamId: 1, data: Uint8Array.of(1, 2, 2), flowControlledLength: 6, endStream: true },
		{ type: 'DATA', streamId: 3, data: new Uint8Array(0), flowControlledLength: 0, endStream: false },
	]);
});

test('fields become lines, with their marks', () => {
	const { collector, frames } = createCollector();
	collector.onHeaders(1, ['a', 'b', 'c', 'd'], new Set([1]), 0, false);
	collector.onHeaders(1, ['e', 'f'], null, 0, true);
	assert.deepEqual(frames, [
		{
			...{ type: 'HEADERS', streamId: 1, endStream: false },
			fields: [
				['a', 'b'],
				['c', 'd', { neverIndex: true }],
			],
		},
		{ type: 'HEADERS', streamId: 1, fields: [['e', 'f']], endStream: true },
	]);
});

test('every other frame is an object of its members', () => {
	const { collector, frames, faults } = createCollector();
	collector.onSettings([1, 2, 3, 4]);
	collector.onSettingsAck();
	collector.onPing(1, 0xffffffff, true);
	collector.onGoaway(5, ErrorCode.CANCEL, Uint8Array.of(1));
	collector.onWindowUpdate(0, 7);
	collector.onRstStream(1, ErrorCode.CANCEL);
	collector.onPriority(3);
	collector.onUnknown(0xaa, 5);
	assert.deepEqual(frames, [
		{
			...{ type: 'SETTINGS', ack: false },
			entries: [
				[1, 2],
				[3, 4],
			],
		},
		{ type: 'SETTINGS', ack: true, entries: [] },
		{ type: 'PING', ack: true, opaque: Uint8Array.of(0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff) },
		{ type: 'GOAWAY', lastStreamId: 5, errorCode: ErrorCode.CANCEL, debugData: Uint8Array.of(1) },
		{ type: 'WINDOW_UPDATE', streamId: 0, increment: 7 },
		{ type: 'RST_STREAM', streamId: 1, errorCode: ErrorCode.CANCEL },
		{ type: 'PRIORITY', streamId: 3 },
		{ type: 'UNKNOWN', streamId: 5, frameType: 0xaa },
	]);
	assert.deepEqual(faults, []);
});

test('what a client must not send is a fault in words', () => {
	const { collector, frames, faults } = createCollector();
	collector.onPushPromise(1);
	collector.onFault(0, ErrorCode.FRAME_SIZE_ERROR, Fault.BAD_LENGTH);
	collector.onFault(3, ErrorCode.PROTOCOL_ERROR, Fault.ZERO_INCREMENT);
	assert.deepEqual(frames, []);
	assert.deepEqual(faults, [
		'Client sent PUSH_PROMISE on stream 1',
		'Client broke the protocol: frame has a length that its type does not allow (error code 6)',
		'Client broke the protocol on stream 3: WINDOW_UPDATE has an increment of 0 (error code 1)',
	]);
});
