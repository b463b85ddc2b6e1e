// The same exchanges in every runtime, with the package as it ships. Each cell must have the verdict that expected.ts expects.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { describeVerdict, tryColumn, type Verdict } from './column.ts';
import { exchanges, groups } from './exchanges.ts';
import { noes } from './expected.ts';
import { printMatrix } from './matrix.ts';
import type { Peers } from './peers/peers.ts';
import { startPeers } from './peers/start.ts';
import { installRuntimes, makeProject, type RuntimeName, runtimes } from './runtimes.ts';
import { tryWorkerd } from './workerd/column.ts';

const results = new Map<RuntimeName, readonly Verdict[]>();
let peers: Peers;
let program: string;

before(async () => {
	peers = await startPeers();
	program = await makeProject();
});

test('the names of the exchanges are unique', () => {
	const names = Object.values(groups).flatMap((group) => Object.keys(group));
	assert.equal(new Set(names).size, names.length);
	assert.equal(exchanges.size, names.length);
});

for (const runtime of runtimes) {
	test(`${runtime.name} does every exchange that expected.ts does not exclude`, async (t) => {
		const folder = await installRuntimes(t);
		if (folder === null) return;
		check(runtime.name, await tryColumn(runtime, `${folder}/node_modules`, program, peers));
	});
}

function check(name: RuntimeName, verdicts: readonly Verdict[]): void {
	results.set(name, verdicts);
	const unexpected = verdicts.filter(({ asExpected }) => !asExpected);
	assert.equal(unexpected.length, 0, `\n${unexpected.map(describeVerdict).join('\n')}`);
}

test('workerd does every exchange that expected.ts does not exclude, each in a request of its own and all in one', async (t) => {
	const folder = await installRuntimes(t);
	if (folder === null) return;
	check('workerd', await tryWorkerd(t, `${folder}/node_modules`, peers));
});

test('every entry of expected.ts applies to each of its runtimes', (t) => {
	t.diagnostic(`what each runtime does\n${printMatrix(results)}`);
	const idle = noes.flatMap((no) =>
		no.runtimes
			.filter((name) => results.get(name)?.every((verdict) => verdict.no !== no) === true)
			.map((name) => `${name}: ${no.reason}`),
	);
	assert.deepEqual(idle, []);
});
