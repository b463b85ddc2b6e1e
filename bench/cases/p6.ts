// P6: large uploads to a server with default windows and with large ones.

import type { Case } from '../case.ts';
import { againstNghttpd, h2load, nodeHttp2, ours, ways } from './server.ts';

const windows: readonly { name: string; options: { windowBits?: number } }[] = [
	{ name: 'default windows', options: {} },
	{ name: '16 MiB windows', options: { windowBits: 24 } },
];

// One count is a body of 100 MiB, which the server discards.
export const p6: readonly Case[] = ways.flatMap((way) =>
	windows.map(({ name, options }) => ({
		name: `P6 ${way.name} ${name}`,
		what: 'upload of 100 MiB to nghttpd, one at a time',
		rivals: [ours, nodeHttp2, h2load],
		rate: { unit: 'MiB/s', factor: 100 },
		cost: { unit: 'ms/100 MiB', factor: 0.001 },
		ratios: [
			{ of: 'ours', to: 'node:http2', by: 'rate', atLeast: 1 },
			{ of: 'ours', to: 'node:http2', by: 'cost' },
			{ of: 'ours', to: 'h2load', by: 'rate' },
		],
		open: againstNghttpd(way.secure, { document: 'discard', concurrency: 1, upload: true, ...options }),
	})),
);
