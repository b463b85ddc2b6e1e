// Which strings are valid names and values; header-map.test.ts tests what follows for the map.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkName, checkValue, isNeverIndexed } from '../../src/fields/field-line.ts';

test('a field name may contain exactly the characters of a token', () => {
	const tchar = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	for (let code = 0; code < 0x180; code++) {
		const character = String.fromCharCode(code);
		const name = `a${character}`;
		if (tchar.includes(character)) checkName(name);
		else assert.throws(() => checkName(name), TypeError, `U+${code.toString(16)}`);
	}
	checkName(':path');
	assert.throws(() => checkName(7), { message: 'A field name must be a string, not a number' });
	assert.throws(() => checkName(':'), { message: '":" is not a field name: it must be a token' });
});

test('a field value may contain every byte but NUL, CR and LF, and no character above U+00FF', () => {
	for (let code = 0; code < 0x180; code++) {
		const value = String.fromCharCode(code);
		if (code <= 0xff && !'\0\r\n'.includes(value)) checkValue('a', value);
		else assert.throws(() => checkValue('a', value), TypeError, `U+${code.toString(16)}`);
	}
	assert.throws(() => checkValue('a', '\ud83d\ude00'), /U\+D83D at position 0/);
});

test('the flags of a field line are neverIndex or nothing', () => {
	assert.deepEqual([undefined, {}, { neverIndex: false }, { neverIndex: true }].map(isNeverIndexed), [
		false,
		false,
		false,
		true,
	]);
	for (const [flags, message] of [
		[{ neverindex: true }, /^TypeError: Unknown option "neverindex" of a field line: did you mean neverIndex\?$/],
		[{ sensitive: true }, /"sensitive" of a field line: write neverIndex$/],
		[{ neverIndex: 'yes' }, /^TypeError: neverIndex must be true or false, not a string$/],
		[null, /options of a field line must be an object \{ neverIndex \}, not null$/],
		[true, /options of a field line must be an object \{ neverIndex \}, not a boolean$/],
	] as const) {
		assert.throws(() => isNeverIndexed(flags as object), message);
	}
});
