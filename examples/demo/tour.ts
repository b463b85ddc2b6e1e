// The tour of the demo, against its own server: checks each step and prints a line about it.

import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { HTTP20Connection, version } from 'hyper-wasm';
import { bytes, describeTimings, milliseconds, print, printFields, printHead } from './output.ts';
import { type DemoServer, startServer } from './server.ts';

const REQUESTS = 200;
const UPLOAD = 16 * 1024 * 1024;
/** RFC 9113 §7. */
const CANCEL = 8;

export async function runTour(): Promise<void> {
	const begun = performance.now();
	const server = await startServer();
	const conn = new HTTP20Connection('localhost', { port: server.port, tls: { ca: server.ca } });
	print('hyper-wasm', `${version} on Node ${process.version}`);
	print('Server', `node:http2 at https://localhost:${server.port}/, certificate verified against its own CA`);
	try {
		await get(conn, server);
		await getMany(conn, server);
		await upload(conn);
		await exchangeTrailers(conn);
		await abort(conn, server);
		print('PING', `acknowledged after ${milliseconds(await conn.ping())}`);
	} finally {
		await conn.close();
		await server.close();
	}
	printWire(server);
	print('Done', `in ${milliseconds(performance.now() - begun)}`);
}

async function get(conn: HTTP20Connection, { seen }: DemoServer): Promise<void> {
	const response = await conn.roundTrip('GET', '/', { headers: { accept: 'text/plain' } });
	assert.equal(await response.text(), 'This is /\n', 'GET / returned a different body than the server sent');
	assert.equal(seen.protocol, 'h2', 'ALPN did not select h2');
	print('Connection', `protocol ${seen.protocol} by ALPN, ${seen.cipher}`);
	printHead('GET /', response);
	assert.equal(response.status, 200, 'the status of GET / is not 200');
	assert.deepEqual(response.headers.get('server'), ['node:http2'], 'GET / did not return the server field');
	print('', describeTimings(response.timings));
}

async function getMany(conn: HTTP20Connection, { seen }: DemoServer): Promise<void> {
	const begun = performance.now();
	const paths = Array.from({ length: REQUESTS }, (_, i) => `/item/${i}`);
	const bodies = await Promise.all(
		paths.map(async (path) => {
			const response = await conn.roundTrip('GET', path);
			return response.text();
		}),
	);
	for (const [i, path] of paths.entries())
		assert.equal(bodies[i], `This is ${path}\n`, `GET ${path} returned the body of another request`);
	assert.equal(seen.connections, 1, `${seen.connections} connections were opened instead of one`);
	assert.ok(seen.mostStreams > 1, 'the requests were not concurrent');
	const time = milliseconds(performance.now() - begun);
	print(`${REQUESTS} GETs`, `in ${time} on one connection, up to ${seen.mostStreams} at once`);
}

async function upload(conn: HTTP20Connection): Promise<void> {
	const sent = randomFillSync(new Uint8Array(UPLOAD));
	const begun = performance.now();
	const response = await conn.roundTrip('POST', '/echo', { body: sent });
	const received = await response.bytes();
	assert.equal(Buffer.compare(sent, received), 0, 'the upload was sent back changed');
	const time = milliseconds(performance.now() - begun);
	print('POST /echo', `${bytes(sent.length)} up and down in ${time}, unchanged`);
}

async function exchangeTrailers(conn: HTTP20Connection): Promise<void> {
	let length = 0;
	async function* body(): AsyncGenerator<string> {
		for (const word of ['Hello', ', ', 'trailers']) {
			length += word.length;
			yield word;
		}
	}
	const response = await conn.roundTrip('POST', '/echo', {
		body: body(),
		trailers: () => ({ 'x-length': String(length) }),
	});
	assert.equal(await response.text(), 'Hello, trailers', 'the body was sent back changed');
	const trailers = await response.trailers;
	assert.deepEqual(trailers.get('x-length'), ['15'], 'our trailers were not sent back');
	assert.deepEqual(trailers.get('x-bytes'), ['15'], "the server's own trailers are missing");
	print('Trailers', 'sent x-length after the body, received after the body:');
	printFields(trailers.raw());
}

async function abort(conn: HTTP20Connection, { seen }: DemoServer): Promise<void> {
	const controller = new AbortController();
	const reason = new Error('enough');
	const response = await conn.roundTrip('GET', '/endless', { signal: controller.signal });
	const { length } = await response.read(100_000);
	controller.abort(reason);
	await assert.rejects(response.bytes(), reason, 'the aborted request did not reject with the reason');
	const code = await seen.resetCode;
	assert.equal(code, CANCEL, `the server received error code ${code} instead of CANCEL`);
	assert.equal(conn.streams, 0, 'a stream is still open');
	print(
		'Abort',
		`GET /endless after ${bytes(length)}: rejected with our reason, and the server received RST_STREAM CANCEL`,
	);
}

function printWire({ seen }: DemoServer): void {
	assert.equal(seen.received.fault ?? seen.sent.fault, null, 'the bytes on the wire are not HTTP/2');
	print('Frames out', seen.received.describe());
	print('Frames in', seen.sent.describe());
}
