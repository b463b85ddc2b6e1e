// The runtimes of the matrix, and how each runs program.ts. They are packages of npm for Linux on x64, in tools/.

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { removeAtExit } from '../support/servers/program.ts';
import { installTools } from '../support/tools.ts';
import type { Need } from './exchanges/support.ts';
import type { Peers } from './peers/peers.ts';

export interface Runtime {
	readonly name: RuntimeName;
	/** In node_modules. */
	readonly program: string;
	/** What comes before the file to run. */
	flags?(needs: readonly Need[], peers: Peers): readonly string[];
}

export type RuntimeName = (typeof RUNTIME_NAMES)[number];

export const RUNTIME_NAMES = ['Node 20', 'Node 22', 'Node 24', 'Node 26', 'Deno', 'Bun', 'workerd'] as const;

export const runtimes: readonly Runtime[] = [
	...([20, 22, 24, 26] as const).map(
		(version): Runtime => ({ name: `Node ${version}`, program: `node-${version}/bin/node` }),
	),
	{
		name: 'Deno',
		program: '@deno/linux-x64-glibc/deno',
		flags: (needs, peers) => ['run', '--no-prompt', '--allow-net', ...needs.flatMap((need) => denied(need, peers))],
	},
	{ name: 'Bun', program: '@oven/bun-linux-x64/bin/bun' },
];

/** The permissions of Deno that a program needs beyond --allow-net. */
function denied(need: Need, { unix1, unix2 }: Peers): string[] {
	if (need === 'environment') return ['--allow-env'];
	return [`--allow-read=${unix1},${unix2}`, `--allow-write=${unix1},${unix2}`];
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The folder of the runtimes' packages; null if they cannot be had, which skips the test or, where CI=true, throws. */
export async function installRuntimes(t: TestContext): Promise<string | null> {
	if (process.platform === 'linux' && process.arch === 'x64') {
		return installTools(t, new URL('tools/', import.meta.url), 'runtimes');
	}
	t.skip('the runtimes come from packages for Linux on x64');
	return null;
}

/**
 * A project outside this one, whose tsconfig.json Bun would heed, with the package as it ships: its built files and its manifest, whose conditions choose those for the runtime.
 * Returns the path of program.ts there, in one file that imports the package.
 */
export async function makeProject(): Promise<string> {
	const folder = mkdtempSync(join(tmpdir(), 'hyper-project-'));
	removeAtExit(folder);
	const modules = join(folder, 'node_modules');
	mkdirSync(join(modules, 'hyper-wasm'), { recursive: true });
	writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
	for (const part of ['dist', 'package.json'])
		cpSync(join(root, part), join(modules, 'hyper-wasm', part), { recursive: true });
	const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	for (const name of Object.keys(dependencies)) {
		cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true });
	}
	const outfile = join(folder, 'program.js');
	await build({
		entryPoints: [fileURLToPath(new URL('program.ts', import.meta.url))],
		outfile,
		bundle: true,
		format: 'esm',
		target: 'node20',
		external: ['hyper-wasm', 'hyper-wasm/*', 'node:*'],
		tsconfigRaw: {},
	});
	return outfile;
}

export interface Ended {
	/** Null if it was killed. */
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** Runs a program in its folder until it ends, but at most so many milliseconds. */
export async function runProgram(
	command: string,
	flags: readonly string[],
	program: string,
	args: readonly string[],
	timeout: number,
): Promise<Ended> {
	const cwd = dirname(program);
	const child = spawn(command, [...flags, program, ...args], {
		cwd,
		env: { PATH: process.env.PATH, DENO_DIR: join(cwd, 'deno'), DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' },
		stdio: ['ignore', 'pipe', 'pipe'],
		timeout,
		killSignal: 'SIGKILL',
	});
	const [stdout, stderr, status] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject)),
	]);
	return { status, stdout, stderr };
}
