// hyper-wasm/hpack: what is encoded and how, broken blocks, disposal. Sizes and limits are in hpack-limits.test.ts, whole
// conversations in test/vectors.

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
		assert.equal(block, '1003782d6101621f08067365637265741f110573686f7274');
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

	test('what is no string is a TypeError, and no message shows a value', () => {
		const encoder = new Encoder();
		assert.throws(() => encoder.encode([['a', 1 as unknown as string]]), {
			message: 'The value of a must be a string, not a number',
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
