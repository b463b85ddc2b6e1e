// Whole frames of other encoders and of our own: in chunks of any size, damaged, and compared with the `zstd` program.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { joinBytes } from '../../src/base/bytes.ts';
import { ZstdDecoder } from '../../src/zstd/decoder.ts';
import { split } from '../support/byte-source.ts';
import { mutate, Random, seed } from '../support/random.ts';
import { backwardBits, describeFSE, frameOf, noise, readZstdVectors, words } from '../support/zstd-frames.ts';

const vectors = readZstdVectors();
const MAX_BLOCK = 128 * 1024;

function decode(pieces: Iterable<Uint8Array>, ends = true): Uint8Array {
	const decoder = new ZstdDecoder();
	const contents: Uint8Array[] = [];
	for (const piece of pieces) {
		decoder.push(piece);
		for (let content = decoder.read(); content !== null; content = decoder.read()) {
			assert.ok(content.length > 0 && content.length <= MAX_BLOCK, `a block of ${content.length} bytes`);
			contents.push(content);
		}
	}
	if (ends) decoder.end();
	return joinBytes(contents);
}

/** Null if the decoder reports an error. */
function decodeDamaged(bytes: Uint8Array): Uint8Array | null {
	try {
		return decode([bytes]);
	} catch (error) {
		assert.match(String(error), /^Error: Zstandard data/);
		return null;
	}
}

describe('frames of other encoders', () => {
	for (const { name, origin, bytes, content } of vectors) {
		test(`the zstd frame "${name}" is decoded (made by ${origin})`, () => {
			assert.deepEqual(decode([bytes]), content);
			assert.deepEqual(decode(split(bytes, 1)), content);
			for (const size of [2, 3, 17, 200]) assert.deepEqual(decode(split(bytes, size)), content, `in chunks of ${size}`);
		});

		test(`the zstd frame "${name}" is an error when truncated anywhere but between frames`, () => {
			const whole = new Set([0, bytes.length]);
			if (name.startsWith('two frames')) for (const end of [128, 128 + 11]) whole.add(end);
			for (let end = 0; end <= bytes.length; end++) {
				if (whole.has(end)) decode([bytes.subarray(0, end)]);
				else assert.throws(() => decode([bytes.subarray(0, end)]), /^Error: Zstandard data/, `after ${end} bytes`);
			}
		});

		test(`the zstd frame "${name}" when damaged is an error, or the same content if it has a checksum`, () => {
			const random = new Random(name.length);
			for (let round = 0; round < 300; round++) {
				const result = decodeDamaged(mutate(bytes, random));
				if (result === null || result.length === 0 || name.includes('without a checksum')) continue;
				// The damage may have doubled a short frame or removed one of two, which leaves valid frames.
				const where = `HYPER_SEED=${seed}, round ${round}`;
				assert.equal(result.length % (content.length / (name.startsWith('two frames') ? 2 : 1)), 0, where);
				assert.deepEqual(result, joinBytes([content, content]).subarray(0, result.length), where);
			}
		});
	}
});

describe('frames of our own', () => {
	test('a zstd block is decoded as soon as it has arrived', () => {
		const decoder = new ZstdDecoder();
		const bytes = frameOf([0, Buffer.from('first')], [0, Buffer.from('second')]);
		decoder.push(bytes.subarray(0, 6 + 3 + 5));
		assert.deepEqual(decoder.read(), Uint8Array.from(Buffer.from('first')));
		assert.equal(decoder.read(), null);
		decoder.push(bytes.subarray(6 + 3 + 5));
		assert.deepEqual(decoder.read(), Uint8Array.from(Buffer.from('second')));
		assert.equal(decoder.read(), null);
		decoder.end();
	});

	test('one read returns one zstd block, however much was pushed', () => {
		const decoder = new ZstdDecoder();
		const blocks = new Array(1000).fill([1, [7], MAX_BLOCK]);
		decoder.push(frameOf(...blocks));
		for (let block = 0; block < 1000; block++) assert.equal(decoder.read()?.length, MAX_BLOCK);
		assert.equal(decoder.read(), null);
	});

	test('empty zstd blocks are skipped', () => {
		const bytes = frameOf(...new Array(20_000).fill([0, []]), [0, [1]]);
		assert.deepEqual(decode([bytes]), Uint8Array.of(1));
	});

	test('many zstd frames in a row are one content', () => {
		const frame = frameOf([0, [1]]);
		assert.equal(decode([Buffer.concat(new Array(20_000).fill(frame))]).length, 20_000);
	});

	test('skippable zstd frames are skipped in any chunks, even at the end and even when empty', () => {
		const skippable = (length: number, last: number) =>
			Buffer.concat([Uint8Array.of(0x50 + last, 0x2a, 0x4d, 0x18, length, length >> 8, 0, 0), new Uint8Array(length)]);
		const bytes = Buffer.concat([skippable(1000, 0), frameOf([0, [1]]), skippable(0, 15), skippable(300, 7)]);
		for (const size of [1, 100, bytes.length]) assert.deepEqual(decode(split(bytes, size)), Uint8Array.of(1));
		assert.throws(() => decode([bytes.subarray(0, -1)]), /ends early/);
	});

	test('memory for zstd grows with the content, not with the declared window', () => {
		const before = process.memoryUsage().arrayBuffers;
		const decoders = Array.from({ length: 100 }, () => {
			const decoder = new ZstdDecoder();
			// A window of 8 MiB, and one raw block of one byte.
			decoder.push(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 13 << 3, 8, 0, 0, 1));
			assert.deepEqual(decoder.read(), Uint8Array.of(1));
			return decoder;
		});
		const taken = process.memoryUsage().arrayBuffers - before;
		assert.ok(taken < 2 ** 20, `${taken} bytes for ${decoders.length} windows`);
	});
});

test('other bytes after a zstd frame are ignored', () => {
	for (const rest of ['m', 'more', 'more of it', '\0'.repeat(100)]) {
		const bytes = Buffer.concat([frameOf([0, [1]]), Buffer.from(rest)]);
		for (const size of [1, bytes.length]) assert.deepEqual(decode(split(bytes, size)), Uint8Array.of(1));
	}
});

describe('invalid data is an error', () => {
	const invalid: [what: string, bytes: Uint8Array, message: RegExp][] = [
		['text', Buffer.from('<!doctype html>'), /no frame where one must start/],
		['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), /no frame where one must start/],
		['an unknown block type', frameOf([3, [1]]), /unknown type/],
		['a raw block that is too large', frameOf([0, new Uint8Array(MAX_BLOCK + 1)]), /block is too large/],
		['an RLE block that is too large', frameOf([1, [0], MAX_BLOCK + 1]), /block is too large/],
		['a compressed block without sections', frameOf([2, []]), /ends early/],
		[
			'a single segment that is too short',
			Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 2, 9, 0, 0, 1),
			/declared content size/,
		],
		[
			'a single segment that is too long',
			Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 17, 0, 0, 1, 2),
			/block is too large/,
		],
	];
	for (const [what, bytes, message] of invalid) {
		test(`${what} is an error in zstd data`, () => {
			assert.throws(() => decode([bytes]), message);
			assert.throws(() => decode(split(bytes, 1)), message);
		});
	}

	test('a wrong checksum is an error in zstd data', () => {
		const { bytes, content } = vectors.find(({ name }) => name === 'high effort')!;
		const wrong = Uint8Array.from(bytes);
		wrong[wrong.length - 1]! ^= 1;
		const decoder = new ZstdDecoder();
		decoder.push(wrong);
		assert.deepEqual(decoder.read(), content);
		assert.throws(() => decoder.read(), /checksum does not match/);
	});

	test('endless Huffman weights from one symbol that takes no bits are an error in zstd data', () => {
		const weights = [...describeFSE([32], 5), 0xff, 0xff];
		const section = [weights.length, ...weights, ...backwardBits('1')];
		const head = 2 | (4 << 4) | (section.length << 14);
		const bytes = frameOf([2, [head & 255, (head >> 8) & 255, head >> 16, ...section, 0]]);
		assert.throws(() => decode([bytes]), /too many Huffman weights/);
	});

	test('a block of 98,047 sequences of 65,539 bytes each is an error in zstd data', () => {
		const bytes = frameOf([
			2,
			[1 | (1 << 3), 65, 255, 255, 255, 0b01_01_01_00, 0, 0, 52, ...backwardBits('0'.repeat(16))],
		]);
		assert.throws(() => decode([bytes]), /beyond the window|too large/);
	});

	test('noise in zstd blocks of each type is decoded or an error', () => {
		const random = new Random(99);
		for (let round = 0; round < 3_000; round++) {
			const blocks = Array.from({ length: 1 + random.below(3) }, () => {
				const bytes = Array.from({ length: 1 + random.below(60) }, () => random.below(random.chance(1, 2) ? 256 : 8));
				return [random.pick([2, 2, 2, 1, 0]), bytes] as const;
			});
			decodeDamaged(frameOf(...blocks));
		}
	});
});

describe('output of the installed `zstd` program', () => {
	const found = spawnSync('zstd', ['--version']).error === undefined;
	const skip = found ? false : 'the program `zstd` is not installed';

	test('random content that the zstd program compressed at random levels is decoded', { skip }, () => {
		const random = new Random(2);
		for (let round = 0; round < 40; round++) {
			const content = joinBytes(
				Array.from({ length: 1 + random.below(6) }, () => {
					const part = random.pick([words, noise])(1 + random.below(random.chance(1, 4) ? 60_000 : 600));
					return random.chance(1, 3) ? joinBytes([part, part.subarray(random.below(part.length))]) : part;
				}),
			);
			const level = random.pick(['--fast=3', '-1', '-3', '-6', '-12', '-19']);
			const { stdout } = spawnSync('zstd', [level, '-c'], { input: content, maxBuffer: 2 ** 24 });
			const size = 1 + random.below(random.chance(1, 2) ? 10 : 100_000);
			assert.deepEqual(decode(split(stdout, size)), content, `HYPER_SEED=${seed}, round ${round}, ${level}`);
		}
	});
});
