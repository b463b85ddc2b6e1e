import {
	appendFragment,
	beginFieldBlock,
	blockStreamId,
	checkFragment,
	decodeInPlace,
	decodeJoined,
	decoding,
	isBlockEmpty,
	resetFieldBlock,
} from '../frame/field-block';
import { DONE, decoderFault, FAILED } from '../hpack/decoder';
import { reset, setMaxFrameSize, setSectionLimits } from '../index';
import { BLOCK, INPUT } from '../memory';
import * as ErrorCode from '../shared/error-code';
import * as Event from '../shared/event';
import * as Fault from '../shared/fault';
import * as Flag from '../shared/frame-flag';
import * as FrameType from '../shared/frame-type';
import * as Limit from '../shared/limit';
import { fault, Host, bytesOf } from './support/host';
import { frame, head, longHuffmanLength, putHex, repeated } from './support/bytes';

const PING = frame(FrameType.PING, 0, 0, repeated(0, 8));
const TOO_MANY = fault(0, ErrorCode.ENHANCE_YOUR_CALM, Fault.TOO_MANY_CONTINUATIONS);
const TOO_LARGE = fault(0, ErrorCode.ENHANCE_YOUR_CALM, Fault.BLOCK_TOO_LARGE);

function headers(payload: string, flags: u32 = 0): string {
	return frame(FrameType.HEADERS, flags, 1, payload);
}

function continuation(payload: string, flags: u32 = 0): string {
	return frame(FrameType.CONTINUATION, flags, 1, payload);
}

/** A literal field whose value is `length` zero bytes of Huffman code, a multiple of 5: '0' is coded as five zero bits. */
function zeros(length: u32): string {
	return '000161' + longHuffmanLength(length) + repeated(0, length);
}

/** `block` in HEADERS and CONTINUATION frames of at most `size` bytes. */
function split(block: string, size: i32): string {
	let wire = '';
	for (let at = 0; at < block.length; at += size * 2) {
		const last = at + size * 2 >= block.length;
		const payload = block.slice(at, at + size * 2);
		const flags = last ? Flag.END_HEADERS : 0;
		wire += at == 0 ? headers(payload, flags) : continuation(payload, flags);
	}
	return wire;
}

describe('field block', () => {
	beforeEach(() => {
		reset(false);
	});

	test('a field block is open from its first frame until it is decoded', () => {
		expect(blockStreamId).toBe(0);
		beginFieldBlock(7, 0, 0);
		expect(blockStreamId).toBe(7);
		expect(isBlockEmpty()).toBeTruthy();
		putHex(INPUT, '8284');
		expect(decodeInPlace(INPUT, 2)).toBe(DONE);
		expect(blockStreamId).toBe(0);
		expect(decoding).toBe(false);
	});

	test('a field block joins its appended fragments', () => {
		beginFieldBlock(1, 0, 0);
		appendFragment(putHex(INPUT, '00') - 1, 1);
		expect(isBlockEmpty()).toBeFalsy();
		appendFragment(putHex(INPUT, '0161') - 2, 2);
		appendFragment(putHex(INPUT, '0162') - 2, 2);
		expect(load<u32>(BLOCK)).toBe(0x01610100);
		expect(decodeJoined()).toBe(DONE);
		// The next block begins empty.
		beginFieldBlock(3, 0, 0);
		expect(isBlockEmpty()).toBeTruthy();
		appendFragment(putHex(INPUT, '80') - 1, 1);
		expect(decodeJoined()).toBe(FAILED);
		expect(decoderFault).toBe(Fault.BAD_INDEX);
	});

	test('a field block counts its bytes and CONTINUATION frames', () => {
		beginFieldBlock(1, 0, 0);
		expect(checkFragment(Limit.BLOCK_BYTES, false)).toBe(Fault.NONE);
		expect(checkFragment(Limit.BLOCK_BYTES + 1, false)).toBe(Fault.BLOCK_TOO_LARGE);
		expect(checkFragment(0xffffff, false)).toBe(Fault.BLOCK_TOO_LARGE);
		for (let i = 0; i < Limit.MAX_CONTINUATIONS; i++) expect(checkFragment(0, true)).toBe(Fault.NONE);
		expect(checkFragment(0, true)).toBe(Fault.TOO_MANY_CONTINUATIONS);
		beginFieldBlock(3, 0, 0);
		expect(checkFragment(0, true)).toBe(Fault.NONE);
	});

	test('resetting the reader closes an open field block', () => {
		beginFieldBlock(1, 0, 0);
		resetFieldBlock();
		expect(blockStreamId).toBe(0);
	});
});

describe('HEADERS and CONTINUATION', () => {
	test('eight CONTINUATION frames are accepted', () => {
		const wire = headers('82') + continuation('84').repeat(7) + continuation('86', Flag.END_HEADERS) + PING;
		const lines =
			':method: GET\n' + ':path: /\n'.repeat(7) + ':scheme: http\nSECTION 1 size ' + (42 + 7 * 38 + 43).toString();
		for (let step: u32 = 1; step < 20; step++) expect(new Host().feedHex(wire, step).take()).toBe(lines + '\nPING 0 0');
	});

	test('a ninth CONTINUATION frame is refused from its head', () => {
		const nine = headers('82') + continuation('84').repeat(8);
		expect(new Host().feedHex(nine).take()).toBe('');
		expect(new Host().feedHex(nine + head(1, FrameType.CONTINUATION, Flag.END_HEADERS, 1)).take()).toBe(TOO_MANY);
		expect(new Host().feedHex(nine + continuation('86', Flag.END_HEADERS) + PING, 1).take()).toBe(TOO_MANY);
	});

	test('empty CONTINUATION frames count', () => {
		const eight = headers('') + continuation('').repeat(7);
		expect(new Host().feedHex(eight + continuation('', Flag.END_HEADERS)).take()).toBe('SECTION 1 size 0');
		expect(new Host().feedHex(eight + continuation('82', Flag.END_HEADERS)).take()).toBe(
			':method: GET\nSECTION 1 size 42',
		);
		expect(new Host().feedHex(eight + continuation('') + continuation('', Flag.END_HEADERS)).take()).toBe(TOO_MANY);
	});

	test('the count of CONTINUATION frames starts afresh with each block', () => {
		const block = headers('') + continuation('').repeat(7) + continuation('82', Flag.END_HEADERS);
		expect(new Host().feedHex(block.repeat(5)).take()).toBe(':method: GET\nSECTION 1 size 42\n'.repeat(5).slice(0, -1));
	});

	test('a field block of nine full frames is accepted, whole and in parts', () => {
		const wire = split(repeated(0x82, 4) + zeros(Limit.BLOCK_BYTES - 11), 16384);
		expect(wire.length >> 1).toBe(Limit.BLOCK_BYTES + 9 * Limit.HEAD_BYTES);
		for (let step: u32 = 10007; step <= 60000; step *= 2) {
			const host = new Host().feedHex(wire, step);
			expect(host.lines.length).toBe(6);
			expect(host.lines[4].length).toBe(3 + 235912);
			expect(host.lines[5]).toBe('SECTION 1 size 236113');
		}
	});

	test('a larger frame may hold a field block up to the bound', () => {
		const block = repeated(0x82, Limit.BLOCK_BYTES);
		const host = new Host();
		setMaxFrameSize(1 << 20);
		setSectionLimits(1000, 10);
		expect(host.feedHex(headers(block, Flag.END_HEADERS)).take()).toBe(
			':method: GET\n'.repeat(10) + 'SECTION 1 faults ' + Event.TOO_LARGE.toString() + ' size 6193152',
		);
		expect(host.feedHex(head(Limit.BLOCK_BYTES + 1, FrameType.HEADERS, Flag.END_HEADERS, 1)).take()).toBe(TOO_LARGE);
	});

	test('the bound of a field block counts all fragments without padding', () => {
		const host = new Host();
		setMaxFrameSize(1 << 20);
		setSectionLimits(0, 0);
		const most = repeated(0x82, Limit.BLOCK_BYTES - 1);
		host.feedHex(frame(FrameType.HEADERS, Flag.PADDED, 1, 'ff' + most + repeated(0, 255)));
		expect(host.take()).toBe('');
		host.feedHex(continuation('82', Flag.END_HEADERS));
		expect(host.take()).toBe('SECTION 1 faults 1 size 6193152');
		host.feedHex(headers(most));
		expect(host.feedHex(continuation('8282', Flag.END_HEADERS)).take()).toBe(TOO_LARGE);
	});

	test('promised ids and priorities do not count as part of a field block', () => {
		const host = new Host();
		setMaxFrameSize(1 << 20);
		setSectionLimits(0, 0);
		const block = repeated(0x82, Limit.BLOCK_BYTES);
		host.feedHex(frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, '00000002' + block));
		expect(host.take()).toBe('SECTION 1 promises 2 faults 1 size 6193152');
		host.feedHex(frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.PRIORITY, 1, '0000000000' + block));
		expect(host.take()).toBe('SECTION 1 faults 1 size 6193152');
	});

	test('several field blocks whose strings do not fit into the arena together are reported in several passes', () => {
		// Strings of 224,000 and 64,000 bytes: each fits into the arena, both together do not.
		const bytes = bytesOf(split(zeros(140000), 16384) + split(zeros(40000), 16384) + PING);
		const first = 140007 + 9 * Limit.HEAD_BYTES - 10000;
		const host = new Host().feed(changetype<usize>(bytes), first, 20000);
		expect(host.lines.length).toBe(0);
		expect(host.pauses).toBe(0);
		// The end of the first block and the whole second block arrive together.
		host.feed(changetype<usize>(bytes) + first, bytes.byteLength - first);
		expect(host.pauses).toBe(1);
		expect(host.lines.length).toBe(5);
		expect(host.lines[0].length).toBe(3 + 224000);
		expect(host.lines[1]).toBe('SECTION 1 size 224033');
		expect(host.lines[2].length).toBe(3 + 64000);
		expect(host.lines[3]).toBe('SECTION 1 size 64033');
		expect(host.lines[4]).toBe('PING 0 0');
	});

	test('a broken field block ends the connection wherever it is split', () => {
		const line = fault(0, ErrorCode.COMPRESSION_ERROR, Fault.BAD_HUFFMAN);
		const block = '82' + '00' + '0161' + '84ffffffff' + '84';
		for (let size = 2; size < 12; size++) {
			for (let step: u32 = 1; step < 12; step++) {
				const host = new Host().feedHex(split(block, size) + PING, step);
				expect(host.take()).toBe(':method: GET\n' + line);
			}
		}
	});
});
