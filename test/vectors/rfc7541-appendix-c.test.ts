// All of RFC 7541 appendix C, against the engine that ships: the fields, and the dynamic table after every block.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Decoder, HPACKDecodingError } from '../../src/hpack.ts';
import { fromHex, type Pair, pairsOf } from '../support/hpack-stories.ts';

interface Example {
	name: string;
	/** All bytes of the connection so far, and all fields. */
	wire: Uint8Array;
	fields: Pair[];
	tableSize: number;
	table: { size: number; pair: Pair }[];
	totalSize: number;
}

const examples: Example[] = readFileSync(new URL('rfc7541-appendix-c/vectors.jsonl', import.meta.url), 'utf8')
	.trim()
	.split('\n')
	.map((line) => {
		const { file, wire, headers, opts, table } = JSON.parse(line) as {
			file: string;
			wire: string;
			headers: string[];
			opts: Record<string, string>;
			table: string[];
		};
		const rows = table.filter((row) => row.startsWith('['));
		return {
			name: file.replace(/^rfc7541_c_(\d)_(\d)$/, 'C.$1.$2'),
			wire: fromHex(wire),
			fields: headers.map(toPair),
			tableSize: Number(opts['table-size'] ?? 4096),
			table: rows.map((row) => {
				const [, size, text] = /^\[ *\d+\] \(s = *(\d+)\) (.*)$/.exec(row) as RegExpExecArray;
				return { size: Number(size), pair: toPair(text as string) };
			}),
			totalSize: Number(/Table size: *(\d+)$/.exec(table.at(-1) ?? '')?.[1] ?? 0),
		};
	})
	// The data has C.2.4 twice, for a request and for a response.
	.filter(({ name }, i, all) => name !== all[i - 1]?.name);

function toPair(line: string): Pair {
	const colon = line.indexOf(': ', 1);
	return [line.slice(0, colon), line.slice(colon + 2)];
}

/** An indexed field for each entry of the dynamic table. */
function indexAll(entries: number): Uint8Array {
	return Uint8Array.from({ length: entries }, (_, i) => 0x80 | (62 + i));
}

/** C.n.1 to C.n.m are one connection: each example adds a block to the one before. */
function blocksUntil(example: Example): Uint8Array[] {
	const section = example.name.slice(0, 4);
	if (section === 'C.2.') return [example.wire];
	const wires = examples.filter(({ name }) => name.startsWith(section)).map(({ wire }) => wire);
	const ends = [...new Set(wires.map((wire) => wire.length))].filter((end) => end <= example.wire.length);
	return ends.map((end, i) => example.wire.subarray(ends[i - 1] ?? 0, end));
}

test('all examples of RFC 7541 appendix C are present', () => {
	assert.deepEqual(
		examples.map(({ name }) => name),
		['C.2', 'C.3', 'C.4', 'C.5', 'C.6'].flatMap((section) => {
			return Array.from({ length: section === 'C.2' ? 4 : 3 }, (_, i) => `${section}.${i + 1}`);
		}),
	);
});

describe('examples of RFC 7541', () => {
	for (const example of examples) {
		test(`RFC 7541 example ${example.name} decodes and leaves the table that the RFC prints`, () => {
			const blocks = blocksUntil(example);
			using decoder = new Decoder({ maxTableSize: example.tableSize });
			assert.deepEqual(
				blocks.flatMap((block) => pairsOf(decoder.decode(block))),
				example.fields,
			);
			const entries = decoder.decode(indexAll(example.table.length));
			assert.deepEqual(
				entries,
				example.table.map(({ pair }) => pair),
			);
			assert.deepEqual(
				entries.map(([name, value]) => name.length + value.length + 32),
				example.table.map(({ size }) => size),
			);
			assert.equal(
				example.table.reduce((total, { size }) => total + size, 0),
				example.totalSize,
			);
			assert.throws(() => decoder.decode(indexAll(example.table.length + 1)), HPACKDecodingError);
		});
	}
});
