// BlockDecoder: what Decoder builds on, without its checks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BAD_NAME, BAD_VALUE, TOO_LARGE } from '../../../assembly/shared/event.ts';
import { HPACKDecodingError } from '../../../src/base/errors.ts';
import { BlockDecoder } from '../../../src/codec/hpack/block-decoder.ts';
import { BlockEncoder } from '../../../src/codec/hpack/block-encoder.ts';
import { fromHex } from '../../support/hpack-stories.ts';

const NO_LIMIT = 0xffffffff;

test('fields and marks come back, faults are told by bits', () => {
	const encoder = new BlockEncoder(4096, true);
	const decoder = new BlockDecoder(4096, NO_LIMIT, NO_LIMIT);
	const fields = ['a', 'b', 'c', 'd'];
	assert.deepEqual(decoder.decode(encoder.encode(fields, new Set([1]))), {
		fields,
		neverIndexed: new Set([1]),
		faults: 0,
	});
	assert.equal(decoder.decode(encoder.encode(['A', 'b'], null)).faults, BAD_NAME);
	assert.equal(decoder.decode(encoder.encode(['a', ' b'], null)).faults, BAD_VALUE);
	assert.equal(decoder.decode(encoder.encode(['', '\n'], null)).faults, BAD_NAME | BAD_VALUE);
	encoder.close();
	decoder.close();
});

test('limits are told, and hold for one section at a time', () => {
	const decoder = new BlockDecoder(4096, NO_LIMIT, 2);
	for (let i = 0; i < 3; i++) {
		const { fields, faults } = decoder.decode(fromHex('828282'));
		assert.deepEqual([fields.length, faults], [4, TOO_LARGE]);
		assert.equal(decoder.decode(fromHex('8282')).faults, 0);
	}
	decoder.close();
});

test('a table of any size is in force from the first block', () => {
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
		message: 'Cannot decode the field block: field block refers to an index that no table has',
	});
	assert.throws(() => decoder.decode(new Uint8Array(147_457)), HPACKDecodingError);
	decoder.close();
});
