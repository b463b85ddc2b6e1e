import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiteralsReader } from '../../src/zstd/literals.ts';
import { Octets } from '../../src/zstd/octets.ts';
import { backwardBits } from '../support/zstd-frames.ts';

/** Literal 0 has the code 1, literal 1 the code 01, literals 2 and 3 the codes 000 and 001 (weights 3, 2, 1, 1). */
const TABLE = [127 + 3, 0x32, 0x10];
const STREAM = backwardBits('1 01 000 001');

/** Type, format, the sizes after and before, and what follows. */
function compressed(
	type: 2 | 3,
	format: number,
	size: number,
	...section: (readonly number[] | Uint8Array)[]
): number[] {
	const octets = section.flatMap((part) => [...part]);
	const width = [10, 10, 14, 18][format]!;
	const head = BigInt(type | (format << 2)) | (BigInt(size) << 4n) | (BigInt(octets.length) << BigInt(4 + width));
	const headLength = [3, 3, 4, 5][format]!;
	return [...Array.from({ length: headLength }, (_, place) => Number((head >> BigInt(8 * place)) & 0xffn)), ...octets];
}

function read(octets: readonly number[], reader = new LiteralsReader(), maxSize = 5000): number[] {
	const section = new Octets(Uint8Array.from([...octets, 0xab]));
	const literals = reader.read(section, new Uint8Array(maxSize));
	assert.equal(section.octet(), 0xab, 'what follows the section');
	return [...literals.bytes.subarray(literals.at, literals.end)];
}

test('literals as they are, with a size of one, two and three octets', () => {
	assert.deepEqual(read([2 << 3, 7, 8]), [7, 8]);
	// The lowest bit of this size is the upper one of the format too.
	assert.deepEqual(read([3 << 3, 7, 8, 9]), [7, 8, 9]);
	const content = new Array(300).fill(5);
	assert.deepEqual(read([(1 << 2) | ((300 & 15) << 4), 300 >> 4, ...content]), content);
	assert.deepEqual(read([(3 << 2) | ((300 & 15) << 4), 300 >> 4, 0, ...content]), content);
	assert.deepEqual(read([0]), []);
	assert.throws(() => read([5 << 3, 1]), /ends early/);
});

test('one literal again and again', () => {
	assert.deepEqual(read([1 | (4 << 3), 9]), [9, 9, 9, 9]);
	assert.deepEqual(read([1 | (1 << 2) | (0 << 4), 256 >> 4, 9]), new Array(256).fill(9));
	assert.throws(() => read([1 | (31 << 3), 9], new LiteralsReader(), 30), /too many literals/);
});

test('literals in one stream, and in another with the same code', () => {
	const reader = new LiteralsReader();
	assert.deepEqual(read(compressed(2, 0, 4, TABLE, STREAM), reader), [0, 1, 2, 3]);
	assert.deepEqual(read(compressed(3, 0, 4, backwardBits('000 000 1 1')), reader), [2, 2, 0, 0]);
	assert.throws(() => read(compressed(3, 0, 4, STREAM)), /without a Huffman code/);
});

test('literals in four streams, with sizes of each width', () => {
	const streams = ['1 01', '000 001', '01 01', '1'].map(backwardBits);
	const jumps = [1, 0, 1, 0, 1, 0];
	for (const format of [1, 2, 3]) {
		const octets = compressed(2, format, 7, TABLE, jumps, ...streams);
		assert.deepEqual(read(octets), [0, 1, 2, 3, 1, 1, 0], `format ${format}`);
	}
	assert.throws(() => read(compressed(2, 1, 2, TABLE, jumps, ...streams)), /too few literals/);
	assert.throws(() => read(compressed(2, 1, 7, TABLE, [9, 0, 1, 0, 1, 0], ...streams)), /ends early/);
	assert.throws(() => read(compressed(2, 1, 7, TABLE, jumps, ...streams.slice(1))), /ends early|no end mark/);
});

test('sections are no longer than the block, nor their literals', () => {
	assert.throws(() => read(compressed(2, 0, 4, TABLE, STREAM).slice(0, -2)), /ends early/);
	assert.throws(() => read(compressed(2, 0, 4, TABLE, STREAM), new LiteralsReader(), 3), /too many literals/);
	assert.throws(() => read(compressed(2, 0, 3, TABLE, STREAM)), /goes on/);
	assert.throws(() => read(compressed(2, 0, 5, TABLE, STREAM)), /ends early/);
});
