import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const reporter = fileURLToPath(new URL('../../scripts/test-reporter.mjs', import.meta.url));

const FILES = {
	'a.test.mjs': `
		import { describe, test } from 'node:test';
		describe('outer', () => {
			describe('inner', () => {
				test('passes', () => {});
				test('fails', () => { throw new Error('the reason'); });
				test('parent', async (t) => { await t.test('child fails', () => { throw new Error('of the child'); }); });
			});
			test('is skipped', { skip: 'for a reason' }, () => {});
		});
		test('stands alone', () => { throw new Error('alone'); });`,
	'b.test.mjs': `
		import { test } from 'node:test';
		test('fails', () => { throw new Error('in the next file'); });`,
	'c.test.mjs': `throw new Error('does not load');`,
};

describe('the test reporter', () => {
	let folder = '';
	let output = '';
	let counts = {};

	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'hyper-reporter-'));
		for (const [name, source] of Object.entries(FILES)) writeFileSync(join(folder, name), source);
		const args = [
			'--test',
			'--test-concurrency=1',
			`--test-reporter=${reporter}`,
			'--test-reporter-destination=stdout',
		];
		const written = join(folder, 'counts.json');
		const { NODE_TEST_CONTEXT: _, ...env } = process.env;
		const options = { cwd: folder, encoding: 'utf8', env: { ...env, HYPER_TEST_COUNTS: written } } as const;
		output = spawnSync(process.execPath, [...args, ...Object.keys(FILES)], options).stdout;
		counts = JSON.parse(readFileSync(written, 'utf8'));
	});

	after(() => rmSync(folder, { recursive: true }));

	test('a failure is shown under its whole path, with its reason', () => {
		assert.match(output, /✖ a\.test\.mjs > outer > inner > fails\n +Error: the reason/);
		assert.match(output, /✖ a\.test\.mjs > outer > inner > parent > child fails\n +Error: of the child/);
		assert.match(output, /✖ a\.test\.mjs > stands alone\n +Error: alone/);
		assert.match(output, /✖ b\.test\.mjs > fails\n +Error: in the next file/);
		assert.equal(output.split('✖').length - 1, 5);
	});

	test('a file that does not load is a failure', () => {
		assert.match(output, /c\.test\.mjs: 0 passed, 1 FAILED/);
	});

	test('a skipped test is shown under its whole path, with its reason', () => {
		assert.match(output, /- skipped a\.test\.mjs > outer > is skipped: for a reason\n/);
	});

	test('the counts are written for the summary', () => {
		assert.deepEqual(counts, { passed: 1, failed: 5, skips: ['a.test.mjs > outer > is skipped: for a reason'] });
	});
});
