// BlockEncoder and BlockDecoder, on which Encoder and Decoder of hyper-wasm/hpack are built.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BAD_NAME, BAD_VALUE, BLANK_AROUND, TOO_LARGE } from '../../../assembly/shared/event.ts';
import { HPACKDecodingError, HPACKEncodingError } from '../../../src/base/errors.ts';
import { BlockDecoder, BlockEncoder } from '../../../src/codec/hpack/block-codec.ts';
import { fromHex, toHex } from '../../support/hpack-stories.ts';

const NO_LIMIT = 0xffffffff;

test('fields and marks survive encoding and decoding, and faults are reported as bits', () => {
	const encoder = new BlockEncoder(4096, true);
	const decoder = new BlockDecoder(4096, NO_LIMIT, NO_LIMIT);
	const fields = ['a', 'b', 'c', 'd'];
	assert.deepEqual(decoder.decode(encoder.encode(fields, new Set([1]))), {
		fields,
		neverIndexed: new Set([1]),
		faults: 0,
	});
	assert.equal(decoder.decode(encoder.encode(['A', 'b'], null)).faults, BAD_NAME);
	assert.equal(decoder.decode(encoder.encode(['a', ' b'], null)).faults, BLANK_AROUND);
	assert.equal(decoder.decode(encoder.encode(['', '\n'], null)).faults, BAD_NAME | BAD_VALUE);
	encoder.close();
	decoder.close();
});

test('exceeded limits are reported, and apply to one section at a time', () => {
	const decoder = new BlockDecoder(4096, NO_LIMIT, 2);
	for (let i = 0; i < 3; i++) {
		const { fields, faults } = decoder.decode(fromHex('828282'));
		assert.deepEqual([fields.length, faults], [4, TOO_LARGE]);
		assert.equal(decoder.decode(fromHex('8282')).faults, 0);
	}
	decoder.close();
});

test('a table of any size is used from the first block', () => {
	for (const tableSize of [0, 1, 30, 31, 32, 158, 159, 4096, 20_000, 65_536]) {
		const encoder = new BlockEncoder(tableSize, false);
		const decoder = new BlockDecoder(tableSize, NO_LIMIT, NO_LIMIT);
		const update = encoder.encode([], null);
		assert.equal(update.length === 0, tableSize === 4096);
		assert.deepEqual(decoder.decode(update).fields, []);
		decoder.setTableSize(tableSize);
		assert.deepEqual(decoder.decode(fromHex('82')).fields, [':method', 'GET']);
		encoder.close();
		decoder.close();
	}
});

test('a broken block is an HPACKDecodingError that says what is wrong', () => {
	const decoder = new BlockDecoder(4096, NO_LIMIT, NO_LIMIT);
	assert.throws(() => decoder.decode(fromHex('80')), {
		name: 'HPACKDecodingError',
		message: 'Cannot decode the field block: field block refers to an index that is in neither table',
	});
	assert.throws(() => decoder.decode(new Uint8Array(147_457)), HPACKDecodingError);
	decoder.close();
});

test('a block signals a new table size, and later calls do not change it', () => {
	const encoder = new BlockEncoder(0, false);
	const first = encoder.encode(['a', 'b'], null);
	assert.equal(toHex(first), '200001610162');
	encoder.setTableSize(100);
	assert.equal(toHex(encoder.encode(['a', 'b'], new Set([0]))), '3f451001610162');
	assert.equal(toHex(encoder.encode(['a', 'b'], null)), '4001610162');
	assert.equal(toHex(encoder.encode(['a', 'b'], null)), 'be');
	assert.equal(toHex(first), '200001610162');
	encoder.close();
});

test('the encoder stays in step with its decoder after an error', () => {
	const encoder = new BlockEncoder(4096, true);
	assert.throws(() => encoder.encode(['a', 'x'.repeat(147_457)], null), HPACKEncodingError);
	assert.equal(toHex(encoder.encode([':status', '200'], null)), '88');
	assert.throws(() => encoder.encode(['a', '\u0100'], null), TypeError);
	assert.equal(toHex(encoder.encode([':status', '200'], null)), '203fe11f88');
	encoder.close();
});
