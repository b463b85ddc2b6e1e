// The rows of the matrix: the exchanges with every server over every transport. An exchange throws an error if it fails;
// expected.ts matches its message.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import type { HTTP20Push, HTTPResponse, RequestBodyInit, RequestOptions } from '../../../src/index.ts';
import { documentBytes, documentLength } from '../../support/servers.ts';
import type { Connection, Transport } from './transports.ts';

export interface Peer {
	readonly connection: Connection;
	readonly transport: Transport;
}

/** Larger than a DATA frame and than the default window, and not a multiple of either. */
const CONTENT = documentBytes('1m').subarray(0, 100_001);

export const exchanges: Readonly<Record<string, (peer: Peer) => Promise<void>>> = {
	GET: async (peer) => hasContent(await ask(peer, 'GET', '/hello'), documentBytes('hello')),

	async HEAD(peer) {
		const response = await ask(peer, 'HEAD', '/64k');
		assert.deepEqual(response.headers.get('content-length'), [String(documentLength('64k'))]);
		await hasContent(response, NOTHING);
		// Content in a response to HEAD would be read as the next response.
		await hasContent(await ask(peer, 'GET', '/hello'), documentBytes('hello'));
	},

	'GET 1 MiB': async (peer) => hasContent(await ask(peer, 'GET', '/1m'), documentBytes('1m')),
	'POST string': (peer) => echo(peer, 'Grüße aus München', Buffer.from('Grüße aus München')),
	'POST Uint8Array': (peer) => echo(peer, CONTENT, CONTENT),
	'POST Blob': (peer) => echo(peer, new Blob([CONTENT.slice()]), CONTENT),
	'POST FormData': postForm,
	'POST URLSearchParams': (peer) =>
		echo(peer, new URLSearchParams({ a: '1 & 2', b: 'ü' }), Buffer.from('a=1+%26+2&b=%C3%BC')),
	'POST ReadableStream': (peer) => echo(peer, new Blob([CONTENT.slice()]).stream(), CONTENT),
	'POST Node Readable': (peer) => echo(peer, Readable.from(pieces(CONTENT)), CONTENT),
	'POST async iterable': (peer) => echo(peer, pieces(CONTENT), CONTENT),
	'POST 1 MiB': (peer) => echo(peer, documentBytes('1m'), documentBytes('1m')),

	async 'response trailers'(peer) {
		const response = await ask(peer, 'GET', '/trailers');
		await hasContent(response, documentBytes('trailers'));
		assert.deepEqual([...(await response.trailers)], [['x-trailer', 'yes']], 'other trailers');
	},

	async 'request trailers'(peer) {
		const response = await ask(peer, 'POST', '/request-trailers', {
			headers: { trailer: 'x-sent' },
			body: pieces(CONTENT),
			trailers: () => ({ 'x-sent': 'here' }),
		});
		assert.deepEqual(await response.json(), { 'x-sent': 'here' }, 'other trailers');
	},

	// Before the 103 exchange, whose link makes servers push as well: Apache pushes a document once on a connection.
	push,

	async '103 Early Hints'(peer) {
		const response = await ask(peer, 'GET', '/early');
		await hasContent(response, documentBytes('early'));
		const links = response.informational.map(({ status, headers }) => [status, headers.get('link')[0]?.split(';')[0]]);
		assert.deepEqual(links, [[103, '</style.css>']], `1xx responses [${links.map(([status]) => status)}]`);
	},

	async gzip(peer) {
		const options = { headers: { 'accept-encoding': 'gzip' } };
		await hasContent(await ask(peer, 'GET', '/gzip', options), documentBytes('gzip'));
		const coded = await ask(peer, 'GET', '/gzip', { ...options, decodeContent: false });
		assert.deepEqual(coded.headers.get('content-encoding'), ['gzip'], 'other content codings');
		assert.ok(gunzipSync(await coded.bytes()).equals(documentBytes('gzip')), 'other content');
	},

	async '204 No Content'(peer) {
		await hasContent(await ask(peer, 'GET', '/204', {}, 204), NOTHING);
		await hasContent(await ask(peer, 'GET', '/hello'), documentBytes('hello'));
	},

	async '304 Not Modified'(peer) {
		const first = await ask(peer, 'GET', '/hello');
		await hasContent(first, documentBytes('hello'));
		const [etag] = first.headers.get('etag');
		const [modified = ''] = first.headers.getRaw('last-modified');
		const headers = { 'if-modified-since': modified, ...(etag === undefined ? {} : { 'if-none-match': etag }) };
		await hasContent(await ask(peer, 'GET', '/hello', { headers }, 304), NOTHING);
		await hasContent(await ask(peer, 'GET', '/hello'), documentBytes('hello'));
	},

	async '100 Continue'(peer) {
		const response = await ask(peer, 'POST', '/echo', { headers: { expect: '100-continue' }, body: CONTENT });
		await hasContent(response, CONTENT);
		const statuses = response.informational.map(({ status }) => status);
		// A proxy may send its own 100 before its origin's.
		assert.ok(statuses.length > 0 && statuses.every((status) => status === 100), `1xx responses [${statuses}]`);
	},
};

const NOTHING = new Uint8Array(0);

async function ask(
	{ connection, transport }: Peer,
	method: string,
	path: string,
	options: RequestOptions = {},
	status = 200,
): Promise<HTTPResponse> {
	const response = await connection.roundTrip(method, path, options);
	assert.equal(response.version, transport.version, `the response came by ${response.version}`);
	assert.equal(connection.version, transport.version, `the connection says ${connection.version}`);
	assert.equal(response.status, status, `status ${response.status}`);
	return response;
}

async function hasContent(response: HTTPResponse, expected: Uint8Array): Promise<void> {
	const content = await response.bytes();
	assert.ok(Buffer.from(content).equals(expected), `other content, ${content.length} bytes of ${expected.length}`);
}

async function echo(peer: Peer, body: RequestBodyInit, expected: Uint8Array): Promise<void> {
	await hasContent(await ask(peer, 'POST', '/echo', { body }), expected);
}

async function postForm(peer: Peer): Promise<void> {
	const form = new FormData();
	form.set('name', 'Grüße');
	form.set('file', new Blob([CONTENT.slice()]), 'content.bin');
	const response = await ask(peer, 'POST', '/echo', { body: form });
	const received = Buffer.from(await response.bytes());
	const boundary = received.toString('latin1', 2, received.indexOf('\r\n'));
	const type = `multipart/form-data; boundary=${boundary}`;
	const parsed = await new Response(received, { headers: { 'content-type': type } }).formData();
	assert.equal(parsed.get('name'), 'Grüße');
	const file = parsed.get('file') as File;
	assert.ok(Buffer.from(await file.arrayBuffer()).equals(CONTENT), 'other content in the form');
}

async function push({ connection, transport }: Peer): Promise<void> {
	assert.ok('getPushes' in connection, 'this connection has no pushes');
	const id = await connection.request('GET', '/push');
	const pushes: HTTP20Push[] = [];
	if (id !== null) {
		for await (const promised of connection.getPushes(id, { captureAll: true })) pushes.push(promised);
	}
	const response = await connection.getResponse(id ?? undefined);
	assert.equal(response.version, transport.version, `the response came by ${response.version}`);
	await hasContent(response, documentBytes('push'));
	assert.deepEqual(
		pushes.map(({ method, path }) => `${method} ${path}`),
		['GET /style.css'],
		'other pushes',
	);
	for (const promised of pushes) await hasContent(await promised.getResponse(), documentBytes('style.css'));
}

async function* pieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < content.length; at += 9_999) {
		yield content.subarray(at, at + 9_999);
		await null;
	}
}
