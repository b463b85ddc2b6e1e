import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader } from '../../src/zstd/byte-reader.ts';
import { History } from '../../src/zstd/history.ts';

function historyOf(...bytes: number[]): History {
	const history = new History();
	history.begin(1024, 1024);
	history.reserve(1024);
	history.append(new ByteReader(Uint8Array.from(bytes)), bytes.length);
	return history;
}

test('a zstd history appends, fills and repeats bytes, even from overlapping ranges', () => {
	const history = historyOf(1, 2, 3);
	history.repeat(3, 2);
	history.repeat(2, 5);
	history.fill(9, 2);
	history.repeat(1, 2);
	assert.deepEqual([...history.since(0)], [1, 2, 3, 1, 2, 1, 2, 1, 2, 1, 9, 9, 9, 9]);
	assert.deepEqual([...history.since(12)], [9, 9]);
});

test('append of a zstd history advances the reader', () => {
	const history = historyOf();
	const reader = new ByteReader(Uint8Array.from({ length: 100 }, (_, index) => index));
	history.append(reader, 50);
	history.append(reader, 3);
	assert.equal(reader.at, 53);
	assert.deepEqual([...history.since(48)], [48, 49, 50, 51, 52]);
});

test('long matches in a zstd history are copied like short ones', () => {
	const history = historyOf(1, 2);
	history.repeat(2, 98);
	history.repeat(100, 100);
	const expected = Array.from({ length: 200 }, (_, index) => (index % 2) + 1);
	assert.deepEqual([...history.since(0)], expected);
});

test('a zstd offset of 0, before the content or beyond the window is an error', () => {
	assert.throws(() => historyOf(1, 2).repeat(3, 1), /beyond the window/);
	assert.throws(() => historyOf(1, 2).repeat(0, 1), /beyond the window/);
	const history = new History();
	history.begin(4, 4);
	history.reserve(4);
	history.fill(1, 4);
	history.reserve(4);
	history.fill(2, 1);
	history.repeat(4, 1);
	assert.throws(() => history.repeat(5, 1), /beyond the window/);
});

test('a new zstd frame cannot refer to the previous one', () => {
	const history = historyOf(1, 2);
	history.begin(1024, 1024);
	assert.throws(() => history.repeat(1, 1), /beyond the window/);
});

test('the window of a zstd history survives while it is compacted, and memory stays bounded', () => {
	const history = new History();
	const window = 1000;
	history.begin(window, 100);
	let expected: number[] = [];
	for (let block = 0; block < 200; block++) {
		const length = (block * 37) % 101;
		history.reserve(length);
		const start = history.position;
		const bytes = Uint8Array.from({ length }, (_, index) => block + index);
		history.append(new ByteReader(bytes), length);
		assert.deepEqual(history.since(start), bytes);
		expected = [...expected, ...bytes].slice(-window);
		assert.ok(history.position <= 2 * window, `position ${history.position}`);
		if (expected.length === window) {
			history.reserve(100);
			const again = history.position;
			history.repeat(window, 100);
			const repeated = [...history.since(again)];
			assert.deepEqual(repeated, expected.slice(0, 100));
			expected = [...expected, ...repeated].slice(-window);
		}
	}
});
