import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkMerger } from '../../src/http11/chunk-merger.ts';
import { ChunkedContent } from '../../src/http11/chunked-content.ts';
import { readWithNode } from '../support/http11-parser.ts';
import { Random, seed } from '../support/random.ts';
import { randomPieces } from '../support/random-bytes.ts';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What the parser gets for each of these reads, without the trailers. */
function merge(reads: readonly string[], isLenient = false): string[] {
	const merger = new ChunkMerger(isLenient);
	return reads.map((read) => latin1(merger.push(Buffer.from(read, 'latin1'))));
}

const large = `101\r\n${'x'.repeat(0x101)}\r\n`;
const long = `1;a=${'b'.repeat(300)}\r\nx\r\n`;
const CASES: [what: string, reads: string[], passed: string[]][] = [
	['small chunks of one read are joined', ['1\r\na\r\n2;x\r\nbc\r\n3\r\ndef\r\n0\r\n'], ['6\r\nabcdef\r\n0\r\n']],
	[
		'what follows them may be incomplete',
		['1\r\na\r\n1\r\nb\r\n5\r\ncd', 'efg\r\n'],
		['2\r\nab\r\n5\r\ncd', 'efg\r\n'],
	],
	[
		'chunks of several reads stay apart',
		['1\r\na\r', '\n1\r\nb\r\n1', '\r\nc\r\n'],
		['1\r\na\r', '\n1\r\nb\r\n1', '\r\nc\r\n'],
	],
	[
		'a line end may be missing where a read ends',
		['1\r\na', '\r\n1\r\nb\r\n1\r\nc', '\r\n1\r\nd'],
		['1\r\na', '\r\n2\r\nbc', '\r\n1\r\nd'],
	],
	[
		'a read may begin and end within chunks',
		['2\r\na', 'b\r\n1\r\nc\r\n01\r\nd\r\n1\r\n', 'e\r\n0\r\n'],
		['2\r\na', 'b\r\n2\r\ncd\r\n1\r\n', 'e\r\n0\r\n'],
	],
	['a chunk alone stays as it is', ['01;x\r\na\r\n0;y\r\n'], ['01;x\r\na\r\n0;y\r\n']],
	[
		'large chunks stay, with what is between them',
		[`1\r\na\r\n${large}1\r\nb\r\n${large}`],
		[`1\r\na\r\n${large}1\r\nb\r\n${large}`],
	],
	[
		'small chunks between large ones are joined',
		[`${large}1\r\na\r\n1\r\nb\r\n${large}`],
		[`${large}2\r\nab\r\n${large}`],
	],
	['long size lines stay', [`1\r\na\r\n${long}1\r\na\r\n1\r\nb\r\n`], [`1\r\na\r\n${long}2\r\nab\r\n`]],
	[
		'an invalid size stays, with all that follows',
		['1\r\na\r\n1\r\nb\r\nz\r\n1\r\na\r\n', '1\r\na\r\n1\r\na\r\n'],
		['2\r\nab\r\nz\r\n1\r\na\r\n', '1\r\na\r\n1\r\na\r\n'],
	],
	['a missing line end stays', ['1\r\na\r\n1\r\nb1\r\nc\r\n'], ['2\r\nab1\r\nc\r\n']],
];

for (const [what, reads, passed] of CASES) {
	test(`chunks in front of the parser: ${what}`, () => {
		assert.deepEqual(merge(reads), passed);
	});
}

test('the trailer section begins behind the size line of the last chunk', () => {
	const merger = new ChunkMerger(false);
	merger.push(Buffer.from('1\r\na\r\n1\r\nb\r\n'));
	assert.equal(merger.isOver, false);
	merger.push(Buffer.from('000\r\nA: b\r\n'));
	assert.equal(merger.isOver, true);
	assert.equal(merger.trailersAt, 5);
});

test('chunks that need not be joined are passed on without a copy', () => {
	const bytes = Buffer.from(`${large}1\r\na\r\n${large}`);
	const passed = new ChunkMerger(false).push(bytes);
	assert.equal(passed.buffer, bytes.buffer);
	assert.equal(passed.length, bytes.length);
});

const ROUNDS = 400;

test(`node:http reads ${ROUNDS} random chunked contents with padding, bare LF and odd extensions behind a lenient connection`, async () => {
	for (let round = 0; round < ROUNDS; round++) {
		const random = new Random(round);
		let isOdd = false;
		const odd = (text: string): string => {
			if (!random.chance(1, 4)) return '';
			isOdd = true;
			return text;
		};
		const end = (): string => odd('\n') || '\r\n';
		const blanks = (): string => odd(random.pick([' ', '\t', '  ']));
		const line = (size: number): string =>
			`${blanks()}${size.toString(16)}${blanks()}${odd(random.pick([';', '; a', ';"', ';a=b c']))}${end()}`;
		let content = '';
		let text = '';
		for (let count = random.below(12); count > 0; count--) {
			const size = random.pick([1, 1, 2, 3, 256, 257, 700]);
			const piece = Array.from({ length: size }, () => random.pick([...'01af;\r\n ='])).join('');
			content += piece;
			text += `${line(size)}${piece}${end()}`;
		}
		text += `${line(0)}A: b${end()}${end()}`;
		const chunks = new ChunkedContent(65_536, true);
		const head = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
		const pieces = random.chance(1, 2) ? randomPieces(random, Buffer.from(text)) : [Buffer.from(text)];
		const passed = [...pieces].map((piece) => chunks.push(piece).slice());
		const where = `HYPER_SEED=${seed}, round ${round}: ${JSON.stringify(text)}`;
		assert.deepEqual(
			await readWithNode([head, ...passed]),
			{ status: 200, content, trailers: ['A', 'b'], end: 'complete' },
			where,
		);
		assert.equal(chunks.isDoubtful, isOdd, where);
	}
});
