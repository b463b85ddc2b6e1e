// Field blocks that nghttp2 writes inside node:http2, in both directions of a real connection, against what it reads itself.
// A proxy in between captures them, FrameReader splits them and our decoder decodes them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
	type ClientHttp2Session,
	connect,
	constants,
	createServer,
	type IncomingHttpHeaders,
	type OutgoingHttpHeaders,
	type ServerHttp2Stream,
} from 'node:http2';
import net from 'node:net';
import { test } from 'node:test';
import { FrameReader, FrameType } from '../../src/frames.ts';
import { Decoder } from '../../src/hpack.ts';
import { type Pair, readStories } from '../support/hpack-stories.ts';
import { listen } from '../support/loopback.ts';

/** Fields that HTTP/2 forbids, those that node:http2 adds itself, and the length of bodies that are not sent. */
const LEFT_OUT =
	/^(?:content-length|connection|keep-alive|proxy-connection|transfer-encoding|upgrade|te|host|http2-settings|date)$/;
const stories = readStories('raw-data');

/** node:http2 accepts each name once, with several values as a list. */
function toHeaders(fields: readonly Pair[]): OutgoingHttpHeaders {
	const headers: OutgoingHttpHeaders = {};
	for (const [name, value] of fields) {
		if (LEFT_OUT.test(name)) continue;
		const before = headers[name];
		headers[name] = before === undefined ? value : [...[before as string | string[]].flat(), value];
	}
	return headers;
}

/** The field sections of one direction, in the order sent. */
function decodeSections(bytes: Uint8Array, preface: boolean): Pair[][] {
	using reader = new FrameReader({ preface });
	using decoder = new Decoder();
	const sections: Pair[][] = [];
	let fragments: Uint8Array[] = [];
	for (const frame of reader.read(bytes)) {
		if (frame.type !== FrameType.HEADERS && frame.type !== FrameType.CONTINUATION) continue;
		fragments.push(frame.fragment);
		if (!frame.endHeaders) continue;
		sections.push(decoder.decode(Buffer.concat(fragments)).map(([name, value]) => [name, value]));
		fragments = [];
	}
	return sections;
}

function toPairs(raw: readonly string[]): Pair[] {
	return Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i] as string, raw[2 * i + 1] as string]);
}

/** Sends the requests one after the other, and returns the response heads as node:http2 read them. */
async function send(session: ClientHttp2Session, requests: readonly OutgoingHttpHeaders[]): Promise<Pair[][]> {
	const received: Pair[][] = [];
	for (const headers of requests) {
		const stream = session.request(headers, { endStream: true });
		stream.on('response', (_headers: IncomingHttpHeaders, _flags: number, raw?: string[]) => {
			received.push(toPairs(raw as string[]));
		});
		stream.resume();
		await once(stream, 'close');
	}
	return received;
}

test('our decoder reads both directions of node:http2 as node:http2 does', async (t) => {
	const requests = stories
		.filter(({ cases }) => cases[0]?.fields.some(([name]) => name === ':method'))
		.flatMap(({ cases }) => cases.map(({ fields }) => toHeaders(fields)));
	const responses = stories
		.filter(({ cases }) => cases[0]?.fields.some(([name]) => name === ':status'))
		.flatMap(({ cases }) => cases.map(({ fields }) => toHeaders(fields)))
		.filter((headers) => Number(headers[':status']) >= 200);
	assert.ok(requests.length > 300 && responses.length > 100);

	const asked: Pair[][] = [];
	const server = createServer();
	server.on('stream', (stream: ServerHttp2Stream, _headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
		asked.push(toPairs(raw));
		stream.respond(responses[asked.length % responses.length], { endStream: true });
	});
	server.on('session', (session) => t.after(() => session.destroy()));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => server.close());

	const up: Buffer[] = [];
	const down: Buffer[] = [];
	const proxy = net.createServer((client) => {
		const upstream = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
		client.on('data', (chunk) => up.push(chunk)).pipe(upstream);
		upstream.on('data', (chunk) => down.push(chunk)).pipe(client);
	});
	const session = connect(`http://127.0.0.1:${await listen(proxy)}`);
	t.after(() => session.destroy());
	const answered = await send(session, requests);
	session.close();
	await once(session, 'close');

	assert.equal(constants.DEFAULT_SETTINGS_HEADER_TABLE_SIZE, 4096);
	assert.equal(asked.length, requests.length);
	assert.deepEqual(decodeSections(Buffer.concat(up), true), asked);
	assert.deepEqual(decodeSections(Buffer.concat(down), false), answered);
	t.diagnostic(`${asked.length} requests and ${answered.length} responses`);
});
