import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader } from '../../src/zstd/byte-reader.ts';
import { LiteralsReader } from '../../src/zstd/literals.ts';
import { backwardBits } from '../support/zstd-frames.ts';

/** Literal 0 has the code 1, literal 1 the code 01, literals 2 and 3 the codes 000 and 001 (weights 3, 2, 1, 1). */
const TABLE = [127 + 3, 0x32, 0x10];
const STREAM = backwardBits('1 01 000 001');

/** A compressed section: type, format, decoded and compressed size, then the parts. */
function compressed(
	type: 2 | 3,
	format: number,
	size: number,
	...section: (readonly number[] | Uint8Array)[]
): number[] {
	const bytes = section.flatMap((part) => [...part]);
	const width = [10, 10, 14, 18][format]!;
	const head = BigInt(type | (format << 2)) | (BigInt(size) << 4n) | (BigInt(bytes.length) << BigInt(4 + width));
	const headLength = [3, 3, 4, 5][format]!;
	return [...Array.from({ length: headLength }, (_, place) => Number((head >> BigInt(8 * place)) & 0xffn)), ...bytes];
}

function read(bytes: readonly number[], reader = new LiteralsReader(), maxSize = 5000): number[] {
	const section = new ByteReader(Uint8Array.from([...bytes, 0xab]));
	const literals = reader.read(section, new Uint8Array(maxSize));
	assert.equal(section.byte(), 0xab, 'the byte after the section');
	return [...literals.bytes.subarray(literals.at, literals.end)];
}

test('raw literals have a size of one, two or three bytes', () => {
	assert.deepEqual(read([2 << 3, 7, 8]), [7, 8]);
	// The lowest bit of this size is also the upper bit of the format.
	assert.deepEqual(read([3 << 3, 7, 8, 9]), [7, 8, 9]);
	const content = new Array(300).fill(5);
	assert.deepEqual(read([(1 << 2) | ((300 & 15) << 4), 300 >> 4, ...content]), content);
	assert.deepEqual(read([(3 << 2) | ((300 & 15) << 4), 300 >> 4, 0, ...content]), content);
	assert.deepEqual(read([0]), []);
	assert.throws(() => read([5 << 3, 1]), /ends early/);
});

test('RLE literals repeat one byte', () => {
	assert.deepEqual(read([1 | (4 << 3), 9]), [9, 9, 9, 9]);
	assert.deepEqual(read([1 | (1 << 2) | (0 << 4), 256 >> 4, 9]), new Array(256).fill(9));
	assert.throws(() => read([1 | (31 << 3), 9], new LiteralsReader(), 30), /too many literals/);
});

test('literals in one stream may reuse the table of the previous block', () => {
	const reader = new LiteralsReader();
	assert.deepEqual(read(compressed(2, 0, 4, TABLE, STREAM), reader), [0, 1, 2, 3]);
	assert.deepEqual(read(compressed(3, 0, 4, backwardBits('000 000 1 1')), reader), [2, 2, 0, 0]);
	assert.throws(() => read(compressed(3, 0, 4, STREAM)), /never sent/);
});

test('literals in four streams have sizes of each width', () => {
	const streams = ['1 01', '000 001', '01 01', '1'].map(backwardBits);
	const jumps = [1, 0, 1, 0, 1, 0];
	for (const format of [1, 2, 3]) {
		const bytes = compressed(2, format, 7, TABLE, jumps, ...streams);
		assert.deepEqual(read(bytes), [0, 1, 2, 3, 1, 1, 0], `format ${format}`);
	}
	assert.throws(() => read(compressed(2, 1, 2, TABLE, jumps, ...streams)), /too few literals/);
	assert.throws(() => read(compressed(2, 1, 7, TABLE, [9, 0, 1, 0, 1, 0], ...streams)), /ends early/);
	assert.throws(() => read(compressed(2, 1, 7, TABLE, jumps, ...streams.slice(1))), /ends early|no end mark/);
});

test('literals sections and literals that exceed their block are an error', () => {
	assert.throws(() => read(compressed(2, 0, 4, TABLE, STREAM).slice(0, -2)), /ends early/);
	assert.throws(() => read(compressed(2, 0, 4, TABLE, STREAM), new LiteralsReader(), 3), /too many literals/);
	assert.throws(() => read(compressed(2, 0, 3, TABLE, STREAM)), /is too long/);
	assert.throws(() => read(compressed(2, 0, 5, TABLE, STREAM)), /ends early/);
});
