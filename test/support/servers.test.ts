// The servers of support/servers.ts do what it promises, as seen by clients that are not ours.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import { get as getSecure } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import {
	addBigDocument,
	documentBytes,
	documentChunks,
	type RunningServer,
	requireServer,
	type ServerFeature,
	type ServerName,
	type ServerOptions,
	serverFeatures,
	serverNames,
	startServer,
} from './servers.ts';

interface Answer {
	status: number | undefined;
	body: Buffer;
	trailers: IncomingHttpHeaders | null;
}

const ONLY_HTTP2: ReadonlySet<ServerName> = new Set(['nghttpd', 'node-http2']);

for (const name of serverNames) {
	test(`${name} serves documents over HTTP/2, with TLS and in plaintext`, async (t) => {
		const server = await started(t, name);
		if (server === null) return;
		for (const session of sessions(t, server)) {
			const answer = await ask(session, 'GET', '/128');
			assert.equal(answer.status, 200);
			assert.deepEqual(answer.body, Buffer.from(documentBytes('128')));
			assert.equal((await ask(session, 'GET', '/empty')).body.length, 0);
			assert.equal((await ask(session, 'GET', '/absent')).status, 404);
		}
		await server.stop();
		for (const { port } of [server.tls, server.clear]) {
			await assert.rejects(once(connectTcp(port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' });
		}
	});

	testFeature(name, 'trailers', { trailers: true }, async (session) => {
		const answer = await ask(session, 'GET', '/128');
		assert.equal(answer.body.length, 128);
		assert.equal(answer.trailers?.['x-trailer'], 'yes');
	});

	testFeature(name, 'echo', { echo: true }, async (session) => {
		const body = documentBytes('1m');
		const answer = await ask(session, 'POST', '/echo', body);
		assert.equal(answer.status, 200);
		assert.ok(answer.body.equals(body));
	});

	testFeature(name, 'put', {}, async (session) => {
		const body = documentBytes('1m');
		const stored = await ask(session, 'PUT', '/put/document', body);
		assert.ok(stored.status === 201 || stored.status === 204, `status ${stored.status}`);
		assert.ok((await ask(session, 'GET', '/put/document')).body.equals(body));
	});

	testFeature(name, 'discard', {}, async (session) => {
		const answer = await ask(session, 'POST', '/discard', documentBytes('1m'));
		assert.equal(answer.status, 200);
		assert.equal(answer.body.length, 0);
	});

	testFeature(name, 'request-trailers', { echo: true }, async (session) => {
		const stream = session.request(
			{ ':method': 'POST', ':path': '/echo', trailer: 'x-sent' },
			{ waitForTrailers: true },
		);
		stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sent': 'here' }));
		assert.equal((await answerOf(stream, documentBytes('128'))).trailers?.['x-sent'], 'here');
	});

	testFeature(name, 'max-concurrent-streams', { maxConcurrentStreams: 3 }, async (session) => {
		await ask(session, 'GET', '/128');
		assert.equal(session.remoteSettings.maxConcurrentStreams, 3);
	});

	testFeature(name, 'window', { windowBits: 20 }, async (session) => {
		await ask(session, 'GET', '/128');
		assert.equal(session.remoteSettings.initialWindowSize, 2 ** 20 - 1);
	});

	testFeature(name, 'goaway-after', { goawayAfter: 2 }, async (session) => {
		const goaway = once(session, 'goaway');
		assert.equal((await ask(session, 'GET', '/128')).status, 200);
		assert.equal((await ask(session, 'GET', '/128')).status, 200);
		assert.equal((await goaway)[0], 0);
	});
}

for (const name of serverNames) {
	if (ONLY_HTTP2.has(name)) continue;
	test(`${name} serves documents over HTTP/1.1, with TLS and in plaintext`, async (t) => {
		const server = await started(t, name);
		if (server === null) return;
		// ALPNProtocols reaches tls.connect through the agent; the types of node:https lack it.
		const secure: object = { ca: server.certificates.ca, ALPNProtocols: ['http/1.1'], agent: false };
		const requests = [
			getSecure(`https://localhost:${server.tls.port}/128`, secure),
			get(`http://127.0.0.1:${server.plain.port}/128`, { agent: false }),
		];
		for (const response of await Promise.all(requests.map(responseTo))) {
			assert.equal(response.statusCode, 200);
			assert.equal(response.httpVersion, '1.1');
			assert.deepEqual(await buffer(response), Buffer.from(documentBytes('128')));
		}
	});
}

test('startServer rejects an option that the server does not support', async (t) => {
	if (!requireServer(t, 'h2o')) return;
	await assert.rejects(startServer('h2o', { trailers: true }), /h2o does not support trailers/);
});

test('the big document equals its chunks', () => {
	const file = readFileSync(addBigDocument());
	let offset = 0;
	for (const chunk of documentChunks('big-100m')) {
		assert.ok(file.subarray(offset, offset + chunk.length).equals(chunk));
		offset += chunk.length;
	}
	assert.equal(offset, 100 * 1024 * 1024);
	assert.equal(file.length, offset);
});

function testFeature(
	name: ServerName,
	feature: ServerFeature,
	options: ServerOptions,
	check: (session: ClientHttp2Session) => Promise<void>,
): void {
	if (!serverFeatures(name).has(feature)) return;
	test(`${name} supports ${feature}`, async (t) => {
		const server = await started(t, name, options);
		if (server === null) return;
		for (const session of sessions(t, server)) await check(session);
	});
}

async function started(t: TestContext, name: ServerName, options?: ServerOptions): Promise<RunningServer | null> {
	if (!requireServer(t, name)) return null;
	const server = await startServer(name, options);
	t.after(() => server.stop());
	return server;
}

function sessions(t: TestContext, server: RunningServer): ClientHttp2Session[] {
	const { ca } = server.certificates;
	const opened = [
		connect(`https://localhost:${server.tls.port}`, { ca }),
		connect(`http://127.0.0.1:${server.clear.port}`),
	];
	for (const session of opened) {
		// Each stream rejects with the same error; without this listener it would also crash the process.
		session.on('error', () => {});
		t.after(() => session.destroy());
	}
	return opened;
}

async function responseTo(request: ClientRequest): Promise<IncomingMessage> {
	return (await once(request, 'response'))[0];
}

function ask(session: ClientHttp2Session, method: string, path: string, body?: Uint8Array): Promise<Answer> {
	const length = body === undefined ? {} : { 'content-length': body.length };
	return answerOf(
		session.request({ ':method': method, ':path': path, ...length }, { endStream: body === undefined }),
		body,
	);
}

async function answerOf(stream: ClientHttp2Stream, body?: Uint8Array): Promise<Answer> {
	const answer: Answer = { status: undefined, body: Buffer.alloc(0), trailers: null };
	const chunks: Buffer[] = [];
	stream.on('response', (headers) => {
		answer.status = headers[':status'];
	});
	stream.on('trailers', (trailers) => {
		answer.trailers = trailers;
	});
	stream.on('data', (chunk: Buffer) => chunks.push(chunk));
	if (body !== undefined) stream.end(body);
	await once(stream, 'end');
	answer.body = Buffer.concat(chunks);
	return answer;
}
