// The table of options: consistent, and documented in the help and docs/cli.md.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { formatHelp } from '../../src/cli/help.ts';
import { OPTIONS, type OptionDescription } from '../../src/cli/options.ts';

const options = Object.entries<OptionDescription>(OPTIONS);

describe('options', () => {
	test('every short option has one meaning', () => {
		const letters = options.map(([, { short }]) => short).filter((short) => short !== undefined);
		assert.equal(new Set(letters).size, letters.length);
	});

	test('exactly the options that take a value name it', () => {
		for (const [name, { type, value }] of options) assert.equal(value !== undefined, type === 'string', name);
	});

	const documentation = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
	for (const [name, { short, value }] of options) {
		test(`the help and docs/cli.md have --${name}`, () => {
			const long = `--${name}${value === undefined ? '' : ` ${value}`}`;
			const names = short === undefined ? long : `-${short}, ${long}`;
			assert.match(formatHelp(), new RegExp(`^  .*${literally(names)}( |$)`, 'm'));
			assert.ok(documentation.includes(`\`${names}\``), names);
		});
	}

	test('docs/cli.md names no unknown option', () => {
		const known = new Set(options.map(([name]) => `--${name}`));
		const named = new Set(documentation.match(/(?<![\w-])--[a-z][\w.-]*\w/g));
		assert.deepEqual(
			[...named].filter((name) => !known.has(name)),
			[],
		);
	});
});

function literally(text: string): string {
	return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
