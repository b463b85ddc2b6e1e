import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader } from '../../src/zstd/byte-reader.ts';
import { History } from '../../src/zstd/history.ts';
import { SequencesReader } from '../../src/zstd/sequences.ts';
import { backwardBits, describeFSE } from '../support/zstd-frames.ts';

const RLE_MODES = 0b01_01_01_00;

/** `count` sequences with the same codes; `bits` has the extra bits of each: offset, match length, literal length. */
function sequences(count: number, [literals, offset, match]: [number, number, number], bits: string): number[] {
	return [...countOf(count), RLE_MODES, literals, offset, match, ...backwardBits(bits)];
}

function countOf(count: number): number[] {
	if (count < 128) return [count];
	return count < 0x7f00 ? [128 + (count >> 8), count & 255] : [255, (count - 0x7f00) & 255, (count - 0x7f00) >> 8];
}

interface Context {
	reader?: SequencesReader;
	content?: string;
	limit?: number;
}

/** Decodes a block after `content` and returns what it adds. */
function run(bytes: readonly number[], literals: string, { reader, content = '', limit = 1000 }: Context = {}): string {
	const history = new History();
	history.begin(2 ** 17, 2 ** 17);
	history.reserve(2 ** 17);
	history.append(new ByteReader(Buffer.from(content)), content.length);
	(reader ?? new SequencesReader()).read(
		new ByteReader(Uint8Array.from(bytes)),
		new ByteReader(Buffer.from(literals)),
		history,
		content.length + limit,
	);
	return Buffer.from(history.since(content.length)).toString('latin1');
}

test('a zstd block without sequences is its literals', () => {
	assert.equal(run([0], 'abc'), 'abc');
	assert.equal(run([0], ''), '');
	assert.throws(() => run([0, 1], 'abc'), /after its last section/);
	assert.throws(() => run([0], 'abcd', { limit: 3 }), /block is too large/);
	assert.throws(() => run([], ''), /ends early/);
});

test('a zstd sequence is literals and a match; the remaining literals follow the last sequence', () => {
	// Two literals, offset 5 - 3, length 6.
	assert.equal(run(sequences(1, [2, 2, 3], '01'), 'abc'), 'abababab' + 'c');
	// Twice one literal, offset value 4 + 0 and length 3 + 0: one byte back.
	assert.equal(run(sequences(2, [1, 2, 0], '00 00'), 'xy'), 'xxxxyyyy');
	// Lengths with extra bits: 16 + 1 literals, offset 8 + 3 - 3, length 35 + 1.
	assert.equal(
		run(sequences(1, [16, 3, 32], '011 1 1'), 'abcdefghijklmnopq'),
		`abcdefghijklmnopq${'jklmnopq'.repeat(5).slice(0, 36)}`,
	);
});

test('recent zstd offsets can be reused, which changes their order', () => {
	const content = 'abcdefghijkl';
	// Initially 1, 4 and 8. With literals, values 1, 2 and 3 select them.
	assert.equal(run(sequences(1, [1, 0, 0], ''), 'Z', { content }), 'ZZZZ');
	assert.equal(run(sequences(1, [1, 1, 0], '0'), 'Z', { content }), 'Zjkl');
	assert.equal(run(sequences(1, [1, 1, 0], '1'), 'Z', { content }), 'Zfgh');
	// Without literals, values 1 and 2 select the second and third, and 3 the first minus one, which is 0 here.
	assert.equal(run(sequences(1, [0, 0, 0], ''), '', { content }), 'ijk');
	assert.equal(run(sequences(1, [0, 1, 0], '0'), '', { content }), 'efg');
	assert.throws(() => run(sequences(1, [0, 1, 0], '1'), '', { content }), /beyond the window/);
	// Value 1 moves 4 to the front, then again 1.
	assert.equal(run(sequences(2, [0, 0, 0], ''), '', { content }), 'ijkkkk');
	// Offset 8, then 8 minus one.
	const reader = new SequencesReader();
	assert.equal(run(sequences(1, [0, 1, 0], '0'), '', { content, reader }), 'efg');
	assert.equal(run(sequences(1, [0, 1, 0], '1'), '', { content, reader }), 'fgh');
	// A new offset pushes 7 back.
	assert.equal(run(sequences(1, [1, 2, 0], '10'), 'Z', { content, reader }), 'Zkl' + 'Z');
	assert.equal(run(sequences(1, [1, 1, 0], '0'), 'Y', { content, reader }), 'Yghi');
});

test('sequence tables are predefined, sent, or those of the previous block', () => {
	const content = 'abcdefghijkl';
	const reader = new SequencesReader();
	// State 0 of each table: no literals, offset code 0, match code 0.
	const predefined = [1, 0, ...backwardBits('000000 00000 000000')];
	assert.equal(run(predefined, '', { content, reader }), 'ijk');
	assert.equal(run([1, 0b11_11_11_00, ...backwardBits('000000 00000 000000')], '', { content, reader }), 'lll');
	const alone = describeFSE([0, 0, 0, 32], 5);
	const described = [1, 0b10_10_10_00, ...alone, ...alone, ...alone, ...backwardBits(`${'0'.repeat(15)} 010`)];
	// Three literals, offset 8 + 2 - 3, length 6.
	assert.equal(run(described, 'XYZ', { content, reader }), 'XYZ' + 'ijklXY');
	assert.throws(() => run([1, 0b11_00_00_00, 0x80], ''), /never sent/);
});

test('invalid zstd sequences are an error', () => {
	const content = 'abcdefghijkl';
	assert.throws(() => run([1, 1, 0x80], ''), /reserved bits/);
	assert.throws(() => run(sequences(1, [36, 0, 0], ''), ''), /code is unknown/);
	assert.throws(() => run(sequences(1, [0, 32, 0], ''), ''), /code is unknown/);
	assert.throws(() => run(sequences(1, [0, 0, 53], ''), ''), /code is unknown/);
	assert.throws(() => run(sequences(1, [0, 24, 0], '0'.repeat(24)), '', { content }), /beyond the window/);
	assert.throws(() => run(sequences(1, [0, 31, 0], ''), '', { content }), /beyond the window/);
	assert.throws(() => run(sequences(1, [1, 5, 0], '00000'), 'Z', { content }), /beyond the window/);
	assert.throws(() => run(sequences(1, [2, 0, 0], ''), 'Z', { content }), /more literals than/);
	assert.throws(() => run(sequences(1, [0, 0, 0], '0'), '', { content }), /bits are left/);
	assert.throws(() => run(sequences(1, [0, 3, 0], '01'), '', { content }), /end early/);
	assert.throws(() => run(sequences(1, [0, 0, 0], '').slice(0, -1), '', { content }), /no end mark/);
	assert.throws(() => run(sequences(1, [0, 0, 3], ''), '', { content, limit: 5 }), /block is too large/);
});

test('the largest count of zstd sequences costs no more than a full block', () => {
	const content = 'abcdefghijkl';
	const many = sequences(0x7f00 + 0xffff, [0, 0, 0], '');
	assert.throws(() => run(many, '', { content, limit: 2 ** 16 }), /block is too large/);
	assert.equal(run(sequences(300, [0, 0, 0], ''), '', { content }).length, 900);
});
