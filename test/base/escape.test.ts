import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visible } from '../../src/base/escape.ts';

const CASES: [text: string, shown: string][] = [
	['', ''],
	['GET /a?b=c "~"', 'GET /a?b=c "~"'],
	['\x1b[31m\r\n\0\x7f', '\\x1b[31m\\x0d\\x0a\\x00\\x7f'],
	['back\\slash', 'back\\x5cslash'],
	['\x9b\xe9', '\\x9b\\xe9'],
	['\u202e\u{1f600}\ud800', '\\u{202e}\\u{1f600}\\u{d800}'],
];

for (const [text, shown] of CASES)
	test(`text is escaped as ${JSON.stringify(shown)}`, () => assert.equal(visible(text), shown));
