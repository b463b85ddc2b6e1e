import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiBytes, quoteOctets } from '../../src/session/ascii.ts';

test('a text becomes its octets', () => {
	assert.deepEqual(asciiBytes('PRI\r\n\0'), Uint8Array.of(0x50, 0x52, 0x49, 0x0d, 0x0a, 0));
	assert.deepEqual(asciiBytes(''), new Uint8Array(0));
});

test('octets are quoted, visible ones as they are, and a message has 1,024 of them at most', () => {
	assert.equal(
		quoteOctets(Uint8Array.of(0x61, 0x20, 0x7e, 0x9b, 0x7f, 0, 0x22, 0x5c)),
		'"a ~\\x9b\\x7f\\x00\\x22\\x5c"',
	);
	assert.equal(quoteOctets(new Uint8Array(1_000_000).fill(0x78)), `"${'x'.repeat(1024)}"`);
});
