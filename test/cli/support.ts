// Runs the program: from its sources, or as it is built.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const SOURCES = ['--conditions=hyper-wasm-source', '--import', 'tsx', 'src/cli/main.ts'];
const BUILT = ['dist/cli.js'];

export type Hyper = ChildProcessByStdio<null, Readable, Readable> & { exit: Promise<[number | null, string | null]> };

export function startHyper(args: readonly string[], { built = false }: { built?: boolean } = {}): Hyper {
	const child = spawn(process.execPath, [...(built ? BUILT : SOURCES), ...args], {
		cwd: root,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
	return Object.assign(child, { exit });
}

export async function runHyper(
	args: readonly string[],
): Promise<{ status: number | null; stdout: Buffer; stderr: string }> {
	const child = startHyper(args);
	const [stdout, stderr, [status]] = await Promise.all([child.stdout.toArray(), child.stderr.toArray(), child.exit]);
	return { status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}
