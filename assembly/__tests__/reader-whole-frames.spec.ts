import * as ErrorCode from '../shared/error-code';
import * as Fault from '../shared/fault';
import * as Flag from '../shared/frame-flag';
import * as FrameType from '../shared/frame-type';
import { FRAMES } from './support/conversation';
import { fault, Host, bytesOf } from './support/host';
import { frame, repeated } from './support/bytes';

describe('reader: whole-frame mode', () => {
	test('whole-frame mode reports each frame by its head and prefix, and its body in pieces', () => {
		const whole: string[] = [
			'FRAME 4 0 18 4294967295 0 0\nSETTING 3 100\nSETTING 4 2147483647\nSETTING 11051 4294967295\nBODY []',
			'FRAME 4 0 0 4294967295 0 0\nBODY []',
			'FRAME 260 0 0 4294967295 0 0\nBODY []',
			'FRAME 6 0 8 4294967295 1 4294967294\nBODY []',
			'FRAME 262 0 8 4294967295 0 7\nBODY []',
			'FRAME 1025 1 3 4294967295 0 0\nBODY [828684]',
			'FRAME 1281 1 3 4294967295 0 0\nBODY [828684]',
			'FRAME 3073 1 7 3 0 0\nBODY [828684]',
			'FRAME 9217 1 8 4294967295 2147483651 16\nBODY [828684]',
			'FRAME 11265 1 11 2 2147483651 16\nBODY [828684]',
			'FRAME 1025 1 0 4294967295 0 0\nBODY []',
			'FRAME 257 1 1 4294967295 0 0\nBODY [82]\nFRAME 9 1 1 4294967295 0 0\nBODY [86]\nFRAME 1033 1 1 4294967295 0 0\nBODY [84]',
		];
		for (let i = 0; i < whole.length; i++) {
			expect(new Host(true).feedHex(FRAMES[i]).take()).toBe(whole[i]);
			expect(new Host(true).feedHex(FRAMES[i], 1).take()).toBe(whole[i]);
		}
		expect(new Host(true).feedHex(FRAMES[17]).take()).toBe('FRAME 2048 1 6 3 0 0\nBODY [6869]');
		expect(new Host(true).feedHex(FRAMES[21]).take()).toBe('FRAME 1029 1 7 4294967295 2 0\nBODY [828684]');
		expect(new Host(true).feedHex(FRAMES[24]).take()).toBe('FRAME 2 3 5 4294967295 2147483649 255\nBODY []');
		expect(new Host(true).feedHex(FRAMES[25]).take()).toBe('FRAME 3 1 4 4294967295 4294967294 0\nBODY []');
		expect(new Host(true).feedHex(FRAMES[27]).take()).toBe('FRAME 7 0 11 4294967295 3 0\nBODY [627965]');
		expect(new Host(true).feedHex(FRAMES[28]).take()).toBe('FRAME 8 0 4 4294967295 4294967295 0\nBODY []');
		expect(new Host(true).feedHex(FRAMES[30]).take()).toBe('FRAME 65296 0 5 4294967295 0 0\nBODY [0000000175]');
	});

	test('whole-frame mode reports the same at any split', () => {
		const bytes = bytesOf(FRAMES.join(''));
		const expected = new Host(true).feed(changetype<usize>(bytes), bytes.byteLength).take();
		for (let step: u32 = 1; step < 40; step++) {
			expect(new Host(true).feed(changetype<usize>(bytes), bytes.byteLength, step).take()).toBe(expected);
		}
	});

	test('whole-frame mode reports the same through an input window of any size', () => {
		const bytes = bytesOf(FRAMES.join(''));
		const length: u32 = bytes.byteLength;
		const expected = new Host(true).feed(changetype<usize>(bytes), length).take();
		for (let window: u32 = 1; window <= length; window += window < 40 ? 1 : 7) {
			const host = new Host(true).feed(changetype<usize>(bytes), length, length, window);
			expect(host.take()).toBe(expected, 'through ' + window.toString());
		}
		// In this mode, the host also reads field blocks itself.
		const block = bytesOf(frame(FrameType.HEADERS, Flag.END_HEADERS, 1, repeated(0x82, 100)));
		expect(new Host(true).feed(changetype<usize>(block), 109, 109, 9).passedOver).toBe(100);
	});

	test('whole-frame mode neither decodes nor limits field blocks, but enforces their order', () => {
		const broken =
			frame(FrameType.HEADERS, Flag.END_HEADERS, 1, '80') + frame(FrameType.HEADERS, Flag.END_HEADERS, 3, 'ff');
		expect(new Host(true).feedHex(broken).take()).toBe(
			'FRAME 1025 1 1 4294967295 0 0\nBODY [80]\nFRAME 1025 3 1 4294967295 0 0\nBODY [ff]',
		);
		const many = frame(FrameType.HEADERS, 0, 1) + frame(FrameType.CONTINUATION, 0, 1).repeat(100);
		const host = new Host(true).feedHex(many);
		expect(host.lines.length).toBe(202);
		host.take();
		host.feedHex(frame(FrameType.PING, 0, 0, repeated(0, 8)));
		expect(host.take()).toBe(fault(0, ErrorCode.PROTOCOL_ERROR, Fault.BLOCK_INTERRUPTED));
	});

	test('whole-frame mode reports each of thousands of frames', () => {
		const host = new Host(true).feedHex(frame(FrameType.DATA, 0, 1).repeat(7000));
		expect(host.lines.length).toBe(14000);
		expect(host.pauses).toBeGreaterThan(3);
	});
});
