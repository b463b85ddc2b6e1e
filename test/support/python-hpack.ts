// python3-hpack as an oracle: one Python process gets all conversations and returns all answers.
import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** A field as the oracle takes and returns it. */
export type OracleField = [name: string, value: string, neverIndexed: boolean];

/** The steps of one connection. For decoding, `tableSize` is the limit; for encoding, the size to use. */
export type Conversation =
	| { direction: 'decode'; steps: ({ tableSize: number } | { block: string })[] }
	| { direction: 'encode'; huffman: boolean; steps: ({ tableSize: number } | { fields: OracleField[] })[] };

/** One element per block or field list: hexadecimal from encoding, fields from decoding. */
export type Answer = (string | OracleField[])[];

/** The interpreter for which Debian packages python3-hpack. */
const PYTHON = '/usr/bin/python3';
const PROGRAM = fileURLToPath(new URL('python-hpack.py', import.meta.url));

/**
 * If python3-hpack is missing, marks the test as skipped and returns false, or throws where CI=true or
 * HYPER_REQUIRE_SERVERS=1. The test must return on false.
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
