// hyper-wasm/hpack: encoding, broken blocks and disposal. Sizes and limits are tested in hpack-limits.test.ts, long
// exchanges in test/vectors.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HTTPHeaderMap } from '../../src/fields/header-map.ts';
import {
	Decoder,
	Encoder,
	type FieldLine,
	HPACKDecodingError,
	HPACKEncodingError,
	HPACKListSizeError,
	LocalProtocolError,
} from '../../src/hpack.ts';
import { fromHex, toHex } from '../support/hpack-stories.ts';

const unlimited = { maxListSize: 0, maxFields: 0 };

describe('encode', () => {
	test('encode takes any iterable of field lines', () => {
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

	test('encode takes a header map unchanged: values stay whole, names keep their case, marks are kept', () => {
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

	test('encode returns bytes that later calls do not change', () => {
		const encoder = new Encoder();
		const first = encoder.encode([['a', 'b']]);
		const copy = first.slice();
		encoder.encode([['c', 'ddddddddd']]);
		assert.deepEqual(first, copy);
	});

	test('encode uses Huffman codes where they are shorter, and never with huffman: false', () => {
		assert.equal(toHex(new Encoder().encode([[':path', '/sample/path']])), '04896103a6ba0ac5634cff');
		assert.equal(
			toHex(new Encoder({ huffman: false }).encode([[':path', '/sample/path']])),
			'040c2f73616d706c652f70617468',
		);
		assert.equal(toHex(new Encoder().encode([[':path', '\x01\x02']])), '04020102');
	});

	test('encode indexes fields that were sent before', () => {
		const encoder = new Encoder();
		assert.ok(encoder.encode([['x-a', 'value']]).length > 4);
		assert.equal(toHex(encoder.encode([['x-a', 'value']])), 'be');
	});

	test('encode never indexes marked fields and secrets', () => {
		const encoder = new Encoder({ huffman: false });
		const fields: FieldLine[] = [
			['x-a', 'b', { neverIndex: true }],
			['authorization', 'secret'],
			['cookie', 'short'],
		];
		const block = toHex(encoder.encode(fields));
		assert.equal(block, '1003782d6101621f08067365637265741f110573686f7274');
		assert.equal(toHex(encoder.encode(fields)), block);
		assert.deepEqual(
			new Decoder().decode(fromHex(block)).map(([, , flags]) => flags),
			Array(3).fill({ neverIndex: true }),
		);
	});

	test('encode does not index a marked field, even if a table has it', () => {
		assert.equal(
			toHex(new Encoder({ huffman: false }).encode([[':method', 'GET', { neverIndex: true }]])),
			'1203474554',
		);
	});

	test('a character above U+00FF is a TypeError, and later blocks can be decoded', () => {
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
					message: 'Cannot encode a field: U+0100 does not fit in a byte',
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

	test('a name or value that is not a string is a TypeError, and no message shows a value', () => {
		const encoder = new Encoder();
		assert.throws(() => encoder.encode([['a', 1 as unknown as string]]), {
			message: 'The value of a must be a string, not a number',
		});
		assert.throws(() => encoder.encode([[null as unknown as string, 'x']]), {
			message: 'A field name must be a string, not null',
		});
	});

	test('a block that could become too large is an HPACKEncodingError, and the encoder can be used afterwards', () => {
		const encoder = new Encoder();
		const decoder = new Decoder(unlimited);
		assert.throws(() => encoder.encode([['a', 'x'.repeat(147_456)]]), HPACKEncodingError);
		const fields: FieldLine[] = [['a', '\x00'.repeat(147_000)]];
		assert.deepEqual(decoder.decode(encoder.encode(fields)), fields);
	});
});

describe('broken blocks', () => {
	const BROKEN: [what: string, block: string][] = [
		['index 0', '80'],
		['an index beyond both tables', 'be'],
		['a name index beyond both tables', '7e0161'],
		['an integer that ends early', 'ff'],
		['an integer that is too large', 'ffffffffff7f'],
		['an integer of many bytes', 'ff808080808080808080'],
		['a string that ends early', '40036162'],
		['a value that is missing', '400161'],
		['EOS in a Huffman code', '400161' + '84ffffffff'],
		['padding of more than 7 bits', '400161' + '82' + '07ff'],
		['padding that is not all ones', '400161' + '81' + '00'],
		['a size update after a field', '8220'],
		['a size update above the limit', '3fe21f'],
	];

	for (const [what, block] of BROKEN) {
		test(`${what} is an HPACKDecodingError, now and in every later call`, () => {
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

	test('a block that is too large is an HPACKDecodingError, now and in every later call', () => {
		const decoder = new Decoder(unlimited);
		assert.equal(decoder.decode(new Uint8Array(147_456).fill(0x82)).length, 147_456);
		assert.throws(() => decoder.decode(new Uint8Array(147_457)), HPACKDecodingError);
		assert.throws(() => decoder.decode(fromHex('82')), /147457/);
	});

	test('a block that is not a Uint8Array is a TypeError, and the decoder can be used afterwards', () => {
		const decoder = new Decoder();
		assert.throws(() => decoder.decode('82' as unknown as Uint8Array), TypeError);
		assert.deepEqual(decoder.decode(Buffer.from('82', 'hex')), [[':method', 'GET']]);
	});

	test('names and values may have any bytes', () => {
		const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
		for (const huffman of [true, false]) {
			const fields: FieldLine[] = [
				[bytes, bytes],
				['', ''],
				['a', bytes.slice(128)],
			];
			const encoder = new Encoder({ huffman });
			const decoder = new Decoder();
			for (let i = 0; i < 2; i++) assert.deepEqual(decoder.decode(encoder.encode(fields)), fields);
		}
	});
});

describe('disposal', () => {
	test('after disposal every call but dispose is a LocalProtocolError', () => {
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

	test('an engine from the free list starts with empty tables', () => {
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

test('an Encoder refuses what is no list of field lines, and stays in step', () => {
	const encoder = new Encoder();
	const encode = (fields: unknown): Uint8Array => encoder.encode(fields as [string, string][]);
	for (const fields of [null, undefined, 5, {}, 'ab'])
		assert.throws(() => encode(fields), /^TypeError: Field lines must be iterable/);
	for (const line of [null, 5, 'ab', { name: 'a' }]) {
		assert.throws(() => encode([['a', 'b'], line]), /^TypeError: A field line must be an array \[name, value\], not /);
	}
	assert.throws(() => encode([[]]), /^TypeError: A field name must be a string, not undefined$/);
	assert.throws(() => encode([['a', 1]]), /^TypeError: The value of a must be a string, not a number$/);
	const decoder = new Decoder();
	assert.deepEqual(decoder.decode(encode([['a', 'b']])), [['a', 'b']]);
	encoder.dispose();
	decoder.dispose();
});
