// hyper-wasm/hpack: changes of the table size on both sides, and limits of a section.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Decoder, Encoder, type FieldLine, HPACKDecodingError, HPACKListSizeError } from '../../src/hpack.ts';
import { fromHex, toHex } from '../support/hpack-stories.ts';

const unlimited = { maxListSize: 0, maxFields: 0 };

/** A block of literals that are indexed, with names and values below 127 bytes, without Huffman codes. */
function inserting(...pairs: [name: string, value: string][]): Uint8Array {
	return Buffer.concat(
		pairs.map(([name, value]) =>
			Buffer.from(
				`\x40${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`,
				'latin1',
			),
		),
	);
}

describe('table sizes', () => {
	test('the first block of an encoder signals a table size other than the default', () => {
		const fields: FieldLine[] = [[':status', '200']];
		assert.equal(toHex(new Encoder().encode(fields)), '88');
		assert.equal(toHex(new Encoder({ maxTableSize: 4096 }).encode(fields)), '88');
		assert.equal(toHex(new Encoder({ maxTableSize: 0 }).encode(fields)), '2088');
		assert.equal(toHex(new Encoder({ maxTableSize: 65_536 }).encode(fields)), '3fe1ff0388');
	});

	test('the next block signals the smallest table size since the last block, then the final size', () => {
		const encoder = new Encoder();
		encoder.setMaxTableSize(30);
		encoder.setMaxTableSize(10);
		encoder.setMaxTableSize(20);
		assert.equal(toHex(encoder.encode([])), '2a34');
		assert.equal(toHex(encoder.encode([])), '');
		encoder.setMaxTableSize(10);
		assert.equal(toHex(encoder.encode([])), '2a');
		encoder.setMaxTableSize(10);
		assert.equal(toHex(encoder.encode([])), '');
	});

	test('an encoder and a decoder with any table size work together', () => {
		const fields: FieldLine[] = Array.from({ length: 40 }, (_, i) => [`x-name-${i}`, `value ${i}`]);
		for (const maxTableSize of [0, 31, 32, 100, 4095, 4096, 4097, 65_536]) {
			const encoder = new Encoder({ maxTableSize });
			const decoder = new Decoder({ maxTableSize });
			for (let i = 0; i < 3; i++) assert.deepEqual(decoder.decode(encoder.encode(fields)), fields);
		}
	});

	test('a size update is an error above the limit, and not below', () => {
		assert.throws(
			() => new Decoder({ maxTableSize: 30 }).decode(fromHex('3f00')),
			/above our SETTINGS_HEADER_TABLE_SIZE/,
		);
		const decoder = new Decoder({ maxTableSize: 30 });
		assert.deepEqual(decoder.decode(fromHex('3e')), []);
		decoder.setMaxTableSize(31);
		assert.deepEqual(decoder.decode(fromHex('3f00')), []);
	});

	test('after a lowered limit, the next block must start with a size update', () => {
		const lowered = () => {
			const decoder = new Decoder();
			decoder.decode(inserting(['a', 'b']));
			decoder.setMaxTableSize(100);
			return decoder;
		};
		for (const block of ['be', '82', '400161', '']) {
			assert.throws(() => lowered().decode(fromHex(block)), /lacks the table size update/, block);
		}
		assert.throws(() => lowered().decode(fromHex('3fe11f')), /above our SETTINGS_HEADER_TABLE_SIZE/);
		const decoder = lowered();
		assert.deepEqual(decoder.decode(fromHex('3f45be')), [['a', 'b']]);
		assert.deepEqual(decoder.decode(fromHex('be')), [['a', 'b']]);
	});

	test('after several lowered limits, the next block must signal the smallest, in at most two size updates', () => {
		const lowered = (block: string) => {
			const decoder = new Decoder();
			decoder.setMaxTableSize(10);
			decoder.setMaxTableSize(20);
			return () => decoder.decode(fromHex(block));
		};
		assert.deepEqual(lowered('2a 34')(), []);
		for (const block of ['34', '34 2a', '']) assert.throws(lowered(block), HPACKDecodingError, block);
		assert.throws(lowered('2a 34 34'), HPACKDecodingError, 'three updates');
	});

	test('the size of an entry includes its name, also if that is a reference to another entry', () => {
		const decoder = new Decoder({ maxTableSize: 100 });
		decoder.decode(Buffer.concat([fromHex('3f45'), inserting(['n'.repeat(20), 'v'])]));
		decoder.decode(fromHex('7e 01 77'));
		assert.deepEqual(decoder.decode(fromHex('be')), [['n'.repeat(20), 'w']]);
		assert.throws(() => decoder.decode(fromHex('bf')), HPACKDecodingError, 'the first entry had to make room');
	});

	test('an entry larger than the table empties it', () => {
		const decoder = new Decoder({ maxTableSize: 100 });
		decoder.decode(Buffer.concat([fromHex('3f45'), inserting(['a', 'b'])]));
		assert.deepEqual(decoder.decode(fromHex('be')), [['a', 'b']]);
		assert.deepEqual(decoder.decode(inserting(['c', 'd'.repeat(80)])), [['c', 'd'.repeat(80)]]);
		assert.throws(() => decoder.decode(fromHex('be')), HPACKDecodingError);
	});

	test('a raised limit, or one that the table already meets, needs no size update', () => {
		const decoder = new Decoder();
		decoder.setMaxTableSize(8192);
		assert.deepEqual(decoder.decode(fromHex('82')), [[':method', 'GET']]);
		decoder.setMaxTableSize(4096);
		assert.deepEqual(decoder.decode(fromHex('82')), [[':method', 'GET']]);
	});

	test('the table size that both sides begin with needs no size update', () => {
		const decoder = new Decoder({ maxTableSize: 40 });
		decoder.decode(inserting(['a', 'b'], ['c', 'd']));
		assert.deepEqual(decoder.decode(fromHex('be')), [['c', 'd']]);
		assert.throws(() => decoder.decode(fromHex('bf')), /index/);
	});

	test('a table size out of range is a RangeError', () => {
		for (const size of [-1, 0.5, 65_537, 2 ** 32 - 1, Number.NaN, Number.POSITIVE_INFINITY]) {
			assert.throws(() => new Encoder({ maxTableSize: size }), RangeError);
			assert.throws(() => new Decoder({ maxTableSize: size }), RangeError);
			assert.throws(() => new Encoder().setMaxTableSize(size), RangeError);
			assert.throws(() => new Decoder().setMaxTableSize(size), RangeError);
		}
		for (const limit of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
			assert.throws(() => new Decoder({ maxListSize: limit }), /^RangeError: maxListSize is .*; 0 means no limit$/);
			assert.throws(() => new Decoder({ maxFields: limit }), /^RangeError: maxFields is .*; 0 means no limit$/);
		}
	});

	test('an unknown option of an Encoder or a Decoder is a TypeError that names the nearest', () => {
		for (const [make, message] of [
			[
				() => new Encoder({ huffmann: false } as object),
				/^TypeError: Unknown option "huffmann" of an Encoder: did you mean huffman\?$/,
			],
			[() => new Encoder({ headerTableSize: 1 } as object), /"headerTableSize" of an Encoder: write maxTableSize$/],
			[() => new Encoder({ maxFields: 1 } as object), /"maxFields" of an Encoder, which has maxTableSize, huffman$/],
			[() => new Encoder({ huffman: 1 } as object), /^TypeError: huffman must be true or false, not a number$/],
			[
				() => new Encoder(null as unknown as object),
				/options of an Encoder must be an object \{ maxTableSize, huffman \}, not null$/,
			],
			[() => new Decoder({ maxTablesize: 1 } as object), /"maxTablesize" of a Decoder: did you mean maxTableSize\?$/],
			[() => new Decoder({ maxHeaderListSize: 1 } as object), /"maxHeaderListSize" of a Decoder: write maxListSize$/],
			[() => new Decoder({ maxTableSize: '1' } as object), /^TypeError: maxTableSize must be a number, not a string$/],
			[
				() => new Decoder({ maxFields: null } as object),
				/^TypeError: maxFields must be a number, not null; 0 means no limit$/,
			],
			[() => new Decoder(4096 as unknown as object), /options of a Decoder must be an object .*, not a number$/],
			[
				() => new Encoder().setMaxTableSize('1' as unknown as number),
				/^TypeError: The table size must be a number, not a string$/,
			],
			[
				() => new Encoder().encode([['a', 'b', { neverIndexed: true } as object]]),
				/"neverIndexed" of a field line: did you mean neverIndex\?$/,
			],
			[
				() => new Encoder().encode([['a', 'b', true as unknown as object]]),
				/options of a field line must be an object \{ neverIndex \}, not a boolean$/,
			],
		] as const) {
			assert.throws(make, message);
		}
	});
});

describe('limits of a section', () => {
	test('a section may be as large as maxListSize, and not a byte larger', () => {
		const block = inserting(['name', 'value']);
		assert.deepEqual(new Decoder({ maxListSize: 41 }).decode(block), [['name', 'value']]);
		assert.throws(() => new Decoder({ maxListSize: 40 }).decode(block), {
			name: 'HPACKListSizeError',
			code: 'HYPER_HPACK_LIST_SIZE',
			message: 'Cannot decode a field section that exceeds 40 bytes or 256 fields',
		});
		assert.deepEqual(new Decoder({ maxFields: 2 }).decode(fromHex('8282')).length, 2);
		assert.throws(() => new Decoder({ maxFields: 2 }).decode(fromHex('828282')), HPACKListSizeError);
		assert.deepEqual(new Decoder({ maxFields: 0, maxListSize: 0 }).decode(new Uint8Array(0)), []);
	});

	test('the size of a section above 4 GiB is not taken for that of a small one', () => {
		const decoder = new Decoder({ maxTableSize: 65_536, maxListSize: 2 ** 32 - 2, maxFields: 0 });
		const encoder = new Encoder({ maxTableSize: 65_536 });
		decoder.decode(encoder.encode([['a', '!'.repeat(30_000)]]));
		// 147,000 references to an entry of 30,033 bytes.
		assert.throws(() => decoder.decode(new Uint8Array(147_000).fill(0xbe)), HPACKListSizeError);
		assert.equal(decoder.decode(fromHex('be')).length, 1);
	});

	test('the default limits are 65,536 bytes and 256 fields', () => {
		const decoder = new Decoder();
		assert.equal(decoder.decode(new Uint8Array(256).fill(0x82)).length, 256);
		assert.throws(() => decoder.decode(new Uint8Array(257).fill(0x82)), HPACKListSizeError);
		const long = (length: number): Uint8Array =>
			new Encoder({ huffman: false }).encode([['a', 'x'.repeat(length - 33)]]);
		assert.equal(decoder.decode(long(65_536)).length, 1);
		assert.throws(() => decoder.decode(long(65_537)), HPACKListSizeError);
	});

	test('a section that exceeds a limit leaves the table in step', () => {
		const decoder = new Decoder({ maxFields: 1, maxListSize: 100 });
		const encoder = new Encoder();
		const fields: FieldLine[] = Array.from({ length: 200 }, (_, i) => [`x-name-${i}`, `value ${i}`]);
		for (let i = 0; i < 3; i++) assert.throws(() => decoder.decode(encoder.encode(fields)), HPACKListSizeError);
		for (const field of fields) assert.deepEqual(decoder.decode(encoder.encode([field])), [field]);
	});

	test('one section may insert more entries than the ring of the table holds', () => {
		const decoder = new Decoder();
		const pairs = Array.from({ length: 5000 }, (_, i): [string, string] => [`n${i}`, 'v']);
		assert.throws(() => decoder.decode(inserting(...pairs)), HPACKListSizeError);
		assert.deepEqual(decoder.decode(fromHex('bebf')), [
			['n4999', 'v'],
			['n4998', 'v'],
		]);
		const unbounded = new Decoder({ ...unlimited, maxTableSize: 65_536 });
		assert.deepEqual(unbounded.decode(inserting(...pairs)), pairs);
		assert.deepEqual(unbounded.decode(fromHex('be')), [['n4999', 'v']]);
	});
});
