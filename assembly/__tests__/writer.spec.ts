import {
	beginBlock,
	encodeIndexed,
	reset,
	setMaxFrameSize,
	writeGoaway,
	writeHead,
	writeHeaders,
	writePing,
	writeRstStream,
	writeWindowUpdate,
} from '../index';
import { OUTPUT } from '../memory';
import * as Flag from '../shared/frame-flag';
import * as FrameType from '../shared/frame-type';
import * as Limit from '../shared/limit';
import { Host } from './support/host';
import { frame, hexAt, putText } from './support/bytes';

function since(end: usize): string {
	return hexAt(OUTPUT, <u32>(end - OUTPUT));
}

/** The transcript of the frames in OUTPUT up to `end`. */
function readBack(end: usize): string {
	return new Host().feed(OUTPUT, <u32>(end - OUTPUT)).take();
}

/** Frames a block of `size` bytes, each of which is one field. */
function framed(size: u32, endStream: bool, maxFrameSize: u32 = Limit.DEFAULT_MAX_FRAME_SIZE): usize {
	const block = OUTPUT + Limit.HEAD_BYTES;
	for (let i: u32 = 0; i < size; i++) store<u8>(block + i, 0x82 + (i % 13));
	return writeHeaders(OUTPUT, block + size, 5, endStream, maxFrameSize);
}

/** The bytes [from, to) of such a block. */
function cut(from: i32, to: i32): string {
	return '82838485868788898a8b8c8d8e'.slice(from * 2, to * 2);
}

beforeEach(() => {
	memory.fill(OUTPUT, 0xee, Limit.OUTPUT_BYTES);
});

describe('writer', () => {
	test('the writer writes the head of a frame', () => {
		expect(since(writeHead(OUTPUT, 0x123456, 0xab, 0xcd, 0x7fffffff))).toBe('123456abcd7fffffff');
		expect(since(writeHead(OUTPUT, 0, FrameType.DATA, Flag.END_STREAM, 1))).toBe('000000000100000001');
		expect(since(writeHead(OUTPUT, 0xffffff, FrameType.DATA, 0, 1))).toBe('ffffff000000000001');
	});

	test('the writer writes each type of frame, and the reader reads it', () => {
		let end = writeRstStream(OUTPUT, 3, 8);
		expect(since(end)).toBe('0000040300' + '00000003' + '00000008');
		expect(readBack(end)).toBe('RST_STREAM 3 8');

		end = writePing(OUTPUT, 0x01020304, 0xfffefdfc, false);
		expect(since(end)).toBe('0000080600' + '00000000' + '01020304fffefdfc');
		expect(readBack(end)).toBe('PING 16909060 4294901244');
		end = writePing(OUTPUT, 1, 2, true);
		expect(since(end)).toBe('0000080601' + '00000000' + '0000000100000002');

		end = writeWindowUpdate(OUTPUT, 0, 0x7fffffff);
		expect(since(end)).toBe('0000040800' + '00000000' + '7fffffff');
		expect(readBack(end)).toBe('WINDOW_UPDATE 0 2147483647');
	});

	test('the writer writes the fields of GOAWAY before its debug data', () => {
		expect(since(writeGoaway(OUTPUT, 0x7fffffff, 11, 0))).toBe('0000080700' + '00000000' + '7fffffff0000000b');
		const end = putText(writeGoaway(OUTPUT, 3, 0, 3), 'bye');
		expect(readBack(end)).toBe('GOAWAY 3 0 3\nBODY [627965]');
	});

	test('the writer writes at any place in memory', () => {
		for (let shift: usize = 0; shift < 8; shift++) {
			const end = writeRstStream(OUTPUT + shift, 3, 8);
			expect(hexAt(OUTPUT + shift, 13)).toBe('00000403000000000300000008');
			expect(end).toBe(OUTPUT + shift + 13);
			expect(load<u8>(end)).toBe(0xee);
		}
	});
});

describe('field blocks', () => {
	test('a field block of one frame is HEADERS with END_HEADERS', () => {
		const end = framed(3, true);
		expect(since(end)).toBe(frame(FrameType.HEADERS, Flag.END_STREAM | Flag.END_HEADERS, 5, '828384'));
		expect(readBack(end)).toBe(':method: GET\n:method: POST\n:path: /\nSECTION 5 size 123 END_STREAM');
	});

	test('an empty field block is an empty HEADERS frame', () => {
		const end = framed(0, true);
		expect(since(end)).toBe('000000010500000005');
		expect(readBack(end)).toBe('SECTION 5 size 0 END_STREAM');
	});

	test('a field block that the encoder wrote in place gets its head in front', () => {
		reset(false);
		let end = beginBlock(OUTPUT + Limit.HEAD_BYTES);
		end = encodeIndexed(end, 2);
		end = encodeIndexed(end, 4);
		end = writeHeaders(OUTPUT, end, 1, false, 16384);
		expect(since(end)).toBe('000002010400000001' + '8284');
	});

	test('a field block is split at the largest frame size, with END_HEADERS on the last frame', () => {
		expect(since(framed(13, true, 13))).toBe(frame(1, 5, 5, cut(0, 13)));
		expect(since(framed(13, true, 12))).toBe(frame(1, 1, 5, cut(0, 12)) + frame(9, 4, 5, cut(12, 13)));
		expect(since(framed(13, false, 7))).toBe(frame(1, 0, 5, cut(0, 7)) + frame(9, 4, 5, cut(7, 13)));
		expect(since(framed(12, false, 4))).toBe(
			frame(1, 0, 5, cut(0, 4)) + frame(9, 0, 5, cut(4, 8)) + frame(9, 4, 5, cut(8, 12)),
		);
		let each = frame(1, 0, 5, cut(0, 1));
		for (let i = 1; i < 13; i++) each += frame(9, i == 12 ? 4 : 0, 5, cut(i, i + 1));
		expect(since(framed(13, false, 1))).toBe(each);
	});

	test('field blocks of lengths around multiples of 16,384 are read back unchanged', () => {
		const sizes: u32[] = [16383, 16384, 16385, 32768, 32769, 147456];
		for (let i = 0; i < sizes.length; i++) {
			const size = sizes[i];
			const pieces = (size + 16383) / 16384;
			const end = framed(size, true);
			expect(end).toBe(OUTPUT + size + pieces * Limit.HEAD_BYTES);
			expect(end).toBeLessThanOrEqual(OUTPUT + Limit.OUTPUT_BYTES);
			expect(load<u8>(end)).toBe(0xee);
			const host = new Host().feed(OUTPUT, <u32>(end - OUTPUT));
			const expected = new Host();
			setMaxFrameSize(Limit.LARGEST_MAX_FRAME_SIZE);
			expected.feed(OUTPUT, <u32>(framed(size, true, size) - OUTPUT));
			expect(host.lines.length).toBe(size + 1);
			expect(host.lines[size].endsWith(' END_STREAM')).toBeTruthy();
			expect(host.transcript == expected.transcript).toBeTruthy(size.toString());
		}
	});
});
