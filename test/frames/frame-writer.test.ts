// FrameWriter: the bytes of each type, defaults, and numbers that do not fit their fields.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameType, FrameWriter, Setting, type WritableFrame } from '../../src/frames.ts';
import { fromHex, toHex } from '../support/hpack-stories.ts';

const writer = new FrameWriter();
const abc = Buffer.from('abc');

const FRAMES: [frame: WritableFrame, wire: string][] = [
	[{ type: FrameType.DATA, streamId: 1 }, '000000 00 00 00000001'],
	[{ type: FrameType.DATA, streamId: 0x7fffffff, data: abc, endStream: true }, '000003 00 01 7fffffff 616263'],
	[{ type: FrameType.DATA, streamId: 1, data: abc, padding: 0 }, '000004 00 08 00000001 00 616263'],
	[{ type: FrameType.DATA, streamId: 1, data: abc, padding: 2 }, '000006 00 08 00000001 02 616263 0000'],
	[{ type: FrameType.HEADERS, streamId: 1, fragment: abc }, '000003 01 04 00000001 616263'],
	[{ type: FrameType.HEADERS, streamId: 1, endHeaders: false, endStream: true }, '000000 01 01 00000001'],
	[
		{
			type: FrameType.HEADERS,
			streamId: 1,
			fragment: abc,
			padding: 1,
			priority: { dependency: 0x7fffffff, exclusive: true, weight: 256 },
		},
		'00000a 01 2c 00000001 01 ffffffff ff 616263 00',
	],
	[
		{ type: FrameType.PRIORITY, streamId: 3, priority: { dependency: 1, exclusive: false, weight: 1 } },
		'000005 02 00 00000003 00000001 00',
	],
	[{ type: FrameType.RST_STREAM, streamId: 3, errorCode: 0xffffffff }, '000004 03 00 00000003 ffffffff'],
	[{ type: FrameType.SETTINGS }, '000000 04 00 00000000'],
	[{ type: FrameType.SETTINGS, ack: true }, '000000 04 01 00000000'],
	[
		{
			type: FrameType.SETTINGS,
			settings: [
				[Setting.ENABLE_PUSH, 0],
				[0xffff, 0xffffffff],
			],
		},
		'00000c 04 00 00000000 0002 00000000 ffff ffffffff',
	],
	[
		{ type: FrameType.PUSH_PROMISE, streamId: 1, promisedStreamId: 2, fragment: abc, padding: 1 },
		'000009 05 0c 00000001 01 00000002 616263 00',
	],
	[{ type: FrameType.PING }, '000008 06 00 00000000 0000000000000000'],
	[{ type: FrameType.PING, ack: true, opaque: Buffer.from('12345678') }, '000008 06 01 00000000 3132333435363738'],
	[{ type: FrameType.GOAWAY, lastStreamId: 5, errorCode: 2 }, '000008 07 00 00000000 00000005 00000002'],
	[
		{ type: FrameType.GOAWAY, lastStreamId: 5, errorCode: 2, debugData: abc },
		'00000b 07 00 00000000 00000005 00000002 616263',
	],
	[{ type: FrameType.WINDOW_UPDATE, streamId: 0, increment: 0x7fffffff }, '000004 08 00 00000000 7fffffff'],
	[{ type: FrameType.CONTINUATION, streamId: 1, fragment: abc }, '000003 09 04 00000001 616263'],
	[{ type: FrameType.CONTINUATION, streamId: 1, endHeaders: false }, '000000 09 00 00000001'],
	[{ type: 0xff, streamId: 0, flags: 0xa5, payload: abc }, '000003 ff a5 00000000 616263'],
	[{ type: FrameType.ORIGIN, streamId: 0 }, '000000 0c 00 00000000'],
];

describe('FrameWriter', () => {
	for (const [frame, wire] of FRAMES) {
		test(`FrameWriter writes a frame as ${wire}`, () => {
			const written = writer.write(frame);
			assert.equal(toHex(written), toHex(fromHex(wire)));
			assert.equal(written.buffer.byteLength, written.length, 'the array has a buffer of its own');
		});
	}

	test('a written frame has the defined flags from its members and the others from flags', () => {
		assert.equal(writer.write({ type: FrameType.DATA, streamId: 1, flags: 0xff })[4], 0xf6);
		assert.equal(writer.write({ type: FrameType.DATA, streamId: 1, flags: 0, endStream: true, padding: 0 })[4], 0x09);
		assert.equal(writer.write({ type: FrameType.HEADERS, streamId: 1, flags: 0xff })[4], 0xd6);
		assert.equal(writer.write({ type: FrameType.SETTINGS, flags: 0xff })[4], 0xfe);
		assert.equal(writer.write({ type: FrameType.WINDOW_UPDATE, streamId: 0, increment: 1, flags: 0xff })[4], 0xff);
	});

	test('FrameWriter writes frames that break the protocol as given', () => {
		assert.equal(toHex(writer.write({ type: FrameType.DATA, streamId: 0 })), '000000000000000000');
		assert.equal(writer.write({ type: FrameType.WINDOW_UPDATE, streamId: 1, increment: 0 }).length, 13);
		assert.equal(writer.write({ type: FrameType.SETTINGS, ack: true, settings: [[1, 1]], streamId: 9 }).length, 15);
	});

	test('writeRaw writes any payload for any type', () => {
		assert.equal(toHex(writer.writeRaw(FrameType.PING, 0xff, 7, abc)), '00000306ff00000007616263');
		assert.throws(() => writer.writeRaw(256, 0, 0, abc), RangeError);
		assert.throws(() => writer.writeRaw(0, -1, 0, abc), RangeError);
		assert.throws(() => writer.writeRaw(0, 0, 2 ** 31, abc), RangeError);
	});

	test('the payload of a written frame has at most 16,777,215 bytes, including padding', () => {
		const data = new Uint8Array(16_777_215);
		assert.equal(writer.write({ type: FrameType.DATA, streamId: 1, data }).length, 16_777_224);
		const padding = 0;
		assert.throws(() => writer.write({ type: FrameType.DATA, streamId: 1, data, padding }), {
			name: 'RangeError',
			message: 'Frame has a payload of 16777216 bytes, but the maximum is 16777215',
		});
	});
});

describe('numbers that their fields cannot hold are RangeErrors', () => {
	const priority = { dependency: 0, exclusive: false, weight: 16 };
	const WRONG: [what: string, frame: WritableFrame][] = [
		['streamId', { type: FrameType.DATA, streamId: 2 ** 31 }],
		['streamId', { type: FrameType.DATA, streamId: -1 }],
		['streamId', { type: FrameType.DATA, streamId: 1.5 }],
		['flags', { type: FrameType.DATA, streamId: 1, flags: 256 }],
		['padding', { type: FrameType.DATA, streamId: 1, padding: 256 }],
		['weight', { type: FrameType.PRIORITY, streamId: 1, priority: { ...priority, weight: 0 } }],
		['weight', { type: FrameType.PRIORITY, streamId: 1, priority: { ...priority, weight: 257 } }],
		['dependency', { type: FrameType.HEADERS, streamId: 1, priority: { ...priority, dependency: 2 ** 31 } }],
		['errorCode', { type: FrameType.RST_STREAM, streamId: 1, errorCode: 2 ** 32 }],
		['identifier', { type: FrameType.SETTINGS, settings: [[65_536, 0]] }],
		['value', { type: FrameType.SETTINGS, settings: [[1, -1]] }],
		['promisedStreamId', { type: FrameType.PUSH_PROMISE, streamId: 1, promisedStreamId: 2 ** 31 }],
		['opaque', { type: FrameType.PING, opaque: new Uint8Array(7) }],
		['lastStreamId', { type: FrameType.GOAWAY, lastStreamId: 2 ** 31, errorCode: 0 }],
		['increment', { type: FrameType.WINDOW_UPDATE, streamId: 0, increment: 2 ** 31 }],
	];

	for (const [what, frame] of WRONG) {
		test(`FrameWriter refuses ${JSON.stringify(frame)}, whose ${what} does not fit its field`, () => {
			assert.throws(() => writer.write(frame), { name: 'RangeError', message: new RegExp(`^${what} `) });
		});
	}
});

describe('members of the wrong type are TypeErrors', () => {
	const numbers = [
		'streamId',
		'flags',
		'padding',
		'errorCode',
		'promisedStreamId',
		'lastStreamId',
		'increment',
	] as const;
	const payloads = ['data', 'fragment', 'opaque', 'debugData', 'payload'] as const;
	const whole = new Map<string, object>([
		['padding', { type: FrameType.DATA }],
		['data', { type: FrameType.DATA }],
		['fragment', { type: FrameType.CONTINUATION }],
		['errorCode', { type: FrameType.RST_STREAM }],
		['promisedStreamId', { type: FrameType.PUSH_PROMISE }],
		['opaque', { type: FrameType.PING }],
		['lastStreamId', { type: FrameType.GOAWAY, errorCode: 0 }],
		['debugData', { type: FrameType.GOAWAY, errorCode: 0, lastStreamId: 0 }],
		['increment', { type: FrameType.WINDOW_UPDATE }],
	]);
	const refuse = (frame: object, message: RegExp): void => {
		assert.throws(() => writer.write(frame as WritableFrame), { name: 'TypeError', message });
	};

	for (const name of numbers) {
		test(`FrameWriter refuses ${name} that is not a number`, () => {
			for (const value of ['1', true, [], 1n, Symbol('1')]) {
				refuse({ type: 99, ...whole.get(name), [name]: value }, new RegExp(`^${name} must be a number, not `));
			}
		});
	}

	for (const name of payloads) {
		test(`FrameWriter refuses ${name} that is not a Uint8Array`, () => {
			for (const value of ['abc', null, 3, [1, 2], new ArrayBuffer(8), { length: 8 }]) {
				refuse({ type: 99, ...whole.get(name), [name]: value }, new RegExp(`^${name} must be a Uint8Array, not `));
			}
		});
	}

	test('FrameWriter refuses settings that are not pairs of numbers', () => {
		for (const settings of [null, 'ab', 5, { 1: 2 }])
			refuse({ type: FrameType.SETTINGS, settings }, /must be an array, not/);
		for (const pair of [1, null, 'ab', [1], [1, 2, 3]]) {
			refuse({ type: FrameType.SETTINGS, settings: [pair] }, /^settings must have pairs \[identifier, value\], not /);
		}
		refuse({ type: FrameType.SETTINGS, settings: [['1', 2]] }, /^identifier must be a number/);
	});

	test('FrameWriter refuses a frame without a member that its type needs', () => {
		refuse({ type: FrameType.PRIORITY, streamId: 1 }, /^A PRIORITY frame must have a priority$/);
		refuse({ type: FrameType.PRIORITY, streamId: 1, priority: {} }, /^dependency must be a number, not undefined$/);
		refuse({ type: FrameType.RST_STREAM, streamId: 1 }, /^errorCode must be a number, not undefined$/);
		refuse({ type: FrameType.WINDOW_UPDATE, streamId: 1 }, /^increment must be a number, not undefined$/);
		refuse({ type: FrameType.GOAWAY, errorCode: 0 }, /^lastStreamId must be a number, not undefined$/);
	});

	test('writeRaw refuses a payload that is not a Uint8Array', () => {
		assert.throws(
			() => writer.writeRaw(0, 0, 0, 'abc' as unknown as Uint8Array),
			/^TypeError: payload must be a Uint8Array/,
		);
	});
});

describe('members that a frame does not have', () => {
	for (const [frame, message] of [
		[
			{ type: FrameType.DATA, streamId: 1, endstream: true },
			/^TypeError: Unknown option "endstream" of a DATA frame: did you mean endStream\?$/,
		],
		[
			{ type: FrameType.DATA, streamId: 1, payload: abc },
			/"payload" of a DATA frame, which has type, flags, streamId, length, endStream/,
		],
		[{ type: FrameType.DATA, stream: 1 }, /"stream" of a DATA frame: write streamId$/],
		[
			{ type: FrameType.HEADERS, streamId: 1, endStream: 1 },
			/^TypeError: endStream must be true or false, not a number$/,
		],
		[
			{ type: FrameType.HEADERS, streamId: 1, priority: { wieght: 1 } },
			/"wieght" of priority: did you mean priority\.weight\?$/,
		],
		[{ type: FrameType.PRIORITY, streamId: 1, priority: null }, /^TypeError: priority must be an object/],
		[{ type: FrameType.PING, Ack: true }, /"Ack" of a PING frame: did you mean ack\?$/],
		[
			{ type: 0x20, streamId: 1, data: abc },
			/"data" of a frame of an extension, which has type, flags, streamId, length, payload$/,
		],
		[{ streamId: 1 }, /^TypeError: type must be a number, not undefined$/],
		[null, /must be an object \{ type, flags, streamId, length, payload \}, not null$/],
	] as const) {
		test(`FrameWriter refuses the unknown member of ${JSON.stringify(frame)}`, () => {
			assert.throws(() => writer.write(frame as unknown as WritableFrame), message);
		});
	}
});
