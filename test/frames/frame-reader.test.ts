// FrameReader: members of frames, ownership of payloads, the preface, limits, and behaviour after an error.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LocalProtocolError, ProtocolError } from '../../src/base/errors.ts';
import { ErrorCode, type Frame, FrameReader, FrameType, FrameWriter } from '../../src/frames.ts';
import { byteByByte } from '../support/frame-record.ts';
import { fromHex } from '../support/hpack-stories.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const PING = fromHex('000008 06 00 00000000 0102030405060708');
const writer = new FrameWriter();

function read(hex: string, reader: FrameReader = new FrameReader()): Frame[] {
	return [...reader.read(fromHex(hex))];
}

describe('FrameReader', () => {
	const WIRES: [wire: string, frame: object][] = [
		[
			'000006 00 09 80000003 02 616263 0000',
			{ type: 0, flags: 9, streamId: 3, length: 6, endStream: true, padding: 2, data: fromHex('616263') },
		],
		[
			'000006 01 24 00000001 80000005 0f 82',
			{
				type: 1,
				flags: 0x24,
				streamId: 1,
				length: 6,
				endStream: false,
				endHeaders: true,
				padding: null,
				priority: { dependency: 5, exclusive: true, weight: 16 },
				fragment: fromHex('82'),
			},
		],
		[
			'000005 02 00 00000001 7fffffff ff',
			{
				type: 2,
				flags: 0,
				streamId: 1,
				length: 5,
				priority: { dependency: 0x7fffffff, exclusive: false, weight: 256 },
			},
		],
		['000004 03 00 00000001 ffffffff', { type: 3, flags: 0, streamId: 1, length: 4, errorCode: 0xffffffff }],
		[
			'00000c 04 00 00000000 0003 ffffffff 9999 00000001',
			{
				type: 4,
				flags: 0,
				streamId: 0,
				length: 12,
				ack: false,
				settings: [
					[3, 0xffffffff],
					[0x9999, 1],
				],
			},
		],
		[
			'000006 05 0c 00000001 01 80000002 00',
			{
				type: 5,
				flags: 12,
				streamId: 1,
				length: 6,
				endHeaders: true,
				padding: 1,
				promisedStreamId: 2,
				fragment: new Uint8Array(0),
			},
		],
		[
			'000008 06 01 00000000 fffefdfcfbfaf9f8',
			{ type: 6, flags: 1, streamId: 0, length: 8, ack: true, opaque: fromHex('fffefdfcfbfaf9f8') },
		],
		[
			'00000a 07 00 00000000 80000007 ffffffff 6869',
			{
				type: 7,
				flags: 0,
				streamId: 0,
				length: 10,
				lastStreamId: 7,
				errorCode: 0xffffffff,
				debugData: fromHex('6869'),
			},
		],
		['000004 08 00 00000000 ffffffff', { type: 8, flags: 0, streamId: 0, length: 4, increment: 0x7fffffff }],
		['000002 fe a5 80000000 0102', { type: 0xfe, flags: 0xa5, streamId: 0, length: 2, payload: fromHex('0102') }],
	];

	for (const [wire, frame] of WIRES) {
		test(`FrameReader reads a frame of type ${fromHex(wire)[3]} with its members`, () =>
			assert.deepEqual(read(wire), [frame]));
	}

	test('FrameReader does not join CONTINUATION to HEADERS', () => {
		const frames = read('000001 01 00 00000001 82 000001 09 00 00000001 84 000000 09 04 00000001');
		assert.deepEqual(
			frames.map((frame) => 'fragment' in frame && [frame.fragment.length, frame.endHeaders]),
			[
				[1, false],
				[1, false],
				[0, true],
			],
		);
	});

	test('the payloads of read frames are copies that the caller owns', () => {
		for (const input of [new Uint8Array(9 + 5000), Buffer.alloc(9 + 5000)]) {
			input.set(writer.write({ type: FrameType.DATA, streamId: 1, data: new Uint8Array(5000).fill(1) }));
			const [frame] = new FrameReader().read(input);
			input.fill(2);
			assert.ok(frame?.type === FrameType.DATA);
			assert.deepEqual(frame.data, new Uint8Array(5000).fill(1));
		}
	});

	test('FrameReader reads bytes at once, even if the frames are taken later or never', () => {
		const reader = new FrameReader();
		reader.read(PING.subarray(0, 5));
		const second = reader.read(PING.subarray(5));
		reader.read(PING);
		assert.equal([...second].length, 1);
		assert.deepEqual([...reader.read(new Uint8Array(0))], []);
	});

	test('FrameReader reads a frame of a million bytes', () => {
		const data = Uint8Array.from({ length: 1_000_000 }, (_, i) => i);
		const bytes = writer.write({ type: FrameType.DATA, streamId: 1, data, padding: 255 });
		const [frame, ping] = new FrameReader({ maxFrameSize: 16_777_215 }).read(Buffer.concat([bytes, PING]));
		assert.ok(frame?.type === FrameType.DATA && Buffer.compare(frame.data, data) === 0);
		assert.equal(ping?.type, FrameType.PING);
	});
});

describe('limits', () => {
	test('a frame longer than maxFrameSize is refused once its head is complete', () => {
		const head = (length: number) => fromHex(`${length.toString(16).padStart(6, '0')} 00 00 00000001`);
		for (const maxFrameSize of [undefined, 16_384, 20_000, 16_777_215]) {
			const options = maxFrameSize === undefined ? {} : { maxFrameSize };
			const most = maxFrameSize ?? 16_384;
			assert.deepEqual([...new FrameReader(options).read(head(most))], []);
			if (most === 16_777_215) continue;
			assert.throws(() => [...new FrameReader(options).read(head(most + 1))], {
				errorCode: ErrorCode.FRAME_SIZE_ERROR,
				message: 'Cannot read a frame: frame is longer than our SETTINGS_MAX_FRAME_SIZE',
			});
		}
	});

	test('unknown options of FrameReader are TypeErrors that name the nearest', () => {
		for (const [options, message] of [
			[
				{ maxframesize: 20_000 },
				/^TypeError: Unknown option "maxframesize" of a FrameReader: did you mean maxFrameSize\?$/,
			],
			[{ prefaces: true }, /did you mean preface\?$/],
			[{ preface: 'server' }, /^TypeError: preface is 'server', but must be true, false or 'client'$/],
			[{ maxFrameSize: '20000' }, /^TypeError: maxFrameSize must be a number, not a string$/],
			[{ maxFrameSize: null }, /^TypeError: maxFrameSize must be a number, not null$/],
			[null, /options of a FrameReader must be an object \{ maxFrameSize, preface \}, not null$/],
		] as const) {
			assert.throws(() => new FrameReader(options as object), message);
		}
	});

	test('a maxFrameSize that no peer may announce is a RangeError', () => {
		for (const maxFrameSize of [0, 16_383, 16_777_216, 20_000.5, Number.NaN]) {
			assert.throws(() => new FrameReader({ maxFrameSize }), RangeError);
		}
	});
});

describe('the preface of the client', () => {
	test('an expected preface is skipped, however it is split', () => {
		const bytes = Buffer.concat([PREFACE, PING]);
		for (const preface of [true, 'client'] as const) {
			assert.equal([...new FrameReader({ preface }).read(bytes)].length, 1);
			const reader = new FrameReader({ preface });
			assert.equal([...byteByByte(bytes)].flatMap((byte) => [...reader.read(byte)]).length, 1);
		}
	});

	test('a missing preface is an error at its first wrong byte', () => {
		const reader = new FrameReader({ preface: true });
		reader.read(PREFACE.subarray(0, 10));
		assert.throws(() => [...reader.read(Buffer.from('X'))], {
			errorCode: ErrorCode.PROTOCOL_ERROR,
			message: 'Cannot read a frame: the connection preface of the client is missing',
		});
		assert.throws(() => reader.read(PING), ProtocolError);
		assert.throws(() => [...new FrameReader({ preface: true }).read(PING)], ProtocolError);
	});

	test('a preface that is not expected is an error', () => {
		assert.throws(() => [...new FrameReader().read(PREFACE)], { errorCode: ErrorCode.FRAME_SIZE_ERROR });
	});
});

describe('errors', () => {
	const BROKEN: [what: string, wire: string, errorCode: number][] = [
		['PING of 7 bytes', '000007 06 00 00000000 00000000000000', ErrorCode.FRAME_SIZE_ERROR],
		['PRIORITY of 4 bytes', '000004 02 00 00000001 00000000', ErrorCode.FRAME_SIZE_ERROR],
		['a window increment of 0', '000004 08 00 00000001 00000000', ErrorCode.PROTOCOL_ERROR],
		['a window increment of 0 with the reserved bit set', '000004 08 00 00000000 80000000', ErrorCode.PROTOCOL_ERROR],
		['an initial window size above 2^31 - 1', '000006 04 00 00000000 0004 80000000', ErrorCode.FLOW_CONTROL_ERROR],
		['CONTINUATION that follows nothing', '000000 09 04 00000001', ErrorCode.PROTOCOL_ERROR],
		['a frame inside a field block', '000000 01 00 00000001 000000 00 00 00000001', ErrorCode.PROTOCOL_ERROR],
		['a promise of a stream with an odd id', '000004 05 04 00000001 00000003', ErrorCode.PROTOCOL_ERROR],
		['a promise of stream 0', '000004 05 04 00000001 80000000', ErrorCode.PROTOCOL_ERROR],
		['padding longer than the frame', '000002 00 08 00000001 02 00', ErrorCode.PROTOCOL_ERROR],
	];

	for (const [what, wire, errorCode] of BROKEN) {
		test(`${what} is an error after the frames before it, and the same error from then on`, () => {
			const reader = new FrameReader();
			const frames: Frame[] = [];
			let first: unknown;
			try {
				for (const frame of reader.read(Buffer.concat([PING, PING, fromHex(wire), PING]))) frames.push(frame);
			} catch (error) {
				first = error;
			}
			assert.ok(first instanceof ProtocolError);
			assert.equal(first.errorCode, errorCode);
			assert.deepEqual(frames.slice(0, 2), [...new FrameReader().read(Buffer.concat([PING, PING]))]);
			assert.ok(frames.every(({ type }, i) => i < 2 || type === FrameType.HEADERS));
			for (const bytes of [PING, new Uint8Array(0)]) {
				assert.throws(
					() => reader.read(bytes),
					(error) => error === first,
				);
			}
		});
	}

	test('a disposed FrameReader throws LocalProtocolError, or the error that it failed with', () => {
		const reader = new FrameReader();
		reader.dispose();
		reader[Symbol.dispose]();
		assert.throws(() => reader.read(PING), LocalProtocolError);
		const failed = new FrameReader();
		assert.throws(() => [...failed.read(PREFACE)], ProtocolError);
		failed.dispose();
		assert.throws(() => failed.read(PING), ProtocolError);
	});
});

test('a FrameReader refuses what is not a Uint8Array, and reads on', () => {
	const reader = new FrameReader();
	for (const input of ['abc', null, undefined, [0], new ArrayBuffer(9)]) {
		assert.throws(
			() => reader.read(input as unknown as Uint8Array),
			/^TypeError: The bytes of frames must be a Uint8Array/,
		);
	}
	assert.equal([...reader.read(Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0))].length, 1);
	reader.dispose();
});
