// P4: large downloads with default settings.

import type { Case } from '../case.ts';
import { againstNghttpd, h2load, nodeHttp2, ours, ways } from './server.ts';

const tuned = { ...nodeHttp2, name: 'node:http2 16 MiB', options: { window: 2 ** 24 } };

// One count is a document of 100 MiB.
export const p4: readonly Case[] = ways.map(({ name, secure }) => ({
	name: `P4 ${name}`,
	what: 'download of 100 MiB from nghttpd, one at a time',
	rivals: [ours, nodeHttp2, tuned, h2load],
	rate: { unit: 'MiB/s', factor: 100 },
	cost: { unit: 'ms/100 MiB', factor: 0.001 },
	ratios: [
		{ of: 'ours', to: tuned.name, by: 'rate', atLeast: 1 },
		{ of: 'ours', to: tuned.name, by: 'cost' },
		{ of: 'ours', to: nodeHttp2.name, by: 'rate' },
		{ of: 'ours', to: 'h2load', by: 'rate' },
		{ of: 'ours', to: 'h2load', by: 'cost' },
	],
	open: againstNghttpd(secure, { document: 'big-100m', concurrency: 1 }),
}));
