// What hyper promised about HPACK: never-indexed fields, and a distinct error for invalid Huffman codes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decoder, Encoder } from '../../src/hpack.ts';
import { HPACKDecodingError } from '../../src/index.ts';
import { pairsOf, readStories, storyEncoders } from '../support/hpack-stories.ts';

test('a never-indexed literal decodes with its mark and does not enter the table', () => {
	const decoder = new Decoder();
	// RFC 7541 §C.2.3: password: secret, never indexed.
	const block = Buffer.from('100870617373776f726406736563726574', 'hex');
	assert.deepEqual(decoder.decode(block), [['password', 'secret', { neverIndex: true }]]);
	// Index 62 is the first of the dynamic table, which is empty.
	assert.throws(() => decoder.decode(Uint8Array.of(0xbe)), HPACKDecodingError);
});

test('marked fields, authorization and short cookies are encoded as never indexed', () => {
	const encoder = new Encoder();
	const decoder = new Decoder();
	const fields: [string, string, { neverIndex: true }?][] = [
		['x-secret', 's', { neverIndex: true }],
		['authorization', 'Basic Zm9vOmJhcg=='],
		['proxy-authorization', 'Basic Zm9vOmJhcg=='],
		['cookie', 'id=1'],
		['cookie', `id=${'1'.repeat(20)}`],
	];
	assert.deepEqual(
		decoder.decode(encoder.encode(fields)).map(([name, , flags]) => [name, flags?.neverIndex ?? false]),
		[
			['x-secret', true],
			['authorization', true],
			['proxy-authorization', true],
			['cookie', true],
			['cookie', false],
		],
	);
});

test('EOS or invalid padding in a Huffman-coded string is an HPACKDecodingError', () => {
	for (const [what, value] of [
		['EOS within a string', [0x84, 0xff, 0xff, 0xff, 0xff]],
		['padding that is not a prefix of EOS', [0x81, 0x18]],
		['padding of more than seven bits', [0x82, 0x1f, 0xff]],
	] as const) {
		assert.throws(() => new Decoder().decode(Uint8Array.of(0x00, 0x01, 0x61, ...value)), HPACKDecodingError, what);
	}
});

test('repeated names and values in a block are all decoded', () => {
	const fields: [string, string][] = [
		['x', '1'],
		['x', '1'],
		['y', '2'],
		['x', '3'],
	];
	assert.deepEqual(new Decoder().decode(new Encoder().encode(fields)), fields);
});

test('published stories of other encoders decode exactly', () => {
	assert.equal(storyEncoders.length > 0, true);
	for (const encoder of storyEncoders) {
		for (const { name, cases } of readStories(encoder).slice(0, 2)) {
			const decoder = new Decoder();
			for (const { fields, wire, tableSize } of cases) {
				if (tableSize !== undefined) decoder.setMaxTableSize(tableSize);
				assert.deepEqual(pairsOf(decoder.decode(wire)), fields, `${encoder} ${name}`);
			}
		}
	}
});
