// python3-hpack as an oracle: whole conversations go to one Python process and come back as one answer.

import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** `true` as third: never indexed. */
export type OracleField = [name: string, value: string, neverIndexed: boolean];

/** Steps of one connection, in order. A table size is, for decoding, the limit; for encoding, the size to use. */
export type Conversation =
	| { direction: 'decode'; steps: ({ tableSize: number } | { block: string })[] }
	| { direction: 'encode'; huffman: boolean; steps: ({ tableSize: number } | { fields: OracleField[] })[] };

/** One for each block or list: hexadecimal from encoding, fields from decoding. */
export type Answer = (string | OracleField[])[];

/** Debian's package belongs to Debian's interpreter. */
const PYTHON = '/usr/bin/python3';
const PROGRAM = fileURLToPath(new URL('python-hpack.py', import.meta.url));

/**
 * False, with the test marked as skipped, when python3-hpack is missing; the test must then return.
 * Throws instead when CI=true or HYPER_REQUIRE_SERVERS=1.
 */
export function requirePythonHPACK(t: TestContext): boolean {
	if (spawnSync(PYTHON, ['-c', 'import hpack']).status === 0) return true;
	const reason = 'python3-hpack is not installed';
	if (process.env.CI === 'true' || process.env.HYPER_REQUIRE_SERVERS === '1') throw new Error(reason);
	t.skip(reason);
	return false;
}

export function askPythonHPACK(conversations: readonly Conversation[]): Answer[] {
	const { status, stdout, stderr } = spawnSync(PYTHON, [PROGRAM], {
		input: JSON.stringify(conversations),
		encoding: 'utf8',
		maxBuffer: 2 ** 28,
	});
	if (status !== 0) throw new Error(`python3-hpack failed:\n${stderr}`);
	return JSON.parse(stdout) as Answer[];
}
