// P8: encoding JavaScript strings to HPACK blocks.

import type { Case } from '../case.ts';
import { ownPackageMissing } from '../rivals.ts';
import { countBytes, countFields, readStories, storiesFolder } from '../stories.ts';

const stories = readStories(storiesFolder);
const fieldsPerPass = countFields(stories);

// One count is a pass over all stories.
export const p8: readonly Case[] = [
	{
		name: 'P8',
		what: `HPACK encode of the stories of test/vectors, ${fieldsPerPass} fields a pass; nghttp2: ${countBytes(stories)} bytes`,
		rivals: [
			{ name: 'ours', program: 'hpack-ours', options: { direction: 'encode' }, missing: ownPackageMissing },
			{ name: 'hpack.js', program: 'hpack-js', options: { direction: 'encode' } },
		],
		rate: { unit: 'fields/s', factor: fieldsPerPass },
		cost: { unit: 'ns/field', factor: 1000 / fieldsPerPass },
		ratios: [{ of: 'ours', to: 'hpack.js', by: 'rate', atLeast: 4 }],
		open: async () => ({ config: { folder: storiesFolder }, close: async () => {} }),
	},
];
