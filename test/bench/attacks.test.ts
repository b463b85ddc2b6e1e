// That the attacks run. Their bounds are for a quiet machine, so no test checks them: `npm run attacks` does.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { attacks } from '../../bench/attacks/all.ts';
import { type Attack, failures, type Measurement } from '../../bench/attacks/attack.ts';

const RUN = fileURLToPath(new URL('../../bench/attacks/run.ts', import.meta.url));

/** The lines and the exit status of `npm run attacks` with small amounts. */
function run(part: string): Promise<{ lines: string[]; status: number }> {
	return new Promise((resolve, reject) => {
		execFile(process.execPath, ['--import', 'tsx', RUN, '--scale', '0.01', part], (error, stdout, stderr) => {
			const status = error === null ? 0 : error.code;
			if (stderr !== '' || typeof status !== 'number') reject(error ?? new Error(stderr));
			else resolve({ lines: stdout.trimEnd().split('\n'), status });
		});
	});
}

for (const [part, variants] of [
	[
		'pieces of 1 byte, later bytes()',
		['HTTP/1.1 plain', 'HTTP/1.1 TLS', 'HTTP/2 plain', 'HTTP/2 TLS', 'HTTP/2 upgrade'],
	],
	['gzip bomb, for await', ['HTTP/1.1 plain', 'HTTP/1.1 TLS', 'HTTP/2 plain', 'HTTP/2 TLS']],
	['DATA of 1 byte of a reset stream', ['HTTP/2 plain', 'HTTP/2 TLS']],
] as const) {
	test(`npm run attacks measures the attack "${part}" in all variants`, async () => {
		const { lines, status } = await run(part);
		const rows = lines.filter((line) => line.startsWith(part)).map((line) => line.slice(part.length).trim());
		assert.deepEqual(
			rows.map((row) => row.split(/ +/, 2).join(' ')),
			variants,
		);
		// Sizes, times and the verdict, without an error that ended the attack.
		for (const row of rows) assert.match(row, /( +\d+\.\d){3} +\d+ +\d+ {2}(yes|NO: [a-zA-Z, ]+)$/);
		assert.equal(status, rows.some((row) => row.includes('NO:')) ? 1 : 0);
	});
}

test('each attack has its own name, by which the server finds it', () => {
	const names = attacks.map(({ name }) => name);
	assert.deepEqual(names, [...new Set(names)]);
});

test('an attack exceeds the bounds of memory, CPU and turns, or makes the process warn', () => {
	const attack = attacks[0] as Attack;
	const good: Measurement = {
		received: 1,
		memory: 10,
		memoryBound: 10,
		cpu: 50,
		longestTurn: 50,
		warnings: [],
		error: 'ended early',
	};
	assert.deepEqual(failures(attack, good), []);
	const bad = { ...good, memory: 11, cpu: 51, longestTurn: 51, warnings: ['11 listeners'] };
	assert.deepEqual(failures(attack, bad), ['memory', 'CPU', 'turn', 'warning']);
	assert.deepEqual(failures({ ...attack, anyCPU: true }, { ...good, cpu: 51 }), []);
});
