// The help fits a terminal and is complete.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseArguments } from '../../src/cli/arguments.ts';
import { formatHelp } from '../../src/cli/help.ts';

const help = formatHelp();

describe('help', () => {
	test('the help is at most 80 columns wide and has no trailing spaces', () => {
		const bad = help.split('\n').filter((line) => line.length > 80 || line.endsWith(' '));
		assert.deepEqual(bad, []);
	});

	test('the help has every kind of item, exit status and environment variable', () => {
		const items = ['Name:value', 'Name:', 'Name;', 'name==value', 'name=value', 'name:=json', 'name=@FILE'];
		const files = ['name:=@FILE', 'name@FILE', '@FILE', '@-', ':authority:value'];
		const statuses = ['  0 ', '  1 ', '  2 ', '  4 ', '  5 ', '  130 '];
		const variables = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'SSLKEYLOGFILE', 'NODE_DEBUG', 'NO_COLOR'];
		for (const text of [...items, ...files, ...statuses, ...variables, 'FORCE_COLOR']) {
			assert.ok(help.includes(text), text);
		}
	});

	test('the examples in the help are valid commands', () => {
		const examples = help.split('Examples:\n')[1]?.split('\n') ?? [];
		assert.ok(examples.length >= 5);
		for (const example of examples) {
			const [, args = ''] = /(?:^|\| ) {1,2}hyper (.*?)(?: >\S+)?$/.exec(example.replace(/\| hyper/, '|  hyper')) ?? [];
			const words = Array.from(args.matchAll(/(?:'[^']*'|[^\s'])+/g), ([word]) => word.replaceAll("'", ''));
			assert.equal(parseArguments(words).kind, 'request', example);
		}
	});
});
