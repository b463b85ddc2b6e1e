// Installs programs for tests from npm: the tools of tools/package.json, which watch or replace what a process sends by HTTP,
// and the runtimes of test/runtimes/tools. Outside test/, because packages have tests of their own.

import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const TOOLS = new URL('tools/', import.meta.url);

const installing = new Map<string, Promise<string | null>>();

/**
 * The folder with the node_modules of the tools, or of the package.json and the lock file in `wanted`. If npm cannot install
 * them, marks the test as skipped and returns null, or throws where CI=true. The test must return on null.
 */
export async function installTools(
	t: TestContext,
	wanted: URL = TOOLS,
	name: string = 'tools',
): Promise<string | null> {
	const folder = fileURLToPath(new URL(`../../build/${name}/`, import.meta.url));
	if (!installing.has(name)) installing.set(name, install(fileURLToPath(wanted), folder));
	const reason = await (installing.get(name) as Promise<string | null>);
	if (reason === null) return folder;
	if (process.env.CI === 'true') throw new Error(reason);
	t.skip(reason);
	return null;
}

/** Resolves with null, or with the reason of a failure. */
async function install(wanted: string, folder: string): Promise<string | null> {
	const lock = 'package-lock.json';
	const done = join(folder, 'installed.json');
	const text = readFileSync(join(wanted, lock), 'utf8');
	if (existsSync(done) && readFileSync(done, 'utf8') === text) return null;
	mkdirSync(folder, { recursive: true });
	for (const name of ['package.json', lock]) copyFileSync(join(wanted, name), join(folder, name));
	try {
		const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
		await promisify(execFile)('npm', args, { cwd: folder, shell: process.platform === 'win32', timeout: 300_000 });
	} catch (error) {
		return `npm cannot install ${wanted}: ${(error as Error).message}`;
	}
	copyFileSync(join(wanted, lock), done);
	return null;
}
