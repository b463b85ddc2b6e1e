import { DynamicTable } from '../hpack/table';
import { decode, setDecoderTableSize, setSectionLimits } from '../index';
import { BLOCK, DECODER_TABLE, EVENTS } from '../memory';
import * as ErrorCode from '../shared/error-code';
import * as Event from '../shared/event';
import * as Fault from '../shared/fault';
import * as Limit from '../shared/limit';
import { fault, Host } from './support/host';
import { literal, longHuffmanLength, putHex, repeated } from './support/bytes';

const table = changetype<DynamicTable>(DECODER_TABLE);
const large = 'faults ' + Event.TOO_LARGE.toString();
let host = new Host();

function failure(reason: u32): string {
	return fault(0, ErrorCode.COMPRESSION_ERROR, reason);
}

beforeEach(() => {
	host = new Host();
});

describe('decoder: table size updates', () => {
	test('several table size updates may begin a block, and each takes effect', () => {
		host.decodeHex('40' + literal('a') + literal('b'));
		expect(host.decodeHex('20' + '3fe11f' + '82')).toBe(':method: GET\nSECTION 0 size 42 evicted 1');
		expect(table.capacity).toBe(4096);
		expect(host.decodeHex('3f00' + '3e')).toBe('SECTION 0 size 0 evicted 1');
		expect(table.capacity).toBe(30);
	});

	test('a third table size update in one block is an error', () => {
		expect(host.decodeHex('20' + '3fe11f' + '3e')).toBe(failure(Fault.TOO_MANY_SIZE_UPDATES));
	});

	test('a table size update after a field is an error', () => {
		expect(host.decodeHex('8220')).toBe(':method: GET\n' + failure(Fault.SIZE_UPDATE_MISPLACED));
		host = new Host();
		expect(host.decodeHex('20' + '00' + literal('a') + literal('b') + '20')).toBe(
			'a: b\n' + failure(Fault.SIZE_UPDATE_MISPLACED),
		);
	});

	test('a table size update above the limit is an error', () => {
		expect(host.decodeHex('3fe11f')).toBe('SECTION 0 size 0');
		expect(host.decodeHex('3fe21f')).toBe(failure(Fault.SIZE_UPDATE_TOO_LARGE));
		host = new Host();
		setDecoderTableSize(Limit.ENGINE_MAX_TABLE);
		expect(host.decodeHex('3fe1ff03')).toBe('SECTION 0 size 0');
		expect(table.capacity).toBe(Limit.ENGINE_MAX_TABLE);
		expect(host.decodeHex('3fe2ff03')).toBe(failure(Fault.SIZE_UPDATE_TOO_LARGE));
	});

	test('a lower table size limit must be answered by an update before the first field', () => {
		setDecoderTableSize(100);
		expect(host.decodeHex('82')).toBe(failure(Fault.SIZE_UPDATE_MISSING));
		host = new Host();
		setDecoderTableSize(100);
		expect(host.decodeHex('00' + literal('a') + literal('b'))).toBe(failure(Fault.SIZE_UPDATE_MISSING));
		host = new Host();
		setDecoderTableSize(100);
		expect(host.decodeHex('')).toBe(failure(Fault.SIZE_UPDATE_MISSING));
	});

	test('a lower table size limit must be answered only once', () => {
		setDecoderTableSize(100);
		expect(host.decodeHex('3f45' + '82')).toBe(':method: GET\nSECTION 0 size 42');
		expect(host.decodeHex('82')).toBe(':method: GET\nSECTION 0 size 42');
		expect(table.capacity).toBe(100);
		// Later blocks must still not exceed it.
		expect(host.decodeHex('3f46')).toBe(failure(Fault.SIZE_UPDATE_TOO_LARGE));
	});

	test('a table size limit that is not below the table needs no update', () => {
		setDecoderTableSize(4096);
		expect(host.decodeHex('82')).toBe(':method: GET\nSECTION 0 size 42');
		setDecoderTableSize(8192);
		expect(host.decodeHex('82')).toBe(':method: GET\nSECTION 0 size 42');
		host.decodeHex('20');
		setDecoderTableSize(100);
		expect(host.decodeHex('82')).toBe(':method: GET\nSECTION 0 size 42');
	});

	test('a temporarily lower table size limit must be answered too', () => {
		setDecoderTableSize(100);
		setDecoderTableSize(4096);
		expect(host.decodeHex('82')).toBe(failure(Fault.SIZE_UPDATE_MISSING));
		host = new Host();
		setDecoderTableSize(100);
		setDecoderTableSize(4096);
		expect(host.decodeHex('3f45' + '3fe11f' + '82')).toBe(':method: GET\nSECTION 0 size 42');
	});

	test('the smallest of several table size limits must be answered', () => {
		for (let update = 0; update < 2; update++) {
			host = new Host();
			setDecoderTableSize(100);
			setDecoderTableSize(4096);
			setDecoderTableSize(2000);
			// An update to 101 is too late for the limit of 100; an update to 100 is followed by one to the last limit.
			expect(host.decodeHex((update == 0 ? '3f46' : '3f45') + '3fb10f' + '82')).toBe(
				update == 0 ? failure(Fault.SIZE_UPDATE_MISSING) : ':method: GET\nSECTION 0 size 42',
			);
		}
	});

	test('a block refused for a missing update leaves the table unchanged', () => {
		host.decodeHex('40' + literal('a') + literal('b'));
		setDecoderTableSize(0);
		host.decodeHex('82');
		expect(table.capacity).toBe(4096);
		expect(table.size).toBe(34);
	});
});

describe('decoder: section limits', () => {
	test('a section may be as large as the size limit, and not a byte larger', () => {
		setSectionLimits(42 + 34, 100);
		expect(host.decodeHex('82' + '00' + literal('a') + literal('b'))).toBe(':method: GET\na: b\nSECTION 0 size 76');
		expect(host.decodeHex('82' + '00' + literal('a') + literal('bc'))).toBe(
			':method: GET\nSECTION 0 ' + large + ' size 77',
		);
	});

	test('a section may have as many fields as the limit, and not one more', () => {
		setSectionLimits(0xffffffff, 2);
		expect(host.decodeHex('8284')).toBe(':method: GET\n:path: /\nSECTION 0 size 80');
		expect(host.decodeHex('828486')).toBe(':method: GET\n:path: /\nSECTION 0 ' + large + ' size 123');
	});

	test('no field after the first one over the limit is shown, even if it would fit', () => {
		setSectionLimits(100, 100);
		const big = '00' + literal('a') + literal('b'.repeat(100));
		expect(host.decodeHex('82' + big + '84')).toBe(':method: GET\nSECTION 0 ' + large + ' size 213');
	});

	test('hidden fields enter the table and may be used by the next section', () => {
		setSectionLimits(50, 100);
		const wire =
			'82' +
			'00' +
			literal('a') +
			literal('b') +
			'40' +
			literal('c') +
			literal('d') +
			'be' +
			'10' +
			literal('e') +
			'00';
		expect(host.decodeHex(wire)).toBe(':method: GET\nc: d (hidden)\nSECTION 0 ' + large + ' size 177');
		expect(host.table()).toBe('34 c: d');
		expect(host.decodeHex('be')).toBe('c: d\nSECTION 0 size 34');
	});

	test('hidden fields that do not fit into the table leave no string', () => {
		setSectionLimits(10, 100);
		expect(host.decodeHex('20' + '40' + literal('c') + literal('d'))).toBe('SECTION 0 ' + large + ' size 34');
		expect(load<u32>(EVENTS, Event.ARENA_LENGTH << 2)).toBe(0);
	});

	test('faults of hidden fields are not reported, but kept with their entries', () => {
		setSectionLimits(40, 100);
		expect(host.decodeHex('82' + '40' + literal('A') + literal('b'))).toBe(
			'A: b (hidden)\nSECTION 0 ' + large + ' size 76',
		);
		expect(host.decodeHex('be')).toBe('A: b\nSECTION 0 faults ' + Event.BAD_NAME.toString() + ' size 34');
	});

	test('an error in the hidden part of a section is still an error', () => {
		setSectionLimits(10, 100);
		expect(host.decodeHex('82' + '80')).toBe(failure(Fault.BAD_INDEX));
	});
});

describe('decoder: full buffers', () => {
	test('more fields than the event buffer holds are reported in several passes', () => {
		memory.fill(BLOCK, 0x82, 20000);
		const lines = host.decodeBlock(20000).split('\n');
		expect(lines.length).toBe(20001);
		expect(lines[19999]).toBe(':method: GET');
		expect(lines[20000]).toBe('SECTION 0 size 840000');
		expect(host.pauses).toBe(2);
	});

	test('limits, table and faults of a section continue after a pause', () => {
		const wire = '40' + literal('Bad') + literal('v') + repeated(0x82, 9000) + 'be';
		const lines = host.decodeHex(wire).split('\n');
		expect(lines.length).toBe(9003);
		expect(lines[9001]).toBe('Bad: v');
		expect(lines[9002]).toBe('SECTION 0 faults ' + Event.BAD_NAME.toString() + ' size ' + (9000 * 42 + 72).toString());
		expect(host.pauses).toBe(1);
		setSectionLimits(0xffffffff, 8500);
		expect(host.decodeHex(repeated(0x82, 9000)).split('\n').length).toBe(8501);
	});

	test('a table size update after a pause within a section is still an error', () => {
		const lines = host.decodeHex(repeated(0x82, 9000) + '20').split('\n');
		expect(lines[9000]).toBe(failure(Fault.SIZE_UPDATE_MISPLACED));
	});

	test('the longest string of the shortest Huffman codes fits into the arena', () => {
		// '0' has the shortest code, five bits, so a block of '0's decodes to the longest strings.
		const length: u32 = Limit.BLOCK_BYTES - 7;
		const at = putHex(BLOCK, '000161' + longHuffmanLength(length));
		expect(at).toBe(BLOCK + 7);
		memory.fill(at, 0, length);
		const codes: u32 = (length * 8) / 5;
		const spare: u32 = (length * 8) % 5;
		store<u8>(at + length - 1, <u32>0xff >> (8 - spare));
		decode(7 + length, false);
		expect(load<u32>(EVENTS, Event.PENDING << 2)).toBe(0);
		expect(load<u32>(EVENTS, Event.ARENA_LENGTH << 2)).toBe(codes + 1);
		expect(load<u32>(EVENTS, (Event.FIRST + 2) << 2)).toBe(codes);
	});
});
