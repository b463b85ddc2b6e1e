// One in four of the calls that can fail does so; `npm run torture` takes about a minute for all of them. In a process of its
// own: the simulation replaces the timers.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { seed } from '../support/random.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

function torture(...options: string[]): { output: string; code: number | null } {
	const flags = ['--conditions=hyper-wasm-source', '--import', 'tsx', '--no-warnings', main];
	const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, ...options], { encoding: 'utf8' });
	return { output: stdout + stderr, code: status };
}

test('whichever call of a scenario fails, no invariant is broken and the connection works again', () => {
	const { output, code } = torture('--part', '4', '--seed', String(seed));
	console.log(output.trimEnd().split('\n').at(-1));
	assert.equal(code, 0, output);
});

test('a place that is tortured again has the same trace', () => {
	const run = () =>
		torture('--scenario', 'http2 uploads', '--place', 'write:3:half').output.replace(/, [\d.]+ s\n/, '');
	const [first, second] = [run(), run()];
	assert.match(first, /write:3:half at \d+ ms\n {4}at /);
	assert.equal(first, second);
});
