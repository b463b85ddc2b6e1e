// node:http2 as a server in its own process, so that measurements of the test do not include its work.

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
