// Problems that users of other clients have reported, on both versions: many requests at once, connections that die unnoticed,
// content that is not what its fields claim.

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CANCEL } from '../../assembly/shared/error-code.ts';
import {
	ContentDecodingError,
	HTTP11Connection,
	HTTP20Connection,
	HTTPConnection,
	HyperError,
	StreamResetError,
} from '../../src/index.ts';
import { openHTTP11 } from '../support/http11.ts';
import { listen } from '../support/loopback.ts';
import { greet, ScriptedServer } from '../support/offline.ts';

const ok = { ':status': '200' };

test('a hundred requests made at once share one connection', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const answers = Array.from({ length: 100 }, (_, i) => conn.roundTrip('GET', `/${i}`));
	(await server.next()).respondWith(({ path }) => ({ body: path }));
	const texts = await Promise.all(answers.map(async (answer) => (await answer).text()));
	assert.deepEqual(
		texts,
		Array.from({ length: 100 }, (_, i) => `/${i}`),
	);
	assert.equal(server.accepted, 1);
	await conn.close();
});

for (const version of ['HTTP/2', 'HTTP/1.1'] as const) {
	test(`a thousand ${version} requests leave no listener on their signal and look up the host name once`, async () => {
		const port = version === 'HTTP/2' ? await portOf20() : await portOf11();
		let lookups = 0;
		const lookup = (_name: string, { all }: { all?: boolean }, found: (...args: unknown[]) => void) => {
			lookups++;
			if (all) found(null, [{ address: '127.0.0.1', family: 4 }]);
			else found(null, '127.0.0.1', 4);
		};
		const Connection = version === 'HTTP/2' ? HTTP20Connection : HTTP11Connection;
		const conn = new Connection(`http://localhost:${port}`, { lookup });
		const { signal } = new AbortController();
		for (let i = 0; i < 10; i++) {
			const answers = Array.from({ length: 100 }, () => conn.roundTrip('GET', '/', { signal }));
			for (const answer of answers) await (await answer).bytes();
		}
		assert.equal(getEventListeners(signal, 'abort').length, 0);
		assert.equal(lookups, 1);
		await conn.close();
	});
}

test('a request on a connection that has just died settles, and the next one opens another connection', async () => {
	for (const error of [undefined, new Error('reset')]) {
		const server = await ScriptedServer.listen();
		const conn = new HTTP20Connection(server.origin);
		const first = conn.roundTrip('GET', '/');
		const peer = await server.next();
		peer.respondWith(() => ({}));
		await (await first).bytes();
		peer.destroy(error);
		void server.next().then((next) => next.respondWith(() => ({ status: 201 })));
		// It depends on the platform whether the request is written before the end of the connection is seen.
		const status = await conn.roundTrip('GET', '/').then(
			(response) => response.status,
			(failure) => failure,
		);
		assert.ok(status === 201 || status instanceof HyperError, String(status));
		assert.equal((await conn.roundTrip('GET', '/')).status, 201);
		assert.equal(server.accepted, 2);
		await conn.close();
	}
});

test('a PING on an idle connection is answered, and the next request uses the same connection', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const first = conn.roundTrip('GET', '/');
	const peer = await server.next();
	await peer.expect('HEADERS', { streamId: 1 });
	peer.send.settings();
	peer.send.headers(1, ok, { endStream: true });
	await first;
	await peer.roundTrip();
	const second = conn.roundTrip('GET', '/');
	await peer.expect('HEADERS', { streamId: 3 });
	peer.send.headers(3, ok, { endStream: true });
	assert.equal((await second).status, 200);
	assert.equal(server.accepted, 1);
	await conn.close();
});

test('content beyond limits.decodedBody resets its own stream and no other', async () => {
	const { conn, peer } = await greet({}, { limits: { decodedBody: 1000 } });
	const [bomb, other] = [conn.roundTrip('GET', '/bomb'), conn.roundTrip('GET', '/other')];
	for (const streamId of [1, 3]) await peer.expect('HEADERS', { streamId });
	peer.send.headers(1, { ...ok, 'content-encoding': 'gzip' });
	peer.send.data(1, gzipSync(new Uint8Array(100_000)));
	await assert.rejects((await bomb).bytes(), ContentDecodingError);
	await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
	peer.send.headers(3, ok);
	peer.send.data(3, 'all well', { endStream: true });
	assert.equal(await (await other).text(), 'all well');
	await conn.close();
});

describe('a false content-length', () => {
	const length = '999999999999999';
	const SOME = 20 * 1024 * 1024;

	test('a content-length of terabytes reserves at most 16 MiB before the content arrives over HTTP/2', async () => {
		const { conn, peer } = await greet({}, { limits: { body: 0 } });
		const asked = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, { ...ok, 'content-length': length });
		peer.send.data(1, 'few');
		const before = process.memoryUsage().arrayBuffers;
		const content = (await asked).read();
		await peer.roundTrip();
		assert.ok(process.memoryUsage().arrayBuffers - before < SOME);
		peer.send.rstStream(1, CANCEL);
		await assert.rejects(content, StreamResetError);
		await conn.close();
	});

	test('reading terabytes from an HTTP/1.1 response reserves at most 16 MiB before the content arrives', async (t) => {
		const { conn, server } = await openHTTP11(t);
		const asked = conn.roundTrip('GET', '/');
		const peer = await server.accept();
		await peer.readHead();
		peer.answer(['HTTP/1.1 200 OK', `Content-Length: ${length}`], 'few');
		const before = process.memoryUsage().arrayBuffers;
		const content = (await asked).read(Number(length));
		await new Promise((resolve) => setImmediate(resolve));
		assert.ok(process.memoryUsage().arrayBuffers - before < SOME);
		peer.reset();
		await assert.rejects(content, HyperError);
	});
});

test('fields and trailers named __proto__ or constructor are ordinary fields', async (t) => {
	const { conn, server } = await openHTTP11(t);
	const asked = conn.roundTrip('GET', '/');
	const peer = await server.accept();
	await peer.readHead();
	const head = ['HTTP/1.1 200 OK', '__proto__: a', 'constructor: b', 'Transfer-Encoding: chunked'];
	peer.answer(head, '0\r\n__proto__: c\r\n\r\n');
	const response = await asked;
	assert.deepEqual(response.headers.get('__proto__'), ['a']);
	assert.deepEqual(response.headers.get('constructor'), ['b']);
	assert.deepEqual((await response.trailers).get('__proto__'), ['c']);
	assert.equal(({} as { a?: unknown }).a, undefined);
});

test('requests to a host that never answers fail after timeout.connect', async () => {
	// It accepts connections and sends nothing.
	const silent = createServer();
	silent.removeAllListeners('connection');
	const port = await listen(silent);
	const conn = new HTTPConnection(`https://127.0.0.1:${port}`, { timeout: { connect: 50 } });
	const failures = await Promise.all(['/a', '/b'].map((path) => conn.roundTrip('GET', path).catch((error) => error)));
	assert.deepEqual(
		failures.map(({ code, phase }) => [code, phase]),
		[
			['HYPER_TIMEOUT', 'connect'],
			['HYPER_TIMEOUT', 'connect'],
		],
	);
	await conn.close();
});

async function portOf20(): Promise<string> {
	const server = await ScriptedServer.listen();
	void server.next().then((peer) => peer.respondWith(() => ({})));
	return new URL(server.origin).port;
}

function portOf11(): Promise<number> {
	return listen(createServer((_request, response) => response.end()));
}
