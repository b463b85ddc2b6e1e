// Every fault of the engine has its own text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as Fault from '../../assembly/shared/fault.ts';
import { faultText } from '../../src/codec/fault.ts';

test('each fault of the engine has its own text', () => {
	const texts = Object.values(Fault)
		.filter((fault) => fault !== Fault.NONE)
		.map(faultText);
	assert.equal(new Set(texts).size, texts.length);
	for (const text of texts) assert.doesNotMatch(text, /^fault \d|\.$/);
	assert.equal(faultText(999), 'fault 999');
});
