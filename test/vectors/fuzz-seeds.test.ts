// Byte strings that other frame parsers were fuzzed with, and mutated copies. There are no expected results, since parsers
// disagree on a third of them: read whole, byte by byte and in random pieces they give the same result, and never a trap.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { explain, type Frame, FrameReader, ProtocolError } from '../../src/frames.ts';
import { byteByByte, record } from '../support/frame-record.ts';
import { mutate, Random } from '../support/random.ts';
import { randomPieces } from '../support/random-bytes.ts';

const root = fileURLToPath(new URL('fuzz-seeds/frame/', import.meta.url));
const seeds = readdirSync(root)
	.sort()
	.map((file) => ({ file, bytes: new Uint8Array(readFileSync(`${root}${file}`)) }));

/** Frames up to the error, and the error. */
function readFrames(pieces: Iterable<Uint8Array>, reader: FrameReader): { frames: Frame[]; error: string | null } {
	const frames: Frame[] = [];
	try {
		for (const piece of pieces) for (const frame of reader.read(piece)) frames.push(frame);
	} catch (error) {
		if (!(error instanceof ProtocolError)) throw error;
		assert.throws(
			() => reader.read(new Uint8Array(100)),
			(again) => again === error,
		);
		return { frames, error: `${error.errorCode} ${error.message}` };
	}
	return { frames, error: null };
}

/** Allows frames of the maximum size, so that random lengths do not end most seeds at their first head. */
function read(pieces: Iterable<Uint8Array>): ReturnType<typeof readFrames> {
	using reader = new FrameReader({ maxFrameSize: 16_777_215 });
	return readFrames(pieces, reader);
}

function checkSplits(bytes: Uint8Array, random: Random, what: string): void {
	const frames = read([bytes]);
	assert.deepEqual(read(byteByByte(bytes)), frames, what);
	assert.deepEqual(read(randomPieces(random, bytes)), frames, what);

	const told = record([bytes]).lines;
	assert.deepEqual(record(byteByByte(bytes)).lines, told, what);
	assert.deepEqual(record(randomPieces(random, bytes)).lines, told, what);
	const end = told.findIndex((line) => line.startsWith('FAULT 0 '));
	assert.ok(end === -1 || end === told.length - 1, `${what}: nothing may follow a connection error`);

	assert.match(explain(bytes, { hpack: true }), bytes.length < 9 ? /^[ -~\n]*$/ : /^[ -~\n]+$/, what);
}

test(`${seeds.length} fuzz seeds yield the same frames at every split`, () => {
	assert.equal(seeds.length, 397);
	const random = new Random(11);
	for (const { file, bytes } of seeds) checkSplits(bytes, random, file);
});

test('mutated fuzz seeds yield the same frames at every split', () => {
	const random = new Random(12);
	for (const { file, bytes } of seeds) {
		for (let i = 0; i < 3; i++) checkSplits(mutate(mutate(bytes, random), random), random, `${file}, fault ${i}`);
	}
});

test('all valid fuzz seeds in a row yield the same frames at every split', () => {
	const random = new Random(13);
	// A seed with an error would end the reading, so only seeds without one are joined.
	const passing = seeds.map(({ bytes }) => bytes).filter((bytes) => read([bytes]).error === null);
	assert.ok(passing.length > 50);
	checkSplits(Buffer.concat(passing), random, 'all of them');
});
