// What the codec reports about received frames: every type, any split, and handlers that write or close during a call.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Codec } from '../../src/codec/codec.ts';
import { FrameType, FrameWriter, type WritableFrame } from '../../src/frames.ts';
import { Encoder } from '../../src/hpack.ts';
import { byteByByte, FrameRecord, record } from '../support/frame-record.ts';
import { fromHex } from '../support/hpack-stories.ts';
import { mutate, Random } from '../support/random.ts';
import { randomByteString, randomPieces } from '../support/random-bytes.ts';

const writer = new FrameWriter();

function bytesOf(...frames: WritableFrame[]): Uint8Array {
	return Buffer.concat(frames.map((frame) => writer.write(frame)));
}

const EVERY_TYPE: [frame: WritableFrame, line: string][] = [
	[
		{
			type: FrameType.SETTINGS,
			settings: [
				[1, 2],
				[0xff, 0xffffffff],
				[1, 3],
			],
		},
		'SETTINGS 1 2 255 4294967295 1 3',
	],
	[{ type: FrameType.SETTINGS }, 'SETTINGS '],
	[{ type: FrameType.SETTINGS, ack: true }, 'SETTINGS ACK'],
	[
		{ type: FrameType.HEADERS, streamId: 1, fragment: fromHex('8286'), padding: 3 },
		'HEADERS 1 false [":method","GET",":scheme","http"]  0',
	],
	[{ type: FrameType.HEADERS, streamId: 3, endStream: true }, 'HEADERS 3 true []  0'],
	[
		{
			type: FrameType.HEADERS,
			streamId: 5,
			priority: { dependency: 1, exclusive: true, weight: 1 },
			fragment: fromHex('10016101 62'),
		},
		'HEADERS 5 false ["a","b"] 0 0',
	],
	[
		{ type: FrameType.PUSH_PROMISE, streamId: 1, promisedStreamId: 2, fragment: fromHex('82'), padding: 0 },
		'PUSH_PROMISE 1 2 [":method","GET"]  0',
	],
	[{ type: FrameType.DATA, streamId: 1, data: Buffer.from('abc'), padding: 4 }, 'DATA 1 616263 8 false'],
	[{ type: FrameType.DATA, streamId: 1, padding: 0, endStream: true }, 'DATA 1  1 true'],
	[{ type: FrameType.DATA, streamId: 3 }, 'DATA 3  0 false'],
	[{ type: FrameType.PRIORITY, streamId: 7, priority: { dependency: 1, exclusive: false, weight: 1 } }, 'PRIORITY 7'],
	[{ type: FrameType.RST_STREAM, streamId: 1, errorCode: 0xffffffff }, 'RST_STREAM 1 4294967295'],
	[{ type: FrameType.PING, opaque: fromHex('ffffffff00000001') }, 'PING 4294967295 1 false'],
	[{ type: FrameType.PING, ack: true }, 'PING 0 0 true'],
	[{ type: FrameType.WINDOW_UPDATE, streamId: 0, increment: 0x7fffffff }, 'WINDOW_UPDATE 0 2147483647'],
	[
		{ type: FrameType.GOAWAY, lastStreamId: 0x7fffffff, errorCode: 0xffffffff, debugData: Buffer.from('bye') },
		'GOAWAY 2147483647 4294967295 627965',
	],
	[{ type: FrameType.GOAWAY, lastStreamId: 0, errorCode: 0 }, 'GOAWAY 0 0 '],
	[{ type: FrameType.ALTSVC, streamId: 0, payload: Buffer.from('abc') }, 'UNKNOWN 10 0'],
	[{ type: 0xff, streamId: 9, flags: 0xff }, 'UNKNOWN 255 9'],
];

test('a codec reports nothing behind an error of the connection', () => {
	const raw = (type: number, streamId: number, payload: string) => writer.writeRaw(type, 0, streamId, fromHex(payload));
	for (const broken of [raw(FrameType.WINDOW_UPDATE, 0, '00000000'), raw(FrameType.PING, 0, '00')]) {
		const codec = new Codec();
		const handler = new FrameRecord();
		codec.receive(Buffer.concat([broken, bytesOf({ type: FrameType.PING })]), handler);
		codec.receive(bytesOf({ type: FrameType.PING }), handler);
		codec.close();
		assert.equal(handler.lines.length, 1);
	}
});

test('a codec that is closed twice gives its engine back once, so that no two codecs share it', () => {
	const closed = new Codec();
	closed.close();
	closed.close();
	const ping = bytesOf({ type: FrameType.PING, ack: true });
	const codecs = [new Codec(), new Codec()];
	// Bytes for a closed codec must not reach whoever has its engine now.
	closed.receive(ping.subarray(0, 5), new FrameRecord());
	const records = codecs.map(() => new FrameRecord());
	for (const part of [ping.subarray(0, 9), ping.subarray(9)]) {
		for (const [i, codec] of codecs.entries()) codec.receive(part, records[i] as FrameRecord);
	}
	for (const codec of codecs) codec.close();
	assert.deepEqual(
		records.map(({ lines }) => lines),
		[['PING 0 0 true'], ['PING 0 0 true']],
	);
});

describe('received frames', () => {
	for (const [frame, line] of EVERY_TYPE) {
		test(`the codec reports a frame as ${line}`, () => assert.deepEqual(record([bytesOf(frame)]).lines, [line]));
	}

	test('frames of every type in a row are reported the same at every split', () => {
		const bytes = bytesOf(...EVERY_TYPE.map(([frame]) => frame));
		const lines = EVERY_TYPE.map(([, line]) => line);
		assert.deepEqual(record([bytes]).lines, lines);
		assert.deepEqual(record(byteByByte(bytes)).lines, lines);
		for (let cut = 1; cut < bytes.length; cut++) {
			assert.deepEqual(record([bytes.subarray(0, cut), bytes.subarray(cut)]).lines, lines);
		}
	});

	test('random frames, also mutated ones, are reported the same at random splits', () => {
		const random = new Random(31);
		for (let i = 0; i < 60; i++) {
			using encoder = new Encoder();
			const frames = Array.from({ length: 1 + random.below(30) }, (): Uint8Array => {
				const streamId = 1 + random.below(100);
				if (random.chance(1, 3))
					return bytesOf(random.pick(EVERY_TYPE.filter(([frame]) => frame.type !== FrameType.HEADERS))[0]);
				if (random.chance(1, 3)) {
					const data = Buffer.from(randomByteString(random, random.below(3000)), 'latin1');
					return bytesOf({ type: FrameType.DATA, streamId, data, padding: random.below(256) });
				}
				const fields = Array.from({ length: random.below(20) }, (): [string, string] => {
					return [`x-${random.below(10)}`, randomByteString(random, random.below(40))];
				});
				const block = encoder.encode(fields);
				const cut = random.below(block.length + 1);
				return bytesOf(
					{ type: FrameType.HEADERS, streamId, fragment: block.subarray(0, cut), endHeaders: false },
					{ type: FrameType.CONTINUATION, streamId, fragment: block.subarray(cut) },
				);
			});
			for (const bytes of [Buffer.concat(frames), mutate(Buffer.concat(frames), random)]) {
				const { lines } = record([bytes]);
				assert.deepEqual(record(byteByByte(bytes)).lines, lines);
				assert.deepEqual(record(randomPieces(random, bytes)).lines, lines);
			}
		}
	});

	test("many small frames in one read are reported although they exceed the engine's buffers", () => {
		using encoder = new Encoder();
		const lines: string[] = [];
		const bytes = Buffer.concat(
			Array.from({ length: 9000 }, (_, i) => {
				lines.push(`HEADERS ${i + 1} false ["x","${i}","y","\u00e9"]  0`);
				return bytesOf({
					type: FrameType.HEADERS,
					streamId: i + 1,
					fragment: encoder.encode([
						['x', `${i}`],
						['y', '\xe9'],
					]),
				});
			}),
		);
		assert.deepEqual(record([bytes]).lines, lines);
	});

	test('a large body is reported in the received bytes, completely and without a copy', () => {
		const data = Uint8Array.from({ length: 300_000 }, (_, i) => i * 31);
		const bytes = writer.write({ type: FrameType.DATA, streamId: 1, data, endStream: true, padding: 200 });
		const codec = new Codec();
		codec.setMaxFrameSize(16_777_215);
		let at = 0;
		let charged = 0;
		const handler = new FrameRecord();
		handler.onData = (_streamId, lent, start, end, flowControlledLength) => {
			assert.equal(lent, bytes);
			assert.deepEqual(lent.subarray(start, end), data.subarray(at, at + end - start));
			at += end - start;
			charged += flowControlledLength;
		};
		codec.receive(bytes, handler);
		codec.close();
		assert.equal(at, data.length);
		assert.equal(charged, data.length + 201);
	});
});

describe('handlers', () => {
	test('a handler may write fields while others are still to be reported', () => {
		using encoder = new Encoder();
		const codec = new Codec();
		const sent = Array.from({ length: 20 }, (_, i): [string, string] => [`x-${i}`, `value ${i}`]);
		const bytes = Buffer.concat(
			sent.map((field, i) => bytesOf({ type: FrameType.HEADERS, streamId: i + 1, fragment: encoder.encode([field]) })),
		);
		const told: string[][] = [];
		const handler = new FrameRecord();
		handler.onHeaders = (streamId, fields) => {
			told.push(fields);
			codec.output.writeHeaders(streamId, ['z'.repeat(200), `${streamId}`.repeat(100)], null, true);
		};
		codec.receive(bytes, handler);
		assert.deepEqual(told, sent);
		assert.equal(record(codec.output.take()).sections.length, sent.length);
		codec.close();
	});

	test('nothing is reported after a handler has closed the codec', () => {
		const bytes = bytesOf(...EVERY_TYPE.map(([frame]) => frame));
		for (let stop = 1; stop <= EVERY_TYPE.length; stop++) {
			const codec = new Codec();
			const handler = new FrameRecord();
			const calls = new Proxy(handler, {
				get(target, name, receiver) {
					const member = Reflect.get(target, name, receiver) as unknown;
					if (typeof member !== 'function') return member;
					return (...args: unknown[]) => {
						member.apply(target, args);
						if (handler.lines.length === stop) codec.close();
					};
				},
			});
			codec.receive(bytes, calls);
			codec.receive(bytes, calls);
			assert.deepEqual(
				handler.lines,
				EVERY_TYPE.slice(0, stop).map(([, line]) => line),
			);
		}
	});
});

describe('settings of the receiver', () => {
	test('setMaxFrameSize of the codec allows longer frames', () => {
		const bytes = bytesOf({ type: FrameType.DATA, streamId: 1, data: new Uint8Array(20_000) });
		assert.deepEqual(record([bytes]).lines, ['FAULT 0 6 1']);
		const codec = new Codec();
		codec.setMaxFrameSize(20_000);
		const handler = new FrameRecord();
		codec.receive(bytes, handler);
		codec.close();
		assert.equal(handler.fault, null);
		assert.equal(handler.lines.length, 1);
	});

	test('setDecoderTableSize and setSectionLimits limit the decoding of HPACK', () => {
		const codec = new Codec();
		const handler = new FrameRecord();
		codec.setSectionLimits(100, 2);
		codec.receive(bytesOf({ type: FrameType.HEADERS, streamId: 1, fragment: fromHex('828282') }), handler);
		assert.deepEqual(handler.sections[0], {
			fields: [':method', 'GET', ':method', 'GET'],
			neverIndexed: [],
			faults: 1,
		});
		codec.setDecoderTableSize(100);
		codec.receive(bytesOf({ type: FrameType.HEADERS, streamId: 1, fragment: fromHex('82') }), handler);
		assert.deepEqual(handler.fault, { streamId: 0, errorCode: 9, fault: 26 });
		codec.close();
	});
});
