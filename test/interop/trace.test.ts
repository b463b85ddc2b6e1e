// Our frame lines against those of nghttp. Both trace the same exchange with nghttpd, which a relay between them records.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { DirectionReader } from '../../src/trace/direction.ts';
import { type FrameEvent, formatFrame, formatFrameLine } from '../../src/trace.ts';
import { listen } from '../support/loopback.ts';
import { findProgram } from '../support/servers/program.ts';
import { requireServer, startServer } from '../support/servers.ts';

const HEAD = /^\[ *\d+\.\d{3}\] ((?:send|recv) \w+ frame <length=\d+, flags=0x[0-9a-f]{2}, stream_id=\d+>)$/;

interface Look {
	/** What nghttp has printed, and our events. */
	nghttp: string;
	events: FrameEvent[];
}

/** Runs nghttp against nghttpd. Null, with the test skipped, where they are missing. */
async function look(t: TestContext, ...args: string[]): Promise<Look | null> {
	if (!requireServer(t, 'nghttpd')) return null;
	const nghttp = findProgram('nghttp');
	assert.ok(nghttp !== null, 'nghttpd is installed, and nghttp is not');
	const server = await startServer('nghttpd', { echo: true });
	t.after(() => server.stop());
	const events: FrameEvent[] = [];
	const port = await relay(server.clear.port, events);
	const options = { timeout: 60_000, maxBuffer: 64 * 1024 * 1024, encoding: 'latin1' as const };
	const url = `http://127.0.0.1:${port}`;
	const { stdout } = await promisify(execFile)(nghttp, ['-nv', ...args.map((arg) => arg.replace('%', url))], options);
	return { nghttp: stdout, events };
}

async function relay(port: number, events: FrameEvent[]): Promise<number> {
	return listen(
		createServer((near) => {
			const far = connect(port, '127.0.0.1');
			copy(near, far, 'sent', events);
			copy(far, near, 'received', events);
		}),
	);
}

function copy(from: Socket, to: Socket, direction: 'sent' | 'received', events: FrameEvent[]): void {
	const reader = new DirectionReader(direction === 'sent' ? 'client' : 'server');
	from.on('data', (bytes) => {
		for (const reading of reader.read(bytes)) events.push({ connection: 1, direction, time: 0, ...reading });
		to.write(bytes);
	});
	from.on('end', () => to.end());
	from.on('error', () => to.destroy());
	from.on('close', () => reader.close());
}

function heads(text: string, direction: 'send' | 'recv'): string[] {
	const found = text.split('\n').map((line) => HEAD.exec(line)?.[1] ?? '');
	return found.filter((head) => head.startsWith(direction));
}

/** nghttp prints a field block of several frames as one HEADERS. */
function joinBlocks(list: string[]): string[] {
	const joined: string[] = [];
	for (const head of list) {
		const last = joined.at(-1);
		if (last === undefined || !head.includes('CONTINUATION')) joined.push(head);
		else joined[joined.length - 1] = joinHeads(last, head);
	}
	return joined;
}

function joinHeads(first: string, second: string): string {
	const [a, b] = [first, second].map((head) => /length=(\d+), flags=0x(..)/.exec(head) ?? ['', '', '']) as [
		string[],
		string[],
	];
	const length = Number(a[1]) + Number(b[1]);
	const flags = Number(`0x${a[2]}`) | Number(`0x${b[2]}`);
	return first.replace(a[0] as string, `length=${length}, flags=0x${flags.toString(16).padStart(2, '0')}`);
}

/** The fields that nghttp has sent, which it prints below the head. */
function sentFields(text: string): string[] {
	return text.split('\n').filter((line) => /^ {10}:?[a-z-]+: /.test(line));
}

/** GOAWAY may be printed and never be sent, when both ends close at once. */
function withoutFarewell(list: string[]): string[] {
	return list.filter((head) => !head.includes('GOAWAY'));
}

const EXCHANGES: [name: string, ...args: string[]][] = [
	['three prioritized documents', '%/64k', '%/index.html', '%/missing'],
	['an echoed upload', '--no-dep', '-d', 'package.json', '%/echo'],
	['padded field blocks with CONTINUATION and no dynamic table', '--continuation', '-c', '0', '-b', '7', '%/64k'],
];

for (const [name, ...args] of EXCHANGES) {
	test(`frame lines are those of nghttp -v for ${name}`, async (t) => {
		const seen = await look(t, ...args);
		if (seen === null) return;
		const { nghttp, events } = seen;
		const ours = events.map((event) => formatFrame(event, { secrets: true })).join('\n');
		assert.equal(
			events.some(({ type }) => type === 'fault'),
			false,
		);
		for (const direction of ['send', 'recv'] as const) {
			const theirs = withoutFarewell(heads(nghttp, direction));
			assert.ok(theirs.length >= 3);
			assert.deepEqual(withoutFarewell(joinBlocks(heads(ours, direction))), theirs);
		}
		const lines = ours.split('\n');
		const fields = sentFields(nghttp);
		assert.ok(fields.length >= 5);
		assert.deepEqual(
			fields.filter((field) => !lines.includes(field)),
			[],
		);
		for (const event of events) assert.doesNotMatch(formatFrameLine(event), /\n/);
	});
}
