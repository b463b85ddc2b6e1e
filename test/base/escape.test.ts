import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { escapeControls, escapeText, quoteBytes } from '../../src/base/escape.ts';

const CASES: [text: string, shown: string][] = [
	['', ''],
	['GET /a?b=c "~"', 'GET /a?b=c "~"'],
	['\x1b[31m\r\n\0\x7f', '\\x1b[31m\\x0d\\x0a\\x00\\x7f'],
	['back\\slash', 'back\\x5cslash'],
	['\x9b\xe9', '\\x9b\\xe9'],
	['\u202e\u{1f600}\ud800', '\\u{202e}\\u{1f600}\\u{d800}'],
];

describe('text as printable ASCII', () => {
	for (const [text, shown] of CASES)
		test(`text is escaped as ${JSON.stringify(shown)}`, () => assert.equal(escapeText(text), shown));
});

test('only characters that a terminal would act on are escaped', () => {
	assert.equal(escapeControls('a\x1b[31mb\r\n\x7f\x00\x9b'), 'a\\x1b[31mb\\x0d\\x0a\\x7f\\x00\\x9b');
	assert.equal(escapeControls('left\u202eright\u2066'), 'left\\u{202e}right\\u{2066}');
	assert.equal(escapeControls('gr\u00fc\u00df \\x \ud83d\ude00'), 'gr\u00fc\u00df \\x \ud83d\ude00');
});

test('bytes are quoted, printable ones as they are, and a message has at most 1,024 of them', () => {
	assert.equal(
		quoteBytes(Uint8Array.of(0x61, 0x20, 0x7e, 0x9b, 0x7f, 0, 0x22, 0x5c)),
		'"a ~\\x9b\\x7f\\x00\\x22\\x5c"',
	);
	assert.equal(quoteBytes(new Uint8Array(1_000_000).fill(0x78)), `"${'x'.repeat(1024)}"`);
});
