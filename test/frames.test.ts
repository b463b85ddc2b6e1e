// The public API of hyper-wasm/frames: frames survive writing and reading, and the registries are complete.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
	ErrorCode,
	explain,
	type Frame,
	FrameFlag,
	FrameReader,
	FrameType,
	FrameWriter,
	Setting,
	type WritableFrame,
} from '../src/frames.ts';
import { byteByByte } from './support/frame-record.ts';
import { toHex } from './support/hpack-stories.ts';
import { Random } from './support/random.ts';
import { randomByteString, randomPieces } from './support/random-bytes.ts';

function bytesOf(random: Random, most: number): Uint8Array {
	return new Uint8Array(Buffer.from(randomByteString(random, random.below(most + 1)), 'latin1'));
}

/** Any legal frame that needs no other frame before it. */
function randomFrame(random: Random): WritableFrame {
	const streamId = 1 + random.below(0x7fffffff);
	const word = () => random.below(2 ** 32);
	const maybe = <T>(value: T): T | null => (random.chance(1, 2) ? value : null);
	const priority = { dependency: random.below(2 ** 31), exclusive: random.chance(1, 2), weight: 1 + random.below(256) };
	const padding = maybe(random.below(256));
	const flag = random.chance(1, 2);
	const frames: WritableFrame[] = [
		{ type: FrameType.DATA, streamId, data: bytesOf(random, 300), endStream: flag, padding },
		{
			type: FrameType.HEADERS,
			streamId,
			fragment: bytesOf(random, 300),
			endStream: flag,
			padding,
			priority: maybe(priority),
		},
		{ type: FrameType.PRIORITY, streamId, priority },
		{ type: FrameType.RST_STREAM, streamId, errorCode: word() },
		{
			type: FrameType.SETTINGS,
			settings: Array.from({ length: random.below(40) }, () => [0x10 + random.below(65_000), word()]),
		},
		{ type: FrameType.SETTINGS, ack: true },
		{
			type: FrameType.PUSH_PROMISE,
			streamId,
			promisedStreamId: 2 + 2 * random.below(1000),
			fragment: bytesOf(random, 300),
			padding,
		},
		{ type: FrameType.PING, ack: flag, opaque: Buffer.from(randomByteString(random, 8), 'latin1') },
		{ type: FrameType.GOAWAY, lastStreamId: random.below(2 ** 31), errorCode: word(), debugData: bytesOf(random, 100) },
		{ type: FrameType.WINDOW_UPDATE, streamId: random.below(2 ** 31), increment: 1 + random.below(0x7fffffff) },
		{ type: FrameType.PRIORITY_UPDATE, streamId: 0, payload: bytesOf(random, 50), flags: random.below(256) },
	];
	return random.pick(frames);
}

test('frames that were written are read back, however they are split, and written again with the same bytes', () => {
	const random = new Random(1);
	const writer = new FrameWriter();
	for (let i = 0; i < 50; i++) {
		const written = Array.from({ length: 20 }, () => randomFrame(random));
		const bytes = Buffer.concat(written.map((frame) => writer.write(frame)));
		const frames = [...new FrameReader().read(bytes)];
		assert.equal(frames.length, written.length);
		frames.forEach((frame, k) => {
			for (const [name, value] of Object.entries(written[k] as WritableFrame)) {
				const read = frame[name as keyof Frame] as unknown;
				if (value instanceof Uint8Array) assert.equal(toHex(read as Uint8Array), toHex(value), name);
				else assert.deepEqual(read, value, name);
			}
		});
		assert.equal(toHex(Buffer.concat(frames.map((frame) => writer.write(frame)))), toHex(bytes));
		for (const pieces of [byteByByte(bytes), randomPieces(random, bytes)]) {
			using reader = new FrameReader();
			assert.deepEqual(
				[...pieces].flatMap((piece) => [...reader.read(piece)]),
				frames,
			);
		}
	}
});

describe('registries', () => {
	test('the registries have the numbers of the RFCs', () => {
		assert.deepEqual(Object.keys(FrameType).length, 13);
		assert.equal(FrameType.CONTINUATION, 9);
		assert.deepEqual({ ...FrameFlag }, { ACK: 1, END_STREAM: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 32 });
		assert.equal(ErrorCode.HTTP_1_1_REQUIRED, 13);
		assert.equal(Object.keys(ErrorCode).length, 14);
		assert.equal(Setting.MAX_HEADER_LIST_SIZE, 6);
	});

	test('explain uses the name of every error code and setting', () => {
		const writer = new FrameWriter();
		for (const [name, errorCode] of Object.entries(ErrorCode)) {
			const bytes = writer.write({ type: FrameType.RST_STREAM, streamId: 1, errorCode });
			assert.equal(explain(bytes), `RST_STREAM <length=4, flags=0x00, stream=1> error=${name}`);
		}
		for (const [name, identifier] of Object.entries(Setting)) {
			const value = name === 'MAX_FRAME_SIZE' ? 16_384 : 1;
			const bytes = writer.write({ type: FrameType.SETTINGS, settings: [[identifier, value]] });
			assert.equal(explain(bytes), `SETTINGS <length=6, flags=0x00, stream=0> ${name}=${value}`);
		}
	});

	test('the compiler narrows a frame by its type', () => {
		const payloadLength = (frame: Frame): number => {
			switch (frame.type) {
				case FrameType.DATA:
					return frame.data.length;
				case FrameType.GOAWAY:
					return frame.debugData.length;
				case FrameType.ALTSVC:
					return frame.payload.length;
				default:
					return 0;
			}
		};
		const writer = new FrameWriter();
		const bytes = Buffer.concat([
			writer.write({ type: FrameType.DATA, streamId: 1, data: new Uint8Array(3) }),
			writer.write({ type: FrameType.GOAWAY, lastStreamId: 0, errorCode: 0, debugData: new Uint8Array(2) }),
			writer.write({ type: FrameType.ALTSVC, streamId: 0, payload: new Uint8Array(1) }),
			writer.write({ type: FrameType.PING }),
		]);
		assert.deepEqual([...new FrameReader().read(bytes)].map(payloadLength), [3, 2, 1, 0]);
	});
});
