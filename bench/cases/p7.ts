// P7: decoding HPACK blocks to JavaScript strings.

import type { Case } from '../case.ts';
import { ownPackageMissing } from '../rivals.ts';
import { countFields, readStories, storiesFolder } from '../stories.ts';

const fieldsPerPass = countFields(readStories(storiesFolder));

// One count is a pass over all stories.
export const p7: readonly Case[] = [
	{
		name: 'P7',
		what: `HPACK decode of nghttp2's blocks for the stories of test/vectors, ${fieldsPerPass} fields a pass`,
		rivals: [
			{ name: 'ours', program: 'hpack-ours', options: { direction: 'decode' }, missing: ownPackageMissing },
			{ name: 'hpack.js', program: 'hpack-js', options: { direction: 'decode' } },
		],
		rate: { unit: 'fields/s', factor: fieldsPerPass },
		cost: { unit: 'ns/field', factor: 1000 / fieldsPerPass },
		ratios: [{ of: 'ours', to: 'hpack.js', by: 'rate', atLeast: 6 }],
		open: async () => ({ config: { folder: storiesFolder }, close: async () => {} }),
	},
];
