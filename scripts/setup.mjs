// Sets up the project: installs dependencies, builds the engine and dist/. Does only what is missing or stale, so every
// other script calls it first. `node scripts/setup.mjs [--rebuild]`

import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inRoot, runNpm } from './run.mjs';

/**
 * @param {{ dist?: boolean, rebuild?: boolean }} [options] `dist: false` does not build dist/, since tests of src/ only need
 * the engine
 */
export async function setup(options = {}) {
	await installDependencies();
	const rebuild = options.rebuild ?? false;
	if (rebuild || isStale('build/engine.wasm', ['assembly', 'asconfig.json']) || isStale('build/wasm.js', [])) {
		const { buildEngine } = await import('./build.mjs');
		await buildEngine();
	}
	if (options.dist === false) return;
	const inputs = ['src', 'assembly/shared', 'build/engine.wasm', 'tsconfig.json', 'tsconfig.build.json'];
	if (rebuild || isStale('dist/index.js', [...inputs, 'scripts/build.mjs'])) {
		const { buildDist } = await import('./build.mjs');
		await buildDist();
	}
}

/** Runs `npm ci`, unless node_modules already matches package-lock.json. */
export async function installDependencies() {
	if (isInstalled()) return;
	console.log('Installing dependencies ...');
	const { code } = await runNpm(['ci', '--no-audit', '--no-fund']);
	if (code !== 0) throw new Error('Cannot install the dependencies: npm ci failed');
}

/** Whether node_modules matches package-lock.json exactly. Packages for other platforms may be missing. */
function isInstalled() {
	const wanted = readPackages('package-lock.json');
	const found = readPackages('node_modules/.package-lock.json');
	if (wanted === null || found === null) return false;
	for (const path in wanted) {
		if (path === '' || (found[path] === undefined && wanted[path].optional)) continue;
		if (found[path]?.version !== wanted[path].version || found[path].integrity !== wanted[path].integrity) return false;
	}
	return Object.keys(found).every((path) => wanted[path] !== undefined);
}

function readPackages(lockFile) {
	try {
		return JSON.parse(readFileSync(inRoot(lockFile), 'utf8')).packages;
	} catch (error) {
		if (error.code === 'ENOENT') return null;
		throw error;
	}
}

/** A build sets the time of its output to its own start, so an input edited during the build counts as newer. */
function isStale(output, inputs) {
	const made = modifiedAt(inRoot(output));
	return made === 0 || inputs.some((input) => newestIn(inRoot(input)) > made);
}

/** Includes the folder's own time, which changes when a file is removed. Ignores specs, which are not built. */
function newestIn(path) {
	const stats = statSync(path, { throwIfNoEntry: false });
	if (stats === undefined) return 0;
	if (!stats.isDirectory()) return stats.mtimeMs;
	let newest = stats.mtimeMs;
	for (const name of readdirSync(path)) {
		if (name !== '__tests__') newest = Math.max(newest, newestIn(join(path, name)));
	}
	return newest;
}

function modifiedAt(path) {
	return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (fileURLToPath(import.meta.url) === realpathSync(process.argv[1] ?? '.')) {
	await setup({ rebuild: process.argv.includes('--rebuild') });
}
