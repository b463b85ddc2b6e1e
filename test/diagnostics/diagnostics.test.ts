// What a connection reports and to whom, and that it builds no message without a recipient.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CANCEL, REFUSED_STREAM } from '../../assembly/shared/error-code.ts';
import { ConnectError, ConnectionResetError, StreamResetError, TimeoutError } from '../../src/base/errors.ts';
import {
	Diagnostics,
	type DiagnosticsOptions,
	type RequestMessage,
	type ResponseMessage,
	type TrailersMessage,
} from '../../src/diagnostics/diagnostics.ts';
import type { FlatFields } from '../../src/fields/flat-fields.ts';
import { FrameType, FrameWriter } from '../../src/frames.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import type { FrameEvent } from '../../src/trace/frame-event.ts';
import { traceFrames } from '../../src/trace.ts';
import { DiagnosticsRuntime } from '../support/diagnostics-fakes.ts';
import { TransportRecorder } from '../support/transport-recorder.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const PING = new FrameWriter().write({ type: FrameType.PING });
const REQUEST: FlatFields = {
	fields: [':method', 'GET', ':scheme', 'https', ':authority', 'localhost', ':path', '/\x1b', 'x-a', '1'],
	neverIndexed: null,
};
const RESPONSE: FlatFields = { fields: [':status', '200', 'x-b', '2'], neverIndexed: null };
const TRAILERS: FlatFields = { fields: ['x-t', '3'], neverIndexed: null };

/** Fails the test when it is read. */
const UNTOUCHABLE: FlatFields = new Proxy({} as FlatFields, {
	get: () => assert.fail('a section was read'),
});

function createLogger(): { logger: Required<NonNullable<DiagnosticsOptions['logger']>>; lines: string[] } {
	const lines: string[] = [];
	const note = (level: string) => (message: string) => {
		lines.push(`${level} ${message.replace(/^#\d+/gm, '#')}`);
	};
	return { logger: { debug: note('debug'), info: note('info'), warn: note('warn') }, lines };
}

/** Sends the preface and a PING over the transport that `opened` returns. */
async function exchange(diagnostics: Diagnostics): Promise<void> {
	const [near, far] = createMemoryTransports();
	const transport = await diagnostics.opening('localhost', 443).opened(near, 'HTTP/2');
	transport.start(new TransportRecorder());
	far.start(new TransportRecorder());
	transport.write([PREFACE, PING]);
	await new Promise(setImmediate);
	transport.destroy();
	await new Promise(setImmediate);
}

describe('diagnostics without recipients', () => {
	test('a connection without recipients builds no message and keeps its transport', () => {
		const runtime = new DiagnosticsRuntime();
		const connection = new Diagnostics({ logger: {} }, runtime).opening('localhost', 443);
		const [near] = createMemoryTransports();
		assert.equal(connection.opened(near, 'HTTP/2'), near);
		assert.equal(connection.wantsHeads, false);
		connection.request(1, UNTOUCHABLE);
		connection.response(1, 200, UNTOUCHABLE);
		connection.trailers(1, UNTOUCHABLE);
		connection.error(1, new StreamResetError(1, REFUSED_STREAM, 'remote', 'refused'));
		connection.warn(1, 'a push was refused');
		connection.closed(new ConnectionResetError('gone'));
		for (const name of runtime.names) assert.deepEqual(runtime.channel(name).messages, []);
		assert.deepEqual([runtime.lines, runtime.warnings], [[], []]);
	});
});

describe('channels', () => {
	test('the connection channel reports a connection from its dial to its end', () => {
		const runtime = new DiagnosticsRuntime();
		const messages = runtime.subscribe('connection');
		const connection = new Diagnostics({}, runtime).opening('localhost', 8443);
		const [near] = createMemoryTransports({ alpn: 'h2' });
		connection.opened(near, 'HTTP/2');
		const error = new ConnectionResetError('gone');
		connection.closed(error);
		connection.closed(null);
		const about = { connection: connection.id, host: 'localhost', port: 8443 };
		assert.deepEqual(messages, [
			{ ...about, state: 'opening', version: null, alpn: null, error: null },
			{ ...about, state: 'open', version: 'HTTP/2', alpn: 'h2', error: null },
			{ ...about, state: 'closed', version: 'HTTP/2', alpn: 'h2', error },
		]);
	});

	test('every connection of the process has its own number', () => {
		const runtime = new DiagnosticsRuntime();
		const ids = [1, 2, 3].map(() => new Diagnostics({}, runtime).opening('localhost', 443).id);
		assert.equal(new Set(ids).size, 3);
	});

	test('the channels publish requests, responses, trailers and errors as objects', () => {
		const runtime = new DiagnosticsRuntime();
		const requests = runtime.subscribe('request') as RequestMessage[];
		const responses = runtime.subscribe('response') as ResponseMessage[];
		const trailers = runtime.subscribe('trailers') as TrailersMessage[];
		const errors = runtime.subscribe('error');
		const connection = new Diagnostics({}, runtime).opening('localhost', 443);
		assert.equal(connection.wantsHeads, true);
		for (let i = 0; i < 1000; i++) connection.request(2 * i + 1, REQUEST);
		connection.response(1, 200, RESPONSE);
		connection.trailers(1, TRAILERS);
		const failure = new StreamResetError(3, REFUSED_STREAM, 'remote', 'refused');
		connection.error(3, failure);
		assert.equal(requests.length, 1000);
		assert.deepEqual([requests[1]?.streamId, requests[1]?.path], [3, '/\x1b']);
		assert.deepEqual([responses[0]?.status, [...(responses[0]?.headers.raw() ?? [])]], [200, [['x-b', '2']]]);
		assert.deepEqual([...(trailers[0]?.trailers.raw() ?? [])], [['x-t', '3']]);
		assert.deepEqual(errors, [{ connection: connection.id, streamId: 3, error: failure }]);
	});

	test('the error channel and the logger get the TimeoutError that the caller gets', () => {
		const runtime = new DiagnosticsRuntime();
		const errors = runtime.subscribe('error') as { error: Error }[];
		const { logger, lines } = createLogger();
		const connection = new Diagnostics({ logger }, runtime).opening('localhost', 443);
		const cause = new TimeoutError('headers', 'No response within 5 ms');
		connection.error(1, new StreamResetError(1, CANCEL, 'local', 'Stream 1 was cancelled', { cause }));
		assert.equal(errors[0]?.error, cause);
		assert.deepEqual(lines, ['warn # stream 1: TimeoutError: No response within 5 ms']);
	});

	test('the frame channel publishes frames as they are sent', async () => {
		const runtime = new DiagnosticsRuntime();
		const frames = runtime.subscribe('frame') as FrameEvent[];
		await exchange(new Diagnostics({}, runtime));
		assert.deepEqual(
			frames.map(({ type, direction }) => `${direction} ${type}`),
			['sent preface', 'sent frame'],
		);
	});
});

describe('a logger', () => {
	test('a logger gets one line per event, with control characters escaped', () => {
		const { logger, lines } = createLogger();
		const { debug: _, ...quiet } = logger;
		const connection = new Diagnostics({ logger: quiet }, new DiagnosticsRuntime()).opening('localhost', 443);
		const [near] = createMemoryTransports({ alpn: 'h2' });
		connection.opened(near, 'HTTP/2');
		connection.request(1, REQUEST);
		connection.response(1, 200, RESPONSE);
		connection.request(null, { fields: [':method', 'CONNECT', ':authority', 'a:1'], neverIndexed: null });
		connection.error(3, new StreamResetError(3, CANCEL, 'local', 'Stream 3 was cancelled'));
		connection.error(5, new StreamResetError(5, CANCEL, 'remote', 'Server has reset\r\n\x1b[2J'));
		connection.warn(null, 'PUSH_PROMISE was refused');
		connection.closed(null);
		assert.deepEqual(lines, [
			'info #: open to localhost:443: HTTP/2, h2 by ALPN',
			'info # stream 1: GET https://localhost/\\x1b',
			'info # stream 1: 200',
			'info #: CONNECT a:1',
			'info # stream 3: Stream 3 was cancelled',
			'warn # stream 5: StreamResetError: Server has reset\\x0d\\x0a\\x1b[2J',
			'warn #: PUSH_PROMISE was refused',
			'info #: closed',
		]);
	});

	test('a logger gets a warning for a failed dial', () => {
		const { logger, lines } = createLogger();
		const runtime = new DiagnosticsRuntime();
		const errors = runtime.subscribe('error');
		const connection = new Diagnostics({ logger }, runtime).opening('localhost', 443);
		const error = new ConnectError('Cannot connect to localhost:443: connection refused');
		connection.closed(error);
		assert.deepEqual(lines, ['warn #: ConnectError: Cannot connect to localhost:443: connection refused']);
		assert.deepEqual(errors, [{ connection: connection.id, streamId: null, error }]);
	});

	test('a logger with a debug method gets frames as several lines', async () => {
		const { logger, lines } = createLogger();
		await exchange(new Diagnostics({ logger }, new DiagnosticsRuntime()));
		assert.equal(lines[1], 'debug # [  0.000] send connection preface');
		assert.match(lines[2] ?? '', /^debug # \[ {2}0\.000\] send PING frame <length=8, .*>\n {10}\(opaque=0{16}\)$/);
	});

	test('NODE_DEBUG=hyper logs to standard error', async () => {
		const runtime = new DiagnosticsRuntime('hyper');
		await exchange(new Diagnostics({}, runtime));
		assert.match(
			runtime.lines.join('\n'),
			/^HYPER #\d+: open to localhost:443: HTTP\/2\nHYPER #\d+ \[ {2}0\.000\] send /,
		);
	});
});

describe('listeners for frames', () => {
	test('onFrame gets the frames of its own connection, traceFrames those of all connections opened later', async () => {
		const own: FrameEvent[] = [];
		const all: FrameEvent[] = [];
		const late: FrameEvent[] = [];
		const runtime = new DiagnosticsRuntime();
		const stop = traceFrames((event) => all.push(event));
		const connection = new Diagnostics({}, runtime).opening('localhost', 443);
		const stopLate = traceFrames((event) => late.push(event));
		const [near] = createMemoryTransports();
		const transport = await connection.opened(near, 'HTTP/2');
		transport.start(new TransportRecorder());
		transport.write([PREFACE]);
		stopLate();
		assert.deepEqual([all.length, late.length], [1, 0]);
		await exchange(new Diagnostics({ onFrame: (event) => own.push(event) }, runtime));
		assert.deepEqual([own.length, all.length], [2, 3]);
		assert.notEqual(all[0]?.connection, all[1]?.connection);
		stop();
		transport.write([PING]);
		await exchange(new Diagnostics({}, runtime));
		assert.equal(all.length, 3);
	});

	test('a frame listener that throws is not called again, and other listeners still are', async () => {
		const heard: FrameEvent[] = [];
		const runtime = new DiagnosticsRuntime();
		const frames = runtime.subscribe('frame');
		const onFrame = (event: FrameEvent): void => {
			heard.push(event);
			throw new Error('no');
		};
		await exchange(new Diagnostics({ onFrame }, runtime));
		assert.deepEqual([heard.length, frames.length], [1, 2]);
		assert.deepEqual(runtime.warnings, ['onFrame threw an error and will not be called again: Error: no']);
	});

	test('a frame listener keeps an HTTP/1.1 transport as it is', () => {
		const [near] = createMemoryTransports();
		const connection = new Diagnostics({ onFrame: () => assert.fail() }, new DiagnosticsRuntime()).opening('a', 80);
		assert.equal(connection.opened(near, 'HTTP/1.1'), near);
	});

	test('onFrame must be a function', () => {
		assert.throws(() => new Diagnostics({ onFrame: {} as never }, new DiagnosticsRuntime()), TypeError);
	});
});
