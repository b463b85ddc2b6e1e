import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldValues, hasField, pseudoEnd } from '../../src/fields/flat-fields.ts';

test('lookups in flat fields ignore case and do not match values', () => {
	const fields = ['Vary', 'a', 'X', 'vary', 'vary', 'b'];
	assert.deepEqual(fieldValues(fields, 'vary'), ['a', 'b']);
	assert.deepEqual(fieldValues(fields, 'a'), []);
	assert.deepEqual([hasField(fields, 'x'), hasField(fields, 'b')], [true, false]);
});

test('regular fields begin after the pseudo-header fields', () => {
	assert.equal(pseudoEnd([':status', '200', 'a', ':b']), 2);
	assert.deepEqual([pseudoEnd([]), pseudoEnd(['a', ':b']), pseudoEnd([':status', '200'])], [0, 0, 2]);
});
