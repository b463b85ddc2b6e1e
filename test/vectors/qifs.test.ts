// Encodes and decodes the header sets of real sites (qifs), and checks that the blocks are less than half as large.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Decoder, Encoder } from '../../src/hpack.ts';
import { type Pair, pairsOf } from '../support/hpack-stories.ts';

const root = fileURLToPath(new URL('qifs/', import.meta.url));

/** A list ends with an empty line. A field is its name, a tab and its value. */
function readLists(file: string): Pair[][] {
	return readFileSync(`${root}${file}`, 'latin1')
		.split('\n\n')
		.map((list) => list.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
		.filter((lines) => lines.length > 0)
		.map((lines) => lines.map((line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)]));
}

for (const file of readdirSync(root).filter((name) => name.endsWith('.qif'))) {
	for (const huffman of [true, false]) {
		test(`the header lists of ${file} survive our encoder ${huffman ? 'with' : 'without'} Huffman codes and our decoder`, (t) => {
			const lists = readLists(file);
			assert.ok(lists.length > 15);
			using encoder = new Encoder({ huffman });
			using decoder = new Decoder();
			let encoded = 0;
			let plain = 0;
			for (const fields of lists) {
				const block = encoder.encode(fields);
				assert.deepEqual(pairsOf(decoder.decode(block)), fields);
				encoded += block.length;
				for (const [name, value] of fields) plain += name.length + value.length;
			}
			t.diagnostic(`${lists.length} lists: ${plain} bytes became ${encoded}`);
			assert.ok(encoded < plain / 2);
		});
	}
}
