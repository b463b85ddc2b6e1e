import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../src/zstd/history.ts';
import { Octets } from '../../src/zstd/octets.ts';

function historyOf(...octets: number[]): History {
	const history = new History();
	history.begin(1024, 1024);
	history.reserve(1024);
	history.append(new Octets(Uint8Array.from(octets)), octets.length);
	return history;
}

test('octets are appended, filled and repeated, overlapping too', () => {
	const history = historyOf(1, 2, 3);
	history.repeat(3, 2);
	history.repeat(2, 5);
	history.fill(9, 2);
	history.repeat(1, 2);
	assert.deepEqual([...history.since(0)], [1, 2, 3, 1, 2, 1, 2, 1, 2, 1, 9, 9, 9, 9]);
	assert.deepEqual([...history.since(12)], [9, 9]);
});

test('what is appended is read on from where it was', () => {
	const history = historyOf();
	const octets = new Octets(Uint8Array.from({ length: 100 }, (_, index) => index));
	history.append(octets, 50);
	history.append(octets, 3);
	assert.equal(octets.at, 53);
	assert.deepEqual([...history.since(48)], [48, 49, 50, 51, 52]);
});

test('long repetitions are as short ones', () => {
	const history = historyOf(1, 2);
	history.repeat(2, 98);
	history.repeat(100, 100);
	const expected = Array.from({ length: 200 }, (_, index) => (index % 2) + 1);
	assert.deepEqual([...history.since(0)], expected);
});

test('nothing is repeated from before the content, from beyond the window, or from nowhere', () => {
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

test('a new frame sees nothing of the one before', () => {
	const history = historyOf(1, 2);
	history.begin(1024, 1024);
	assert.throws(() => history.repeat(1, 1), /beyond the window/);
});

test('the window is kept while room is made, in memory of its size', () => {
	const history = new History();
	const window = 1000;
	history.begin(window, 100);
	let expected: number[] = [];
	for (let block = 0; block < 200; block++) {
		const length = (block * 37) % 101;
		history.reserve(length);
		const start = history.position;
		const octets = Uint8Array.from({ length }, (_, index) => block + index);
		history.append(new Octets(octets), length);
		assert.deepEqual(history.since(start), octets);
		expected = [...expected, ...octets].slice(-window);
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
