import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldValues, hasField, withoutField } from '../../src/fields/flat-fields.ts';

test('lookups in flat fields ignore case and do not match values', () => {
	const fields = ['Vary', 'a', 'X', 'vary', 'vary', 'b'];
	assert.deepEqual(fieldValues(fields, 'vary'), ['a', 'b']);
	assert.deepEqual(fieldValues(fields, 'a'), []);
	assert.deepEqual([hasField(fields, 'x'), hasField(fields, 'b')], [true, false]);
	assert.deepEqual(withoutField(fields, 'vary'), ['X', 'vary']);
});
