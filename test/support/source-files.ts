// Lists the source files of the project, for tests that read them.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** bench/ has both once benchmarks have run; its node_modules links back to this project. */
const NOT_SOURCES = new Set(['node_modules', 'build']);

/** The .ts and .mjs files below a folder of the project, as sorted paths from its root with forward slashes. */
export function sourceFiles(folder: string): string[] {
	return readdirSync(join(root, folder), { withFileTypes: true })
		.flatMap((entry) => {
			const path = `${folder}/${entry.name}`;
			if (entry.isDirectory()) return NOT_SOURCES.has(entry.name) ? [] : sourceFiles(path);
			return /\.(?:ts|mjs)$/.test(path) && !path.endsWith('.d.ts') ? [path] : [];
		})
		.sort();
}
