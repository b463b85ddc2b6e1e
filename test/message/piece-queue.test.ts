import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PieceQueue } from '../../src/message/piece-queue.ts';
import { Random, seed } from '../support/random.ts';

const encode = (text: string) => Buffer.from(text, 'latin1');
const decode = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('latin1'));

/** Frames of these texts; one that ends with `+` goes on in the next. */
function createQueue(...texts: string[]): PieceQueue {
	const queue = new PieceQueue();
	for (const text of texts) {
		const bytes = encode(text.replace(/\+$/, ''));
		queue.push(bytes, 0, bytes.length, !text.endsWith('+'));
	}
	return queue;
}

test('what is taken is a copy of a part of what was pushed', () => {
	const bytes = encode('abcdef');
	const queue = new PieceQueue();
	queue.push(bytes, 1, 4, true);
	bytes.fill(0);
	assert.equal(queue.length, 3);
	assert.equal(decode(queue.takeAll()), 'bcd');
	assert.equal(queue.length, 0);
	assert.equal(decode(queue.takeAll()), '');
});

test('an amount crosses pieces and frames', () => {
	const queue = createQueue('abc', 'd', 'ef');
	assert.deepEqual([decode(queue.take(2)), decode(queue.take(3)), queue.length], ['ab', 'cde', 1]);
	assert.deepEqual([decode(queue.takeFrame()), queue.takeFrame()], ['f', null]);
});

test('frames come one by one, empty ones too, and those that go on when they have ended', () => {
	const queue = createQueue('a', '', 'b+', 'c', 'd+');
	assert.deepEqual(
		Array.from({ length: 4 }, () => decode(queue.takeFrame())),
		['a', '', 'bc', null],
	);
	assert.equal(queue.length, 1);
	const rest = encode('e');
	queue.push(rest, 0, 1, true);
	assert.deepEqual([decode(queue.takeFrame()), queue.length], ['de', 0]);
});

test('of a frame that was taken in part, the rest is its frame', () => {
	const queue = createQueue('abc+');
	assert.equal(decode(queue.take(2)), 'ab');
	queue.push(encode('de'), 0, 2, true);
	assert.equal(decode(queue.takeFrame()), 'cde');
});

test('some is at least what came first', () => {
	const queue = createQueue('', 'abc', 'd', 'e');
	assert.equal(decode(queue.takeSome()), 'abc');
	assert.equal(decode(queue.takeSome()), 'de');
});

test('what was given away does not change when more comes', () => {
	const queue = createQueue('a', 'b');
	queue.take(1);
	const given = queue.take(1);
	queue.push(encode('c'), 0, 1, true);
	assert.deepEqual([decode(given), decode(queue.takeAll())], ['b', 'c']);
});

test('a million pieces of one octet take little more memory than a million octets, and are read in linear time', () => {
	const queue = new PieceQueue();
	const octet = encode('x');
	const before = process.memoryUsage();
	for (let i = 0; i < 1_000_000; i++) queue.push(octet, 0, 1, true);
	const after = process.memoryUsage();
	const held = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
	assert.ok(held < 40_000_000, `${held} octets are held`);
	for (let i = 0; i < 500_000; i++) assert.equal(queue.takeFrame()?.length, 1);
	for (let i = 0; i < 250_000; i++) assert.equal(queue.take(1).length, 1);
	assert.equal(queue.takeAll().length, 250_000);
});

test('random pushes and takes give the octets and the frames that a plain model gives', () => {
	for (let life = 0; life < 200; life++) {
		const random = new Random(life);
		const queue = new PieceQueue();
		let octets = '';
		let frames: string[] = [];
		let open = '';
		const pass = (amount: number) => {
			octets = octets.slice(amount);
			let left = amount;
			while (left > 0 && frames.length > 0) {
				const first = frames[0] as string;
				if (first.length > left) frames[0] = first.slice(left);
				else frames.shift();
				left -= Math.min(left, first.length);
			}
			open = open.slice(left);
		};
		for (let step = 0; step < 60; step++) {
			const what = `seed ${seed}, life ${life}, step ${step}`;
			const action = random.below(6);
			if (action <= 2) {
				const text = String.fromCharCode(97 + random.below(26)).repeat(
					random.chance(1, 10) ? random.below(6000) : random.below(4),
				);
				const ends = random.chance(7, 10);
				queue.push(encode(text), 0, text.length, ends);
				octets += text;
				open += text;
				if (ends) {
					frames = [...frames, open];
					open = '';
				}
			} else if (action === 3) {
				const amount = random.below(octets.length + 1);
				assert.equal(decode(queue.take(amount)), octets.slice(0, amount), what);
				if (amount === octets.length) frames = [];
				pass(amount);
				if (octets === '') open = '';
			} else if (action === 4) {
				const frame = frames.shift();
				assert.equal(decode(queue.takeFrame()), frame ?? null, what);
				octets = octets.slice(frame?.length ?? 0);
			} else if (octets !== '') {
				const some = decode(queue.takeSome()) as string;
				assert.ok(some.length > 0 && octets.startsWith(some), what);
				if (some.length === octets.length) frames = [];
				pass(some.length);
				if (octets === '') open = '';
			}
			assert.equal(queue.length, octets.length, what);
		}
	}
});
