// Decodes every story of every encoder in test/vectors, and encodes and decodes every header list again.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Decoder, Encoder } from '../../src/hpack.ts';
import { pairsOf, readStories, type Story, storyEncoders } from '../support/hpack-stories.ts';

const rawStories = readStories('raw-data');

function decodeStory({ cases }: Story): void {
	using decoder = new Decoder();
	cases.forEach(({ fields, wire, tableSize }, i) => {
		if (tableSize !== undefined) decoder.setMaxTableSize(tableSize);
		assert.deepEqual(decoder.decode(wire), fields, `case ${i}`);
	});
}

for (const encoder of storyEncoders) {
	describe(`stories of ${encoder}`, () => {
		for (const story of readStories(encoder)) {
			test(`${story.name} of ${encoder} decodes exactly`, () => decodeStory(story));
		}
	});
}

for (const huffman of [true, false]) {
	test(`the header lists of raw-data survive our encoder ${huffman ? 'with' : 'without'} Huffman codes and our decoder`, () => {
		for (const { name, cases } of rawStories) {
			using encoder = new Encoder({ huffman });
			using decoder = new Decoder();
			for (const { fields } of cases) assert.deepEqual(pairsOf(decoder.decode(encoder.encode(fields))), fields, name);
		}
	});
}

for (const tableSize of [0, 64, 1024, 16_384, 65_536]) {
	test(`the header lists of raw-data survive our encoder and decoder with a table of ${tableSize} bytes`, () => {
		for (const { name, cases } of rawStories) {
			using encoder = new Encoder({ maxTableSize: tableSize });
			using decoder = new Decoder({ maxTableSize: tableSize });
			for (const { fields } of cases) assert.deepEqual(pairsOf(decoder.decode(encoder.encode(fields))), fields, name);
		}
	});
}

test('our blocks are at most 2 % larger than those of nghttp2', (t) => {
	const theirs = readStories('nghttp2').flatMap(({ cases }) => cases.map(({ wire }) => wire.length));
	const ours = rawStories.flatMap(({ cases }) => {
		using encoder = new Encoder();
		return cases.map(({ fields }) => encoder.encode(fields).length);
	});
	assert.equal(ours.length, theirs.length);
	const sum = (lengths: number[]) => lengths.reduce((total, length) => total + length, 0);
	t.diagnostic(`${sum(ours)} bytes, nghttp2 has ${sum(theirs)}`);
	assert.ok(sum(ours) <= sum(theirs) * 1.02, `${sum(ours)} bytes against ${sum(theirs)}`);
});
