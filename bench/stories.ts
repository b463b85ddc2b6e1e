// Reads the field lists in test/vectors and nghttp2's field blocks for them, for the HPACK cases.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Story {
	fields: [name: string, value: string][][];
	/** One block per list. */
	blocks: Buffer[];
}

/** Passed to the rivals' programs, which cannot resolve it themselves once they are compiled elsewhere. */
export const storiesFolder: string = fileURLToPath(
	new URL('../test/vectors/hpack-test-case/nghttp2/', import.meta.url),
);

/** Size updates to 0 and back to 4096 (RFC 7541 §6.3), which empty the table, so that one codec can run all stories. */
export const tableReset: Buffer = Buffer.from([0x20, 0x3f, 0xe1, 0x1f]);

export function readStories(folder: string): Story[] {
	return readdirSync(folder)
		.filter((name) => name.endsWith('.json'))
		.sort()
		.map((name) => {
			const { cases } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
				cases: { wire: string; headers: Record<string, string>[] }[];
			};
			return {
				fields: cases.map(({ headers }) => headers.flatMap((field) => Object.entries(field))),
				blocks: cases.map(({ wire }) => Buffer.from(wire, 'hex')),
			};
		});
}

export function countFields(stories: readonly Story[]): number {
	return stories.flatMap(({ fields }) => fields).reduce((sum, list) => sum + list.length, 0);
}

export function countBytes(stories: readonly Story[]): number {
	return stories.flatMap(({ blocks }) => blocks).reduce((sum, block) => sum + block.length, 0);
}
