// explain: one line per frame, for any bytes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explain, FrameType, FrameWriter } from '../../src/frames.ts';
import { Decoder, Encoder } from '../../src/hpack.ts';
import { fromHex } from '../support/hpack-stories.ts';

const writer = new FrameWriter();
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const PING = writer.write({ type: FrameType.PING, opaque: Buffer.from('\0\x01234567') });
const PING_LINE = 'PING <length=8, flags=0x00, stream=0> opaque=0001323334353637';

describe('explain of a frame', () => {
	const priority = { dependency: 3, exclusive: true, weight: 256 };
	const LINES: [bytes: Uint8Array, line: string][] = [
		[
			writer.write({ type: FrameType.DATA, streamId: 1, data: new Uint8Array(5), endStream: true, padding: 7 }),
			'DATA <length=13, flags=0x09 END_STREAM | PADDED, stream=1> padding=7',
		],
		[
			writer.write({ type: FrameType.HEADERS, streamId: 1, endStream: true, padding: 0, priority }),
			'HEADERS <length=6, flags=0x2d END_STREAM | END_HEADERS | PADDED | PRIORITY, stream=1> padding=0 dependency=3 weight=256 exclusive',
		],
		[
			writer.write({ type: FrameType.PRIORITY, streamId: 1, priority: { ...priority, exclusive: false } }),
			'PRIORITY <length=5, flags=0x00, stream=1> dependency=3 weight=256',
		],
		[
			writer.write({ type: FrameType.RST_STREAM, streamId: 1, errorCode: 0x77 }),
			'RST_STREAM <length=4, flags=0x00, stream=1> error=0x77',
		],
		[
			writer.write({
				type: FrameType.SETTINGS,
				settings: [
					[4, 65_535],
					[0xaa, 1],
				],
			}),
			'SETTINGS <length=12, flags=0x00, stream=0> INITIAL_WINDOW_SIZE=65535 0xaa=1',
		],
		[writer.write({ type: FrameType.SETTINGS, ack: true }), 'SETTINGS <length=0, flags=0x01 ACK, stream=0>'],
		[
			writer.write({ type: FrameType.PUSH_PROMISE, streamId: 1, promisedStreamId: 2 }),
			'PUSH_PROMISE <length=4, flags=0x04 END_HEADERS, stream=1> promised=2',
		],
		[PING, PING_LINE],
		[
			writer.write({
				type: FrameType.GOAWAY,
				lastStreamId: 9,
				errorCode: 11,
				debugData: Buffer.from('slow\n"\\\xff', 'latin1'),
			}),
			'GOAWAY <length=16, flags=0x00, stream=0> last=9 error=ENHANCE_YOUR_CALM debug="slow\\x0a\\x22\\x5c\\xff"',
		],
		[
			writer.write({ type: FrameType.WINDOW_UPDATE, streamId: 0, increment: 1 }),
			'WINDOW_UPDATE <length=4, flags=0x00, stream=0> increment=1',
		],
		[writer.write({ type: 0xf0, streamId: 3, flags: 0x81 }), '0xf0 <length=0, flags=0x81, stream=3>'],
	];

	for (const [bytes, line] of LINES) test(`a frame is explained as ${line}`, () => assert.equal(explain(bytes), line));

	test('explain puts every frame on its own line', () => {
		assert.equal(explain(Buffer.concat(LINES.map(([bytes]) => bytes))), LINES.map(([, line]) => line).join('\n'));
	});

	test('explain of no bytes is an empty text', () => assert.equal(explain(new Uint8Array(0)), ''));
});

describe('explain of field sections', () => {
	const sections: Parameters<Encoder['encode']>[0][] = [
		[
			[':status', '200'],
			['x-odd', '\x1b[31m\xe9'],
			['x-key', 'k', { neverIndex: true }],
		],
		[
			[':status', '200'],
			['x-odd', '\x1b[31m\xe9'],
		],
	];
	function respond(encoder: Encoder, streamId: number): Uint8Array {
		const block = encoder.encode(sections[streamId === 1 ? 0 : 1] as (typeof sections)[0]);
		const half = block.length >> 1;
		return Buffer.concat([
			writer.write({ type: FrameType.HEADERS, streamId, endHeaders: false, fragment: block.subarray(0, half) }),
			writer.write({ type: FrameType.CONTINUATION, streamId, fragment: block.subarray(half) }),
		]);
	}

	test('field sections are shown on request, with CONTINUATION joined', () => {
		const encoder = new Encoder({ maxTableSize: 8192 });
		const bytes = Buffer.concat([respond(encoder, 1), respond(encoder, 3)]);
		const odd = '    x-odd: \\x1b[31m\\xe9';
		assert.deepEqual(
			explain(bytes, { hpack: true })
				.split('\n')
				.filter((line) => line.startsWith(' ')),
			['    :status: 200', odd, '    x-key: k (never indexed)', '    :status: 200', odd],
		);
		assert.equal(explain(bytes).split('\n').length, 4);
	});

	test('explain keeps the table of a given Decoder between calls', () => {
		const encoder = new Encoder();
		const decoder = new Decoder();
		explain(respond(encoder, 1), { hpack: decoder });
		assert.match(explain(respond(encoder, 3), { hpack: decoder }), /\n {4}:status: 200\n {4}x-odd: /);
	});

	test('a block that cannot be decoded is reported, and so is every later block', () => {
		const bytes = fromHex('000001 01 04 00000001 80 000001 01 04 00000003 82 000000 00 01 00000003');
		const report =
			'    HPACKDecodingError: Cannot decode the field block: field block refers to an index that is in neither table';
		const lines = explain(bytes, { hpack: true }).split('\n');
		assert.deepEqual([lines[1], lines[3]], [report, report]);
		assert.match(lines[4] as string, /^DATA /);
	});

	test('a section that exceeds the limits of a Decoder is reported, and the next section is shown', () => {
		const bytes = fromHex('000003 01 04 00000001 828282 000001 01 04 00000003 82');
		const lines = explain(bytes, { hpack: new Decoder({ maxFields: 2 }) }).split('\n');
		assert.match(lines[1] as string, /^ {4}HPACKListSizeError: /);
		assert.equal(lines[3], '    :method: GET');
	});
});

describe('explain of broken bytes', () => {
	test('explain puts the preface on its own line', () => {
		assert.equal(explain(Buffer.concat([PREFACE, PING])), `client preface\n${PING_LINE}`);
		assert.equal(explain(PREFACE), 'client preface');
		assert.equal(explain(PREFACE.subarray(0, 10)), 'client preface, truncated: 10 of 24 bytes');
	});

	test('explain reports a truncated frame', () => {
		assert.equal(explain(PING.subarray(0, 5)), 'truncated: 5 bytes of another frame');
		assert.equal(explain(PING.subarray(0, 12)), 'truncated: 12 bytes of another frame');
		const data = writer.write({ type: FrameType.DATA, streamId: 1, data: new Uint8Array(10), padding: 10 });
		const line = 'DATA <length=21, flags=0x08 PADDED, stream=1> padding=10';
		for (const missing of [1, 10, 11, 20]) {
			const end = data.length - missing;
			assert.equal(explain(data.subarray(0, end)), `${line} truncated: the last ${missing} bytes are missing`);
		}
	});

	test('explain does not decode a truncated fragment', () => {
		const bytes = writer.write({ type: FrameType.HEADERS, streamId: 1, fragment: fromHex('8284') });
		const line = 'HEADERS <length=2, flags=0x04 END_HEADERS, stream=1> truncated: the last 1 bytes are missing';
		assert.equal(explain(bytes.subarray(0, 10), { hpack: true }), line);
	});

	test('explain continues after a stream error', () => {
		const bytes = Buffer.concat([
			fromHex('000003 02 00 00000005 000000'),
			fromHex('000004 08 00 00000003 00000000'),
			PING,
			PING.subarray(0, 3),
		]);
		assert.deepEqual(explain(bytes).split('\n'), [
			'stream error FRAME_SIZE_ERROR on stream 5 in PRIORITY at byte 0: frame has a length that its type does not allow',
			'stream error PROTOCOL_ERROR on stream 3 in WINDOW_UPDATE at byte 12: WINDOW_UPDATE has an increment of 0',
			PING_LINE,
			'truncated: 3 bytes of another frame',
		]);
	});

	test('explain ends with the line of a connection error', () => {
		const bytes = Buffer.concat([PREFACE, PING, fromHex('000000 00 00 00000000'), PING]);
		assert.deepEqual(explain(bytes).split('\n').slice(2), [
			'connection error PROTOCOL_ERROR in DATA at byte 41: frame that belongs on a stream was sent on stream 0',
		]);
	});
});

test('options of explain that do not exist are TypeErrors that name the nearest', () => {
	for (const [options, message] of [
		[{ hpak: true }, /^TypeError: Unknown option "hpak" of explain: did you mean hpack\?$/],
		[{ decoder: {} }, /"decoder" of explain: write hpack: decoder$/],
		[{ hpack: 1 }, /^TypeError: hpack must be a boolean or a Decoder, not a number$/],
		[{ hpack: null }, /^TypeError: hpack must be a boolean or a Decoder, not null$/],
		[true, /options of explain must be an object \{ hpack \}, not a boolean$/],
	] as const) {
		assert.throws(() => explain(PING, options as object), message);
	}
});

test('explain refuses what is not a Uint8Array', () => {
	for (const input of ['abc', null, undefined, [0], new ArrayBuffer(9)]) {
		assert.throws(
			() => explain(input as unknown as Uint8Array),
			/^TypeError: The bytes to explain must be a Uint8Array/,
		);
	}
});
