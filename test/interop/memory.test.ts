// How much memory the client holds during large transfers that are slow on one side, and during long runs of small
// requests. The client runs in a process of its own (support/memory-client.ts), the servers in others.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { truncateSync, writeFileSync } from 'node:fs';
import type { ServerHttp2Stream } from 'node:http2';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serverFor } from '../support/interop.ts';
import type { MemoryJob, MemoryReport } from '../support/memory-client.ts';
import { serveHTTP2 } from '../support/node-server.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** A stream's default window: the most that may be buffered for one reader. */
const WINDOW = MIB;
const CONNECTION_WINDOW = 16 * MIB;
const REQUESTS = 100_000;

test('a download of 1 GiB to a slow reader buffers no more than its window', async (t) => {
	const server = await serverFor(t, 'nginx');
	if (server === null) return;
	const file = join(server.root, 'sparse');
	writeFileSync(file, '');
	truncateSync(file, GIB);
	const { ca } = server.certificates;
	const origin = `https://localhost:${server.tls.port}`;
	const report = await measureTransfer(t, { kind: 'download', origin, ca, path: '/sparse', amount: GIB });
	assert.equal(report.done, GIB);
	checkTransfer(report);
});

test('an upload of 1 GiB to a slow server buffers no more than its window', async (t) => {
	const { origin, certificates } = await serveHTTP2(t, readSlowly, { settings: { initialWindowSize: WINDOW } });
	const report = await measureTransfer(t, { kind: 'upload', origin, ca: certificates.ca, path: '/', amount: GIB });
	assert.equal(report.done, GIB);
	checkTransfer(report);
});

for (const [kind, requests] of [
	['requests', 'requests'],
	['aborts', 'requests of which half are aborted'],
] as const) {
	test(`the heap does not grow over ${REQUESTS} ${requests}`, async (t) => {
		const server = await serverFor(t, 'nghttpd');
		if (server === null) return;
		const { ca } = server.certificates;
		const origin = `https://localhost:${server.tls.port}`;
		const report = await measure(t, { kind, origin, ca, path: '/128', amount: REQUESTS });
		// The server may close a connection after many resets.
		assert.equal(report.done + report.lost, REQUESTS);
		assert.ok(report.lost <= (kind === 'aborts' ? REQUESTS / 100 : 0), `${report.lost} were lost`);
		assert.ok(report.held < 3 * MIB, `held ${report.held}`);
	});
}

/** The limits are twice a window plus 8 MiB: the stream's for held memory, the connection's for growth since the start. */
function checkTransfer({ held, rss, coldRss, samples }: MemoryReport): void {
	assert.ok(samples >= 5, `only ${samples} samples`);
	assert.ok(held < 2 * WINDOW + 8 * MIB, `${held} bytes were held`);
	assert.ok(rss < 2 * WINDOW + 8 * MIB, `the warm process grew by ${rss} bytes`);
	assert.ok(coldRss < 2 * CONNECTION_WINDOW + 8 * MIB, `the cold process grew by ${coldRss} bytes`);
}

/** Pauses after every 128 MiB, and answers with the length. */
async function readSlowly(stream: ServerHttp2Stream): Promise<void> {
	let length = 0;
	let next = 64 * MIB;
	for await (const chunk of stream) {
		length += (chunk as Uint8Array).length;
		if (length < next) continue;
		next += 128 * MIB;
		await sleep(300);
	}
	stream.respond({ ':status': 200 });
	stream.end(String(length));
}

/** Resident memory depends on the platform too, so a process that seems too large is measured a second time. */
async function measureTransfer(t: TestContext, job: MemoryJob): Promise<MemoryReport> {
	const report = await measure(t, job);
	return report.rss < 2 * WINDOW + 8 * MIB ? report : measure(t, job);
}

async function measure(t: TestContext, job: MemoryJob): Promise<MemoryReport> {
	const program = fileURLToPath(new URL('../support/memory-client.ts', import.meta.url));
	const child = spawn(
		process.execPath,
		[
			'--expose-gc',
			'--conditions=hyper-wasm-source',
			'--import',
			import.meta.resolve('tsx'),
			program,
			JSON.stringify(job),
		],
		{
			stdio: ['ignore', 'pipe', 'inherit'],
			// With this, glibc returns freed memory, so that resident memory is memory in use.
			env: { ...process.env, MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '65536' },
		},
	);
	t.after(() => child.kill());
	let output = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		output += text;
	});
	const [code] = await once(child, 'close');
	assert.equal(code, 0);
	const report = JSON.parse(output) as MemoryReport;
	const inMiB = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
	t.diagnostic(
		`${job.kind} of ${job.amount}: held ${inMiB(report.held)} in ${report.samples} samples, rss grew by ${inMiB(report.rss)} warm, ${inMiB(report.coldRss)} cold, ${report.lost} lost`,
	);
	return report;
}
