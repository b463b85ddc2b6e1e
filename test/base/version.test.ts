// The version stands in three files, which must agree.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { version } from '../../src/base/version.ts';

test('src/base/version.ts, package.json and package-lock.json have the same version', () => {
	const [manifest, lock] = ['package.json', 'package-lock.json'].map((name) =>
		JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')),
	);
	assert.equal(version, manifest.version);
	assert.deepEqual([lock.version, lock.packages[''].version], [manifest.version, manifest.version]);
});

test('CHANGELOG.md has a section for the version or an unreleased one', () => {
	const changes = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8');
	assert.ok(changes.includes(`## [${version}]`) || changes.includes('## [Unreleased]'));
});
