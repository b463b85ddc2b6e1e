// hyper-wasm/hpack: options, table sizes, marks, limits and errors. Whole conversations are in test/vectors.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HTTPHeaderMap } from '../src/headers.ts';
import {
	Decoder,
	Encoder,
	type FieldLine,
	HPACKDecodingError,
	HPACKEncodingError,
	HPACKListSizeError,
	LocalProtocolError,
} from '../src/hpack.ts';
import { fromHex, toHex } from './support/hpack-stories.ts';

const unlimited = { maxListSize: Number.POSITIVE_INFINITY, maxFields: Number.POSITIVE_INFINITY };

/** Literals that enter the table, names and values below 127 octets, without Huffman codes. */
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

describe('encode', () => {
	test('takes any iterable of field lines', () => {
		const lines: FieldLine[] = [
			[':status', '200'],
			['x-a', '1', {}],
			['x-b', '2', { neverIndex: false }],
		];
		const expected = new Encoder().encode(lines);
		function* generate(): Generator<FieldLine> {
			yield* lines;
		}
		assert.deepEqual(new Encoder().encode(generate()), expected);
		assert.deepEqual(
			new Encoder().encode(
				new Map([
					[':status', '200'],
					['x-a', '1'],
					['x-b', '2'],
				]),
			),
			expected,
		);
		assert.deepEqual(new Encoder().encode([]), new Uint8Array(0));
	});

	test('takes header maps raw: nothing is split, lowered or unmarked', () => {
		const map = new HTTPHeaderMap([
			['Accept', 'text/html, text/plain'],
			['x-key', 'k', { neverIndex: true }],
		]);
		assert.deepEqual(new Decoder().decode(new Encoder().encode(map)), [
			['Accept', 'text/html, text/plain'],
			['x-key', 'k', { neverIndex: true }],
		]);
		assert.deepEqual(new Decoder().decode(new Encoder().encode(new Headers({ a: 'b' }))), [['a', 'b']]);
	});

	test('gives bytes that later calls leave alone', () => {
		const encoder = new Encoder();
		const first = encoder.encode([['a', 'b']]);
		const copy = first.slice();
		encoder.encode([['c', 'ddddddddd']]);
		assert.deepEqual(first, copy);
	});

	test('codes strings by Huffman where that is shorter, and not at all when told', () => {
		assert.equal(toHex(new Encoder().encode([[':path', '/sample/path']])), '04896103a6ba0ac5634cff');
		assert.equal(
			toHex(new Encoder({ huffman: false }).encode([[':path', '/sample/path']])),
			'040c2f73616d706c652f70617468',
		);
		assert.equal(toHex(new Encoder().encode([[':path', '\x01\x02']])), '04020102');
	});

	test('indexes what it has sent before', () => {
		const encoder = new Encoder();
		assert.ok(encoder.encode([['x-a', 'value']]).length > 4);
		assert.equal(toHex(encoder.encode([['x-a', 'value']])), 'be');
	});

	test('never indexes a marked field, nor secrets by its own account', () => {
		const encoder = new Encoder({ huffman: false });
		const fields: FieldLine[] = [
			['x-a', 'b', { neverIndex: true }],
			['authorization', 'secret'],
			['cookie', 'short'],
		];
		const block = toHex(encoder.encode(fields));
		assert.equal(block, '1003782d610162' + '1f0806736563726574' + '1f1105' + toHex(Buffer.from('short')));
		assert.equal(toHex(encoder.encode(fields)), block);
		assert.deepEqual(
			new Decoder().decode(fromHex(block)).map(([, , flags]) => flags),
			Array(3).fill({ neverIndex: true }),
		);
	});

	test('a marked field is not indexed though the tables have it', () => {
		assert.equal(
			toHex(new Encoder({ huffman: false }).encode([[':method', 'GET', { neverIndex: true }]])),
			'1203474554',
		);
	});

	test('a character that is no octet is a TypeError, and later blocks decode', () => {
		for (const maxTableSize of [0, 100, 4096]) {
			const encoder = new Encoder({ maxTableSize });
			const decoder = new Decoder();
			decoder.setMaxTableSize(maxTableSize);
			if (maxTableSize > 0) decoder.decode(encoder.encode([['x-a', 'b']]));
			assert.throws(
				() =>
					encoder.encode([
						['x-c', 'd'],
						['x-e', '\u0100'],
					]),
				{
					name: 'TypeError',
					message: 'Cannot encode a field: U+0100 is not an octet',
				},
			);
			assert.throws(() => encoder.encode([['\u20ac', 'd']]), TypeError);
			assert.throws(() => encoder.encode([['a', `${'x'.repeat(1000)}\ud83d`]]), TypeError);
			for (let i = 0; i < 2; i++) {
				assert.deepEqual(
					decoder.decode(
						encoder.encode([
							['x-a', 'b'],
							['x-c', 'd'],
						]),
					),
					[
						['x-a', 'b'],
						['x-c', 'd'],
					],
				);
			}
		}
	});

	test('what is no string is a TypeError, and no message shows a value', () => {
		const encoder = new Encoder();
		assert.throws(() => encoder.encode([['a', 1 as unknown as string]]), {
			message: 'The value of a must be a string, not number',
		});
		assert.throws(() => encoder.encode([[null as unknown as string, 'x']]), {
			message: 'A field name must be a string, not null',
		});
	});

	test('a block that could get too large is an HPACKEncodingError, and the encoder goes on', () => {
		const encoder = new Encoder();
		const decoder = new Decoder(unlimited);
		assert.throws(() => encoder.encode([['a', 'x'.repeat(147_456)]]), HPACKEncodingError);
		const fields: FieldLine[] = [['a', '\x00'.repeat(147_000)]];
		assert.deepEqual(decoder.decode(encoder.encode(fields)), fields);
	});
});

describe('table sizes', () => {
	test('the first block of an encoder signals any but the default size', () => {
		const fields: FieldLine[] = [[':status', '200']];
		assert.equal(toHex(new Encoder().encode(fields)), '88');
		assert.equal(toHex(new Encoder({ maxTableSize: 4096 }).encode(fields)), '88');
		assert.equal(toHex(new Encoder({ maxTableSize: 0 }).encode(fields)), '2088');
		assert.equal(toHex(new Encoder({ maxTableSize: 65_536 }).encode(fields)), '3fe1ff0388');
	});

	test('the next block signals the smallest size since the last one, then the final one', () => {
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

	test('an encoder and a decoder of any size go together', () => {
		const fields: FieldLine[] = Array.from({ length: 40 }, (_, i) => [`x-name-${i}`, `value ${i}`]);
		for (const maxTableSize of [0, 31, 32, 100, 4095, 4096, 4097, 65_536]) {
			const encoder = new Encoder({ maxTableSize });
			const decoder = new Decoder({ maxTableSize });
			for (let i = 0; i < 3; i++) assert.deepEqual(decoder.decode(encoder.encode(fields)), fields);
		}
	});

	test('an update above the limit is an error, up to it is none', () => {
		assert.throws(
			() => new Decoder({ maxTableSize: 30 }).decode(fromHex('3f00')),
			/above our SETTINGS_HEADER_TABLE_SIZE/,
		);
		const decoder = new Decoder({ maxTableSize: 30 });
		assert.deepEqual(decoder.decode(fromHex('3e')), []);
		decoder.setMaxTableSize(31);
		assert.deepEqual(decoder.decode(fromHex('3f00')), []);
	});

	test('a lowered limit demands an update at the start of the next block', () => {
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

	test('a limit that is raised, or lowered to what the table has already, demands nothing', () => {
		const decoder = new Decoder();
		decoder.setMaxTableSize(8192);
		assert.deepEqual(decoder.decode(fromHex('82')), [[':method', 'GET']]);
		decoder.setMaxTableSize(4096);
		assert.deepEqual(decoder.decode(fromHex('82')), [[':method', 'GET']]);
	});

	test('a table of the size that both sides begin with needs no update', () => {
		const decoder = new Decoder({ maxTableSize: 40 });
		decoder.decode(inserting(['a', 'b'], ['c', 'd']));
		assert.deepEqual(decoder.decode(fromHex('be')), [['c', 'd']]);
		assert.throws(() => decoder.decode(fromHex('bf')), /index/);
	});

	test('sizes out of range are RangeErrors', () => {
		for (const size of [-1, 0.5, 65_537, 2 ** 32 - 1, Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number]) {
			assert.throws(() => new Encoder({ maxTableSize: size }), RangeError);
			assert.throws(() => new Decoder({ maxTableSize: size }), RangeError);
			assert.throws(() => new Encoder().setMaxTableSize(size), RangeError);
			assert.throws(() => new Decoder().setMaxTableSize(size), RangeError);
		}
		for (const limit of [-1, 0.5, Number.NaN]) {
			assert.throws(() => new Decoder({ maxListSize: limit }), RangeError);
			assert.throws(() => new Decoder({ maxFields: limit }), RangeError);
		}
	});
});

describe('limits of a section', () => {
	test('a list of exactly the limit passes, one octet more does not', () => {
		const block = inserting(['name', 'value']);
		assert.deepEqual(new Decoder({ maxListSize: 41 }).decode(block), [['name', 'value']]);
		assert.throws(() => new Decoder({ maxListSize: 40 }).decode(block), {
			name: 'HPACKListSizeError',
			code: 'HYPER_HPACK_LIST_SIZE',
			message: 'Cannot give the fields of a section: it is over the limits of 40 octets and 256 fields',
		});
		assert.deepEqual(new Decoder({ maxFields: 2 }).decode(fromHex('8282')).length, 2);
		assert.throws(() => new Decoder({ maxFields: 2 }).decode(fromHex('828282')), HPACKListSizeError);
		assert.deepEqual(new Decoder({ maxFields: 0, maxListSize: 0 }).decode(new Uint8Array(0)), []);
	});

	test('the defaults are 65,536 octets and 256 fields', () => {
		const decoder = new Decoder();
		assert.equal(decoder.decode(new Uint8Array(256).fill(0x82)).length, 256);
		assert.throws(() => decoder.decode(new Uint8Array(257).fill(0x82)), HPACKListSizeError);
		const long = (length: number): Uint8Array =>
			new Encoder({ huffman: false }).encode([['a', 'x'.repeat(length - 33)]]);
		assert.equal(decoder.decode(long(65_536)).length, 1);
		assert.throws(() => decoder.decode(long(65_537)), HPACKListSizeError);
	});

	test('a section over a limit leaves the table in step', () => {
		const decoder = new Decoder({ maxFields: 1, maxListSize: 100 });
		const encoder = new Encoder();
		const fields: FieldLine[] = Array.from({ length: 200 }, (_, i) => [`x-name-${i}`, `value ${i}`]);
		for (let i = 0; i < 3; i++) assert.throws(() => decoder.decode(encoder.encode(fields)), HPACKListSizeError);
		for (const field of fields) assert.deepEqual(decoder.decode(encoder.encode([field])), [field]);
	});

	test('one section may go round the ring of entries more than once', () => {
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

describe('broken blocks', () => {
	const BROKEN: [what: string, block: string][] = [
		['index 0', '80'],
		['an index beyond both tables', 'be'],
		['a name index beyond both tables', '7e0161'],
		['an integer that ends early', 'ff'],
		['an integer that is too large', 'ffffffffff7f'],
		['an integer of many octets', 'ff808080808080808080'],
		['a string that ends early', '40036162'],
		['a value that is missing', '400161'],
		['EOS in a Huffman code', '400161' + '84ffffffff'],
		['padding of more than 7 bits', '400161' + '82' + '07ff'],
		['padding that is not all ones', '400161' + '81' + '00'],
		['a size update after a field', '8220'],
		['a size update above the limit', '3fe21f'],
	];

	for (const [what, block] of BROKEN) {
		test(`${what} poisons the decoder`, () => {
			const decoder = new Decoder();
			let first: unknown;
			assert.throws(
				() => decoder.decode(fromHex(block)),
				(error) => {
					first = error;
					return error instanceof HPACKDecodingError && error.errorCode === 9 && error.code === 'HYPER_HPACK_DECODING';
				},
			);
			assert.throws(
				() => decoder.decode(fromHex('82')),
				(error) => error === first,
			);
		});
	}

	test('a block that is too large poisons the decoder', () => {
		const decoder = new Decoder(unlimited);
		assert.equal(decoder.decode(new Uint8Array(147_456).fill(0x82)).length, 147_456);
		assert.throws(() => decoder.decode(new Uint8Array(147_457)), HPACKDecodingError);
		assert.throws(() => decoder.decode(fromHex('82')), /147457/);
	});

	test('what is no Uint8Array is a TypeError, and poisons nothing', () => {
		const decoder = new Decoder();
		assert.throws(() => decoder.decode('82' as unknown as Uint8Array), TypeError);
		assert.deepEqual(decoder.decode(Buffer.from('82', 'hex')), [[':method', 'GET']]);
	});

	test('names and values are whatever octets they are', () => {
		const octets = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet)).join('');
		for (const huffman of [true, false]) {
			const fields: FieldLine[] = [
				[octets, octets],
				['', ''],
				['a', octets.slice(128)],
			];
			const encoder = new Encoder({ huffman });
			const decoder = new Decoder();
			for (let i = 0; i < 2; i++) assert.deepEqual(decoder.decode(encoder.encode(fields)), fields);
		}
	});
});

describe('disposal', () => {
	test('any later call is a LocalProtocolError, another disposal nothing', () => {
		const encoder = new Encoder();
		const decoder = new Decoder();
		for (let i = 0; i < 2; i++) {
			encoder.dispose();
			decoder[Symbol.dispose]();
			assert.throws(() => encoder.encode([]), {
				name: 'LocalProtocolError',
				message: 'Cannot use the Encoder: it is disposed',
			});
			assert.throws(() => encoder.setMaxTableSize(0), LocalProtocolError);
			assert.throws(() => decoder.decode(new Uint8Array(0)), LocalProtocolError);
			assert.throws(() => decoder.setMaxTableSize(0), LocalProtocolError);
		}
	});

	test('an instance that was given back begins afresh', () => {
		for (let i = 0; i < 40; i++) {
			using encoder = new Encoder({ huffman: i % 2 === 0 });
			using decoder = new Decoder({ maxListSize: 50, maxTableSize: 100 });
			assert.deepEqual(decoder.decode(encoder.encode([['x-first', 'value']])), [['x-first', 'value']]);
			assert.throws(() => decoder.decode(encoder.encode([['x-first', 'v'.repeat(50)]])), HPACKListSizeError);
			if (i % 3 === 0) assert.throws(() => decoder.decode(fromHex('80')), HPACKDecodingError);
		}
		using decoder = new Decoder();
		assert.throws(() => decoder.decode(fromHex('be')), /index/);
	});
});
