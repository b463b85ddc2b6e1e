import { receive, setMaxFrameSize } from '../index';
import { EVENTS, INPUT } from '../memory';
import * as ErrorCode from '../shared/error-code';
import * as Event from '../shared/event';
import * as Fault from '../shared/fault';
import * as Flag from '../shared/frame-flag';
import * as FrameType from '../shared/frame-type';
import * as Limit from '../shared/limit';
import { FRAMES, GET, LINES, SECTION_OF_GET } from './support/conversation';
import { fault, Host, bytesOf } from './support/host';
import { frame, head, hex, repeated } from './support/bytes';

describe('reader', () => {
	test('the reader reads every frame in one piece', () => {
		for (let i = 0; i < FRAMES.length; i++) expect(new Host().feedHex(FRAMES[i]).take()).toBe(LINES[i], FRAMES[i]);
	});

	test('the reader reads every frame byte by byte', () => {
		for (let i = 0; i < FRAMES.length; i++) expect(new Host().feedHex(FRAMES[i], 1).take()).toBe(LINES[i], FRAMES[i]);
	});

	test('the reader reads every frame in any two parts', () => {
		for (let i = 0; i < FRAMES.length; i++) {
			const bytes = bytesOf(FRAMES[i]);
			for (let cut: u32 = 1; cut < <u32>bytes.byteLength; cut++) {
				const host = new Host();
				host.feed(changetype<usize>(bytes), cut);
				host.feed(changetype<usize>(bytes) + cut, bytes.byteLength - cut);
				expect(host.take()).toBe(LINES[i], FRAMES[i] + ' at ' + cut.toString());
			}
		}
	});

	test('the reader reads all frames in a row in parts of any size', () => {
		const bytes = bytesOf(FRAMES.join(''));
		for (let step: u32 = 1; step <= <u32>bytes.byteLength; step++) {
			const host = new Host().feed(changetype<usize>(bytes), bytes.byteLength, step);
			expect(host.take()).toBe(LINES.join('\n'), 'in parts of ' + step.toString());
		}
	});

	test('the reader reads all frames through an input window of any size', () => {
		const bytes = bytesOf(FRAMES.join(''));
		const length: u32 = bytes.byteLength;
		for (let window: u32 = 1; window <= length; window += window < 40 ? 1 : 7) {
			const host = new Host().feed(changetype<usize>(bytes), length, length, window);
			expect(host.take()).toBe(LINES.join('\n'), 'through ' + window.toString());
			if (window < 20) expect(host.passedOver).toBeGreaterThan(0);
			const parts = new Host().feed(changetype<usize>(bytes), length, 50, min(window, <u32>50));
			expect(parts.take()).toBe(LINES.join('\n'), 'in parts, through ' + window.toString());
		}
	});

	test('the reader skips a body that the host reads, and its padding', () => {
		const data = frame(FrameType.DATA, Flag.PADDED, 1, 'ff' + repeated(0x61, 16000) + repeated(0, 255));
		const bytes = bytesOf((data + data + FRAMES[5]).repeat(20));
		const length: u32 = bytes.byteLength;
		const whole = new Host().feed(changetype<usize>(bytes), length, 60000);
		const host = new Host().feed(changetype<usize>(bytes), length, length, 1024);
		expect(host.transcript).toBe(whole.transcript);
		expect(host.passedOver).toBeGreaterThan(40 * 15000);
		// A fault after the body is reported, and the rest of the input is ignored.
		const broken = bytesOf(data + frame(FrameType.DATA, 0, 0) + data);
		const dead = new Host().feed(changetype<usize>(broken), broken.byteLength, broken.byteLength, 100);
		expect(dead.lines.length).toBe(2);
		expect(dead.lines[1]).toBe(fault(0, ErrorCode.PROTOCOL_ERROR, Fault.STREAM_ID_ZERO));
	});

	test('the reader does not skip what it reads itself', () => {
		const settings = frame(FrameType.SETTINGS, 0, 0, '000300000064'.repeat(100));
		const block = frame(
			FrameType.HEADERS,
			Flag.END_HEADERS | Flag.PADDED,
			1,
			'09' + repeated(0x82, 600) + repeated(0, 9),
		);
		const bytes = bytesOf(settings + block + settings);
		const expected = new Host().feed(changetype<usize>(bytes), bytes.byteLength).transcript;
		for (let window: u32 = 1; window < 700; window += 23) {
			const host = new Host().feed(changetype<usize>(bytes), bytes.byteLength, bytes.byteLength, window);
			expect(host.transcript).toBe(expected, 'through ' + window.toString());
			// Only padding may be passed over.
			expect(host.passedOver).toBeLessThanOrEqual(9);
		}
	});

	test('the reader ignores the reserved bit of the stream id', () => {
		for (let i = 0; i < FRAMES.length; i++) {
			const reserved = FRAMES[i].slice(0, 10) + (FRAMES[i].charAt(10) == '0' ? '8' : 'f') + FRAMES[i].slice(11);
			// If only the first frame of a block has the reserved bit, the block still has one stream id.
			expect(new Host().feedHex(reserved).take()).toBe(LINES[i], reserved);
		}
	});

	test('the reader ignores flags that a type does not have', () => {
		const flags = 0xff ^ Flag.ACK ^ Flag.PADDED ^ Flag.PRIORITY;
		expect(new Host().feedHex(frame(FrameType.PING, flags, 0, repeated(0, 8))).take()).toBe('PING 0 0');
		expect(new Host().feedHex(frame(FrameType.SETTINGS, flags, 0)).take()).toBe('SETTINGS');
		expect(new Host().feedHex(frame(FrameType.DATA, 0xf6, 1, '21')).take()).toBe('DATA 1 [21] of 1');
		expect(new Host().feedHex(frame(FrameType.RST_STREAM, 0xff, 1, '00000000')).take()).toBe('RST_STREAM 1 0');
		const push = frame(FrameType.PUSH_PROMISE, 0xf7, 1, '00000002' + GET);
		expect(new Host().feedHex(push).take()).toBe(LINES[21]);
		// END_STREAM is a flag of HEADERS. CONTINUATION has no such flag.
		const block = frame(FrameType.HEADERS, 0, 1) + frame(FrameType.CONTINUATION, 0xff, 1, GET);
		expect(new Host().feedHex(block).take()).toBe(SECTION_OF_GET);
	});

	test('the reader counts padding with the first piece of DATA', () => {
		const host = new Host();
		host.feedHex(frame(FrameType.DATA, Flag.PADDED, 1, '04aabbcc00000000').slice(0, 22));
		// The record is kind, streamId, offset, length, flow-controlled length. The last counts the data, pad length and padding.
		expect(load<u32>(EVENTS, Event.FIRST << 2)).toBe(Event.DATA);
		expect(load<u32>(EVENTS, (Event.FIRST + 2) << 2)).toBe(10);
		expect(load<u32>(EVENTS, (Event.FIRST + 3) << 2)).toBe(1);
		expect(load<u32>(EVENTS, (Event.FIRST + 4) << 2)).toBe(6);
		host.feedHex('bbcc');
		expect(load<u32>(EVENTS, (Event.FIRST + 4) << 2)).toBe(2);
		// Data is reported before its padding has arrived.
		expect(host.take()).toBe('DATA 1 [aabbcc] of 8');
		host.feedHex('00000000' + frame(FrameType.PING, 0, 0, repeated(1, 8)));
		expect(host.take()).toBe('PING 16843009 16843009');
	});

	test('the reader accepts frames up to the maximum frame size', () => {
		const body = repeated(0x61, 16384);
		const host = new Host().feedHex(frame(FrameType.DATA, 0, 1, body), 5000);
		expect(host.take().startsWith('DATA 1 16384 bytes')).toBeTruthy();
		setMaxFrameSize(100000);
		expect(
			host
				.feedHex(frame(FrameType.DATA, 0, 1, body.repeat(6)))
				.take()
				.startsWith('DATA 1 98304 bytes'),
		).toBeTruthy();
		host.feedHex(head(100001, FrameType.DATA, 0, 1));
		expect(host.take()).toBe(fault(0, ErrorCode.FRAME_SIZE_ERROR, Fault.FRAME_TOO_LARGE));
		// A new connection begins with the default size.
		expect(new Host().feedHex(head(16385, 0xff, 0, 1)).take()).toBe(
			fault(0, ErrorCode.FRAME_SIZE_ERROR, Fault.FRAME_TOO_LARGE),
		);
	});

	test('the reader reads from any offset of its input', () => {
		new Host();
		memory.fill(INPUT, 0xee, Limit.INPUT_BYTES);
		const bytes = bytesOf(frame(FrameType.DATA, 0, 1, '61'));
		memory.copy(INPUT + Limit.INPUT_BYTES - 10, changetype<usize>(bytes), 10);
		expect(receive(Limit.INPUT_BYTES - 10, Limit.INPUT_BYTES, Limit.INPUT_BYTES)).toBe(Limit.INPUT_BYTES);
		expect(load<u32>(EVENTS, (Event.FIRST + 2) << 2)).toBe(Limit.INPUT_BYTES - 1);
		expect(receive(0, 0, 0)).toBe(0);
		expect(load<u32>(EVENTS)).toBe(Event.FIRST);
	});
});

describe('reader: full event buffer', () => {
	test('thousands of frames in one input are all reported', () => {
		for (let i = 0; i < FRAMES.length; i++) {
			const count: i32 = Limit.INPUT_BYTES / (FRAMES[i].length >> 1);
			const host = new Host().feedHex(FRAMES[i].repeat(count));
			expect(host.passes - host.pauses).toBe(1);
			let lost = 0;
			const lines = LINES[i].split('\n');
			for (let k = 0; k < host.lines.length; k++) if (host.lines[k] != lines[k % lines.length]) lost++;
			// The section of frame 12 inserts an entry each time and counts evictions, so its record changes.
			if (i != 12) expect(lost).toBe(0, FRAMES[i]);
			expect(host.lines.length).toBe(count * lines.length, FRAMES[i]);
		}
	});

	test('the event buffer may be full before any frame', () => {
		// Each of these records has five words. UNKNOWN has four, so each one shifts the next frames by a word.
		const filler = bytesOf(frame(FrameType.DATA, 0, 1).repeat(3276));
		const shift = bytesOf(frame(0xff, 0, 1).repeat(4));
		const bytes = bytesOf(FRAMES.join(''));
		const expected = LINES.join('\n');
		const wire = new ArrayBuffer(Limit.INPUT_BYTES);
		let pauses = 0;
		for (let full = 3226; full <= 3276; full++) {
			const shifts = full % 5;
			let at = changetype<usize>(wire);
			memory.copy(at, changetype<usize>(filler), full * 9);
			at += full * 9;
			memory.copy(at, changetype<usize>(shift), shifts * 9);
			at += shifts * 9;
			memory.copy(at, changetype<usize>(bytes), bytes.byteLength);
			const host = new Host().feed(changetype<usize>(wire), <u32>(at - changetype<usize>(wire)) + bytes.byteLength);
			pauses += host.pauses;
			expect(host.lines.slice(full + shifts).join('\n')).toBe(expected, full.toString() + ' frames before');
		}
		expect(pauses).toBeGreaterThan(30);
	});

	test('a SETTINGS frame may fill the event buffer', () => {
		const entries = 2730;
		let payload = '';
		for (let i = 0; i < 10; i++) payload += '0003' + hex(i, 8);
		const settings = frame(FrameType.SETTINGS, 0, 0, payload.repeat(273));
		const host = new Host().feedHex(settings.repeat(3));
		expect(host.pauses).toBe(1);
		expect(host.lines.length).toBe(3 * (entries + 1));
		for (let i = 0; i < host.lines.length; i++) {
			const at = i % (entries + 1);
			expect(host.lines[i]).toBe(at == entries ? 'SETTINGS' : 'SETTING 3 ' + (at % 10).toString());
		}
	});

	test('a field block continues after a pause, and so does the frame after it', () => {
		// 9,000 fields in one frame, then every other frame.
		const wire =
			frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.PADDED, 1, '02' + repeated(0x82, 9000) + '0000') +
			FRAMES.join('');
		const host = new Host().feedHex(wire);
		expect(host.pauses).toBe(1);
		expect(host.lines.slice(0, 9000).join('').replaceAll(':method: GET', '')).toBe('');
		expect(host.lines[9000]).toBe('SECTION 1 size 378000');
		expect(host.lines.slice(9001).join('\n')).toBe(LINES.join('\n'));
	});
});
