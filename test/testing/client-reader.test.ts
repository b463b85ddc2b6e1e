import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { PREFACE } from '../../src/codec/preface.ts';
import type { WritableFrame } from '../../src/frames/frame.ts';
import { FrameWriter } from '../../src/frames/frame-writer.ts';
import { Encoder } from '../../src/hpack/hpack.ts';
import { ClientReader } from '../../src/testing/client-reader.ts';
import type { PeerFrame } from '../../src/testing/peer-frame.ts';
import { frameOf } from '../support/frames.ts';

const writer = new FrameWriter();

/** What a reader makes of the input, which arrives in pieces of this size and is overwritten after each call. */
function read(parts: Uint8Array[], size = Number.POSITIVE_INFINITY): { frames: PeerFrame[]; faults: string[] } {
	const frames: PeerFrame[] = [];
	const faults: string[] = [];
	const reader = new ClientReader(
		(frame) => frames.push(frame),
		(error) => faults.push(error.message),
	);
	const bytes = Buffer.concat(parts);
	for (let at = 0; at < bytes.length; at += size) {
		const lent = bytes.subarray(at, at + size);
		reader.read(lent);
		lent.fill(0xdd);
	}
	reader.close();
	return { frames, faults };
}

test('frames are those of hyper-wasm/frames with named types, in pieces of any size', () => {
	const sent: WritableFrame[] = [
		{
			type: FrameType.SETTINGS,
			settings: [
				[1, 2],
				[3, 4],
			],
		},
		{ type: FrameType.SETTINGS, ack: true },
		{ type: FrameType.DATA, streamId: 1, data: Uint8Array.of(1, 2, 2), padding: 2, endStream: true },
		{ type: FrameType.DATA, streamId: 3 },
		{ type: FrameType.PING, ack: true, opaque: Uint8Array.of(0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff) },
		{ type: FrameType.WINDOW_UPDATE, streamId: 0, increment: 7 },
		{ type: FrameType.RST_STREAM, streamId: 1, errorCode: ErrorCode.CANCEL },
		{ type: FrameType.PRIORITY, streamId: 3, priority: { dependency: 1, exclusive: true, weight: 256 } },
		{ type: 0xaa, streamId: 5, payload: Uint8Array.of(9) },
		{ type: FrameType.GOAWAY, lastStreamId: 5, errorCode: ErrorCode.CANCEL, debugData: Uint8Array.of(1) },
	];
	for (const size of [1, 7, Number.POSITIVE_INFINITY]) {
		const { frames, faults } = read([PREFACE, ...sent.map((frame) => writer.write(frame))], size);
		assert.deepEqual(faults, []);
		assert.deepEqual(frames, sent.map(frameOf));
	}
});

test('field blocks are decoded, with their marks, and CONTINUATION is joined to HEADERS', () => {
	using encoder = new Encoder();
	const first = encoder.encode([
		['a', 'b'],
		['c', 'd', { neverIndex: true }],
	]);
	const second = encoder.encode([['a', 'b']]);
	const streamId = 1;
	const { frames, faults } = read([
		PREFACE,
		writer.write({ type: FrameType.HEADERS, streamId, fragment: first.subarray(0, 2), endHeaders: false, padding: 3 }),
		writer.write({ type: FrameType.CONTINUATION, streamId, fragment: first.subarray(2) }),
		writer.write({ type: FrameType.HEADERS, streamId: 3, fragment: second, endStream: true }),
	]);
	assert.deepEqual(faults, []);
	const head = { type: 'HEADERS', priority: null };
	assert.deepEqual(frames, [
		{
			...{ ...head, flags: 0x8, streamId: 1, length: 6, endStream: false, padding: 3 },
			fields: [
				['a', 'b'],
				['c', 'd', { neverIndex: true }],
			],
		},
		{ ...head, flags: 0x5, streamId: 3, length: second.length, endStream: true, padding: null, fields: [['a', 'b']] },
	]);
});

for (const [what, bytes, fault] of [
	['does not send the preface', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'Client did not send the connection preface'],
	[
		'sends PUSH_PROMISE',
		Buffer.concat([PREFACE, writer.write({ type: FrameType.PUSH_PROMISE, streamId: 1, promisedStreamId: 2 })]),
		'Client sent PUSH_PROMISE on stream 1',
	],
	[
		'breaks the connection',
		Buffer.concat([PREFACE, writer.writeRaw(FrameType.PING, 0, 0, new Uint8Array(7))]),
		'Client broke the protocol: frame has a length that its type does not allow (error code 6)',
	],
	[
		'breaks a stream',
		Buffer.concat([PREFACE, writer.write({ type: FrameType.WINDOW_UPDATE, streamId: 3, increment: 0 })]),
		'Client broke the protocol on stream 3: WINDOW_UPDATE has an increment of 0 (error code 1)',
	],
	[
		'sends a broken field block',
		Buffer.concat([PREFACE, writer.write({ type: FrameType.HEADERS, streamId: 1, fragment: Uint8Array.of(0xff) })]),
		'Client broke the protocol: Cannot decode the field block: field block ends in the middle of a field',
	],
] as const) {
	test(`a client that ${what} is reported`, () => {
		assert.deepEqual(read([bytes]), { frames: [], faults: [fault] });
	});
}

test('frames may be as long as the client was told', () => {
	const bytes = Buffer.concat([
		PREFACE,
		writer.write({ type: FrameType.DATA, streamId: 1, data: new Uint8Array(16_385) }),
	]);
	assert.match(read([bytes]).faults[0] ?? '', /SETTINGS_MAX_FRAME_SIZE/);
	const lengths: number[] = [];
	const reader = new ClientReader((frame) => lengths.push(frame.length), assert.fail);
	reader.setMaxFrameSize(16_385);
	reader.read(bytes);
	assert.deepEqual(lengths, [16_385]);
	reader.close();
	reader.read(bytes);
	assert.deepEqual(lengths, [16_385]);
});
