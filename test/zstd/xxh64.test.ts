import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XXH64 } from '../../src/zstd/xxh64.ts';
import { noise } from '../support/zstd-frames.ts';

const PRIME_1 = 0x9e3779b185ebca87n;
const PRIME_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME_3 = 0x165667b19e3779f9n;
const PRIME_4 = 0x85ebca77c2b2ae63n;
const PRIME_5 = 0x27d4eb2f165667c5n;

function digest(...chunks: Uint8Array[]): number {
	const hash = new XXH64();
	for (const chunk of chunks) hash.update(chunk);
	return hash.digest();
}

test('XXH64 digests of known texts are the published ones', () => {
	// The lower halves of the published digests.
	assert.equal(digest(), 0x51d8e999);
	assert.equal(digest(Buffer.from('a')), 0xa98c6e5b);
	assert.equal(digest(Buffer.from('abc')), 0xad770999);
	assert.equal(digest(Buffer.from('Nobody inspects the spammish repetition')), 0x8a378bf1);
});

test('XXH64 digests of every length equal those of a plain bigint implementation', () => {
	for (let length = 0; length <= 200; length++)
		assert.equal(digest(noise(length)), reference(noise(length)), `${length}`);
	const long = noise(100_000);
	assert.equal(digest(long), reference(long));
});

test('the XXH64 digest does not depend on how the input is split', () => {
	const whole = noise(1000);
	for (const size of [1, 7, 31, 32, 33, 64, 999]) {
		const pieces: Uint8Array[] = [];
		for (let at = 0; at < whole.length; at += size) pieces.push(whole.subarray(at, at + size));
		assert.equal(digest(...pieces), reference(whole), `in chunks of ${size}`);
	}
});

/** XXH64 as its specification defines it, without optimisation. */
function reference(bytes: Uint8Array): number {
	const mask = (1n << 64n) - 1n;
	const rotate = (value: bigint, count: bigint) => ((value << count) | (value >> (64n - count))) & mask;
	const round = (lane: bigint, input: bigint) => (rotate((lane + input * PRIME_2) & mask, 31n) * PRIME_1) & mask;
	const view = Buffer.from(bytes);
	let at = 0;
	let hash = PRIME_5;
	if (view.length >= 32) {
		const lanes = [PRIME_1 + PRIME_2, PRIME_2, 0n, -PRIME_1].map((lane) => lane & mask);
		for (; at + 32 <= view.length; at += 32) {
			for (let lane = 0; lane < 4; lane++) lanes[lane] = round(lanes[lane]!, view.readBigUInt64LE(at + 8 * lane));
		}
		hash = [1n, 7n, 12n, 18n].reduce((sum, count, lane) => sum + rotate(lanes[lane]!, count), 0n) & mask;
		for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4) & mask;
	}
	hash = (hash + BigInt(view.length)) & mask;
	for (; at + 8 <= view.length; at += 8) {
		hash = (rotate(hash ^ round(0n, view.readBigUInt64LE(at)), 27n) * PRIME_1 + PRIME_4) & mask;
	}
	if (at + 4 <= view.length) {
		hash = (rotate(hash ^ ((BigInt(view.readUInt32LE(at)) * PRIME_1) & mask), 23n) * PRIME_2 + PRIME_3) & mask;
		at += 4;
	}
	for (; at < view.length; at++) hash = (rotate(hash ^ ((BigInt(view[at]!) * PRIME_5) & mask), 11n) * PRIME_1) & mask;
	hash = ((hash ^ (hash >> 33n)) * PRIME_2) & mask;
	hash = ((hash ^ (hash >> 29n)) * PRIME_3) & mask;
	return Number((hash ^ (hash >> 32n)) & 0xffffffffn);
}
