import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../src/zstd/history.ts';
import { Octets } from '../../src/zstd/octets.ts';
import { SequencesReader } from '../../src/zstd/sequences.ts';
import { backwardBits, describeFSE } from '../support/zstd-frames.ts';

const RLE_MODES = 0b01_01_01_00;

/** `count` sequences of the same codes, with these extra bits: of the offset, the match and the literals, each time. */
function sequences(count: number, [literals, offset, match]: [number, number, number], bits: string): number[] {
	return [...countOf(count), RLE_MODES, literals, offset, match, ...backwardBits(bits)];
}

function countOf(count: number): number[] {
	if (count < 128) return [count];
	return count < 0x7f00 ? [128 + (count >> 8), count & 255] : [255, (count - 0x7f00) & 255, (count - 0x7f00) >> 8];
}

interface Before {
	reader?: SequencesReader;
	content?: string;
	limit?: number;
}

/** What a block of these sections gives, behind content that is there already. */
function run(octets: readonly number[], literals: string, { reader, content = '', limit = 1000 }: Before = {}): string {
	const history = new History();
	history.begin(2 ** 17, 2 ** 17);
	history.reserve(2 ** 17);
	history.append(new Octets(Buffer.from(content)), content.length);
	(reader ?? new SequencesReader()).read(
		new Octets(Uint8Array.from(octets)),
		new Octets(Buffer.from(literals)),
		history,
		content.length + limit,
	);
	return Buffer.from(history.since(content.length)).toString('latin1');
}

test('without sequences a block is its literals', () => {
	assert.equal(run([0], 'abc'), 'abc');
	assert.equal(run([0], ''), '');
	assert.throws(() => run([0, 1], 'abc'), /behind the last section/);
	assert.throws(() => run([0], 'abcd', { limit: 3 }), /block is too large/);
	assert.throws(() => run([], ''), /ends early/);
});

test('a sequence is literals and a match; the literals left over come last', () => {
	// Two literals, offset 5 - 3, length 6.
	assert.equal(run(sequences(1, [2, 2, 3], '01'), 'abc'), 'abababab' + 'c');
	// Twice one literal, offset value 4 + 0 and length 3 + 0: one octet back.
	assert.equal(run(sequences(2, [1, 2, 0], '00 00'), 'xy'), 'xxxxyyyy');
	// Lengths with extra bits: 16 + 1 literals, offset 8 + 3 - 3, length 35 + 1.
	assert.equal(
		run(sequences(1, [16, 3, 32], '011 1 1'), 'abcdefghijklmnopq'),
		`abcdefghijklmnopq${'jklmnopq'.repeat(5).slice(0, 36)}`,
	);
});

test('recent offsets are used again, and change their order', () => {
	const content = 'abcdefghijkl';
	// At first 1, 4 and 8. With literals: values 1, 2, 3.
	assert.equal(run(sequences(1, [1, 0, 0], ''), 'Z', { content }), 'ZZZZ');
	assert.equal(run(sequences(1, [1, 1, 0], '0'), 'Z', { content }), 'Zjkl');
	assert.equal(run(sequences(1, [1, 1, 0], '1'), 'Z', { content }), 'Zfgh');
	// Without: values 1 and 2 are one further on, and 3 is the first less one, which is nowhere.
	assert.equal(run(sequences(1, [0, 0, 0], ''), '', { content }), 'ijk');
	assert.equal(run(sequences(1, [0, 1, 0], '0'), '', { content }), 'efg');
	assert.throws(() => run(sequences(1, [0, 1, 0], '1'), '', { content }), /beyond the window/);
	// 4 comes to the front by value 1, then 1 by value 1 again.
	assert.equal(run(sequences(2, [0, 0, 0], ''), '', { content }), 'ijkkkk');
	// 8, then 4, which is second to last by now, then 8 less one.
	const reader = new SequencesReader();
	assert.equal(run(sequences(1, [0, 1, 0], '0'), '', { content, reader }), 'efg');
	assert.equal(run(sequences(1, [0, 1, 0], '1'), '', { content, reader }), 'fgh');
	// A new offset pushes 7 back.
	assert.equal(run(sequences(1, [1, 2, 0], '10'), 'Z', { content, reader }), 'Zkl' + 'Z');
	assert.equal(run(sequences(1, [1, 1, 0], '0'), 'Y', { content, reader }), 'Yghi');
});

test('tables are predefined, described, or those of the block before', () => {
	const content = 'abcdefghijkl';
	const reader = new SequencesReader();
	// State 0 of each: no literals, offset code 0, match code 0.
	const predefined = [1, 0, ...backwardBits('000000 00000 000000')];
	assert.equal(run(predefined, '', { content, reader }), 'ijk');
	assert.equal(run([1, 0b11_11_11_00, ...backwardBits('000000 00000 000000')], '', { content, reader }), 'lll');
	const alone = describeFSE([0, 0, 0, 32], 5);
	const described = [1, 0b10_10_10_00, ...alone, ...alone, ...alone, ...backwardBits(`${'0'.repeat(15)} 010`)];
	// Three literals, offset 8 + 2 - 3, length 6.
	assert.equal(run(described, 'XYZ', { content, reader }), 'XYZ' + 'ijklXY');
	assert.throws(() => run([1, 0b11_00_00_00, 0x80], ''), /no table to use again/);
});

test('what cannot be is refused', () => {
	const content = 'abcdefghijkl';
	assert.throws(() => run([1, 1, 0x80], ''), /reserved bits/);
	assert.throws(() => run(sequences(1, [36, 0, 0], ''), ''), /unknown code/);
	assert.throws(() => run(sequences(1, [0, 32, 0], ''), ''), /unknown code/);
	assert.throws(() => run(sequences(1, [0, 0, 53], ''), ''), /unknown code/);
	assert.throws(() => run(sequences(1, [0, 24, 0], '0'.repeat(24)), '', { content }), /beyond the window/);
	assert.throws(() => run(sequences(1, [0, 31, 0], ''), '', { content }), /beyond the window/);
	assert.throws(() => run(sequences(1, [1, 5, 0], '00000'), 'Z', { content }), /beyond the window/);
	assert.throws(() => run(sequences(1, [2, 0, 0], ''), 'Z', { content }), /more literals are used/);
	assert.throws(() => run(sequences(1, [0, 0, 0], '0'), '', { content }), /go on/);
	assert.throws(() => run(sequences(1, [0, 3, 0], '01'), '', { content }), /end early/);
	assert.throws(() => run(sequences(1, [0, 0, 0], '').slice(0, -1), '', { content }), /no end mark/);
	assert.throws(() => run(sequences(1, [0, 0, 3], ''), '', { content, limit: 5 }), /block is too large/);
});

test('as many sequences as can be counted cost no more than the block may give', () => {
	const content = 'abcdefghijkl';
	const many = sequences(0x7f00 + 0xffff, [0, 0, 0], '');
	assert.throws(() => run(many, '', { content, limit: 2 ** 16 }), /block is too large/);
	assert.equal(run(sequences(300, [0, 0, 0], ''), '', { content }).length, 900);
});
