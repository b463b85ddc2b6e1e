// DirectionReader: splitting the bytes differently changes nothing, and no bytes make it throw.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameType, FrameWriter, ProtocolError } from '../../src/frames.ts';
import { Encoder, HPACKDecodingError } from '../../src/hpack.ts';
import { DirectionReader, type Reading } from '../../src/trace/direction.ts';
import { Random } from '../support/random.ts';

const writer = new FrameWriter();
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const PING = writer.write({ type: FrameType.PING });

function read(sender: 'client' | 'server', bytes: Uint8Array, size: number = bytes.length): Reading[] {
	const reader = new DirectionReader(sender);
	const readings: Reading[] = [];
	for (let at = 0; at < bytes.length; at += size) {
		// The bytes are only lent, so overwrite them afterwards.
		const lent = Uint8Array.from(bytes.subarray(at, at + size));
		readings.push(...reader.read(lent));
		lent.fill(0xdd);
	}
	reader.close();
	return readings;
}

function types(readings: readonly Reading[]): string[] {
	return readings.map((reading) => (reading.type === 'frame' ? `frame ${reading.frame.type}` : reading.type));
}

describe('a client', () => {
	const encoder = new Encoder();
	const block = encoder.encode([
		[':method', 'GET'],
		['x-key', 'k', { neverIndex: true }],
	]);
	const bytes = Buffer.concat([
		PREFACE,
		writer.write({ type: FrameType.SETTINGS }),
		writer.write({ type: FrameType.HEADERS, streamId: 1, fragment: block.subarray(0, 1), endHeaders: false }),
		writer.write({ type: FrameType.CONTINUATION, streamId: 1, fragment: block.subarray(1) }),
		writer.write({ type: FrameType.DATA, streamId: 1, data: Buffer.from('hello'), padding: 3, endStream: true }),
	]);

	test('a client is read as its preface and its frames, with fields on the frame that ends a block', () => {
		const readings = read('client', bytes);
		assert.deepEqual(types(readings), ['preface', 'frame 4', 'frame 1', 'frame 9', 'frame 0']);
		const [, , headers, continuation, data] = readings as Extract<Reading, { type: 'frame' }>[];
		assert.equal(headers?.fields, undefined);
		assert.deepEqual(continuation?.fields, [
			[':method', 'GET'],
			['x-key', 'k', { neverIndex: true }],
		]);
		assert.ok(data?.frame.type === FrameType.DATA);
		assert.deepEqual([data.frame.data.length, data.frame.length, data.frame.padding], [5, 9, 3]);
	});

	test('a client is read the same byte by byte', () => {
		for (const size of [1, 7, 30]) assert.deepEqual(read('client', bytes, size), read('client', bytes));
	});

	test('a client without a preface is a fault', () => {
		const readings = read('client', Buffer.concat([PING, bytes]));
		assert.deepEqual(types(readings), ['fault']);
		assert.match(String((readings[0] as { error: Error }).error), /did not send the connection preface/);
	});
});

describe('faults', () => {
	test('a connection error ends the direction, after the frames before it', () => {
		const broken = writer.writeRaw(FrameType.PING, 0, 0, Buffer.from('abc'));
		const readings = read('server', Buffer.concat([PING, broken, PING]), 5);
		assert.deepEqual(types(readings), ['frame 6', 'fault']);
		const { streamId, error } = readings[1] as Extract<Reading, { type: 'fault' }>;
		assert.equal(streamId, 0);
		assert.ok(error instanceof ProtocolError);
	});

	test('a stream error skips the frame', () => {
		const broken = writer.write({ type: FrameType.WINDOW_UPDATE, streamId: 3, increment: 0 });
		const readings = read('server', Buffer.concat([PING, broken, PING]));
		assert.deepEqual(types(readings), ['frame 6', 'fault', 'frame 6']);
		assert.equal((readings[1] as { streamId: number }).streamId, 3);
	});

	test('a frame whose field block cannot be decoded is read without fields, and so is every later one', () => {
		const bad = writer.write({ type: FrameType.HEADERS, streamId: 1, fragment: Uint8Array.of(0x80) });
		const good = writer.write({ type: FrameType.HEADERS, streamId: 3, fragment: Uint8Array.of(0x88) });
		const readings = read('server', Buffer.concat([bad, good, PING]));
		assert.deepEqual(types(readings), ['frame 1', 'frame 1', 'frame 6']);
		for (const reading of readings.slice(0, 2) as Extract<Reading, { type: 'frame' }>[]) {
			assert.equal(reading.fields, undefined);
			assert.ok(reading.fieldsError instanceof HPACKDecodingError);
		}
	});

	test('any bytes yield frames and at most one connection error, which is last', () => {
		const random = new Random(1);
		for (let round = 0; round < 300; round++) {
			const bytes = new Uint8Array(200).map((_, i) => (i % 9 < 2 ? 0 : random.below(round % 2 === 0 ? 16 : 256)));
			const readings = read('server', bytes, 1 + (round % 50));
			const ends = readings.filter((reading) => reading.type === 'fault' && reading.streamId === 0);
			assert.ok(ends.length <= 1);
			if (ends.length === 1) assert.equal(readings.at(-1), ends[0]);
		}
	});
});

test('a closed reader returns nothing', () => {
	const reader = new DirectionReader('server');
	assert.equal(reader.read(PING).length, 1);
	reader.close();
	reader.close();
	assert.deepEqual(reader.read(PING), []);
});
