import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
	hasBlankOrControl,
	isAuthority,
	isHostAndPort,
	isLowerCaseToken,
	isPath,
	isScheme,
	isToken,
	readDigits,
} from '../../src/fields/grammar.ts';

test('a token consists of one or more token characters', () => {
	const tchar = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	for (let code = 0; code < 0x180; code++) {
		const character = String.fromCharCode(code);
		for (const text of [character, `a${character}`, `${character}a`]) {
			assert.equal(isToken(text), tchar.includes(character));
			assert.equal(isLowerCaseToken(text), isToken(text) && text === text.toLowerCase());
		}
	}
	assert.deepEqual([isToken(''), isToken('a\n')], [false, false]);
});

test('an authority contains no delimiter of another URL part', () => {
	for (const text of ['a', 'a:1', '[::1]:8080', 'a.example.']) assert.equal(isAuthority(text), true, text);
	for (const text of ['', 'a b', 'a/', 'a?', 'a#', 'u@a', 'a\\b', 'a\t', 'a\x7f', 'a\n'])
		assert.equal(isAuthority(text), false, text);
	for (const text of ['a:1', '[::1]:65535']) assert.equal(isHostAndPort(text), true, text);
	for (const text of ['a', 'a:', ':1', 'a:123456', '/a:1', 'a:1x']) assert.equal(isHostAndPort(text), false, text);
});

test('a path starts with a slash or is an asterisk', () => {
	for (const text of ['/', '/a?b', '//', '*', '/\xe9']) assert.equal(isPath(text), true, text);
	for (const text of ['', 'a', '?a', '**', '/ ', '/\x7f', 'https://a/']) assert.equal(isPath(text), false, text);
	assert.deepEqual([hasBlankOrControl('a\x00'), hasBlankOrControl('\xa0')], [true, false]);
});

test('a scheme starts with a letter', () => {
	for (const text of ['http', 'h2+a-b.c', 'HTTP']) assert.equal(isScheme(text), true, text);
	for (const text of ['', '1a', 'a b', 'a:', 'a\n']) assert.equal(isScheme(text), false, text);
});

test('readDigits reads 1 to 15 digits, and returns -1 for any other text', () => {
	assert.deepEqual(['0', '007', '999999999999999'].map(readDigits), [0, 7, 999_999_999_999_999]);
	for (const text of ['', '-1', '+1', '1 ', '1x', '0x1', '1.0', '1000000000000000', '\u0661'])
		assert.equal(readDigits(text), -1);
});
