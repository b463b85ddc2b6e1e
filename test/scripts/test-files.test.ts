// Runs a copy of the scripts in a folder with its own test files, and reads the report.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const HELPER = `
	import { test } from 'node:test';
	export function failing(title) {
		test(title, () => { throw new Error('from the helper'); });
	}`;

const FILES = {
	'a.test.ts': `
		import { describe, test } from 'node:test';
		import { failing } from './helper.ts';
		describe('outer', () => {
			describe('inner', () => {
				test('passes', () => {});
				test('fails', () => { console.log('some output'); throw new Error('the reason'); });
				test('parent', async (t) => { await t.test('child fails', () => { throw new Error('of the child'); }); });
			});
			failing('a test that a helper defines');
			test('is skipped', { skip: 'for a reason' }, () => {});
			test('says something', (t) => t.diagnostic('a figure'));
		});
		test('stands alone', () => { throw new Error('alone'); });`,
	'broken.test.ts': `throw new Error('cannot be loaded');`,
	'empty.test.ts': '',
	'hanging.test.ts': `
		import { describe, test } from 'node:test';
		describe('a suite', () => {
			test('never ends', () => new Promise(() => setInterval(() => {}, 1000)));
		});`,
	'blocking.test.ts': `
		import { test } from 'node:test';
		test('blocks', async () => {
			await new Promise((resolve) => setTimeout(resolve, 100));
			for (;;);
		});`,
};

const RUN = `
	import { runTestFiles } from './scripts/test-files.mjs';
	const files = ${JSON.stringify(Object.keys(FILES))};
	console.log(JSON.stringify(await runTestFiles(files, { concurrency: 3, timeout: 12_000 })));`;

describe('the report of test files', () => {
	let folder = '';
	let output = '';
	let counts: { passed: number; failed: number; skips: string[] };

	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'hyper-test-files-'));
		mkdirSync(join(folder, 'scripts'));
		for (const name of ['run', 'test-files', 'test-reporter']) {
			cpSync(join(root, `scripts/${name}.mjs`), join(folder, `scripts/${name}.mjs`));
		}
		symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
		writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
		writeFileSync(join(folder, 'helper.ts'), HELPER);
		writeFileSync(join(folder, 'run.mjs'), RUN);
		for (const [name, source] of Object.entries(FILES)) writeFileSync(join(folder, name), source);
		const { NODE_TEST_CONTEXT: _, ...env } = process.env;
		output = spawnSync(process.execPath, ['run.mjs'], { cwd: folder, encoding: 'utf8', env }).stdout;
		counts = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
	});

	after(() => rmSync(folder, { recursive: true }));

	test('the test report shows a failure under its whole path, with its reason', () => {
		assert.match(output, /✖ a\.test\.ts > outer > inner > fails\n +Error: the reason/);
		assert.match(output, /✖ a\.test\.ts > outer > inner > parent > child fails\n +Error: of the child/);
		assert.match(output, /✖ a\.test\.ts > stands alone\n +Error: alone/);
	});

	test('the test report shows a test that a helper defines under the file that has called the helper', () => {
		assert.match(output, /✖ a\.test\.ts > outer > a test that a helper defines\n +Error: from the helper/);
	});

	test('the test report shows a skipped test under its whole path, with its reason', () => {
		assert.match(output, /- skipped a\.test\.ts > outer > is skipped: for a reason\n/);
		assert.deepEqual(counts.skips, ['a.test.ts > outer > is skipped: for a reason']);
	});

	test('the test report shows diagnostics, and the output of a file with failures', () => {
		assert.match(output, /ℹ a figure\n/);
		assert.match(output, /output:\n +some output\n/);
	});

	test('a test file that cannot be loaded, and one without tests, are failures', () => {
		assert.match(output, /broken\.test\.ts: 0 passed, 1 FAILED/);
		assert.match(output, /cannot be loaded/);
		assert.match(output, /✖ empty\.test\.ts\n +has no tests/);
	});

	test('a test file is ended after its timeout, and the report names the test that was running', () => {
		assert.match(
			output,
			/✖ hanging\.test\.ts > a suite > never ends\n +was running when the file was ended after 12 s/,
		);
		assert.match(output, /✖ blocking\.test\.ts > blocks\n +was running when the file was ended after 12 s/);
	});

	test('the test report counts every result', () => {
		assert.deepEqual([counts.passed, counts.failed, output.split('✖').length - 1], [2, 8, 8]);
	});
});
