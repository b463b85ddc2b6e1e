// The program whose memory the tests measure. It runs in its own process with --expose-gc, does the one job of its JSON
// argument against a server, and prints a MemoryReport as a line of JSON.

import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, HTTP20Connection } from '../../src/index.ts';
import { repeat } from './repeat.ts';

export interface MemoryJob {
	kind: 'download' | 'upload' | 'requests' | 'aborts';
	origin: string;
	ca: string;
	path: string;
	/** Bytes or requests. */
	amount: number;
}

/** Maxima in bytes over all samples, taken during a transfer or after all requests, each after a garbage collection. */
export interface MemoryReport {
	/** Bytes or requests that succeeded. */
	done: number;
	/** Growth of the heap and of array buffers since the end of the warm-up. */
	held: number;
	/** Growth of the resident set since the end of the warm-up. */
	rss: number;
	/** Growth of the resident set since before the first request. */
	coldRss: number;
	samples: number;
	/** Requests lost because the server closed the connection. */
	lost: number;
}

/** The number of pauses of the reader, and the milliseconds of each. */
const STALLS = 8;
const STALL = 300;
/** Milliseconds. */
const SAMPLE_EVERY = 200;
const PIECE = new Uint8Array(65_536).fill(0x5a);

const job = JSON.parse(process.argv[2] ?? '') as MemoryJob;
const collect = (globalThis as unknown as { gc(): void }).gc;
const jobs: Record<MemoryJob['kind'], (amount: number) => Promise<void>> = { download, upload, requests, aborts };
const run = jobs[job.kind];
const connection = new HTTP20Connection(job.origin, { tls: { ca: job.ca } });
await connection.connect();
const cold = await sample();

const report: MemoryReport = { done: 0, held: 0, rss: 0, coldRss: 0, samples: 0, lost: 0 };
// The warm-up compiles the code and grows the heap.
await run(job.amount / 8);
const warm = await sample();
report.done = 0;
report.lost = 0;
let over = false;
const sampled = job.kind === 'download' || job.kind === 'upload' ? sampleOften() : null;
await run(job.amount).finally(() => {
	over = true;
});
await sampled;
note(await sample());
await connection.close();
console.log(JSON.stringify(report));

/** Reads with pauses, during which the server sends as much as flow control allows. */
async function download(amount: number): Promise<void> {
	const response = await connection.roundTrip('GET', job.path);
	let length = 0;
	let next = job.amount / STALLS / 2;
	for await (const chunk of response) {
		length += chunk.length;
		if (length >= amount) break;
		if (length < next) continue;
		next += job.amount / STALLS;
		await sleep(STALL);
	}
	report.done += length;
}

/** Uploads to a server that reads with pauses. */
async function upload(amount: number): Promise<void> {
	async function* body(): AsyncGenerator<Uint8Array> {
		for (let length = 0; length < amount; length += PIECE.length) yield PIECE.slice();
	}
	const response = await connection.roundTrip('POST', job.path, { body: body() });
	report.done += Number(await response.text());
}

async function requests(amount: number): Promise<void> {
	await repeat(amount, 100, async () => {
		const response = await connection.roundTrip('GET', job.path);
		if ((await response.bytes()).length === 128) report.done++;
	});
}

/** Aborts every other request: before it is written, after that, or once its response has begun. */
async function aborts(amount: number): Promise<void> {
	await repeat(amount, 100, async (i) => {
		const controller = new AbortController();
		const wanted = i % 2 === 0;
		const answer = connection.roundTrip('GET', job.path, { signal: controller.signal }).then((response) => {
			if (!wanted) controller.abort();
			return response.bytes();
		});
		if (i % 6 === 1) controller.abort();
		if (i % 6 === 3) setImmediate(() => controller.abort());
		try {
			await answer;
			report.done++;
		} catch (error) {
			if (controller.signal.aborted && error === controller.signal.reason) report.done++;
			else if (error instanceof ConnectionError) report.lost++;
			else throw error;
		}
	});
}

async function sampleOften(): Promise<void> {
	while (!over) {
		await sleep(SAMPLE_EVERY);
		note(await sample());
	}
}

function note({ held, rss }: { held: number; rss: number }): void {
	report.held = Math.max(report.held, held - warm.held);
	report.rss = Math.max(report.rss, rss - warm.rss);
	report.coldRss = Math.max(report.coldRss, rss - cold.rss);
	report.samples++;
}

/** The least of three measurements, because memory outside the heap is freed some time after its owner is collected. */
async function sample(): Promise<{ held: number; rss: number }> {
	const least = { held: Number.POSITIVE_INFINITY, rss: Number.POSITIVE_INFINITY };
	for (let i = 0; i < 3; i++) {
		collect();
		await sleep(10);
		const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
		least.held = Math.min(least.held, heapUsed + arrayBuffers);
		least.rss = Math.min(least.rss, rss);
	}
	return least;
}
