// Our blocks decoded by other HPACK codecs, and theirs by ours: the header lists of the stories through python3-hpack and
// hpack.js. nghttp2, through node:http2, is in hpack-node.test.ts.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import hpack from 'hpack.js';
import { Decoder, Encoder } from '../../src/hpack.ts';
import { fromHex, type Pair, pairsOf, readStories, toHex } from '../support/hpack-stories.ts';
import { askPythonHPACK, type OracleField, requirePythonHPACK } from '../support/python-hpack.ts';

const stories = readStories('raw-data');
/** For hpack.js, whose default is no dynamic table. */
const table = { maxSize: 4096 };

/** The table size to set before a list of a story; null for no change. */
function tableSizeBefore(list: number): number | null {
	return list % 7 === 3 ? ([0, 4096, 100, 2048][(list >> 3) & 3] as number) : null;
}

function toOracle(fields: readonly Pair[]): OracleField[] {
	return fields.map(([name, value]) => [name, value, false]);
}

describe('python3-hpack', () => {
	for (const huffman of [true, false]) {
		test(`python3-hpack decodes our blocks ${huffman ? 'with' : 'without'} Huffman codes and with table size changes`, (t) => {
			if (!requirePythonHPACK(t)) return;
			const answers = askPythonHPACK(
				stories.map(({ cases }) => {
					using encoder = new Encoder({ huffman });
					return {
						direction: 'decode',
						steps: cases.flatMap(({ fields }, i) => {
							const tableSize = tableSizeBefore(i);
							if (tableSize !== null) encoder.setMaxTableSize(tableSize);
							const block = { block: toHex(encoder.encode(fields)) };
							return tableSize === null ? [block] : [{ tableSize }, block];
						}),
					};
				}),
			);
			stories.forEach(({ name, cases }, i) => {
				const lists = answers[i] as OracleField[][];
				assert.equal(lists.length, cases.length);
				cases.forEach(({ fields }, k) => {
					assert.deepEqual(pairsOf(lists[k] as OracleField[]), fields, `${name} ${k}`);
				});
			});
		});

		test(`blocks of python3-hpack ${huffman ? 'with' : 'without'} Huffman codes and with table size changes are decoded`, (t) => {
			if (!requirePythonHPACK(t)) return;
			const answers = askPythonHPACK(
				stories.map(({ cases }) => ({
					direction: 'encode',
					huffman,
					steps: cases.flatMap(({ fields }, i) => {
						const tableSize = tableSizeBefore(i);
						const list = { fields: toOracle(fields) };
						return tableSize === null ? [list] : [{ tableSize }, list];
					}),
				})),
			);
			stories.forEach(({ name, cases }, i) => {
				using decoder = new Decoder();
				cases.forEach(({ fields }, k) => {
					const tableSize = tableSizeBefore(k);
					if (tableSize !== null) decoder.setMaxTableSize(tableSize);
					assert.deepEqual(decoder.decode(fromHex(answers[i]?.[k] as string)), fields, `${name} ${k}`);
				});
			});
		});
	}
});

describe('hpack.js', () => {
	for (const huffman of [true, false]) {
		test(`hpack.js decodes our blocks ${huffman ? 'with' : 'without'} Huffman codes`, () => {
			for (const { name, cases } of stories) {
				using encoder = new Encoder({ huffman });
				const decompressor = hpack.decompressor.create({ table });
				for (const { fields } of cases) {
					decompressor.write(Buffer.from(encoder.encode(fields)));
					decompressor.execute();
					const read: Pair[] = [];
					for (let field = decompressor.read(); field !== null; field = decompressor.read()) {
						read.push([field.name, field.value]);
					}
					assert.deepEqual(read, fields, name);
				}
			}
		});
	}

	test('blocks of hpack.js are decoded', () => {
		for (const { name, cases } of stories) {
			const compressor = hpack.compressor.create({ table });
			using decoder = new Decoder();
			for (const { fields } of cases) {
				compressor.write(fields.map(([field, value]) => ({ name: field, value })));
				assert.deepEqual(decoder.decode(compressor.read() ?? new Uint8Array(0)), fields, name);
			}
		}
	});
});
