import { checkLength, checkSetting, checkStreamId, faultCode, prefixLength } from '../frame/checks';
import * as ErrorCode from '../shared/error-code';
import * as Fault from '../shared/fault';
import * as Flag from '../shared/frame-flag';
import * as FrameType from '../shared/frame-type';
import * as Setting from '../shared/setting';

function expectId(type: u32, streamId: u32, fault: u32): void {
	expect(checkStreamId(type, streamId)).toBe(fault, 'type ' + type.toString() + ' on ' + streamId.toString());
	if (fault != Fault.NONE) expect(faultCode).toBe(ErrorCode.PROTOCOL_ERROR);
}

function expectLength(type: u32, flags: u32, length: u32, fault: u32): void {
	const message = 'type ' + type.toString() + ' flags ' + flags.toString() + ' length ' + length.toString();
	expect(checkLength(type, flags, length)).toBe(fault, message);
	if (fault != Fault.NONE) expect(faultCode).toBe(ErrorCode.FRAME_SIZE_ERROR);
}

/** Expects that only this length is valid. */
function expectFixed(type: u32, flags: u32, length: u32): void {
	for (let other: u32 = 0; other < 32; other++) {
		expectLength(type, flags, other, other == length ? Fault.NONE : Fault.BAD_LENGTH);
	}
}

/** Expects that this length and all greater ones are valid. */
function expectLeast(type: u32, flags: u32, length: u32): void {
	for (let other: u32 = 0; other < length + 8; other++) {
		expectLength(type, flags, other, other >= length ? Fault.NONE : Fault.BAD_LENGTH);
	}
	expectLength(type, flags, 16384, Fault.NONE);
}

function expectSetting(identifier: u32, value: u32, fault: u32, errorCode: u32 = ErrorCode.NO_ERROR): void {
	expect(checkSetting(identifier, value)).toBe(fault, identifier.toString() + ' = ' + value.toString());
	if (fault != Fault.NONE) expect(faultCode).toBe(errorCode);
}

describe('stream ids', () => {
	test('frames of a stream must not be on stream 0', () => {
		const types = [
			FrameType.DATA,
			FrameType.HEADERS,
			FrameType.PRIORITY,
			FrameType.RST_STREAM,
			FrameType.PUSH_PROMISE,
			FrameType.CONTINUATION,
		];
		for (let i = 0; i < types.length; i++) {
			expectId(types[i], 0, Fault.STREAM_ID_ZERO);
			expectId(types[i], 1, Fault.NONE);
			expectId(types[i], 0x7fffffff, Fault.NONE);
		}
	});

	test('frames of the connection must be on stream 0', () => {
		const types = [FrameType.SETTINGS, FrameType.PING, FrameType.GOAWAY];
		for (let i = 0; i < types.length; i++) {
			expectId(types[i], 0, Fault.NONE);
			expectId(types[i], 1, Fault.STREAM_ID_NOT_ZERO);
			expectId(types[i], 0x7fffffff, Fault.STREAM_ID_NOT_ZERO);
		}
	});

	test('WINDOW_UPDATE and unknown types may be on any stream', () => {
		expectId(FrameType.WINDOW_UPDATE, 0, Fault.NONE);
		expectId(FrameType.WINDOW_UPDATE, 1, Fault.NONE);
		for (let type = 10; type < 256; type++) {
			expectId(type, 0, Fault.NONE);
			expectId(type, 1, Fault.NONE);
		}
	});
});

describe('lengths', () => {
	test('checkLength refuses any other length for frames of a fixed size', () => {
		expectFixed(FrameType.PRIORITY, 0, 5);
		expectFixed(FrameType.RST_STREAM, 0, 4);
		expectFixed(FrameType.PING, 0, 8);
		expectFixed(FrameType.PING, Flag.ACK, 8);
		expectFixed(FrameType.WINDOW_UPDATE, 0, 4);
		expectFixed(FrameType.SETTINGS, Flag.ACK, 0);
	});

	test('flags that a type does not have do not change its fixed length', () => {
		expectFixed(FrameType.PRIORITY, 0xff, 5);
		expectFixed(FrameType.RST_STREAM, 0xff, 4);
		expectFixed(FrameType.PING, 0xff, 8);
		expectFixed(FrameType.WINDOW_UPDATE, 0xff, 4);
	});

	test('the length of SETTINGS must be a multiple of six', () => {
		for (let length: u32 = 0; length < 40; length++) {
			expectLength(FrameType.SETTINGS, 0, length, length % 6 == 0 ? Fault.NONE : Fault.BAD_LENGTH);
		}
	});

	test('the length of a frame must leave room for the fields that begin its payload', () => {
		expectLeast(FrameType.DATA, 0, 0);
		expectLeast(FrameType.DATA, Flag.PADDED, 1);
		expectLeast(FrameType.DATA, Flag.PRIORITY, 0);
		expectLeast(FrameType.HEADERS, 0, 0);
		expectLeast(FrameType.HEADERS, Flag.PADDED, 1);
		expectLeast(FrameType.HEADERS, Flag.PRIORITY, 5);
		expectLeast(FrameType.HEADERS, Flag.PADDED | Flag.PRIORITY, 6);
		expectLeast(FrameType.PUSH_PROMISE, 0, 4);
		expectLeast(FrameType.PUSH_PROMISE, Flag.PADDED, 5);
		expectLeast(FrameType.PUSH_PROMISE, Flag.PRIORITY, 4);
		expectLeast(FrameType.GOAWAY, 0, 8);
		expectLeast(FrameType.CONTINUATION, 0xff, 0);
		for (let type = 10; type < 256; type++) expectLeast(type, 0xff, 0);
	});

	test('prefixLength is the length of the fields that begin the payload', () => {
		expect(prefixLength(FrameType.HEADERS, Flag.PADDED | Flag.PRIORITY)).toBe(6);
		expect(prefixLength(FrameType.PUSH_PROMISE, Flag.PADDED)).toBe(5);
		expect(prefixLength(FrameType.SETTINGS, 0xff)).toBe(0);
		expect(prefixLength(FrameType.CONTINUATION, 0xff)).toBe(0);
		expect(prefixLength(FrameType.ORIGIN, 0xff)).toBe(0);
	});
});

describe('settings', () => {
	test('settings that are switches must be 0 or 1', () => {
		const switches = [Setting.ENABLE_PUSH, Setting.ENABLE_CONNECT_PROTOCOL, Setting.NO_RFC7540_PRIORITIES];
		for (let i = 0; i < switches.length; i++) {
			expectSetting(switches[i], 0, Fault.NONE);
			expectSetting(switches[i], 1, Fault.NONE);
			expectSetting(switches[i], 2, Fault.BAD_SETTING, ErrorCode.PROTOCOL_ERROR);
			expectSetting(switches[i], 0xffffffff, Fault.BAD_SETTING, ErrorCode.PROTOCOL_ERROR);
		}
	});

	test('SETTINGS_INITIAL_WINDOW_SIZE is at most 2^31 - 1', () => {
		const fault = Fault.WINDOW_SETTING_TOO_LARGE;
		expectSetting(Setting.INITIAL_WINDOW_SIZE, 0, Fault.NONE);
		expectSetting(Setting.INITIAL_WINDOW_SIZE, 0x7fffffff, Fault.NONE);
		expectSetting(Setting.INITIAL_WINDOW_SIZE, 0x80000000, fault, ErrorCode.FLOW_CONTROL_ERROR);
		expectSetting(Setting.INITIAL_WINDOW_SIZE, 0xffffffff, fault, ErrorCode.FLOW_CONTROL_ERROR);
	});

	test('SETTINGS_MAX_FRAME_SIZE is from 2^14 to 2^24 - 1', () => {
		expectSetting(Setting.MAX_FRAME_SIZE, 16383, Fault.BAD_SETTING, ErrorCode.PROTOCOL_ERROR);
		expectSetting(Setting.MAX_FRAME_SIZE, 16384, Fault.NONE);
		expectSetting(Setting.MAX_FRAME_SIZE, 16777215, Fault.NONE);
		expectSetting(Setting.MAX_FRAME_SIZE, 16777216, Fault.BAD_SETTING, ErrorCode.PROTOCOL_ERROR);
		expectSetting(Setting.MAX_FRAME_SIZE, 0, Fault.BAD_SETTING, ErrorCode.PROTOCOL_ERROR);
		expectSetting(Setting.MAX_FRAME_SIZE, 0xffffffff, Fault.BAD_SETTING, ErrorCode.PROTOCOL_ERROR);
	});

	test('settings without a range, and unknown ones, accept any value', () => {
		const free = [
			Setting.HEADER_TABLE_SIZE,
			Setting.MAX_CONCURRENT_STREAMS,
			Setting.MAX_HEADER_LIST_SIZE,
			0,
			7,
			0xa,
			0x2b2b,
			0xffff,
		];
		for (let i = 0; i < free.length; i++) {
			expectSetting(free[i], 0, Fault.NONE);
			expectSetting(free[i], 0xffffffff, Fault.NONE);
		}
	});
});
