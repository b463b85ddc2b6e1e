// node:http2 as a server in a process of its own, so that its work is not counted as the test's.

import { fileURLToPath } from 'node:url';
import type { Recipe } from './recipe.ts';

export const nodeHttp2: Recipe = {
	command: process.execPath,
	features: new Set([
		'discard',
		'echo',
		'goaway-after',
		'max-concurrent-streams',
		'put',
		'request-trailers',
		'trailers',
		'window',
	]),

	programs(context) {
		const main = fileURLToPath(new URL('node-http2-main.ts', import.meta.url));
		return [
			{
				args: ['--import', import.meta.resolve('tsx'), main, JSON.stringify(context)],
				ports: [context.tlsPort, context.clearPort],
			},
		];
	},
};
