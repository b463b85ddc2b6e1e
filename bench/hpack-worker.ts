// Shared by the HPACK rivals: passes over all stories. Decoded lists are compared once at the start; each pass checks
// counts.

import assert from 'node:assert/strict';
import { readStories, type Story, tableReset } from './stories.ts';
import { check, serveWorker } from './worker.ts';

export interface HPACKConfig {
	direction: 'decode' | 'encode';
	/** The folder of the stories. */
	folder: string;
}

type Codec =
	| { decode(block: Uint8Array): Iterable<readonly unknown[]> & { length: number } }
	| {
			encode(fields: [name: string, value: string][]): Uint8Array;
			/** Empties the table, by size updates at the beginning of the next block. */
			empty(): void;
	  };

export function serveHPACK(create: (config: HPACKConfig) => Codec): void {
	let codec: Codec;
	let stories: Story[];
	serveWorker<HPACKConfig>({
		async open(config) {
			codec = create(config);
			stories = readStories(config.folder);
			// Every story starts with an empty table, in every pass.
			for (const { blocks } of stories) blocks[0] = Buffer.concat([tableReset, blocks[0] as Buffer]);
			if ('decode' in codec) compare(stories, codec.decode);
		},

		async run(count) {
			let bytes = 0;
			for (let pass = 0; pass < count; pass++) {
				bytes = 'decode' in codec ? decodeAll(stories, codec.decode) : encodeAll(stories, codec.encode, codec.empty);
				// Lets hpack.js's streams finish deferred work.
				await new Promise(setImmediate);
			}
			return { figures: { bytes } };
		},
	});
}

function compare(stories: readonly Story[], decode: (block: Uint8Array) => Iterable<readonly unknown[]>): void {
	for (const { fields, blocks } of stories) {
		blocks.forEach((block, i) => {
			assert.deepEqual(
				[...decode(block)].map(([name, value]) => [name, value]),
				fields[i],
			);
		});
	}
}

function decodeAll(stories: readonly Story[], decode: (block: Uint8Array) => { length: number }): number {
	let bytes = 0;
	for (const { fields, blocks } of stories) {
		for (let i = 0; i < blocks.length; i++) {
			const block = blocks[i] as Buffer;
			check(decode(block).length === fields[i]?.length, `list ${i}`);
			bytes += block.length;
		}
	}
	return bytes;
}

function encodeAll(
	stories: readonly Story[],
	encode: (fields: [name: string, value: string][]) => Uint8Array,
	empty: () => void,
): number {
	let bytes = 0;
	for (const { fields } of stories) {
		empty();
		for (const list of fields) bytes += encode(list).length;
	}
	check(bytes > 0, 'no bytes');
	return bytes;
}
