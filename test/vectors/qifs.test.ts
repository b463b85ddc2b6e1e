// Header sets of real sites (qifs) through our encoder and back, and blocks no larger than the lists they come from.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Decoder, Encoder } from '../../src/hpack.ts';
import { type Pair, pairsOf } from '../support/hpack-stories.ts';

const root = fileURLToPath(new URL('qifs/', import.meta.url));

/** Lists end with an empty line; a field is its name, a tab and its value. */
function readLists(file: string): Pair[][] {
	return readFileSync(`${root}${file}`, 'latin1')
		.split('\n\n')
		.map((list) => list.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
		.filter((lines) => lines.length > 0)
		.map((lines) => lines.map((line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)]));
}

for (const file of readdirSync(root).filter((name) => name.endsWith('.qif'))) {
	for (const huffman of [true, false]) {
		test(`${file} comes back, ${huffman ? 'with' : 'without'} Huffman codes`, (t) => {
			const lists = readLists(file);
			assert.ok(lists.length > 15);
			using encoder = new Encoder({ huffman });
			using decoder = new Decoder();
			let octets = 0;
			let plain = 0;
			for (const fields of lists) {
				const block = encoder.encode(fields);
				assert.deepEqual(pairsOf(decoder.decode(block)), fields);
				octets += block.length;
				for (const [name, value] of fields) plain += name.length + value.length;
			}
			t.diagnostic(`${lists.length} lists: ${plain} octets became ${octets}`);
			assert.ok(octets < plain / 2);
		});
	}
}
