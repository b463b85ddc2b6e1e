// The origin behind servers that forward requests: one process for all servers of a test process, started at first use and
// stopped with the test process.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documentRoot } from './documents.ts';
import { removeAtExit, startPrograms } from './program.ts';

/** The loopback ports of the origin: HTTP/1.1, and HTTP/2 by prior knowledge. */
export interface Origin {
	readonly http1Port: number;
	readonly http2Port: number;
}

export interface OriginContext extends Origin {
	readonly root: string;
}

let started: Promise<Origin> | null = null;

export function sharedOrigin(): Promise<Origin> {
	started ??= start();
	return started;
}

async function start(): Promise<Origin> {
	const run = mkdtempSync(join(tmpdir(), 'hyper-origin-'));
	removeAtExit(run);
	const main = fileURLToPath(new URL('origin-main.ts', import.meta.url));
	const { ports } = await startPrograms(['http1Port', 'http2Port'], (origin) => {
		const context: OriginContext = { root: documentRoot(), ...origin };
		return [
			{
				command: process.execPath,
				args: ['--import', import.meta.resolve('tsx'), main, JSON.stringify(context)],
				ports: Object.values(origin),
				prefix: [],
				log: join(run, 'stderr.log'),
				background: true,
			},
		];
	});
	return ports;
}
