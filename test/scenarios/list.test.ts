// README.md of this folder loses no scenario. test/documents.test.ts checks that the tests it quotes exist.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const page = readFileSync(new URL('README.md', import.meta.url), 'utf8');

/** How many scenarios each section of the page has. */
const COUNTS = {
	undici: 17,
	'node:http2': 9,
	'http2-wrapper and got': 6,
	'fetch-h2 and others': 4,
	axios: 6,
	'connect-es': 6,
	'grpc-js': 8,
	'The HTTP/2 client of the AWS SDK': 2,
	'Deno, Bun and workerd': 7,
	'Seen in other HTTP/2 implementations': 13,
	'Hostile servers': 37,
};

const NO_TEST = /^(not yet|not applicable|measured, not tested|a fault of that proxy|in the command line)\b/;

test('the list of scenarios is complete, and each has a test or a reason why there is none', () => {
	const counts: Record<string, number> = {};
	const scenarios = new Set<string>();
	const bare: string[] = [];
	let rows = 0;
	for (const section of page.split(/^## /m).slice(1)) {
		const [heading, , , , ...lines] = section.trimEnd().split('\n') as [string, ...string[]];
		counts[heading] = lines.length;
		rows += lines.length;
		for (const line of lines) {
			const [, scenario, tests] = /^\| (.+?) \| (.+) \|$/.exec(line) ?? [];
			assert.ok(scenario !== undefined && tests !== undefined, line);
			scenarios.add(scenario);
			if (!/\.test\.ts\b|\/(worker|violations)\.ts\)/.test(tests) && !NO_TEST.test(tests)) bare.push(line);
		}
	}
	assert.deepEqual(counts, COUNTS);
	assert.equal(scenarios.size, rows);
	assert.deepEqual(bare, []);
});
