import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiBytes, octetText } from '../../src/session/ascii.ts';

test('a text becomes its octets', () => {
	assert.deepEqual(asciiBytes('PRI\r\n\0'), Uint8Array.of(0x50, 0x52, 0x49, 0x0d, 0x0a, 0));
	assert.deepEqual(asciiBytes(''), new Uint8Array(0));
});

test('octets become one char each, whatever they are, and a message has 1,024 of them at most', () => {
	assert.equal(octetText(Uint8Array.of(0x61, 0xff, 0)), 'a\xff\0');
	assert.equal(octetText(new Uint8Array(1_000_000).fill(0x78)), 'x'.repeat(1024));
});
