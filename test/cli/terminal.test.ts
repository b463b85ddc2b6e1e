// When to use colours, and escaping text for a terminal.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canRedraw, decodeBytes, styleOf } from '../../src/cli/terminal.ts';

const COLORS: [isTTY: boolean, env: Record<string, string>, color: boolean][] = [
	[true, {}, true],
	[false, {}, false],
	[true, { NO_COLOR: '1' }, false],
	[true, { NO_COLOR: '' }, true],
	[false, { FORCE_COLOR: '1' }, true],
	[true, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
	[true, { TERM: 'dumb' }, false],
	[true, { TERM: 'dumb', FORCE_COLOR: '1' }, true],
	[true, { TERM: 'xterm-256color' }, true],
];

describe('terminal', () => {
	for (const [isTTY, env, color] of COLORS) {
		test(`${isTTY ? 'a terminal' : 'a file'} with the environment ${JSON.stringify(env)} gets ${color ? '' : 'no '}colours`, () => {
			assert.deepEqual(styleOf({ isTTY }, env), { terminal: isTTY, color });
		});
	}

	test('a stream without isTTY is not a terminal', () => {
		assert.deepEqual(styleOf({}, {}), { terminal: false, color: false });
	});

	test('only a terminal that can move its cursor can redraw a line', () => {
		assert.equal(canRedraw({ isTTY: true }, {}), true);
		assert.equal(canRedraw({ isTTY: true }, { TERM: 'dumb' }), false);
		assert.equal(canRedraw({}, {}), false);
	});

	test('bytes are decoded as UTF-8 if they are valid', () => {
		assert.equal(decodeBytes('gr\xc3\xbc\xc3\x9f'), 'gr\u00fc\u00df');
		assert.equal(decodeBytes('gr\xfc\xdf'), 'gr\xfc\xdf');
	});
});
