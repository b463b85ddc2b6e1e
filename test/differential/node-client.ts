// node:http2 as a client of the differential tests: plans of cases as JSON lines on stdin, one report of each on stdout.
// Every case has a connection of its own.

import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { createInterface } from 'node:readline';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import type { ClientPlan, PlannedRequest } from './case.ts';
import type { Field, Message, Report, StreamReport } from './outcome.ts';

const port = Number(process.argv[2]);

/** How long a session may take to close once its connection is over, in milliseconds. */
const GRACE = 10;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
for (let next = lines.next(); ; ) {
	const { value, done } = await next;
	if (done) break;
	next = lines.next();
	process.stdout.write(`${JSON.stringify(await run(JSON.parse(value) as ClientPlan, next))}\n`);
}

/** `over` resolves after the end of the connection. A session may never notice it once it has sent GOAWAY with an error. */
async function run({ requests, push, window }: ClientPlan, over: Promise<unknown>): Promise<Report> {
	const report: Report = { streams: [], reason: '' };
	const session = connect(`http://127.0.0.1:${port}`, {
		// As many as we accept.
		maxHeaderListPairs: DEFAULT_LIMITS.headerFields,
		settings: {
			enablePush: push,
			maxHeaderListSize: DEFAULT_LIMITS.headerListSize,
			...(window === null ? {} : { initialWindowSize: window }),
		},
	});
	session.on('error', (error) => {
		report.reason ||= error.message;
	});
	over.then(() => setTimeout(() => session.destroy(), GRACE));
	const closed = [new Promise<void>((resolve) => session.once('close', resolve))];
	session.on('stream', (stream) => closed.push(follow(session, stream, report)));
	for (const request of requests) closed.push(open(session, report, request));
	// Promises may be added until the session is closed.
	for (const each of closed) await each;
	return report;
}

function open(session: ClientHttp2Session, report: Report, { method, open, cancel }: PlannedRequest): Promise<void> {
	const target = method === 'CONNECT' ? { ':authority': '127.0.0.1:443' } : { ':path': '/' };
	const stream = session.request({ ':method': method, ...target }, { endStream: !open });
	if (cancel) stream.once('response', () => stream.close(constants.NGHTTP2_CANCEL));
	return follow(session, stream, report);
}

/** Resolves when the stream is closed. */
function follow(session: ClientHttp2Session, stream: ClientHttp2Stream, report: Report): Promise<void> {
	const id = stream.id ?? report.streams.length * 2 + 1;
	const state: StreamReport = {
		...{ id, informational: [], head: null, content: '', trailers: null, end: { how: 'lost' }, reason: '' },
	};
	report.streams.push(state);
	// The types lack the last argument, which has all fields in their order.
	type OnFields = (headers: unknown, flags: number, raw: readonly string[]) => void;
	const on = (name: string, use: OnFields): unknown => stream.on(name, use as (...args: unknown[]) => void);
	on('headers', (_headers, _flags, raw) => state.informational.push(toMessage(raw)));
	for (const name of ['response', 'push']) {
		on(name, (_headers, _flags, raw) => {
			state.head = toMessage(raw);
		});
	}
	on('trailers', (_headers, _flags, raw) => {
		state.trailers = toFields(raw);
	});
	stream.on('data', (chunk: Buffer) => {
		state.content += chunk.toString('latin1');
	});
	stream.on('end', () => {
		// Also emitted for a stream that did not end well.
		if (!session.destroyed && stream.rstCode === constants.NGHTTP2_NO_ERROR) state.end = { how: 'complete' };
	});
	stream.on('error', (error) => {
		state.reason = error.message;
	});
	return new Promise((resolve) => {
		stream.once('close', () => {
			const code = stream.rstCode ?? constants.NGHTTP2_NO_ERROR;
			if (state.end.how === 'lost' && !session.destroyed) state.end = { how: 'reset', code };
			resolve();
		});
	});
}

function toMessage(raw: readonly string[]): Message {
	const at = raw.indexOf(':status');
	return { status: at < 0 ? 0 : Number(raw[at + 1]), fields: toFields(raw) };
}

/** Without pseudo-header fields. */
function toFields(raw: readonly string[]): Field[] {
	const fields: Field[] = [];
	for (let i = 0; i < raw.length; i += 2) {
		const name = raw[i] as string;
		if (!name.startsWith(':')) fields.push([name.toLowerCase(), raw[i + 1] as string]);
	}
	return fields;
}
