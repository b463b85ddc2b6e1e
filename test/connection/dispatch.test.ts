// `dispatch` of every connection against servers of Node on loopback; what needs bytes or frames of a server's own, against
// a server that the test plays.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
	createServer as createHTTP2Server,
	createSecureServer,
	type Http2ServerRequest,
	type Http2ServerResponse,
} from 'node:http2';
import { createServer as createServerTLS } from 'node:https';
import type { Server, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { CANCEL, REFUSED_STREAM } from '../../assembly/shared/error-code.ts';
import {
	ConnectError,
	type Connection,
	type ConnectionOptions,
	ConnectionResetError,
	type DispatchControl,
	type DispatchRequest,
	HTTP11Connection,
	HTTP20Connection,
	HTTPConnection,
	type HTTPVersion,
	LocalProtocolError,
	type ResponseHead,
	type ResponseSink,
	StreamResetError,
} from '../../src/index.ts';
import { testCertificates } from '../support/certificates.ts';
import { RecordingSink } from '../support/http20-fakes.ts';
import { freePort, listen } from '../support/loopback.ts';
import { greet, ScriptedServer } from '../support/offline.ts';
import { RawServer } from '../support/raw-server.ts';
import { serveH2C } from '../support/version-servers.ts';

type Incoming = IncomingMessage | Http2ServerRequest;
type Outgoing = ServerResponse & Http2ServerResponse;
type Handler = (request: Incoming, response: Outgoing) => void;

interface Kind {
	name: string;
	version: HTTPVersion;
	/** The first request starts when its offer of h2c is answered. */
	offers?: true;
	open(t: TestContext, handler: Handler, options?: ConnectionOptions): Promise<Connection>;
}

/** Listens until the test ends, when every connection is cut. */
async function listenFor(t: TestContext, server: Server): Promise<number> {
	const sockets = new Set<Socket>();
	for (const event of ['connection', 'secureConnection']) {
		server.on(event, (socket: Socket) => {
			sockets.add(socket);
			socket.on('error', () => undefined);
		});
	}
	t.after(() => {
		for (const socket of sockets) socket.destroy();
	});
	return listen(server);
}

/** Closes with the test. */
function closing<T extends Connection>(t: TestContext, conn: T): T {
	t.after(() => conn.close());
	return conn;
}

function ofTLS(alpn: HTTPVersion, Class: typeof HTTPConnection | typeof HTTP20Connection): Kind['open'] {
	return async (t, handler, options = {}) => {
		const { ca, cert, key } = await testCertificates();
		const server =
			alpn === 'HTTP/2'
				? createSecureServer({ cert, key, allowHTTP1: true }, handler as never)
				: createServerTLS({ cert, key }, handler as never);
		const port = await listenFor(t, server);
		return closing(t, new Class(`https://localhost:${port}`, { tls: { ca }, ...(options as object) }));
	};
}

const KINDS: readonly Kind[] = [
	{ name: 'HTTP20Connection over TLS', version: 'HTTP/2', open: ofTLS('HTTP/2', HTTP20Connection) },
	{
		name: 'HTTP20Connection in plaintext',
		version: 'HTTP/2',
		open: async (t, handler, options = {}) => {
			const port = await listenFor(t, createHTTP2Server(handler as never));
			return closing(t, new HTTP20Connection(`http://127.0.0.1:${port}`, options as object));
		},
	},
	{
		name: 'HTTP11Connection in plaintext',
		version: 'HTTP/1.1',
		open: async (t, handler, options = {}) => {
			const port = await listenFor(t, createServer(handler as never));
			return closing(t, new HTTP11Connection(`http://127.0.0.1:${port}`, options as object));
		},
	},
	{ name: 'HTTPConnection that agrees on h2 by ALPN', version: 'HTTP/2', open: ofTLS('HTTP/2', HTTPConnection) },
	{
		name: 'HTTPConnection that agrees on http/1.1 by ALPN',
		version: 'HTTP/1.1',
		open: ofTLS('HTTP/1.1', HTTPConnection),
	},
	{
		name: 'HTTPConnection whose offer of h2c is declined',
		version: 'HTTP/1.1',
		offers: true,
		open: async (t, handler, options = {}) => {
			const port = await listenFor(t, createServer(handler as never));
			return closing(t, new HTTPConnection(`http://127.0.0.1:${port}`, { h2c: 'upgrade', ...options }));
		},
	},
];

/** Records its calls, and fails the test unless there is exactly one last call by its end. */
class TestSink extends RecordingSink {
	head: ResponseHead | null = null;
	/** All content. */
	text = '';
	/** Resolves at the last call with the name of it. */
	readonly over: Promise<'end' | 'error'>;
	#resolve: (name: 'end' | 'error') => void = () => undefined;
	/** What to do in each call. */
	readonly acts: Partial<Record<'start' | 'informational' | 'head' | 'content' | 'trailers', () => void>> = {};

	constructor(t: TestContext, ...throwsIn: string[]) {
		super(...throwsIn);
		this.over = new Promise((resolve) => {
			this.#resolve = resolve;
		});
		t.after(() => assert.equal(this.lastCalls, 1, `calls: ${this.calls.join('; ').slice(0, 500)}`));
	}

	get lastCalls(): number {
		return this.calls.filter((call) => call === 'end' || call.startsWith('error')).length;
	}

	/** Its calls, with all content as one. */
	get summary(): string[] {
		const summary: string[] = [];
		for (const call of this.calls) {
			if (!call.startsWith('content ')) summary.push(call);
			else if (!summary.at(-1)?.startsWith('content ')) summary.push(`content ${this.text}`);
		}
		return summary;
	}

	override onStart(streamId: number | null): void {
		super.onStart(streamId);
		this.acts.start?.();
	}

	override onInformational(status: number): void {
		super.onInformational(status);
		this.acts.informational?.();
	}

	override onHead(head: ResponseHead): void {
		this.head = head;
		super.onHead(head);
		this.acts.head?.();
	}

	override onContent(bytes: Uint8Array, endOfFrame: boolean): void {
		this.text += Buffer.from(bytes).toString('latin1');
		super.onContent(bytes, endOfFrame);
		this.acts.content?.();
	}

	override onTrailers(trailers: Parameters<RecordingSink['onTrailers']>[0]): void {
		super.onTrailers(trailers);
		this.acts.trailers?.();
	}

	override onEnd(): void {
		super.onEnd();
		this.#resolve('end');
	}

	override onError(error: unknown): void {
		super.onError(error);
		this.#resolve('error');
	}
}

const GET: DispatchRequest = { method: 'GET', path: '/' };

/** Early hints, content in two writes, and trailers. */
async function answerAll(_request: Incoming, response: Outgoing): Promise<void> {
	response.on('error', () => undefined);
	response.writeEarlyHints({ link: '</a.css>; rel=preload' });
	response.writeHead(200, { trailer: 'sum', 'content-type': 'text/plain' });
	response.write('abc');
	await sleep(5);
	response.addTrailers({ sum: '5' });
	response.end('de');
}

/** Until `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await sleep(1);
}

for (const { name, version, open, offers = false } of KINDS) {
	const started = [`start ${version === 'HTTP/2' ? 1 : null}`, 'informational 103'];
	if (offers) started.reverse();

	test(`dispatch delivers a whole response in order: ${name}`, async (t) => {
		const conn = await open(t, answerAll);
		const sink = new TestSink(t);
		conn.dispatch(GET, sink);
		assert.equal(await sink.over, 'end');
		assert.deepEqual(sink.summary, [...[...started, 'head 200', 'content abcde', 'trailers sum=5', 'end']]);
		const { head } = sink;
		assert.deepEqual([head?.version, head?.contentLength, conn.version], [version, -1, version]);
		assert.deepEqual(head?.headers.get('content-type'), ['text/plain']);
		assert.equal(head?.headers.get(':status').length, 0);
		await turn();
		assert.equal(conn.streams, 0);
	});

	test(`dispatch sends content and trailers, and does not decode content codings: ${name}`, async (t) => {
		const gzipped = gzipSync('hello');
		const conn = await open(t, async (request, response) => {
			let content = '';
			for await (const chunk of request) content += chunk;
			response.setHeader('content-encoding', 'gzip');
			response.setHeader('seen', `${request.method} ${request.url} ${content} ${request.trailers['x-sum']}`);
			response.end(gzipped);
		});
		const sink = new TestSink(t);
		conn.dispatch({ method: 'put', path: '/a?b', body: ['ab', 'cd'].values(), trailers: { 'x-sum': '4' } }, sink);
		assert.equal(await sink.over, 'end');
		assert.deepEqual(sink.head?.headers.get('seen'), ['PUT /a?b abcd 4']);
		assert.deepEqual(Buffer.from(sink.text, 'latin1'), gzipped);
	});

	test(`onEnd follows onHead at once for a response without content: ${name}`, async (t) => {
		const conn = await open(t, (_, response) => void response.writeHead(204).end());
		const sinks = [new TestSink(t), new TestSink(t)];
		for (const [i, sink] of sinks.entries()) conn.dispatch({ method: i === 0 ? 'GET' : 'HEAD', path: '/' }, sink);
		for (const sink of sinks) {
			assert.equal(await sink.over, 'end');
			assert.deepEqual(sink.calls.slice(1), ['head 204', 'end']);
		}
	});

	test(`content, trailers and end that arrive while a sink is paused are delivered later in order: ${name}`, async (t) => {
		let sent = false;
		const conn = await open(t, async (request, response) => {
			await answerAll(request, response);
			sent = true;
		});
		const sink = new TestSink(t);
		let control: DispatchControl | null = null;
		sink.acts.head = () => control?.pause();
		control = conn.dispatch(GET, sink);
		await until(() => sent);
		await sleep(30);
		assert.deepEqual(sink.summary, [...started, 'head 200']);
		control.resume();
		assert.equal(await sink.over, 'end');
		assert.deepEqual(sink.summary.slice(3), ['content abcde', 'trailers sum=5', 'end']);
	});

	test(`a sink that is paused from the start still receives the head: ${name}`, async (t) => {
		const conn = await open(t, answerAll);
		const sink = new TestSink(t);
		const control = conn.dispatch(GET, sink);
		control.pause();
		await until(() => sink.calls.includes('head 200'));
		await sleep(20);
		assert.equal(sink.calls.at(-1), 'head 200');
		control.resume();
		assert.equal(await sink.over, 'end');
		assert.equal(sink.text, 'abcde');
	});

	test(`a sink that pauses at every piece gets all of a large response: ${name}`, async (t) => {
		const large = Buffer.alloc(3_000_000, 'abcdefghij');
		const conn = await open(t, (_, response) => response.end(large));
		const sink = new TestSink(t);
		let control: DispatchControl | null = null;
		sink.acts.content = () => {
			control?.pause();
			setImmediate(() => control?.resume());
		};
		control = conn.dispatch(GET, sink);
		assert.equal(await sink.over, 'end');
		assert.ok(sink.text === large.toString());
	});

	test(`an abort ends the request at any time, with its reason: ${name}`, async (t) => {
		const conn = await open(t, (request, response) => {
			response.on('error', () => undefined);
			if (request.url === '/silent') return;
			response.writeEarlyHints({ link: '</a.css>; rel=preload' });
			response.writeHead(200);
			response.write('abc');
		});
		const reason = new Error('enough');
		for (const moment of ['dispatched', 'start', 'informational', 'head', 'content'] as const) {
			const sink = new TestSink(t);
			const path = moment === 'dispatched' ? '/silent' : '/';
			const control = conn.dispatch({ method: 'GET', path }, sink);
			if (moment === 'dispatched') await sleep(5);
			else await until(() => sink.calls.some((call) => call.startsWith(moment)));
			control.abort(reason);
			assert.equal(sink.error, reason, moment);
			const { length } = sink.calls;
			control.abort(new Error('again'));
			control.pause();
			control.resume();
			await sleep(10);
			assert.equal(sink.calls.length, length, moment);
		}
		assert.equal(conn.streams, 0);
	});

	test(`an abort from within a call is followed only by onError: ${name}`, async (t) => {
		const conn = await open(t, answerAll);
		for (const moment of ['informational', 'head', 'content', 'trailers'] as const) {
			const sink = new TestSink(t);
			let control: DispatchControl | null = null;
			sink.acts[moment] = () => control?.abort();
			control = conn.dispatch(GET, sink);
			assert.equal(await sink.over, 'error');
			assert.equal((sink.error as Error).name, 'AbortError');
			await sleep(10);
			assert.ok(sink.calls.at(-2)?.startsWith(moment));
			assert.ok(sink.calls.at(-1)?.startsWith('error'));
		}
	});

	test(`an abort after the end has no effect: ${name}`, async (t) => {
		const conn = await open(t, answerAll);
		const sink = new TestSink(t);
		const control = conn.dispatch(GET, sink);
		await sink.over;
		control.abort();
		await sleep(5);
		control.abort();
		assert.equal(sink.calls.at(-1), 'end');
		const next = new TestSink(t);
		conn.dispatch(GET, next);
		assert.equal(await next.over, 'end');
	});

	test(`a signal ends a dispatched request with its own reason: ${name}`, async (t) => {
		const conn = await open(t, (_, response) => {
			response.on('error', () => undefined);
			response.writeHead(200);
			response.write('abc');
		});
		const canceller = new AbortController();
		const sink = new TestSink(t);
		conn.dispatch({ ...GET, signal: canceller.signal }, sink);
		await until(() => sink.text === 'abc');
		const reason = new Error('signal');
		canceller.abort(reason);
		assert.equal(sink.error, reason);
		assert.throws(
			() => conn.dispatch({ ...GET, signal: canceller.signal }, {}),
			(error) => error === reason,
		);
	});

	test(`an error thrown by any call of a sink ends its request and is passed to onError: ${name}`, async (t) => {
		const conn = await open(t, answerAll);
		for (const call of ['start', 'informational', 'head', 'content', 'trailers']) {
			const sink = new TestSink(t, call);
			conn.dispatch(GET, sink);
			assert.equal(await sink.over, 'error');
			assert.equal(sink.error, sink.fault, call);
			await sleep(10);
			assert.ok(sink.calls.at(-2)?.startsWith(call), sink.calls.join());
			assert.equal(sink.calls.at(-1), 'error sink');
		}
		const after = new TestSink(t);
		conn.dispatch(GET, after);
		assert.equal(await after.over, 'end', 'the connection goes on, or dials anew');
	});

	test(`a response that is cut off ends with onError after the content that arrived: ${name}`, async (t) => {
		const conn = await open(t, (_, response) => {
			response.on('error', () => undefined);
			response.writeHead(200, { 'content-length': '10' });
			response.write('abc');
			setTimeout(() => response.socket?.destroy(), 20);
		});
		const sinks = [new TestSink(t), new TestSink(t)];
		const [read, paused] = sinks as [TestSink, TestSink];
		conn.dispatch(GET, read);
		assert.equal(await read.over, 'error');
		assert.deepEqual(read.summary.slice(1, 3), ['head 200', 'content abc']);
		assert.ok(read.error instanceof ConnectionResetError || read.error instanceof StreamResetError, String(read.error));
		const control = conn.dispatch(GET, paused);
		control.pause();
		assert.equal(await paused.over, 'error');
		assert.equal(paused.text, '', 'what was kept of a response that failed is dropped');
	});

	test(`the timeouts of a connection hold for dispatched requests: ${name}`, async (t) => {
		for (const [timeout, message] of [
			[{ headers: 60 }, 'Response did not begin within 60 ms'],
			[{ body: 60 }, 'No content of the response arrived within 60 ms'],
		] as const) {
			const handler: Handler = (_request, response) => {
				response.on('error', () => undefined);
				if ('headers' in timeout) return;
				response.writeHead(200);
				response.write('abc');
			};
			const conn = await open(t, handler, { timeout });
			const sink = new TestSink(t);
			conn.dispatch(GET, sink);
			assert.equal(await sink.over, 'error');
			assert.equal((sink.error as Error).message, message);
		}
	});

	test(`close ends dispatched requests, sent or waiting, and the connection can be used again: ${name}`, async (t) => {
		const conn = await open(t, (request, response) => {
			response.on('error', () => undefined);
			if (request.url === '/') response.end('ok');
		});
		const sinks = [new TestSink(t), new TestSink(t), new TestSink(t)];
		for (const sink of sinks) conn.dispatch({ method: 'GET', path: '/silent' }, sink);
		await until(() => sinks[0]?.calls.length === 1 || conn.streams > 0);
		await conn.close();
		for (const sink of sinks) assert.equal(await sink.over, 'error');
		const again = new TestSink(t);
		conn.dispatch(GET, again);
		assert.equal(await again.over, 'end');
	});

	test(`each of many dispatched requests gets its own response: ${name}`, async (t) => {
		const conn = await open(t, (request, response) => response.end(`you asked for ${request.url}`));
		const sinks = Array.from({ length: 150 }, () => new TestSink(t));
		for (const [i, sink] of sinks.entries()) conn.dispatch({ method: 'GET', path: `/${i}` }, sink);
		for (const [i, sink] of sinks.entries()) {
			assert.equal(await sink.over, 'end');
			assert.equal(sink.text, `you asked for /${i}`);
		}
	});
}

test('dispatch over an accepted Upgrade starts on stream 1 of HTTP/2', async (t) => {
	const { origin } = await serveH2C(t);
	const conn = closing(t, new HTTPConnection(origin, { h2c: 'upgrade' }));
	const sinks = [new TestSink(t), new TestSink(t)];
	for (const sink of sinks) conn.dispatch({ method: 'GET', path: '/x' }, sink);
	for (const [i, sink] of sinks.entries()) {
		assert.equal(await sink.over, 'end');
		assert.deepEqual(sink.summary, [`start ${i * 2 + 1}`, 'head 200', 'content GET /x ', 'end']);
		assert.equal(sink.head?.version, 'HTTP/2');
	}
});

test('a dial that fails calls onError of every sink that waits for it', async (t) => {
	const port = await freePort();
	for (const Class of [HTTP20Connection, HTTP11Connection, HTTPConnection]) {
		const conn = closing(t, new Class(`http://127.0.0.1:${port}`));
		const sinks = [new TestSink(t), new TestSink(t)];
		for (const sink of sinks) conn.dispatch(GET, sink);
		for (const sink of sinks) {
			assert.equal(await sink.over, 'error');
			assert.ok(sink.error instanceof ConnectError);
			assert.equal(sink.calls.length, 1);
		}
	}
});

test('dispatch throws for unknown options, with advice, and does not call the sink', () => {
	for (const Class of [HTTP20Connection, HTTP11Connection, HTTPConnection]) {
		const conn = new Class('http://127.0.0.1:1');
		const sink = new RecordingSink();
		for (const [request, expected] of [
			[{ ...GET, json: {} }, /"json" of a request: write body: JSON\.stringify/],
			[{ ...GET, header: {} }, /did you mean headers\?/],
			[{ ...GET, timeout: 1 }, /timeouts belong to the connection/],
			[{ ...GET, signal: 1 }, TypeError],
			[{ ...GET, priority: { urgency: 8 } }, RangeError],
			[{ method: 'GET' }, TypeError],
			[{ path: '/' }, TypeError],
			[{ method: 'GET', path: 'no slash' }, TypeError],
			[{ method: 'G T', path: '/' }, TypeError],
			[{ ...GET, headers: { 'bad name': '' } }, TypeError],
			[{ ...GET, trailers: { 'content-length': '1' } }, TypeError],
			[null, TypeError],
			[undefined, TypeError],
		] as [DispatchRequest, RegExp | ErrorConstructor][]) {
			assert.throws(() => conn.dispatch(request, sink), expected, JSON.stringify(request));
		}
		assert.deepEqual([sink.calls, conn.state, conn.streams], [[], 'idle', 0]);
	}
});

test('a request that HTTP/1.1 cannot send is refused by dispatch of HTTP11Connection', () => {
	const conn = new HTTP11Connection('http://127.0.0.1:1');
	const headers = { ':protocol': 'websocket' };
	assert.throws(() => conn.dispatch({ method: 'CONNECT', path: '/', headers }, {}), LocalProtocolError);
});

test('a refused request starts a second time on another stream, and then is an error', async (t) => {
	const { conn, peer } = await greet();
	closing(t, conn);
	const [replayed, refused] = [new TestSink(t), new TestSink(t)];
	conn.dispatch(GET, replayed);
	await peer.expect('HEADERS', { streamId: 1 });
	peer.send.rstStream(1, REFUSED_STREAM);
	await peer.expect('HEADERS', { streamId: 3 });
	peer.send.headers(3, { ':status': '204' }, { endStream: true });
	assert.equal(await replayed.over, 'end');
	assert.deepEqual(replayed.calls, ['start 1', 'start 3', 'head 204', 'end']);
	conn.dispatch(GET, refused);
	for (const streamId of [5, 7]) {
		await peer.expect('HEADERS', { streamId });
		peer.send.rstStream(streamId, REFUSED_STREAM);
	}
	assert.equal(await refused.over, 'error');
	assert.deepEqual(refused.calls.slice(0, 2), ['start 5', 'start 7']);
});

test('a request that a GOAWAY left behind starts a second time on another connection', async (t) => {
	const server = await ScriptedServer.listen();
	const conn = closing(t, new HTTP20Connection(server.origin));
	const sinks = [new TestSink(t), new TestSink(t)];
	for (const sink of sinks) conn.dispatch(GET, sink);
	const first = await server.next();
	await first.handshake();
	await first.expect('HEADERS', { streamId: 1 });
	await first.expect('HEADERS', { streamId: 3 });
	first.send.goaway(1);
	const second = await server.next();
	await second.handshake();
	await second.expect('HEADERS', { streamId: 5 });
	second.send.headers(5, { ':status': '204' }, { endStream: true });
	first.send.headers(1, { ':status': '204' }, { endStream: true });
	for (const sink of sinks) assert.equal(await sink.over, 'end');
	assert.deepEqual(sinks[1]?.calls, ['start 3', 'start 5', 'head 204', 'end']);
});

test('a request on a reused HTTP/1.1 connection that closes without an answer starts a second time', async (t) => {
	const server = await RawServer.start();
	const conn = closing(t, new HTTP11Connection(server.origin));
	const [first, second] = [new TestSink(t), new TestSink(t)];
	conn.dispatch(GET, first);
	const old = await server.accept();
	await old.readHead();
	old.answer(['HTTP/1.1 204 X']);
	await first.over;
	conn.dispatch(GET, second);
	await old.readHead();
	old.end();
	const next = await server.accept();
	await next.readHead();
	next.answer(['HTTP/1.1 204 X']);
	assert.equal(await second.over, 'end');
	assert.deepEqual(second.calls, ['start null', 'start null', 'head 204', 'end']);
});

/** A request whose sink is paused when 48 KiB of content arrive. */
async function pauseDownload(t: TestContext) {
	const { conn, peer } = await greet({}, { settings: { initialWindowSize: 65_535 }, connectionWindowSize: 65_535 });
	closing(t, conn);
	const sink = new TestSink(t);
	const control = conn.dispatch(GET, sink);
	await peer.expect('HEADERS', { streamId: 1 });
	control.pause();
	peer.send.headers(1, { ':status': '200' });
	for (let i = 0; i < 3; i++) peer.send.data(1, 'x'.repeat(16_384));
	await peer.roundTrip();
	return { peer, sink, control };
}

test('a stream gets no window while its sink is paused, and all of it on resume', async (t) => {
	const { peer, sink, control } = await pauseDownload(t);
	await peer.roundTrip();
	const given = () =>
		peer.frames.reduce((sum, frame) => sum + ('increment' in frame && frame.streamId === 1 ? frame.increment : 0), 0);
	assert.deepEqual([given(), sink.text], [0, '']);
	control.resume();
	assert.equal(sink.text.length, 49_152);
	await peer.roundTrip();
	assert.equal(given(), 49_152);
	peer.send.data(1, 'end', { endStream: true });
	assert.equal(await sink.over, 'end');
});

test('an abort returns the window of content that is kept for a paused sink, and resets the stream', async (t) => {
	const { peer, sink, control } = await pauseDownload(t);
	control.abort();
	await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
	await peer.roundTrip();
	const given = peer.frames.reduce(
		(sum, frame) => sum + ('increment' in frame && frame.streamId === 0 ? frame.increment : 0),
		0,
	);
	assert.equal(given, 49_152);
	assert.equal(sink.text, '');
});

test('a response that is kept for a paused sink can be aborted after its stream has ended', async (t) => {
	const { conn, peer } = await greet();
	closing(t, conn);
	const sink = new TestSink(t);
	const control = conn.dispatch(GET, sink);
	await peer.expect('HEADERS', { streamId: 1 });
	control.pause();
	peer.send.headers(1, { ':status': '200' });
	peer.send.data(1, 'abc', { endStream: true });
	await peer.roundTrip();
	assert.equal(conn.streams, 0);
	control.abort();
	assert.deepEqual([sink.text, (sink.error as Error).name], ['', 'AbortError']);
	await peer.roundTrip();
});

for (const { name, open } of KINDS) {
	test(`the signal of a request ends a response that is kept for a paused sink: ${name}`, async (t) => {
		const conn = await open(t, (_, response) => response.end('all of it'));
		const sink = new TestSink(t);
		const controller = new AbortController();
		const control = conn.dispatch({ ...GET, signal: controller.signal }, sink);
		control.pause();
		while (sink.head === null || conn.streams > 0) await sleep(1);
		controller.abort(new Error('not this one'));
		assert.equal(await sink.over, 'error');
		assert.deepEqual([sink.text, (sink.error as Error).message], ['', 'not this one']);
	});
}

test('a paused sink on HTTP/1.1 makes the server wait, and gets everything on resume', async (t) => {
	const total = 64 * 1024 * 1024;
	const piece = Buffer.alloc(65_536, 'abcdefgh');
	let written = 0;
	const conn = await (KINDS[2] as Kind).open(t, async (_, response) => {
		response.on('error', () => undefined);
		response.writeHead(200, { 'content-length': String(total) });
		for (; written < total; written += piece.length) {
			if (!response.write(piece)) await once(response, 'drain');
		}
		response.end();
	});
	let received = 0;
	let control: DispatchControl | null = null;
	const over = new Promise<void>((resolve, reject) => {
		control = conn.dispatch(GET, {
			onContent(bytes) {
				for (let i = 0; i < bytes.length; i += 4099) assert.equal(bytes[i], 97 + ((received + i) % 8));
				received += bytes.length;
			},
			onEnd: resolve,
			onError: reject,
		});
		control.pause();
	});
	let before = -1;
	while (written !== before || written === 0) {
		before = written;
		await sleep(100);
	}
	assert.ok(written < total / 2, `the server could write ${written} bytes`);
	assert.equal(received, 0);
	(control as DispatchControl | null)?.resume();
	await over;
	assert.equal(received, total);
});

test('a sink that dispatches again when an unread response blocks its request is not called within itself', async (t) => {
	const conn = await (KINDS[2] as Kind).open(t, (_, response) => {
		response.on('error', () => undefined);
		response.end(Buffer.alloc(17 * 1024 * 1024));
	});
	conn.dispatch(GET, new RecordingSink()).pause();
	const errors: unknown[] = [];
	let depth = 0;
	let deepest = 0;
	await new Promise<void>((resolve) => {
		const again: ResponseSink = {
			onError(error) {
				depth++;
				deepest = Math.max(deepest, depth);
				errors.push(error);
				if (errors.length < 20) conn.dispatch(GET, again);
				else resolve();
				depth--;
			},
		};
		for (let i = 0; i < 2; i++) conn.dispatch(GET, again);
	});
	assert.equal(deepest, 1);
	for (const error of errors) assert.match(String(error), /16777216 bytes/);
});

test('a request is sent when the response that blocks it begins to be read in the same turn', async (t) => {
	const conn = await (KINDS[2] as Kind).open(t, (request, response) => {
		response.on('error', () => undefined);
		response.end(Buffer.alloc(request.url === '/' ? 17 * 1024 * 1024 : 1));
	});
	const blocking = await conn.roundTrip('GET', '/');
	const waiting = conn.roundTrip('GET', '/next');
	await assert.rejects(waiting, LocalProtocolError);
	const next = conn.roundTrip('GET', '/next');
	assert.equal((await blocking.bytes()).length, 17 * 1024 * 1024);
	assert.equal((await (await next).bytes()).length, 1);
});

test('an error thrown by onEnd is uncaught and does not affect other requests', async (t) => {
	const { conn, peer } = await greet();
	closing(t, conn);
	const uncaught: unknown[] = [];
	const queue = globalThis.queueMicrotask;
	const mocked = t.mock.method(globalThis, 'queueMicrotask', (callback: () => void) =>
		queue(() => {
			try {
				callback();
			} catch (error) {
				uncaught.push(error);
			}
		}),
	);
	const [bad, good] = [new TestSink(t, 'end'), new TestSink(t)];
	conn.dispatch(GET, bad);
	conn.dispatch(GET, good);
	for (const streamId of [1, 3]) {
		await peer.expect('HEADERS', { streamId });
		peer.send.headers(streamId, { ':status': '204' }, { endStream: true });
	}
	assert.equal(await good.over, 'end');
	await turn();
	mocked.mock.restore();
	assert.deepEqual([uncaught, bad.calls.at(-1)], [[bad.fault], 'end']);
});

test('a request that a subscriber of its channel aborts gets its error, and nothing after it', async (t) => {
	const { conn } = await greet();
	closing(t, conn);
	const abort = new AbortController();
	const onRequest = () => abort.abort(new Error('not this one'));
	subscribe('hyper-wasm:request', onRequest);
	t.after(() => unsubscribe('hyper-wasm:request', onRequest));
	const sink = new TestSink(t);
	conn.dispatch({ ...GET, signal: abort.signal }, sink);
	assert.equal(await sink.over, 'error');
	await turn();
	assert.equal(conn.streams, 0);
	assert.deepEqual(sink.calls, ['error not this one']);
});
