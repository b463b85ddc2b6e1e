// Which fields are lists, and where their values are split.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasElement, splitFieldValue, trimOWS } from '../../src/fields/list-fields.ts';

const CASES: [name: string, value: string, elements: string[]][] = [
	['accept', 'text/html,\ttext/plain;q=0.5 , */*', ['text/html', 'text/plain;q=0.5', '*/*']],
	['accept', ' text/html ', ['text/html']],
	['accept', 'text/plain;a="x,\\",y", b/c', ['text/plain;a="x,\\",y"', 'b/c']],
	['accept', 'a/b;c="never closed, d/e', ['a/b;c="never closed, d/e']],
	['cache-control', 'private="set-cookie, x", max-age=0', ['private="set-cookie, x"', 'max-age=0']],
	['if-none-match', 'W/"a,b", "c\\", "d"', ['W/"a,b"', '"c\\"', '"d"']],
	['link', '<https://h/?a=1,2>; rel="next, prev", </b>', ['<https://h/?a=1,2>; rel="next, prev"', '</b>']],
	['via', '1.1 a (one, (two, "three)), 1.1 b', ['1.1 a (one, (two, "three))', '1.1 b']],
	['via', '1.1 a (esc\\), still), 2 b', ['1.1 a (esc\\), still)', '2 b']],
	['accept', 'text/html;a=(b, c/d', ['text/html;a=(b', 'c/d']],
	['priority', 'u=1, i', ['u=1', 'i']],
	// A no-break space is a byte of the value, not white space.
	['allow', 'GET\u00a0, \u00a0PUT', ['GET\u00a0', '\u00a0PUT']],
];

for (const [name, value, elements] of CASES) {
	test(`the list field is split: ${name}: ${value}`, () => assert.deepEqual(splitFieldValue(name, value), elements));
}

test('trimOWS removes spaces and tabs at both ends, and nothing else', () => {
	assert.deepEqual([' \ta b\t', '\t ', 'a', ''].map(trimOWS), ['a b', '', 'a', '']);
	assert.equal(trimOWS('\xa0a\n'), '\xa0a\n');
});

test('empty list elements are skipped, but at least one element remains', () => {
	assert.deepEqual(splitFieldValue('accept', 'a/b,, ,c/d,'), ['a/b', 'c/d']);
	assert.deepEqual(splitFieldValue('accept', ''), ['']);
	assert.deepEqual(splitFieldValue('accept', ' , ,'), ['']);
});

test('fields that are not registered as lists are not split or trimmed', () => {
	for (const name of [
		'set-cookie',
		'cookie',
		'date',
		'user-agent',
		'range',
		'www-authenticate',
		'x-list',
		'constructor',
	]) {
		assert.deepEqual(splitFieldValue(name, ' a, b '), [' a, b '], name);
	}
});

test('a list element is found in any case, and only as a whole', () => {
	assert.equal(hasElement('connection', 'TE, Close', 'close'), true);
	assert.deepEqual([hasElement('connection', 'closed', 'close'), hasElement('x-a', 'b, c', 'c')], [false, false]);
});
