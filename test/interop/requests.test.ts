// Ordinary HTTP/2 exchanges with every server, over TLS and in plaintext: methods, statuses and every kind of body.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { HTTP20Connection, RequestBodyInit } from '../../src/index.ts';
import { connectionTo, pipes, serverFor } from '../support/interop.ts';
import { documentBytes, documentLength, type ServerFeature, serverNames } from '../support/servers.ts';

interface Peer {
	connection: HTTP20Connection;
	features: ReadonlySet<ServerFeature>;
}

/** Larger than a DATA frame and than the default window, and not a multiple of either. */
const CONTENT = documentBytes('1m').subarray(0, 100_001);

const BODIES: readonly [kind: string, body: () => RequestBodyInit, expected: Uint8Array][] = [
	['string', () => 'Grüße aus München', Buffer.from('Grüße aus München')],
	['Uint8Array', () => CONTENT, CONTENT],
	['ArrayBuffer', () => new Uint8Array(CONTENT).buffer, CONTENT],
	['Blob', () => new Blob([CONTENT.slice(0, 70_000), CONTENT.slice(70_000)]), CONTENT],
	['URLSearchParams', () => new URLSearchParams({ a: '1 & 2', b: 'ü' }), Buffer.from('a=1+%26+2&b=%C3%BC')],
	['array', () => [CONTENT.subarray(0, 10), CONTENT.subarray(10)], CONTENT],
	['ReadableStream', () => new Blob([CONTENT.slice()]).stream(), CONTENT],
	['Node Readable', () => Readable.from(pieces()), CONTENT],
	['async generator', () => pieces(), CONTENT],
	['empty string', () => '', new Uint8Array(0)],
	['async generator of nothing', () => noPieces(), new Uint8Array(0)],
];

for (const name of serverNames) {
	for (const pipe of pipes) {
		test(`HTTP/2 exchanges with ${name} over ${pipe} succeed`, async (t) => {
			const server = await serverFor(t, name, name === 'nghttpd' ? { echo: true } : {});
			if (server === null) return;
			const peer = { connection: connectionTo(t, server, pipe), features: server.features };
			await testDocuments(t, peer.connection);
			for (const [kind, body, expected] of BODIES) {
				await t.test(`a body from ${kind} arrives over HTTP/2`, async () => {
					assert.ok(Buffer.from(await upload(peer, body())).equals(expected));
				});
			}
			await t.test('a body from FormData arrives over HTTP/2', () => testForm(peer));
			await t.test('a PING is answered by the server', async () => {
				const milliseconds = await peer.connection.ping();
				assert.ok(milliseconds > 0 && Number.isFinite(milliseconds), `${milliseconds} ms`);
			});
			assert.equal(peer.connection.streams, 0);
		});
	}
}

for (const pipe of pipes) {
	test(`nghttpd over ${pipe} reads a POST to its end`, async (t) => {
		const server = await serverFor(t, 'nghttpd');
		if (server === null) return;
		const connection = connectionTo(t, server, pipe);
		for (const body of [CONTENT, '', pieces()]) {
			const response = await connection.roundTrip('POST', '/discard', { body });
			assert.equal(response.status, 200);
			assert.equal((await response.bytes()).length, 0);
		}
	});
}

async function testDocuments(t: TestContext, connection: HTTP20Connection): Promise<void> {
	await t.test('GET returns the document over HTTP/2', async () => {
		for (const document of ['128', '64k', '1m', 'empty', 'style.css']) {
			const response = await connection.roundTrip('GET', `/${document}`);
			assert.equal(response.status, 200);
			assert.ok(Buffer.from(await response.bytes()).equals(documentBytes(document)), document);
		}
	});

	await t.test('HEAD returns the length and no content over HTTP/2', async () => {
		const response = await connection.roundTrip('HEAD', '/64k');
		assert.equal(response.status, 200);
		assert.deepEqual(response.headers.get('content-length'), [String(documentLength('64k'))]);
		assert.equal((await response.bytes()).length, 0);
	});

	await t.test('a missing document is a response with status 404 over HTTP/2', async () => {
		const response = await connection.roundTrip('GET', '/absent');
		assert.equal(response.status, 404);
		await response.bytes();
	});

	await t.test('getResponse returns HTTP/2 responses in the order of the requests', async () => {
		const documents = ['128', '64k', 'empty'];
		for (const document of documents) await connection.request('GET', `/${document}`);
		for (const document of documents) {
			const response = await connection.getResponse();
			assert.ok(Buffer.from(await response.bytes()).equals(documentBytes(document)), document);
		}
	});
}

/** Sends a body, and returns what the server received. PUT, because lighttpd refuses a POST of unknown length. */
async function upload({ connection, features }: Peer, body: RequestBodyInit): Promise<Uint8Array> {
	if (features.has('echo')) {
		const response = await connection.roundTrip('PUT', '/echo', { body });
		assert.equal(response.status, 200);
		return response.bytes();
	}
	const stored = await connection.roundTrip('PUT', '/put/document', { body });
	assert.ok(stored.status === 201 || stored.status === 204, `status ${stored.status}`);
	await stored.bytes();
	const response = await connection.roundTrip('GET', '/put/document');
	assert.equal(response.status, 200);
	return response.bytes();
}

async function testForm(peer: Peer): Promise<void> {
	const form = new FormData();
	form.set('name', 'Grüße');
	form.set('file', new Blob([CONTENT.slice()]), 'content.bin');
	const received = Buffer.from(await upload(peer, form));
	const boundary = received.toString('latin1', 2, received.indexOf('\r\n'));
	const type = `multipart/form-data; boundary=${boundary}`;
	const parsed = await new Response(received, { headers: { 'content-type': type } }).formData();
	assert.equal(parsed.get('name'), 'Grüße');
	const file = parsed.get('file') as File;
	assert.equal(file.name, 'content.bin');
	assert.ok(Buffer.from(await file.arrayBuffer()).equals(CONTENT));
}

async function* pieces(): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < CONTENT.length; at += 9_999) {
		yield CONTENT.subarray(at, at + 9_999);
		await null;
	}
}

async function* noPieces(): AsyncGenerator<Uint8Array> {}
