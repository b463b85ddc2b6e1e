// The main job against the demo's own server: each step is checked, and told in a line.

import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { HTTP20Connection, version } from 'hyper-wasm';
import { describeTimings, milliseconds, octets, tell, tellFields, tellHead } from './account.ts';
import { type DemoServer, startServer } from './server.ts';

const REQUESTS = 200;
const UPLOAD = 16 * 1024 * 1024;
/** RFC 9113 §7. */
const CANCEL = 8;

export async function runTour(): Promise<void> {
	const begun = performance.now();
	const server = await startServer();
	const conn = new HTTP20Connection('localhost', { port: server.port, tls: { ca: server.ca } });
	tell('hyper-wasm', `${version} on Node ${process.version}`);
	tell('Server', `node:http2 at https://localhost:${server.port}/, certificate verified against its own CA`);
	try {
		await get(conn, server);
		await getMany(conn, server);
		await upload(conn);
		await exchangeTrailers(conn);
		await abort(conn, server);
		tell('PING', `answered after ${milliseconds(await conn.ping())}, the connection is well`);
	} finally {
		await conn.close();
		await server.close();
	}
	tellWire(server);
	tell('All right', `in ${milliseconds(performance.now() - begun)}`);
}

async function get(conn: HTTP20Connection, { seen }: DemoServer): Promise<void> {
	const response = await conn.roundTrip('GET', '/', { headers: { accept: 'text/plain' } });
	assert.equal(await response.text(), 'This is /\n', 'the body of GET / is not what the server sent');
	assert.equal(seen.protocol, 'h2', 'ALPN did not give h2');
	tell('Connection', `protocol ${seen.protocol} by ALPN, ${seen.cipher}`);
	tellHead('GET /', response);
	assert.equal(response.status, 200, 'GET / was not answered with 200');
	assert.deepEqual(response.headers.get('server'), ['node:http2'], 'GET / lacks a header field');
	tell('', describeTimings(response.timings));
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
	for (const [i, path] of paths.entries()) assert.equal(bodies[i], `This is ${path}\n`, `GET ${path} got another body`);
	assert.equal(seen.connections, 1, `${seen.connections} connections were opened instead of one`);
	assert.ok(seen.mostStreams > 1, 'the requests went one after the other');
	const time = milliseconds(performance.now() - begun);
	tell(`${REQUESTS} GETs`, `in ${time} on one connection, up to ${seen.mostStreams} at once`);
}

async function upload(conn: HTTP20Connection): Promise<void> {
	const sent = randomFillSync(new Uint8Array(UPLOAD));
	const begun = performance.now();
	const response = await conn.roundTrip('POST', '/echo', { body: sent });
	const received = await response.bytes();
	assert.equal(Buffer.compare(sent, received), 0, 'the upload came back changed');
	const time = milliseconds(performance.now() - begun);
	tell('POST /echo', `${octets(sent.length)} up and down in ${time}, the same byte for byte`);
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
	assert.equal(await response.text(), 'Hello, trailers', 'the body came back changed');
	const trailers = await response.trailers;
	assert.deepEqual(trailers.get('x-length'), ['15'], 'our trailers did not come back');
	assert.deepEqual(trailers.get('x-octets'), ['15'], 'the trailers of the server did not come');
	tell('Trailers', 'sent x-length after the body, received after the body:');
	tellFields(trailers.raw());
}

async function abort(conn: HTTP20Connection, { seen }: DemoServer): Promise<void> {
	const controller = new AbortController();
	const reason = new Error('enough');
	const response = await conn.roundTrip('GET', '/endless', { signal: controller.signal });
	const { length } = await response.read(100_000);
	controller.abort(reason);
	await assert.rejects(response.bytes(), reason, 'the aborted request did not reject with its reason');
	const code = await seen.resetCode;
	assert.equal(code, CANCEL, `the server saw code ${code} instead of CANCEL`);
	assert.equal(conn.streams, 0, 'a stream is still open');
	tell('Abort', `GET /endless after ${octets(length)}: rejected with our reason, RST_STREAM CANCEL at the server`);
}

function tellWire({ seen }: DemoServer): void {
	assert.equal(seen.received.fault ?? seen.sent.fault, null, 'what was on the wire is no HTTP/2');
	tell('Frames out', seen.received.describe());
	tell('Frames in', seen.sent.describe());
}
