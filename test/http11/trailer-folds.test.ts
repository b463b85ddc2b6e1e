import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrailerFolds } from '../../src/http11/trailer-folds.ts';

/** What the parser gets if the text arrives in pieces of this size. */
function push(text: string, size: number): string {
	const folds = new TrailerFolds();
	let passed = '';
	for (let at = 0; at < text.length; at += size) {
		passed += Buffer.from(folds.push(Buffer.from(text.slice(at, at + size), 'latin1'))).toString('latin1');
	}
	return passed;
}

const CASES: [given: string, passed: string][] = [
	['\r\nrest\r\n x', '\r\nrest\r\n x'],
	['A: b\r\nC:\r\n\r\nA: b\r\n c', 'A: b\r\nC:\r\n\r\nA: b\r\n c'],
	['A: b\r\n c\r\n\td\r\nE: f\r\n\r\nrest', 'A: b   c  \td\r\nE: f\r\n\r\nrest'],
	['A: b\r\n \r\n\r\nrest', 'A: b   \r\n\r\nrest'],
	['A:\r\n \xe4\r\n\r\n', 'A:   \xe4\r\n\r\n'],
];

test('folds in a trailer section become spaces, however they arrive, and what follows the section is passed on', () => {
	for (const [given, passed] of CASES) {
		for (const size of [given.length, 1, 2, 3, 7]) assert.equal(push(given, size), passed, `pieces of ${size}`);
	}
});

test('invalid trailers are passed on at once, so that the parser refuses them', () => {
	for (const given of [
		'A: b\n\r\n',
		'A: b\nC: d\n\r\n',
		' a',
		'A\r\n b',
		'A: b\n c',
		'A: b\r c',
		'A: b\r\r\n',
		'A\r\n',
		'\r\r',
		'\n',
	]) {
		for (const size of [given.length, 1, 2]) assert.equal(push(given, size), given);
	}
});

test('trailers without folds are passed on without a copy', () => {
	const bytes = Buffer.from('A: b\r\n\r\nrest');
	assert.equal(new TrailerFolds().push(bytes), bytes);
});
