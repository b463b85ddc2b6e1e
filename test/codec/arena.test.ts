// Strings of octets in and out of the arena.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { detachText, readText, writeText } from '../../src/codec/arena.ts';

const octets = String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet));
const ascii = octets.slice(0, 128);

describe('readText', () => {
	test('each octet is one char: 0x80-0x9f are not those of windows-1252', () => {
		const arena = Uint8Array.from({ length: 300 }, (_, i) => i);
		assert.equal(readText(arena, 256, true), octets);
		assert.equal(readText(arena, 128, false), ascii);
		assert.equal(readText(arena, 0, true), '');
	});

	test('strings longer than one call can take', () => {
		const arena = Uint8Array.from({ length: 262_144 }, (_, i) => i * 7);
		for (const length of [4095, 4096, 4097, 262_144]) {
			assert.equal(readText(arena, length, true), Buffer.from(arena.subarray(0, length)).toString('latin1'));
		}
	});
});

describe('writeText', () => {
	test('writes octets where it is told, short and long, and nothing beside', () => {
		for (const text of ['', 'a', '\xff', octets, ascii.repeat(3), `${ascii.repeat(2)}\x80`, `${octets.repeat(20)}`]) {
			const arena = new Uint8Array(text.length + 4).fill(0xee);
			writeText(arena, 2, text);
			assert.equal(Buffer.from(arena).toString('latin1'), `\xee\xee${text}\xee\xee`);
		}
	});

	test('a char above U+00FF is a TypeError, wherever it is', () => {
		const arena = new Uint8Array(2000);
		for (const char of ['\u0100', '\u20ac', '\ud83d\ude00', '\uffff']) {
			for (const text of [char, `abc${char}`, `${'x'.repeat(500)}${char}`, `${char}${'x'.repeat(500)}`]) {
				assert.throws(() => writeText(arena, 0, text), TypeError);
			}
		}
		assert.throws(() => writeText(arena, 0, '\u0100'), { message: 'Cannot encode a field: U+0100 is not an octet' });
	});
});

test('detachText gives the same string', () => {
	const parent = octets.repeat(40);
	assert.equal(detachText(parent.slice(100, 9000)), parent.slice(100, 9000));
	assert.equal(detachText(''), '');
});
