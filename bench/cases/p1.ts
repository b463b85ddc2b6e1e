// P1: many concurrent small requests on one connection.

import type { Case } from '../case.ts';
import { againstNghttpd, canned, h2load, nodeHttp2, ours, undici, ways } from './server.ts';

// node:http2 is faster since Node 26, so the same client beats it by a smaller factor.
const overNodeHttp2 = Number.parseInt(process.versions.node, 10) >= 26 ? 3 : 8;

export const p1: readonly Case[] = ways.map(({ name, secure }) => ({
	name: `P1 ${name}`,
	what: 'GET of 128 bytes, 100 concurrent on one connection to nghttpd',
	rivals: [ours, canned, nodeHttp2, undici, h2load],
	rate: { unit: 'req/s', factor: 1 },
	cost: { unit: 'µs/request', factor: 1 },
	ratios: [
		{ of: 'ours', to: 'canned', by: 'cost', atMost: 2 },
		{ of: 'ours', to: 'node:http2', by: 'rate', atLeast: overNodeHttp2 },
		{ of: 'ours', to: 'undici', by: 'rate' },
		{ of: 'ours', to: 'h2load', by: 'cost' },
		{ of: 'ours', to: 'h2load', by: 'rate' },
		{ of: 'canned', to: 'node:http2', by: 'rate' },
	],
	open: againstNghttpd(secure, { document: '128', concurrency: 100 }),
}));
