// Random lives of connections in a world of their own, which needs a process of its own: world.ts replaces the timers.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fixedSeed } from '../support/seeded-random.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

function simulate(...options: string[]): { output: string; code: number | null } {
	const flags = ['--conditions=hyper-wasm-source', '--import', 'tsx', main, '--seed', String(fixedSeed)];
	const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, ...options], { encoding: 'utf8' });
	return { output: stdout + stderr, code: status };
}

test('2,000 simulated exchanges break no invariant', () => {
	const { output, code } = simulate('--exchanges', '2000');
	console.log(output.trimEnd().split('\n').at(-1));
	assert.equal(code, 0, output);
});

test('a simulated life that is run again has the same trace', () => {
	const { output, code } = simulate('--exchanges', '200', '--check-replay');
	assert.equal(code, 0, output);
});
