// Servers that answer 417 to `Expect: 100-continue`, on both versions: RFC 9110 §10.1.1 asks to repeat the request without it.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHTTP2Server } from 'node:http2';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { CANCEL } from '../../assembly/shared/error-code.ts';
import type { ErrorMessage, RequestMessage, ResponseMessage } from '../../src/diagnostics/diagnostics.ts';
import {
	type Connection,
	HTTP11Connection,
	HTTP20Connection,
	HTTPConnection,
	type ResponseSink,
} from '../../src/index.ts';
import type { ByteStreams } from '../../src/testing.ts';
import { runHyper } from '../cli/support.ts';
import { listen } from '../support/loopback.ts';
import { ScriptedServer } from '../support/offline.ts';
import { RawServer } from '../support/raw-server.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Expecting {
	conn: HTTP11Connection | HTTP20Connection | HTTPConnection;
	/** The method, the Expect field and the content of each request. */
	seen: string[];
}

const headers = { Expect: '100-continue' };

async function contentOf(request: IncomingMessage): Promise<string> {
	let content = '';
	for await (const chunk of request) content += chunk;
	return content;
}

function refuse(_request: IncomingMessage, response: ServerResponse): void {
	response.statusCode = 417;
	response.end('no expectations');
}

/** A connection to a real server that answers requests with an expectation as `toExpecting` does, others with 200. */
async function start(
	t: TestContext,
	kind: 'HTTP11Connection' | 'HTTP20Connection' | 'HTTPConnection',
	toExpecting: Answer = refuse,
	toOthers: Answer = (_request, response) => response.end('ok'),
): Promise<Expecting> {
	const seen: string[] = [];
	const server = (kind === 'HTTP20Connection' ? createHTTP2Server() : createServer()) as Server;
	server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
		seen.push(`${request.method} ${request.headers.expect}`);
		toExpecting(request, response);
	});
	server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
		seen.push(`${request.method} ${request.headers.expect ?? ''} ${await contentOf(request)}`);
		toOthers(request, response);
	});
	const origin = `http://127.0.0.1:${await listen(server)}`;
	const classes = { HTTP11Connection, HTTP20Connection, HTTPConnection };
	const conn = new classes[kind](origin);
	t.after(() => conn.close());
	return { conn, seen };
}

const BODIES: readonly [name: string, make: () => string | Blob | AsyncIterable<string> | ReadableStream<string>][] = [
	['text', () => 'content'],
	['a blob', () => new Blob(['content'])],
	[
		'a generator',
		async function* () {
			yield 'con';
			yield 'tent';
		},
	],
	['a stream', () => new Blob(['content']).stream().pipeThrough(new TextDecoderStream())],
];

for (const kind of ['HTTP11Connection', 'HTTP20Connection', 'HTTPConnection'] as const) {
	for (const [name, make] of BODIES) {
		test(`status 417 repeats a POST of ${name} without Expect on an ${kind}`, async (t) => {
			const { conn, seen } = await start(t, kind);
			const response = await conn.roundTrip('POST', '/', { body: make(), headers });
			assert.deepEqual([response.status, await response.text()], [200, 'ok']);
			assert.deepEqual(seen, ['POST 100-continue', 'POST  content']);
			assert.equal((await conn.roundTrip('GET', '/')).status, 200);
		});
	}

	test(`a sink on an ${kind} gets nothing of the 417 that repeats its request`, async (t) => {
		const { conn } = await start(t, kind);
		const calls: string[] = [];
		await new Promise<void>((resolve) => {
			const sink: ResponseSink = {
				onStart: () => calls.push('start'),
				onHead: ({ status }) => calls.push(`head ${status}`),
				onContent: (bytes) => bytes.length > 0 && calls.push(new TextDecoder().decode(bytes)),
				onEnd: () => {
					calls.push('end');
					setTimeout(resolve, 50);
				},
				onError: (error) => calls.push(String(error)),
			};
			(conn as Connection).dispatch({ method: 'PUT', path: '/', body: 'content', headers }, sink);
		});
		assert.deepEqual(calls, ['start', 'start', 'head 200', 'ok', 'end']);
	});

	test(`diagnostics of an ${kind} report both attempts of a request that is answered with 417`, async (t) => {
		const events: string[] = [];
		const listen = (name: string, describe: (message: never) => string): void => {
			const listener = (message: unknown) => events.push(describe(message as never));
			subscribe(name, listener);
			t.after(() => unsubscribe(name, listener));
		};
		listen('hyper-wasm:request', ({ headers }: RequestMessage) => `request ${headers.get('expect') ?? ''}`);
		listen('hyper-wasm:response', ({ status }: ResponseMessage) => `response ${status}`);
		listen('hyper-wasm:error', ({ error }: ErrorMessage) => `error ${error.message}`);
		const { conn } = await start(t, kind);
		await conn.roundTrip('POST', '/', { body: 'content', headers });
		assert.deepEqual(events, ['request 100-continue', 'response 417', 'request ', 'response 200']);
	});

	test(`a second 417, and one to a request without Expect, is delivered on an ${kind}`, async (t) => {
		const { conn, seen } = await start(t, kind, refuse, refuse);
		for (const options of [{ headers }, {}]) {
			const response = await conn.roundTrip('POST', '/', { body: 'content', ...options });
			assert.deepEqual([response.status, await response.text()], [417, 'no expectations']);
		}
		assert.deepEqual(seen, ['POST 100-continue', 'POST  content', 'POST  content']);
	});

	test(`a 417 after the content has begun repeats only a request whose content can be read again on an ${kind}`, async (t) => {
		const { conn, seen } = await start(t, kind, async (request, response) => {
			response.writeContinue();
			await new Promise((resolve) => request.once('data', resolve));
			request.resume();
			refuse(request, response);
		});
		const again = await conn.roundTrip('POST', '/', { body: 'x'.repeat(200_000), headers });
		assert.deepEqual([again.status, await again.text()], [200, 'ok']);
		const body = (function* () {
			yield new Uint8Array(100_000);
			yield new Uint8Array(100_000);
		})();
		const once = await conn.roundTrip('POST', '/', { body, headers });
		assert.deepEqual([once.status, await once.text()], [417, 'no expectations']);
		assert.deepEqual(
			seen.map((text) => text.slice(0, 20).trim()),
			['POST 100-continue', `POST  ${'x'.repeat(14)}`, 'POST 100-continue'],
		);
	});

	test(`a 417 to content that is sent by hand is delivered on an ${kind}`, async (t) => {
		const { conn, seen } = await start(t, kind);
		const handle = conn.putRequest('POST', '/');
		handle.putHeader('expect', '100-continue');
		await conn.endHeaders({}, handle);
		assert.equal((await conn.getResponse()).status, 417);
		assert.deepEqual(seen, ['POST 100-continue']);
	});
}

test('status 417 on HTTP/2 repeats the request on the same connection, and resets the refused stream', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const asked = conn.roundTrip('POST', '/', { body: 'content', headers: { ...headers, 'x-a': 'b' } });
	const peer = await server.next();
	await peer.handshake();
	await peer.expect('HEADERS', { streamId: 1, endStream: false });
	peer.send.headers(1, { ':status': '417' });
	await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
	const { fields } = await peer.expect('HEADERS', { streamId: 3, endStream: false });
	assert.deepEqual(
		fields.map(([name]) => name).filter((name) => !name.startsWith(':')),
		['x-a', 'content-length'],
	);
	await peer.expect('DATA', { streamId: 3, data: 'content', endStream: true });
	peer.send.headers(3, { ':status': '204' }, { endStream: true });
	assert.equal((await asked).status, 204);
	await conn.close();
	assert.equal(server.accepted, 1);
});

for (const closes of ['says that it closes the connection', 'closes the connection without saying so'] as const) {
	test(`an HTTP/1.1 server that answers 417 and ${closes} gets the request again on a new one`, async () => {
		const server = await RawServer.start();
		const conn = new HTTP11Connection(server.origin);
		const asked = conn.roundTrip('POST', '/', { body: 'content', headers });
		const first = await server.accept();
		assert.match(await first.readHead(), /expect: 100-continue/i);
		const close = closes.startsWith('says') ? ['Connection: close'] : [];
		first.answer(['HTTP/1.1 417 Expectation Failed', 'Content-Length: 0', ...close]);
		first.end();
		const second = await server.accept();
		assert.doesNotMatch(await second.readHead(), /expect/i);
		await second.readTo('content');
		second.answer(['HTTP/1.1 200 OK', 'Content-Length: 2'], 'ok');
		assert.equal(await (await asked).text(), 'ok');
		assert.equal(await first.readToEnd(), '', 'the content was not sent on the first connection');
		await conn.close();
	});
}

test('a 417 is delivered if the connection was closed by its owner or cannot dial again', async () => {
	for (const how of ['drain', 'transport'] as const) {
		const server = await RawServer.start();
		const socket = how === 'transport' ? connect(server.port, '127.0.0.1') : null;
		const transport = socket === null ? {} : { transport: Duplex.toWeb(socket) as unknown as ByteStreams };
		const conn = new HTTP11Connection(server.origin, transport);
		const asked = conn.roundTrip('POST', '/', { body: 'content', headers });
		const peer = await server.accept();
		await peer.readHead();
		if (how === 'drain') void conn.close({ drain: true });
		peer.answer(['HTTP/1.1 417 Expectation Failed', 'Content-Length: 2'], 'no');
		const response = await asked;
		assert.deepEqual([response.status, await response.text()], [417, 'no'], how);
		await conn.close();
	}
});

for (const [kind, option] of [
	['HTTP11Connection', '--http1.1'],
	['HTTP20Connection', '--h2'],
] as const) {
	test(`the command line with ${option} repeats a request from standard input without Expect after a 417`, async (t) => {
		const { conn, seen } = await start(t, kind);
		const url = `http://127.0.0.1:${conn.port}/`;
		const { status, stdout } = await runHyper([option, url, 'Expect:100-continue', '@-'], { stdin: 'content' });
		assert.deepEqual([status, stdout.toString()], [0, 'ok']);
		assert.deepEqual(seen, ['POST 100-continue', 'POST  content']);
	});
}
