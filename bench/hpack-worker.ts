// What the HPACK rivals share: passes over all stories, every list checked in the first pass, counted in the others.

import assert from 'node:assert/strict';
import { emptied, readStories, type Story } from './stories.ts';
import { check, serveWorker } from './worker.ts';

export interface HPACKConfig {
	direction: 'decode' | 'encode';
	/** Of the stories. */
	folder: string;
}

type Codec =
	| { decode(block: Uint8Array): Iterable<readonly unknown[]> & { length: number } }
	| {
			encode(fields: [name: string, value: string][]): Uint8Array;
			/** Makes the next block begin with size updates that empty the table. */
			empty(): void;
	  };

export function serveHPACK(create: (config: HPACKConfig) => Codec): void {
	let codec: Codec;
	let stories: Story[];
	serveWorker<HPACKConfig>({
		async open(config) {
			codec = create(config);
			stories = readStories(config.folder);
			// The first block of each story finds an empty table, in every pass.
			for (const { blocks } of stories) blocks[0] = Buffer.concat([emptied, blocks[0] as Buffer]);
			if ('decode' in codec) compare(stories, codec.decode);
		},

		async run(count) {
			let octets = 0;
			for (let pass = 0; pass < count; pass++) {
				octets = 'decode' in codec ? decodeAll(stories, codec.decode) : encodeAll(stories, codec.encode, codec.empty);
				// Lets streams finish what they put off.
				await new Promise(setImmediate);
			}
			return { figures: { octets } };
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
	let octets = 0;
	for (const { fields, blocks } of stories) {
		for (let i = 0; i < blocks.length; i++) {
			const block = blocks[i] as Buffer;
			check(decode(block).length === fields[i]?.length, `list ${i}`);
			octets += block.length;
		}
	}
	return octets;
}

function encodeAll(
	stories: readonly Story[],
	encode: (fields: [name: string, value: string][]) => Uint8Array,
	empty: () => void,
): number {
	let octets = 0;
	for (const { fields } of stories) {
		empty();
		for (const list of fields) octets += encode(list).length;
	}
	check(octets > 0, 'no octets');
	return octets;
}
