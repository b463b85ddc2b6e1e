import { receive, reset } from '../index';
import { EVENTS, INPUT } from '../memory';
import * as ErrorCode from '../shared/error-code';
import * as Event from '../shared/event';
import * as Fault from '../shared/fault';
import * as Flag from '../shared/frame-flag';
import * as FrameType from '../shared/frame-type';
import { fault, Host } from './support/host';
import { frame, head, hexAt, putHex, repeated } from './support/bytes';

const PING = frame(FrameType.PING, 0, 0, repeated(0, 8));
const PONG = 'PING 0 0';

/** Expects this connection error and nothing after it, however the input is split, in both modes. */
function expectConnectionError(wire: string, errorCode: u32, reason: u32): void {
	const line = fault(0, errorCode, reason);
	for (let mode = 0; mode < 2; mode++) {
		const whole = mode == 1;
		for (let step: u32 = 1; step <= 16; step++) {
			const host = new Host(whole).feedHex(wire + PING + PING, step);
			const lines = host.take();
			const message = wire + ' in parts of ' + step.toString();
			if (whole) expect(lines.endsWith(line)).toBeTruthy(message + lines);
			else expect(lines).toBe(line, message);
			expect(host.feedHex(PING).take()).toBe('', message);
		}
	}
}

/** Expects this stream error, after which the connection continues. */
function expectStreamError(wire: string, streamId: u32, errorCode: u32, reason: u32): void {
	for (let mode = 0; mode < 2; mode++) {
		for (let step: u32 = 1; step <= 16; step++) {
			const lines = new Host(mode == 1).feedHex(wire + PING, step).take();
			const behind = mode == 0 ? PONG : 'FRAME 6 0 8 4294967295 0 0\nBODY []';
			expect(lines).toBe(fault(streamId, errorCode, reason) + '\n' + behind, wire + ' in parts of ' + step.toString());
		}
	}
}

describe('RFC 9113 §4.1 and §4.2: head', () => {
	test('a frame of any type above the agreed size is FRAME_SIZE_ERROR', () => {
		for (let type = 0; type < 20; type++) {
			const streamId = type == 4 || type == 6 || type == 7 ? 0 : 1;
			// The error needs only the head.
			expectConnectionError(head(16385, type, 0, streamId), ErrorCode.FRAME_SIZE_ERROR, Fault.FRAME_TOO_LARGE);
		}
		expectConnectionError(head(0xffffff, 0, 0, 1), ErrorCode.FRAME_SIZE_ERROR, Fault.FRAME_TOO_LARGE);
	});

	test('a frame of a stream on stream 0 is PROTOCOL_ERROR', () => {
		const types = [0, 1, 2, 3, 5, 9];
		for (let i = 0; i < types.length; i++) {
			expectConnectionError(frame(types[i], 0, 0, '0000000200'), ErrorCode.PROTOCOL_ERROR, Fault.STREAM_ID_ZERO);
		}
		// The reserved bit is not part of the stream id.
		expectConnectionError(frame(0, 0, 0x80000000, '00'), ErrorCode.PROTOCOL_ERROR, Fault.STREAM_ID_ZERO);
	});

	test('a frame of the connection on a stream is PROTOCOL_ERROR', () => {
		expectConnectionError(frame(FrameType.SETTINGS, 0, 1), ErrorCode.PROTOCOL_ERROR, Fault.STREAM_ID_NOT_ZERO);
		expectConnectionError(frame(FrameType.SETTINGS, Flag.ACK, 1), ErrorCode.PROTOCOL_ERROR, Fault.STREAM_ID_NOT_ZERO);
		expectConnectionError(
			frame(FrameType.PING, 0, 1, repeated(0, 8)),
			ErrorCode.PROTOCOL_ERROR,
			Fault.STREAM_ID_NOT_ZERO,
		);
		expectConnectionError(
			frame(FrameType.GOAWAY, 0, 1, repeated(0, 8)),
			ErrorCode.PROTOCOL_ERROR,
			Fault.STREAM_ID_NOT_ZERO,
		);
	});
});

describe('RFC 9113 §6: lengths', () => {
	test('PRIORITY with a length other than 5 is a stream error', () => {
		for (let length = 0; length < 12; length++) {
			if (length == 5) continue;
			const wire = frame(FrameType.PRIORITY, 0, 3, repeated(0xff, length));
			expectStreamError(wire, 3, ErrorCode.FRAME_SIZE_ERROR, Fault.BAD_LENGTH);
		}
	});

	test('frames of a fixed size with any other length are FRAME_SIZE_ERROR', () => {
		const types = [FrameType.RST_STREAM, FrameType.PING, FrameType.WINDOW_UPDATE];
		const sizes = [4, 8, 4];
		for (let i = 0; i < types.length; i++) {
			const streamId = types[i] == FrameType.PING ? 0 : 1;
			for (let length = 0; length < 12; length++) {
				if (length == sizes[i]) continue;
				const wire = frame(types[i], 0, streamId, repeated(1, length));
				expectConnectionError(wire, ErrorCode.FRAME_SIZE_ERROR, Fault.BAD_LENGTH);
			}
		}
		expectConnectionError(frame(FrameType.WINDOW_UPDATE, 0, 0, '000001'), ErrorCode.FRAME_SIZE_ERROR, Fault.BAD_LENGTH);
	});

	test('SETTINGS with a partial entry, or with ACK and any entry, are FRAME_SIZE_ERROR', () => {
		const lengths = [1, 2, 3, 4, 5, 7, 11, 13];
		for (let i = 0; i < lengths.length; i++) {
			const wire = frame(FrameType.SETTINGS, 0, 0, repeated(0, lengths[i]));
			expectConnectionError(wire, ErrorCode.FRAME_SIZE_ERROR, Fault.BAD_LENGTH);
		}
		expectConnectionError(
			frame(FrameType.SETTINGS, Flag.ACK, 0, '000300000064'),
			ErrorCode.FRAME_SIZE_ERROR,
			Fault.BAD_LENGTH,
		);
		expectConnectionError(frame(FrameType.SETTINGS, Flag.ACK, 0, '00'), ErrorCode.FRAME_SIZE_ERROR, Fault.BAD_LENGTH);
	});

	test('frames too short for their fields are FRAME_SIZE_ERROR', () => {
		for (let length = 0; length < 8; length++) {
			expectConnectionError(
				frame(FrameType.GOAWAY, 0, 0, repeated(0, length)),
				ErrorCode.FRAME_SIZE_ERROR,
				Fault.BAD_LENGTH,
			);
		}
		const wires = [
			frame(FrameType.DATA, Flag.PADDED, 1),
			frame(FrameType.HEADERS, Flag.PADDED, 1),
			frame(FrameType.HEADERS, Flag.PRIORITY, 1, '00000000'),
			frame(FrameType.HEADERS, Flag.PRIORITY | Flag.PADDED, 1, '0000000000'),
			frame(FrameType.PUSH_PROMISE, 0, 1, '000000'),
			frame(FrameType.PUSH_PROMISE, Flag.PADDED, 1, '00000002'),
		];
		for (let i = 0; i < wires.length; i++)
			expectConnectionError(wires[i], ErrorCode.FRAME_SIZE_ERROR, Fault.BAD_LENGTH);
	});
});

describe('RFC 9113 §6.1, §6.2, §6.6: padding', () => {
	test('padding may fill the rest of a frame', () => {
		expect(new Host().feedHex(frame(FrameType.DATA, Flag.PADDED, 1, 'ff' + repeated(0, 255))).take()).toBe(
			'DATA 1 [] of 256',
		);
		const headers = frame(FrameType.HEADERS, Flag.PADDED | Flag.END_HEADERS | Flag.PRIORITY, 1, '01000000000000');
		expect(new Host().feedHex(headers).take()).toBe('SECTION 1 size 0');
		const push = frame(FrameType.PUSH_PROMISE, Flag.PADDED | Flag.END_HEADERS, 1, '01' + '00000002' + '00');
		expect(new Host().feedHex(push).take()).toBe('SECTION 1 promises 2 size 0');
	});

	test('padding one byte longer than the rest of a frame is PROTOCOL_ERROR', () => {
		const wires = [
			frame(FrameType.DATA, Flag.PADDED, 1, '01'),
			frame(FrameType.DATA, Flag.PADDED, 1, 'ff' + repeated(0, 254)),
			frame(FrameType.DATA, Flag.PADDED, 1, '04AAAAAA'),
			frame(FrameType.HEADERS, Flag.PADDED | Flag.END_HEADERS, 1, '01'),
			frame(FrameType.HEADERS, Flag.PADDED | Flag.END_HEADERS, 1, '0282'),
			// Padding must not extend into the priority fields.
			frame(FrameType.HEADERS, Flag.PADDED | Flag.END_HEADERS | Flag.PRIORITY, 1, '02000000000000'),
			frame(FrameType.PUSH_PROMISE, Flag.PADDED | Flag.END_HEADERS, 1, '02' + '00000002' + '00'),
		];
		for (let i = 0; i < wires.length; i++)
			expectConnectionError(wires[i], ErrorCode.PROTOCOL_ERROR, Fault.PADDING_TOO_LONG);
	});
});

describe('RFC 9113 §6.5.2: settings', () => {
	test('a setting out of range ends the connection, after the entries before it are reported', () => {
		const entries = ['000200000002', '000480000000', '000500003fff', '000501000000', '000800000002', '000900000002'];
		for (let i = 0; i < entries.length; i++) {
			const flow = i == 1;
			const errorCode = flow ? ErrorCode.FLOW_CONTROL_ERROR : ErrorCode.PROTOCOL_ERROR;
			const reason = flow ? Fault.WINDOW_SETTING_TOO_LARGE : Fault.BAD_SETTING;
			expectConnectionError(frame(FrameType.SETTINGS, 0, 0, entries[i]), errorCode, reason);
			const second = frame(FrameType.SETTINGS, 0, 0, '000300000001' + entries[i]);
			expect(new Host().feedHex(second).take()).toBe('SETTING 3 1\n' + fault(0, errorCode, reason));
		}
	});
});

describe('RFC 9113 §6.6, §6.9', () => {
	test('a promise of stream 0 is PROTOCOL_ERROR', () => {
		const push = Flag.END_HEADERS;
		expectConnectionError(
			frame(FrameType.PUSH_PROMISE, push, 1, '00000000' + '82'),
			ErrorCode.PROTOCOL_ERROR,
			Fault.PROMISED_ID_ZERO,
		);
		expectConnectionError(
			frame(FrameType.PUSH_PROMISE, push, 1, '80000000' + '82'),
			ErrorCode.PROTOCOL_ERROR,
			Fault.PROMISED_ID_ZERO,
		);
	});

	test('a window increment of 0 is a stream error, or a connection error on stream 0', () => {
		const code = ErrorCode.PROTOCOL_ERROR;
		expectStreamError(frame(FrameType.WINDOW_UPDATE, 0, 5, '00000000'), 5, code, Fault.ZERO_INCREMENT);
		expectStreamError(frame(FrameType.WINDOW_UPDATE, 0, 5, '80000000'), 5, code, Fault.ZERO_INCREMENT);
		expectConnectionError(frame(FrameType.WINDOW_UPDATE, 0, 0, '00000000'), code, Fault.ZERO_INCREMENT);
		expectConnectionError(frame(FrameType.WINDOW_UPDATE, 0, 0, '80000000'), code, Fault.ZERO_INCREMENT);
	});
});

describe('RFC 9113 §4.3, §6.10: order of CONTINUATION', () => {
	test('CONTINUATION that continues nothing is PROTOCOL_ERROR', () => {
		const alone = frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, '82');
		expectConnectionError(alone, ErrorCode.PROTOCOL_ERROR, Fault.CONTINUATION_UNEXPECTED);
		// The same after a complete block.
		const headers = frame(FrameType.HEADERS, Flag.END_HEADERS, 1, '82');
		expect(new Host().feedHex(headers + alone + PING).take()).toBe(
			':method: GET\nSECTION 1 size 42\n' + fault(0, ErrorCode.PROTOCOL_ERROR, Fault.CONTINUATION_UNEXPECTED),
		);
	});

	test('no frame of any type or stream may arrive within a field block', () => {
		const starts = [
			frame(FrameType.HEADERS, 0, 1, '82'),
			frame(FrameType.HEADERS, 0, 1),
			frame(FrameType.PUSH_PROMISE, 0, 1, '00000002'),
			frame(FrameType.HEADERS, 0, 1) + frame(FrameType.CONTINUATION, 0, 1, '82'),
		];
		for (let i = 0; i < starts.length; i++) {
			for (let type = 0; type < 12; type++) {
				const onConnection = type == 4 || type == 6 || type == 7;
				const wire = starts[i] + frame(type, 0, onConnection ? 0 : type == 9 ? 3 : 1, '0000000100000001');
				expectConnectionError(wire, ErrorCode.PROTOCOL_ERROR, Fault.BLOCK_INTERRUPTED);
			}
			expectConnectionError(starts[i] + frame(9, 0, 0), ErrorCode.PROTOCOL_ERROR, Fault.BLOCK_INTERRUPTED);
			// An interrupted block is reported before other faults of the frame.
			expectConnectionError(starts[i] + frame(2, 0, 1, '00'), ErrorCode.PROTOCOL_ERROR, Fault.BLOCK_INTERRUPTED);
		}
	});
});

describe('after a violation of the connection', () => {
	test('after a connection error the reader skips all input and reports nothing', () => {
		reset(false);
		putHex(INPUT, frame(FrameType.DATA, 0, 0) + PING);
		expect(receive(0, 26, 26)).toBe(26);
		expect(load<u32>(EVENTS)).toBe(Event.FIRST + 4);
		for (let i: u32 = 0; i < 50; i++) {
			memory.fill(INPUT, <u8>(i * 5), 1000);
			expect(receive(0, 1000, 1000 + i)).toBe(1000 + i);
			expect(hexAt(EVENTS, 16)).toBe('04000000000000000000000000000000');
		}
	});

	test('a broken field block is a connection error, also after a pause', () => {
		const broken = frame(FrameType.HEADERS, Flag.END_HEADERS, 1, '8280');
		const line = fault(0, ErrorCode.COMPRESSION_ERROR, Fault.BAD_INDEX);
		expect(new Host().feedHex(broken + PING).take()).toBe(':method: GET\n' + line);
		expect(new Host().feedHex(broken + PING, 1).take()).toBe(':method: GET\n' + line);
		const long = frame(FrameType.HEADERS, Flag.END_HEADERS, 1, repeated(0x82, 9000) + '80');
		const host = new Host().feedHex(long + PING + PING);
		expect(host.lines.length).toBe(9001);
		expect(host.lines[9000]).toBe(line);
		expect(host.pauses).toBe(1);
	});

	test('reset makes a failed reader usable again', () => {
		new Host().feedHex(frame(FrameType.DATA, 0, 0) + PING);
		expect(new Host().feedHex(PING).take()).toBe(PONG);
		// The reader may be in the middle of a head, fixed fields, settings, a body, padding or a block.
		const parts = [
			PING.slice(0, 8),
			PING.slice(0, 24),
			frame(FrameType.SETTINGS, 0, 0, repeated(0, 6)).slice(0, 22),
			head(100, FrameType.DATA, 0, 1) + '00',
			frame(FrameType.DATA, Flag.PADDED, 1, '0500').slice(0, 22),
			frame(FrameType.HEADERS, 0, 1, '82'),
		];
		for (let i = 0; i < parts.length; i++) {
			new Host().feedHex(parts[i]);
			expect(new Host().feedHex(PING).take()).toBe(PONG, parts[i]);
		}
		expect(parts.length).toBe(6);
	});
});

test('any bytes yield records or one violation, at any split, and never a trap', () => {
	let seed: u64 = 20260722;
	const wire = new ArrayBuffer(600);
	for (let round = 0; round < 300; round++) {
		let at = changetype<usize>(wire);
		const end = at + 600;
		// Heads are often valid, so that their payloads are read.
		while (at + 40 < end) {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			const random = <u32>(seed >> 33);
			const size = random % 24;
			const fixed = random & 0x1000 ? (random >> 16) % 11 : FrameType.HEADERS;
			at = putHex(at, head(size, fixed, random & 0x2000 ? (random >> 20) & 0x2d : Flag.END_HEADERS, (random >> 8) & 1));
			for (let i: u32 = 0; i < size; i++) {
				seed = seed * 6364136223846793005 + 1442695040888963407;
				store<u8>(at++, seed & 0x10000000000 ? 0x80 | ((seed >> 44) & 0x3f) : seed >> 44);
			}
		}
		const length = <u32>(at - changetype<usize>(wire));
		const expected = new Host().feed(changetype<usize>(wire), length).take();
		expect(expected.indexOf('FAULT 0 ')).toBe(expected.lastIndexOf('FAULT 0 '));
		for (let step: u32 = 1; step < 50; step = step * 2 + 1) {
			expect(new Host().feed(changetype<usize>(wire), length, step).take()).toBe(expected, 'round ' + round.toString());
			expect(new Host().feed(changetype<usize>(wire), length, length, step).take()).toBe(
				expected,
				'round ' + round.toString(),
			);
		}
	}
});
