// Shared by the scripts: the project's root, child processes, and the paths of tools in node_modules.

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Entry points of installed tools, to be run by this Node, which avoids a shell and the PATH. */
export const tools = {
	asc: 'node_modules/assemblyscript/bin/asc.js',
	asPect: 'node_modules/@as-pect/cli/bin/asp.js',
	biome: 'node_modules/@biomejs/biome/bin/biome',
	tsc: 'node_modules/typescript/bin/tsc',
};

/** How long a program has to end after SIGTERM before it gets SIGKILL, in milliseconds. */
const GRACE = 2000;

/**
 * Runs a program in the project's root. With `capture`, its output (both streams, in order) is returned instead of shown.
 * With `timeout`, it is ended after so many milliseconds.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ capture?: boolean, cwd?: string, env?: Record<string, string>, timeout?: number }} [options]
 * @returns {Promise<{ code: number, output: string, timedOut: boolean }>}
 */
export function run(command, args, options = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, {
			cwd: options.cwd ?? root,
			env: { ...process.env, ...options.env },
			stdio: options.capture ? ['ignore', 'pipe', 'pipe'] : 'inherit',
		});
		const chunks = [];
		child.stdout?.on('data', (chunk) => chunks.push(chunk));
		child.stderr?.on('data', (chunk) => chunks.push(chunk));
		const timers = [];
		if (options.timeout !== undefined) {
			timers.push(setTimeout(() => child.kill('SIGTERM'), options.timeout));
			timers.push(setTimeout(() => destroy(child), options.timeout + GRACE));
		}
		const begun = performance.now();
		child.on('error', reject);
		child.on('close', (code, signal) => {
			for (const timer of timers) clearTimeout(timer);
			const output = Buffer.concat(chunks).toString();
			const timedOut = performance.now() - begun >= (options.timeout ?? Infinity);
			resolve({ code: code ?? 1, output: signal === null ? output : `${output}Ended by ${signal}\n`, timedOut });
		});
	});
}

/** Its own children may hold its output open, so that is closed here. */
function destroy(child) {
	child.kill('SIGKILL');
	child.stdout?.destroy();
	child.stderr?.destroy();
}

/** Like `run`, with this Node. */
export function runNode(args, options) {
	return run(process.execPath, args, options);
}

/** Like `run`, with the npm that started this process, otherwise the one on the PATH. */
export function runNpm(args, options) {
	const started = process.env.npm_execpath;
	if (started?.endsWith('.js')) return runNode([started, ...args], options);
	return process.platform === 'win32' ? run('cmd', ['/c', 'npm', ...args], options) : run('npm', args, options);
}

/** Runs a script of the project and exits with its status. */
export async function become(args, options) {
	const { code } = await runNode(args, options);
	process.exitCode = code;
}

/** Returns an absolute path in the project. */
export function inRoot(...parts) {
	return join(root, ...parts);
}
