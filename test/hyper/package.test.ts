// What hyper promised about its surroundings: the versions of its platform, and that CI checks them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const manifest = JSON.parse(read('package.json')) as { engines: { node: string }; scripts: { test: string } };

test('package.json names the Node.js versions that it supports, and the running one is among them', () => {
	const [, least = ''] = /^>=(\d+\.\d+\.\d+)$/.exec(manifest.engines.node) ?? [];
	assert.ok(process.versions.node.localeCompare(least, 'en', { numeric: true }) >= 0);
	assert.match(read('README.md'), new RegExp(`Node ${least.replaceAll('.', '\\.')} or later`));
});

test('CI runs what npm test runs', () => {
	assert.match(read('.ci/run'), /^CI=true npm test$/m);
	assert.equal(manifest.scripts.test, 'node scripts/test.mjs');
});
