// The stories of test/vectors/hpack-test-case: header lists, each with the field block of an encoder.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Pair = [name: string, value: string];

export interface StoryCase {
	fields: Pair[];
	/** Empty in `raw-data`. */
	wire: Uint8Array;
	/** The table size acknowledged before this case; undefined: unchanged. */
	tableSize: number | undefined;
}

export interface Story {
	name: string;
	cases: StoryCase[];
}

const root = fileURLToPath(new URL('../vectors/hpack-test-case/', import.meta.url));

/** The folders of test/vectors/hpack-test-case that contain field blocks. */
export const storyEncoders: readonly string[] = readdirSync(root, { withFileTypes: true })
	.filter((entry) => entry.isDirectory() && entry.name !== 'raw-data')
	.map((entry) => entry.name)
	.sort();

export function readStories(encoder: string): Story[] {
	return readdirSync(`${root}${encoder}`)
		.filter((file) => file.endsWith('.json'))
		.sort()
		.map((file) => {
			const { cases } = JSON.parse(readFileSync(`${root}${encoder}/${file}`, 'utf8')) as {
				cases: { headers: Record<string, string>[]; wire?: string; header_table_size?: number | null }[];
			};
			return {
				name: file.replace('.json', ''),
				cases: cases.map(({ headers, wire = '', header_table_size }) => ({
					fields: headers.flatMap((field) => Object.entries(field)),
					wire: fromHex(wire),
					tableSize: header_table_size ?? undefined,
				})),
			};
		});
}

/** The bytes of hexadecimal digits, ignoring white space. */
export function fromHex(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'));
}

export function toHex(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('hex');
}

/** Fields without their flags: our encoder marks short cookies as never indexed, which stories do not. */
export function pairsOf(fields: readonly (readonly [name: string, value: string, flags?: unknown])[]): Pair[] {
	return fields.map(([name, value]) => [name, value]);
}
