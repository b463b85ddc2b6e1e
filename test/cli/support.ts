// Runs the program from its sources, or as built.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const SOURCES = ['--conditions=hyper-wasm-source', '--import', 'tsx', 'src/cli/main.ts'];
const BUILT = ['dist/cli.js'];

export type Hyper = ChildProcessByStdio<Writable, Readable, Readable> & {
	exit: Promise<[number | null, string | null]>;
};

export interface StartOptions {
	built?: boolean;
	env?: Record<string, string>;
}

export interface Result {
	status: number | null;
	stdout: Buffer;
	stderr: string;
}

/** Without the proxy that the environment of the tests may set. */
const ENVIRONMENT = { ...process.env, NO_PROXY: '*', no_proxy: '*' };

export function hyperCommand({ built = false }: StartOptions = {}): [program: string, args: string[]] {
	return [process.execPath, built ? BUILT : SOURCES];
}

export function startHyper(args: readonly string[], { env = {}, ...options }: StartOptions = {}): Hyper {
	const [program, first] = hyperCommand(options);
	const child = spawn(program, [...first, ...args], {
		cwd: root,
		stdio: ['pipe', 'pipe', 'pipe'],
		env: { ...ENVIRONMENT, ...env },
	});
	child.stdin.on('error', () => {});
	const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
	return Object.assign(child, { exit });
}

export async function runHyper(
	args: readonly string[],
	{ stdin = '', ...options }: StartOptions & { stdin?: string } = {},
): Promise<Result> {
	const child = startHyper(args, options);
	child.stdin.end(stdin);
	const [stdout, stderr, [status]] = await Promise.all([child.stdout.toArray(), child.stderr.toArray(), child.exit]);
	return { status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}
