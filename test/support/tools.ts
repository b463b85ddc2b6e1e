// Installs the tools of tools/package.json from npm: those of observability and mocking that watch or replace what a process
// sends by HTTP. Outside test/, because their packages have tests of their own.

import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const wanted = fileURLToPath(new URL('tools/', import.meta.url));
const folder = fileURLToPath(new URL('../../build/tools/', import.meta.url));

let installing: Promise<string | null> | null = null;

/**
 * The folder with their node_modules. If npm cannot install them, marks the test as skipped and returns null, or throws where
 * CI=true. The test must return on null.
 */
export async function installTools(t: TestContext): Promise<string | null> {
	installing ??= install();
	const reason = await installing;
	if (reason === null) return folder;
	if (process.env.CI === 'true') throw new Error(reason);
	t.skip(reason);
	return null;
}

/** Resolves with null, or with the reason of a failure. */
async function install(): Promise<string | null> {
	const lock = 'package-lock.json';
	const done = join(folder, 'installed.json');
	const text = readFileSync(join(wanted, lock), 'utf8');
	if (existsSync(done) && readFileSync(done, 'utf8') === text) return null;
	mkdirSync(folder, { recursive: true });
	for (const name of ['package.json', lock]) copyFileSync(join(wanted, name), join(folder, name));
	try {
		const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
		await promisify(execFile)('npm', args, { cwd: folder, shell: process.platform === 'win32', timeout: 200_000 });
	} catch (error) {
		return `npm cannot install the tools: ${(error as Error).message}`;
	}
	copyFileSync(join(wanted, lock), done);
	return null;
}
