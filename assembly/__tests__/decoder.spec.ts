import { DynamicTable } from '../hpack/table';
import { setDecoderTableSize } from '../index';
import { BLOCK, DECODER_TABLE, EVENTS } from '../memory';
import * as ErrorCode from '../shared/error-code';
import * as Event from '../shared/event';
import * as Fault from '../shared/fault';
import { CONNECTIONS } from './appendix-c';
import { fault, Host } from './support/host';
import { literal, putHex } from './support/bytes';

const table = changetype<DynamicTable>(DECODER_TABLE);
let host = new Host();

function failure(reason: u32): string {
	return fault(0, ErrorCode.COMPRESSION_ERROR, reason);
}

beforeEach(() => {
	host = new Host();
});

describe('decoder: RFC 7541 appendix C', () => {
	test('every example of RFC 7541 appendix C decodes to its fields and leaves its table', () => {
		for (let i = 0; i < CONNECTIONS.length; i++) {
			const connection = CONNECTIONS[i];
			host = new Host();
			// The examples assume that the table size was agreed on before, because their blocks do not signal it.
			setDecoderTableSize(connection.tableSize);
			if (connection.tableSize == 256) host.decodeHex('3fe101');
			expect(table.capacity).toBe(connection.tableSize);
			for (let k = 0; k < connection.blocks.length; k++) {
				const block = connection.blocks[k];
				const message = connection.name + ' block ' + k.toString();
				const lines = host.decodeHex(block.wire);
				const section = lines.lastIndexOf('\nSECTION 0 size ');
				expect(lines.slice(0, section)).toBe(block.fields + marks(connection.name), message);
				expect(host.table()).toBe(block.table, message);
				expect(table.size).toBe(block.size, message);
			}
		}
		expect(CONNECTIONS.length).toBe(8);
	});

	test('every example block cut anywhere is truncated or a shorter list of fields', () => {
		for (let i = 0; i < CONNECTIONS.length; i++) {
			const blocks = CONNECTIONS[i].blocks;
			for (let k = 0; k < blocks.length; k++) {
				const length = <u32>(putHex(BLOCK, blocks[k].wire) - BLOCK);
				for (let cut: u32 = 0; cut < length; cut++) {
					host = new Host();
					for (let before = 0; before < k; before++) host.decodeHex(blocks[before].wire);
					putHex(BLOCK, blocks[k].wire);
					const lines = host.decodeBlock(cut);
					const section = lines.lastIndexOf('SECTION');
					if (section < 0) expect(lines.endsWith(failure(Fault.BLOCK_TRUNCATED))).toBeTruthy(lines);
					else expect(blocks[k].fields.startsWith(lines.slice(0, max(0, section - 1)))).toBeTruthy(lines);
				}
			}
		}
	});
});

/** Only C.2.3 has a never-indexed field. */
function marks(name: string): string {
	return name == 'C.2.3' ? ' (never indexed)' : '';
}

describe('decoder: representations', () => {
	test('an empty block is an empty section', () => {
		expect(host.decodeHex('')).toBe('SECTION 0 size 0');
	});

	test('a literal without indexing has no never-indexed mark, and neither kind enters the table', () => {
		expect(host.decodeHex('00' + literal('a') + literal('b'))).toBe('a: b\nSECTION 0 size 34');
		expect(host.decodeHex('10' + literal('a') + literal('b'))).toBe('a: b (never indexed)\nSECTION 0 size 34');
		expect(host.decodeHex('1f11' + literal('b'))).toBe('cookie: b (never indexed)\nSECTION 0 size 39');
		expect(table.inserted).toBe(0);
	});

	test('a literal may take its name from the dynamic table', () => {
		host.decodeHex('40' + literal('custom') + literal('1'));
		expect(host.decodeHex('7e' + literal('2') + '0f30' + literal('3') + '1f2f' + literal('4'))).toBe(
			'custom: 2\ncustom: 3\ncustom: 4 (never indexed)\nSECTION 0 size 117',
		);
		expect(host.table()).toBe('39 custom: 2\n39 custom: 1');
	});

	test('an insertion may take its name from the entry that it evicts', () => {
		setDecoderTableSize(100);
		host.decodeHex('3f45' + '40' + literal('custom') + literal('12345678901234567890'));
		expect(host.decodeHex('7e' + literal('abcdefghijabcdefghij1'))).toBe(
			'custom: abcdefghijabcdefghij1\nSECTION 0 size 59 evicted 1',
		);
		expect(host.table()).toBe('59 custom: abcdefghijabcdefghij1');
	});

	test('names and values may be empty strings', () => {
		expect(host.decodeHex('00' + literal('a') + '00' + '00' + literal('b') + '80')).toBe('a: \nb: \nSECTION 0 size 66');
	});

	test('bytes above 0x7f are reported and kept', () => {
		expect(host.decodeHex('00' + literal('a') + literal('caf\xe9'))).toBe('a: caf\xe9\nSECTION 0 size 37');
		expect(load<u32>(EVENTS, Event.ARENA_NON_ASCII << 2)).toBe(1);
		host.decodeHex('00' + literal('a') + literal('cafe'));
		expect(load<u32>(EVENTS, Event.ARENA_NON_ASCII << 2)).toBe(0);
	});

	test('invalid names and values are faults of the section, not of the block', () => {
		const name = 'faults ' + Event.BAD_NAME.toString();
		const value = 'faults ' + Event.BLANK_AROUND.toString();
		const both = 'faults ' + (Event.BAD_NAME | Event.BLANK_AROUND).toString();
		expect(host.decodeHex('00' + literal('Ab') + literal('c'))).toBe('Ab: c\nSECTION 0 ' + name + ' size 35');
		expect(host.decodeHex('00' + literal('a') + literal(' c'))).toBe('a:  c\nSECTION 0 ' + value + ' size 35');
		expect(host.decodeHex('00' + literal('') + literal('c '))).toBe(': c \nSECTION 0 ' + both + ' size 34');
		expect(host.decodeHex('82')).toBe(':method: GET\nSECTION 0 size 42');
	});

	test('an entry keeps the faults of its name and value', () => {
		const name = 'faults ' + Event.BAD_NAME.toString();
		const both = 'faults ' + (Event.BAD_NAME | Event.BLANK_AROUND).toString();
		host.decodeHex('40' + literal('Ab') + literal('c '));
		expect(host.decodeHex('be')).toBe('Ab: c \nSECTION 0 ' + both + ' size 36');
		// With another value, only the name is faulty.
		expect(host.decodeHex('7e' + literal('c'))).toBe('Ab: c\nSECTION 0 ' + name + ' size 35');
		expect(host.decodeHex('be')).toBe('Ab: c\nSECTION 0 ' + name + ' size 35');
	});
});

describe('decoder: broken blocks', () => {
	test('index 0 in a field block is an error', () => {
		expect(host.decodeHex('80')).toBe(failure(Fault.BAD_INDEX));
	});

	test('an index beyond both tables is an error, in every representation', () => {
		const blocks = ['be', 'ff00', 'ffffffff7f', '7e' + literal('a'), '0f2f' + literal('a'), '1f2f' + literal('a')];
		for (let i = 0; i < blocks.length; i++) {
			host = new Host();
			expect(host.decodeHex(blocks[i])).toBe(failure(Fault.BAD_INDEX), blocks[i]);
		}
		host = new Host();
		host.decodeHex('40' + literal('a') + literal('b'));
		expect(host.decodeHex('bf')).toBe(failure(Fault.BAD_INDEX));
	});

	test('an evicted entry has no index', () => {
		host.decodeHex('40' + literal('a') + literal('b'));
		expect(host.decodeHex('20be')).toBe(failure(Fault.BAD_INDEX));
	});

	test('an integer with five continuation bytes is an error in a field block', () => {
		const large = '8080808000';
		const blocks = [
			'ff' + large,
			'7f' + large,
			'3f' + large,
			'0f' + large,
			'1f' + large,
			'007f' + large,
			'000161ff' + large,
		];
		for (let i = 0; i < blocks.length; i++) {
			host = new Host();
			expect(host.decodeHex(blocks[i])).toBe(failure(Fault.INTEGER_TOO_LARGE), blocks[i]);
		}
	});

	test('a string longer than its block is a truncation error', () => {
		expect(host.decodeHex('0002' + '61')).toBe(failure(Fault.BLOCK_TRUNCATED));
		host = new Host();
		expect(host.decodeHex('000161' + '7fffffff7f' + '61')).toBe(failure(Fault.BLOCK_TRUNCATED));
		host = new Host();
		expect(host.decodeHex('000161' + 'ffffffff7f' + '61')).toBe(failure(Fault.BLOCK_TRUNCATED));
	});

	test('an invalid Huffman code is an error, in a name and in a value', () => {
		expect(host.decodeHex('0084ffffffff' + '00')).toBe(failure(Fault.BAD_HUFFMAN));
		host = new Host();
		expect(host.decodeHex('000161' + '81' + 'ff')).toBe(failure(Fault.BAD_HUFFMAN));
	});

	test('the fields before an error are reported, and no part of the broken field', () => {
		host.decodeHex('00' + literal('a') + '05');
		expect(load<u32>(EVENTS, Event.ARENA_LENGTH << 2)).toBe(0);
		host = new Host();
		expect(host.decodeHex('8280')).toBe(':method: GET\n' + failure(Fault.BAD_INDEX));
	});
});
