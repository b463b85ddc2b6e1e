// A short soak, in a process of its own: world.ts of the simulation and other tests change what it measures.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { seed } from '../support/random.ts';

test('3,000 requests, half of them aborted, leave no memory, handle, instance or listener, and the process ends', () => {
	const main = fileURLToPath(new URL('main.ts', import.meta.url));
	const flags = ['--conditions=hyper-wasm-source', '--import', 'tsx', '--expose-gc'];
	const options = ['--requests', '3000', '--seed', String(seed % 1_000_000)];
	const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, main, ...options], { encoding: 'utf8' });
	assert.equal(status, 0, stdout + stderr);
});
