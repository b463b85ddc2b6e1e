// Prepares rivals/: installs foreign packages, links this package and compiles the programs. They are compiled in advance
// because a compiler inside the measured process, such as tsx, wraps functions and so distorts the measurement.

import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const bench = fileURLToPath(new URL('.', import.meta.url));
const modules = join(bench, 'node_modules');
const built = join(bench, 'build');
const sources = join(bench, 'rivals');

export function builtProgram(program: string): string {
	return join(built, `${program}.js`);
}

/** Returns why this package cannot be measured, or null if it can. */
export function ownPackageMissing(): string | null {
	return existsSync(join(bench, '..', 'dist', 'index.js')) ? null : 'no dist/: run npm run build';
}

export async function prepareRivals(): Promise<void> {
	if (!isInstalled()) {
		execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: bench, stdio: 'inherit' });
	}
	const own = join(modules, 'hyper-wasm');
	mkdirSync(modules, { recursive: true });
	if (lstatSync(own, { throwIfNoEntry: false }) === undefined) symlinkSync('../..', own, 'junction');
	await build({
		entryPoints: readdirSync(sources)
			.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
			.map((name) => join(sources, name)),
		outdir: built,
		bundle: true,
		packages: 'external',
		// Ignores the project's tsconfig.json, whose paths resolve to the sources instead of the package.
		tsconfigRaw: {},
		platform: 'node',
		format: 'esm',
		target: 'es2022',
		logLevel: 'warning',
	});
}

function isInstalled(): boolean {
	const { dependencies } = readJson(join(bench, 'package.json')) as { dependencies: Record<string, string> };
	return Object.entries(dependencies).every(([name, version]) => {
		const path = join(modules, name, 'package.json');
		return existsSync(path) && (readJson(path) as { version: string }).version === version;
	});
}

function readJson(path: string): unknown {
	return JSON.parse(readFileSync(path, 'utf8'));
}
