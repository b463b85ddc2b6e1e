// BlockEncoder: what Encoder builds on, without its checks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HPACKEncodingError } from '../../../src/base/errors.ts';
import { BlockEncoder } from '../../../src/codec/hpack/block-encoder.ts';
import { toHex } from '../../support/hpack-stories.ts';

test('a block signals a new table size, and is the caller’s own', () => {
	const encoder = new BlockEncoder(0, false);
	const first = encoder.encode(['a', 'b'], null);
	assert.equal(toHex(first), '200001610162');
	encoder.setTableSize(100);
	assert.equal(toHex(encoder.encode(['a', 'b'], new Set([0]))), '3f451001610162');
	assert.equal(toHex(encoder.encode(['a', 'b'], null)), '4001610162');
	assert.equal(toHex(encoder.encode(['a', 'b'], null)), 'be');
	assert.equal(toHex(first), '200001610162');
	encoder.close();
});

test('errors leave the encoder in step', () => {
	const encoder = new BlockEncoder(4096, true);
	assert.throws(() => encoder.encode(['a', 'x'.repeat(147_457)], null), HPACKEncodingError);
	assert.equal(toHex(encoder.encode([':status', '200'], null)), '88');
	assert.throws(() => encoder.encode(['a', '\u0100'], null), TypeError);
	assert.equal(toHex(encoder.encode([':status', '200'], null)), '203fe11f88');
	encoder.close();
});
