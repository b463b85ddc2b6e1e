import { DynamicTable } from '../hpack/table';
import {
	beginBlock,
	encodeIndexed,
	encodeInserted,
	encodeLiteral,
	reset,
	setEncoderTableSize,
	setHuffman,
} from '../index';
import { ARENA, ENCODER_TABLE, OUTPUT } from '../memory';
import { ENGINE_MAX_TABLE } from '../shared/limit';
import { CONNECTIONS } from './appendix-c';
import { FieldWriter } from './support/field-writer';
import { Host } from './support/host';
import { hexAt, putText } from './support/bytes';

const table = changetype<DynamicTable>(ENCODER_TABLE);

function since(end: usize): string {
	return hexAt(OUTPUT, <u32>(end - OUTPUT));
}

/** The size updates with which the next block begins. */
function opening(): string {
	return since(beginBlock(OUTPUT));
}

function inserted(name: string, value: string): string {
	putText(putText(ARENA, name), value);
	return since(encodeInserted(OUTPUT, 0, name.length, value.length));
}

function literal(neverIndexed: bool, nameRef: u32, name: string, value: string): string {
	putText(putText(ARENA, name), value);
	return since(encodeLiteral(OUTPUT, neverIndexed, nameRef, name.length, value.length));
}

beforeEach(() => {
	reset(false);
	setHuffman(false);
});

describe('encoder: RFC 7541 appendix C', () => {
	test('representations are encoded as in RFC 7541 appendix C.2', () => {
		expect(inserted('custom-key', 'custom-header')).toBe(CONNECTIONS[0].blocks[0].wire);
		expect(table.size).toBe(55);
		expect(literal(false, 4, '', '/sample/path')).toBe(CONNECTIONS[1].blocks[0].wire);
		expect(literal(true, 0, 'password', 'secret')).toBe(CONNECTIONS[2].blocks[0].wire);
		expect(since(encodeIndexed(OUTPUT, 2))).toBe(CONNECTIONS[3].blocks[0].wire);
		expect(table.size).toBe(55);
	});

	test('the blocks of a connection are encoded as in RFC 7541 appendices C.3 to C.6', () => {
		for (let i = 4; i < CONNECTIONS.length; i++) {
			const connection = CONNECTIONS[i];
			reset(false);
			setHuffman(connection.name == 'C.4' || connection.name == 'C.6');
			setEncoderTableSize(connection.tableSize);
			beginBlock(OUTPUT);
			const writer = new FieldWriter();
			for (let k = 0; k < connection.blocks.length; k++) {
				const block = connection.blocks[k];
				// C.6.2 Huffman-codes '307', which takes three bytes either way. This encoder codes only strings that become shorter.
				const wire = block.wire.startsWith('4883640eff') ? '4803333037c1c0bf' : block.wire;
				expect(writer.write(block.fields)).toBe(wire, connection.name + ' block ' + k.toString());
				expect(table.size).toBe(block.size);
			}
		}
	});
});

describe('encoder: representations', () => {
	test('a literal without indexing differs from a never-indexed one', () => {
		expect(literal(false, 0, 'a', 'b')).toBe('0001610162');
		expect(literal(true, 0, 'a', 'b')).toBe('1001610162');
		expect(literal(false, 32, '', 'b')).toBe('0f110162');
		expect(literal(true, 32, '', 'b')).toBe('1f110162');
		expect(table.inserted).toBe(0);
	});

	test('an inserted literal may take its name from either table', () => {
		putText(ARENA, '200');
		expect(since(encodeInserted(OUTPUT, 8, 7, 3))).toBe('4803323030');
		expect(table.entrySize(62)).toBe(42);
		putText(ARENA, '201');
		expect(since(encodeInserted(OUTPUT, 62, 7, 3))).toBe('7e03323031');
		// The older entry has moved by one.
		expect(since(encodeIndexed(OUTPUT, 62))).toBe('bf');
		expect(since(encodeIndexed(OUTPUT, 63))).toBe('be');
	});

	test('strings are Huffman coded where that makes them shorter', () => {
		setHuffman(true);
		expect(literal(false, 0, 'custom-key', '')).toBe('008825a849e95ba97d7f00');
		expect(literal(false, 0, 'a', '\xff\xff')).toBe('00016102ffff');
		expect(literal(false, 0, 'aa', '00')).toBe('0002616102' + '3030');
		expect(literal(false, 0, 'aaa', '000')).toBe('008218c7' + '820001');
	});

	test('an encoded entry larger than the table empties it', () => {
		setEncoderTableSize(50);
		opening();
		inserted('a', 'b');
		expect(table.size).toBe(34);
		expect(inserted('abcdefghij', 'abcdefghij')).toBe('400a6162636465666768696a0a6162636465666768696a');
		expect(table.size).toBe(0);
		expect(table.evicted).toBe(1);
		expect(table.inserted).toBe(1);
	});

	test('the encoder writes long strings', () => {
		const value = 'x'.repeat(70000);
		putText(ARENA, 'a' + value);
		const end = encodeLiteral(OUTPUT, false, 0, 1, 70000);
		expect(hexAt(OUTPUT, 7)).toBe('0001617ff1a104');
		expect(end).toBe(OUTPUT + 7 + 70000);
		expect(load<u8>(end - 1)).toBe(0x78);
	});

	test('never-indexed marks and every byte survive encoding and decoding', () => {
		setHuffman(true);
		let bytes = '';
		for (let byte = 0; byte < 256; byte++) bytes += String.fromCharCode(byte);
		const host = new Host();
		expect(host.decodeHex(literal(true, 0, 'a', bytes))).toBe(
			'a: ' + bytes + ' (never indexed)\nSECTION 0 faults 4 size 289',
		);
	});
});

describe('encoder: table size', () => {
	test('a new table size is signalled once, by the next block', () => {
		setEncoderTableSize(100);
		expect(opening()).toBe('3f45');
		expect(opening()).toBe('');
		expect(table.capacity).toBe(100);
		setEncoderTableSize(ENGINE_MAX_TABLE);
		expect(opening()).toBe('3fe1ff03');
		expect(table.capacity).toBe(ENGINE_MAX_TABLE);
	});

	test('an unchanged table size is not signalled', () => {
		setEncoderTableSize(4096);
		expect(opening()).toBe('');
	});

	test('the smallest and the final one of several table sizes are signalled', () => {
		setEncoderTableSize(2048);
		setEncoderTableSize(100);
		setEncoderTableSize(8192);
		setEncoderTableSize(1024);
		expect(opening()).toBe('3f45' + '3fe107');
		expect(table.capacity).toBe(1024);
	});

	test('a temporarily smaller table size is signalled even if the final size is the old one', () => {
		setEncoderTableSize(0);
		setEncoderTableSize(4096);
		expect(opening()).toBe('203fe11f');
	});

	test('only the final table size is signalled if it is the smallest', () => {
		setEncoderTableSize(8192);
		setEncoderTableSize(30);
		expect(opening()).toBe('3e');
	});

	test('a larger table size is signalled alone', () => {
		setEncoderTableSize(8192);
		setEncoderTableSize(16384);
		expect(table.capacity).toBe(4096);
		// The size 8,192 between 4,096 and 16,384 evicts nothing.
		const updates = opening();
		expect(updates.endsWith('3fe17f')).toBeTruthy(updates);
		expect(table.capacity).toBe(16384);
	});

	test('a smaller table size evicts at once, so that no block refers to evicted entries', () => {
		inserted('a', 'b');
		inserted('c', 'd');
		setEncoderTableSize(40);
		expect(table.size).toBe(34);
		expect(table.evicted).toBe(1);
		expect(table.refOf(62)).toBe(63);
		setEncoderTableSize(4096);
		expect(table.size).toBe(34);
		expect(opening()).toBe('3f09' + '3fe11f');
		expect(since(encodeIndexed(OUTPUT, 63))).toBe('be');
	});

	test('resetting the encoder drops a pending table size', () => {
		setEncoderTableSize(100);
		reset(false);
		expect(opening()).toBe('');
		expect(table.capacity).toBe(4096);
	});
});

test('the decoder follows the encoder through changes of the table size', () => {
	const host = new Host();
	const writer = new FieldWriter();
	let seed: u32 = 7;
	for (let block = 0; block < 400; block++) {
		const sizes: u32[] = [0, 40, 300, 4096, 1000];
		if (block % 9 == 4) setEncoderTableSize(sizes[block % 5]);
		if (block % 18 == 4) setEncoderTableSize(sizes[(block + 3) % 5]);
		setHuffman((block & 1) != 0);
		const lines: string[] = [];
		for (let i = 0; i < 12; i++) {
			seed = seed * 1103515245 + 12345;
			lines.push('x-' + ((seed >> 16) % 40).toString() + ': ' + 'v'.repeat((seed >> 8) % 50));
		}
		const fields = lines.join('\n');
		const decoded = host.decodeHex(writer.write(fields));
		expect(decoded.slice(0, fields.length)).toBe(fields, 'block ' + block.toString());
		expect(decoded.charAt(fields.length + 1)).toBe('S');
	}
});
