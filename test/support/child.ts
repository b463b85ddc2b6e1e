// Runs a script in its own process, to test what concerns a whole process: environment, loaded modules, exit.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** Runs an ES module. Its constant `src` is the URL of the folder of sources, with a trailing slash. */
export async function runChild(
	script: string,
	environment: Record<string, string> = {},
): Promise<{ status: number | null; stdout: string; stderr: string }> {
	const src = new URL('../../src/', import.meta.url).href;
	const child = spawn(
		process.execPath,
		[
			...['--conditions=hyper-wasm-source', '--import', 'tsx', '--input-type=module', '--eval'],
			`const src = ${JSON.stringify(src)};\n${script}`,
		],
		{ env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 },
	);
	const [stdout, stderr, status] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		new Promise<number | null>((resolve) => child.once('close', resolve)),
	]);
	return { status, stdout, stderr };
}
