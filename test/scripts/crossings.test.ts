// The totals are shown with the test. To enforce the limits, pass --check.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

interface Totals {
	files: number;
	functions: number;
}

interface Crossing {
	name: string;
	limits: Totals | null;
	totals: Totals;
	files: { file: string; functions: { name: string; calls: number }[] }[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the source files and functions that a warm request runs through are counted', async (t) => {
	const { stdout } = await promisify(execFile)(process.execPath, ['scripts/crossings.mjs', '--json'], { cwd: root });
	const crossings: Crossing[] = JSON.parse(stdout.slice(stdout.indexOf('[{')));
	assert.equal(crossings.length, 3);
	for (const { name, limits, totals, files } of crossings) {
		const limit = limits === null ? '' : `, limits ${limits.files} and ${limits.functions}`;
		t.diagnostic(`${name}: ${totals.files} files, ${totals.functions} functions${limit}`);
		assert.ok(files.some(({ file }) => file === 'src/message/response.ts'));
		assert.deepEqual(
			files.filter(({ file, functions }) => !existsSync(`${root}/${file}`) || functions.length === 0),
			[],
		);
	}
});
