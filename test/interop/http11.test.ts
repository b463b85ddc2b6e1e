// HTTP/1.1 with real servers, over TLS and in plaintext: methods, statuses and kinds of body, all on one connection.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { HTTP11Connection, type RequestBodyInit } from '../../src/index.ts';
import { type Pipe, pipes, serverFor } from '../support/interop.ts';
import {
	documentBytes,
	documentLength,
	type RunningServer,
	type ServerName,
	serverFeatures,
	serverNames,
} from '../support/servers.ts';

/** Larger than what is buffered for a reader, and not a multiple of it. */
const CONTENT = documentBytes('1m').subarray(0, 200_001);

const BODIES: readonly [kind: string, body: () => RequestBodyInit, expected: Uint8Array][] = [
	['string', () => 'Grüße aus München', Buffer.from('Grüße aus München')],
	['Uint8Array', () => CONTENT, CONTENT],
	['Blob', () => new Blob([CONTENT.slice(0, 70_000), CONTENT.slice(70_000)]), CONTENT],
	['Node Readable', () => Readable.from(pieces()), CONTENT],
	['async generator', () => pieces(), CONTENT],
	['empty string', () => '', new Uint8Array(0)],
	['async generator of nothing', () => Readable.from([]), new Uint8Array(0)],
];

async function* pieces(): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < CONTENT.length; at += 30_000) yield CONTENT.subarray(at, at + 30_000);
}

/** Servers that speak HTTP/2 only. */
const SILENT: readonly ServerName[] = ['nghttpd', 'node-http2'];

for (const name of serverNames.filter((each) => !SILENT.includes(each))) {
	for (const pipe of pipes) {
		test(`HTTP/1.1 exchanges with ${name} over ${pipe} succeed`, async (t) => {
			const server = await serverFor(t, name, serverFeatures(name).has('origin') ? { origin: true } : {});
			if (server === null) return;
			const connection = connectionTo(t, server, pipe);
			await testDocuments(t, connection);
			for (const [kind, body, expected] of BODIES) {
				await t.test(`a body from ${kind} arrives over HTTP/1.1`, async () => {
					const response = await connection.roundTrip('PUT', '/echo', { body: body() });
					assert.equal(response.status, 200);
					assert.ok(Buffer.from(await response.bytes()).equals(expected));
				});
			}
			await t.test('HTTP/1.1 responses wait for their readers, in order', async () => {
				for (const _ of [1, 2, 3]) await connection.request('GET', '/1m');
				for (const _ of [1, 2, 3]) {
					assert.equal((await (await connection.getResponse()).bytes()).length, documentLength('1m'));
				}
			});
			assert.equal(connection.streams, 0);
		});
	}
}

function connectionTo(t: TestContext, server: RunningServer, pipe: Pipe): HTTP11Connection {
	const { ca } = server.certificates;
	const connection =
		pipe === 'TLS'
			? new HTTP11Connection(`https://localhost:${server.tls.port}`, { tls: { ca } })
			: new HTTP11Connection(`http://127.0.0.1:${server.plain.port}`);
	t.after(() => connection.close());
	return connection;
}

async function testDocuments(t: TestContext, connection: HTTP11Connection): Promise<void> {
	await t.test('GET returns small and large documents over HTTP/1.1', async () => {
		for (const document of ['128', '1m'] as const) {
			const response = await connection.roundTrip('GET', `/${document}`);
			assert.deepEqual([response.status, response.version], [200, 'HTTP/1.1']);
			assert.ok(Buffer.from(await response.bytes()).equals(documentBytes(document)));
		}
	});
	await t.test('HEAD returns no content over HTTP/1.1', async () => {
		const response = await connection.roundTrip('HEAD', '/1m');
		assert.equal((await response.bytes()).length, 0);
	});
	await t.test('a missing document is a response with status 404 over HTTP/1.1', async () => {
		const response = await connection.roundTrip('GET', '/nothing-here');
		assert.equal(response.status, 404);
		await response.bytes();
	});
	await t.test('content codings are decoded over HTTP/1.1', async () => {
		const response = await connection.roundTrip('GET', '/gzip', { headers: { 'accept-encoding': 'gzip' } });
		assert.equal(response.status, 200);
		assert.ok((await response.bytes()).length > 0);
	});
}
