// formatFrame and formatFrameLine: layout, escapes, and hidden values.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameReader, FrameType, FrameWriter, Setting } from '../../src/frames.ts';
import type { DecodedField } from '../../src/hpack.ts';
import { formatFrame, formatFrameLine } from '../../src/trace/format.ts';
import type { FrameEvent } from '../../src/trace/frame-event.ts';

type Shape = Parameters<FrameWriter['write']>[0];

function event(shape: Shape, fields?: DecodedField[], time = 12.3): FrameEvent {
	const [frame] = new FrameReader().read(new FrameWriter().write(shape));
	assert.ok(frame !== undefined);
	const base = { type: 'frame', connection: 1, direction: 'sent', time, frame } as const;
	return fields === undefined ? base : { ...base, fields };
}

const REQUEST: DecodedField[] = [
	[':method', 'GET'],
	[':path', '/a b'],
];

describe('formatFrame', () => {
	const CASES: [shape: Shape, fields: DecodedField[] | undefined, text: string][] = [
		[
			{
				type: FrameType.HEADERS,
				streamId: 13,
				fragment: new Uint8Array(33),
				endStream: true,
				priority: { dependency: 11, exclusive: false, weight: 16 },
			},
			REQUEST,
			`[  0.012] send HEADERS frame <length=38, flags=0x25, stream_id=13>
          ; END_STREAM | END_HEADERS | PRIORITY
          (dependency=11, weight=16)
          :method: GET
          :path: /a b`,
		],
		[
			{
				type: FrameType.SETTINGS,
				settings: [
					[Setting.ENABLE_PUSH, 0],
					[0xf00, 1],
				],
			},
			undefined,
			`[  0.012] send SETTINGS frame <length=12, flags=0x00, stream_id=0>
          [ENABLE_PUSH=0]
          [0xf00=1]`,
		],
		[
			{ type: FrameType.DATA, streamId: 1, data: Buffer.from('secret'), padding: 4, endStream: true },
			undefined,
			`[  0.012] send DATA frame <length=11, flags=0x09, stream_id=1>
          ; END_STREAM | PADDED
          (padding=4)`,
		],
		[
			{ type: FrameType.GOAWAY, lastStreamId: 5, errorCode: 11, debugData: Buffer.from('\x1b]0;"\x07') },
			undefined,
			`[  0.012] send GOAWAY frame <length=14, flags=0x00, stream_id=0>
          (last=5, error=ENHANCE_YOUR_CALM, debug="\\x1b]0;\\x22\\x07")`,
		],
		[
			{ type: 0xee, streamId: 2, payload: Buffer.from('\x1b') },
			undefined,
			'[  0.012] send 0xee frame <length=1, flags=0x00, stream_id=2>',
		],
	];
	for (const [shape, fields, text] of CASES) {
		test(`an event over several lines: ${text.split('\n')[0]}`, () =>
			assert.equal(formatFrame(event(shape, fields)), text));
	}

	test('times keep their columns below a thousand seconds', () => {
		const ping: Shape = { type: FrameType.PING };
		assert.match(formatFrame(event(ping, undefined, 0)), /^\[ {2}0\.000\] send PING/);
		assert.match(formatFrame(event(ping, undefined, 999_999.4)), /^\[999\.999\] send PING/);
	});
});

describe('formatFrameLine', () => {
	test('a line has the head, the details and the fields of a frame', () => {
		const fragment = new Uint8Array(10);
		assert.equal(
			formatFrameLine(event({ type: FrameType.HEADERS, streamId: 1, fragment, endStream: true }, REQUEST)),
			'[  0.012] send HEADERS       stream 1      10 bytes  END_STREAM END_HEADERS  :method: GET, :path: /a b',
		);
		assert.equal(
			formatFrameLine(event({ type: FrameType.WINDOW_UPDATE, streamId: 0, increment: 9 })),
			'[  0.012] send WINDOW_UPDATE stream 0       4 bytes  increment=9',
		);
		assert.equal(
			formatFrameLine(event({ type: FrameType.DATA, streamId: 123, data: new Uint8Array(16_384) })),
			'[  0.012] send DATA          stream 123 16384 bytes',
		);
	});
});

describe('events other than frames', () => {
	const base = { connection: 1, direction: 'received', time: 0 } as const;
	const error = new TypeError('bad\nbytes \x1b[2J');
	const CASES: [event: FrameEvent, line: string][] = [
		[{ ...base, type: 'preface' }, '[  0.000] recv connection preface'],
		[
			{ ...base, type: 'fault', streamId: 3, error },
			'[  0.000] recv a frame of stream 3 was skipped: TypeError: bad\\x0abytes \\x1b[2J',
		],
		[
			{ ...base, type: 'fault', streamId: 0, error },
			'[  0.000] recv this direction is not traced any further: TypeError: bad\\x0abytes \\x1b[2J',
		],
	];
	for (const [each, line] of CASES) {
		test(`an event other than a frame: ${line}`, () => {
			assert.equal(formatFrame(each), line);
			assert.equal(formatFrameLine(each), line);
		});
	}

	test('a field block that cannot be decoded has its error below the frame', () => {
		const told = { ...event({ type: FrameType.HEADERS, streamId: 1 }), fieldsError: error } as FrameEvent;
		assert.match(formatFrame(told), /\n {10}TypeError: bad\\x0abytes/);
		assert.match(formatFrameLine(told), / {2}TypeError: bad\\x0abytes/);
	});
});

describe('fields', () => {
	const fields: DecodedField[] = [
		['authorization', 'Basic QWxhZGRpbjpvcGVu'],
		['Proxy-Authorization', 'abc'],
		['cookie', 'a=b'],
		['set-cookie', 'id=1; Path=/'],
		['x-key', 'k', { neverIndex: true }],
		['x-plain', '\x1b[31m\xe9\r\nx: y'],
	];
	const headers = event({ type: FrameType.HEADERS, streamId: 1 }, fields);
	const shown = (text: string) => text.split('\n').filter((line) => line.includes(': '));

	test('secret fields are shown as lengths', () => {
		assert.deepEqual(shown(formatFrame(headers)), [
			'          authorization: <sensitive, 22 bytes>',
			'          Proxy-Authorization: <sensitive, 3 bytes>',
			'          cookie: <sensitive, 3 bytes>',
			'          set-cookie: <sensitive, 12 bytes>',
			'          x-key: <sensitive, 1 bytes>',
			'          x-plain: \\x1b[31m\\xe9\\x0d\\x0ax: y',
		]);
		assert.doesNotMatch(formatFrameLine(headers), /QWxh|abc|a=b|id=1/);
	});

	test('secret fields are shown with secrets: true', () => {
		assert.match(formatFrame(headers, { secrets: true }), /authorization: Basic QWxhZGRpbjpvcGVu\n/);
		assert.match(formatFrameLine(headers, { secrets: true }), /x-key: k, /);
	});
});

test('colours are optional, and do not change the text', () => {
	const headers = event({ type: FrameType.HEADERS, streamId: 1 }, REQUEST);
	for (const format of [formatFrame, formatFrameLine]) {
		const plain = format(headers);
		assert.equal(plain.includes('\x1b'), false);
		const colored = format(headers, { color: true });
		assert.match(colored, /\x1b\[35mHEADERS/);
		assert.equal(colored.replace(/\x1b\[\d*m/g, ''), plain);
	}
});

test('an unknown option of a format is a TypeError that names the nearest', () => {
	const headers = event({ type: FrameType.HEADERS, streamId: 1 }, REQUEST);
	for (const format of [formatFrame, formatFrameLine]) {
		for (const [options, message] of [
			[{ colour: true }, /^TypeError: Unknown option "colour" of a format: write color$/],
			[{ secret: true }, /"secret" of a format: did you mean secrets\?$/],
			[{ color: 'always' }, /^TypeError: color must be true or false, not a string$/],
			[null, /options of a format must be an object \{ color, secrets \}, not null$/],
			[1, /options of a format must be an object \{ color, secrets \}, not a number$/],
		] as const) {
			assert.throws(() => format(headers, options as object), message);
		}
	}
});
