// What connections report about themselves to diagnostics channels, loggers and onFrame listeners.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type {
	ConnectionMessage,
	ErrorMessage,
	RequestMessage,
	TrailersMessage,
} from '../../src/diagnostics/diagnostics.ts';
import { FrameType } from '../../src/frames.ts';
import { ConnectError, ConnectionResetError, HTTP20Connection, StreamResetError } from '../../src/index.ts';
import { ScriptedPeer } from '../../src/testing.ts';
import { type FrameEvent, formatFrameLine } from '../../src/trace.ts';
import { freePort } from '../support/loopback.ts';
import { greet, join } from '../support/offline.ts';

/** The messages published on a channel from now to the end of the test. */
function listen<Message>(t: TestContext, name: string): Message[] {
	const messages: Message[] = [];
	const listener = (message: unknown): unknown => messages.push(message as Message);
	subscribe(`hyper-wasm:${name}`, listener);
	t.after(() => unsubscribe(`hyper-wasm:${name}`, listener));
	return messages;
}

/** A logger that keeps its lines, without the number of the connection. */
function createLog(): { lines: string[]; logger: { info(message: string): void; warn(message: string): void } } {
	const lines: string[] = [];
	const note = (message: string): unknown => lines.push(message.replace(/^#\d+/, '#'));
	return { lines, logger: { info: note, warn: note } };
}

describe('diagnostics channels', () => {
	test('a thousand requests publish a thousand request and response messages', async (t) => {
		const requests = listen<RequestMessage>(t, 'request');
		const responses = listen(t, 'response');
		const errors = listen(t, 'error');
		const { conn, peer } = join();
		peer.respondWith(() => ({ status: 204 }));
		const paths = Array.from({ length: 1000 }, (_, i) => `/${i}`);
		await Promise.all(paths.map((path) => conn.roundTrip('GET', path)));
		await conn.close();
		assert.deepEqual(
			requests.map(({ path }) => path),
			paths,
		);
		assert.equal(new Set(requests.map(({ streamId }) => streamId)).size, 1000);
		assert.equal(new Set(requests.map(({ connection }) => connection)).size, 1);
		assert.deepEqual([responses.length, errors.length], [1000, 0]);
	});

	test('channels report trailers and each state of a connection until its orderly end', async (t) => {
		const connections = listen<ConnectionMessage>(t, 'connection');
		const trailers = listen<TrailersMessage>(t, 'trailers');
		const { conn, peer } = join();
		peer.respondWith(() => ({ body: 'x', trailers: { 'x-sum': '1' } }));
		await (await conn.roundTrip('GET', '/')).bytes();
		await conn.close();
		assert.deepEqual(
			connections.map(({ state, version, error }) => [state, version, error]),
			[
				['opening', null, null],
				['open', 'HTTP/2', null],
				['closed', 'HTTP/2', null],
			],
		);
		assert.deepEqual(trailers[0]?.trailers.get('x-sum'), ['1']);
	});

	test('channels report a failed dial', async (t) => {
		const connections = listen<ConnectionMessage>(t, 'connection');
		const errors = listen<ErrorMessage>(t, 'error');
		const conn = new HTTP20Connection(`http://127.0.0.1:${await freePort()}`);
		await assert.rejects(conn.roundTrip('GET', '/'), ConnectError);
		assert.deepEqual(
			connections.map(({ state }) => state),
			['opening', 'closed'],
		);
		assert.ok(connections[1]?.error instanceof ConnectError);
		assert.deepEqual(errors, [{ connection: connections[0]?.connection, streamId: null, error: connections[1].error }]);
	});

	test('channels report a reset request and a lost connection', async (t) => {
		const errors = listen<ErrorMessage>(t, 'error');
		const { conn, peer } = await greet();
		const reset = conn.roundTrip('GET', '/');
		await peer.expect('HEADERS', {});
		peer.send.rstStream(1, 2);
		await assert.rejects(reset, StreamResetError);
		// A request that is not sent again on another connection.
		const lost = conn.roundTrip('POST', '/');
		await peer.expect('HEADERS', {});
		peer.destroy(new Error('cut'));
		await assert.rejects(lost, ConnectionResetError);
		await conn.close();
		assert.deepEqual(
			errors.map(({ streamId, error }) => [streamId, error.name]),
			[
				[1, 'StreamResetError'],
				[3, 'ConnectionResetError'],
				[null, 'ConnectionResetError'],
			],
		);
	});

	test('channels report a connection that the server closes before the end of a response', async (t) => {
		const connections = listen<ConnectionMessage>(t, 'connection');
		const errors = listen<ErrorMessage>(t, 'error');
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('POST', '/');
		await peer.expect('HEADERS', {});
		peer.close();
		await assert.rejects(asked, ConnectionResetError);
		await peer.closed;
		await conn.close();
		const last = connections.at(-1);
		assert.deepEqual([last?.state, last?.error?.name], ['closed', 'ConnectionResetError']);
		assert.deepEqual(
			errors.map(({ streamId, error }) => [streamId, error.name]),
			[
				[1, 'ConnectionResetError'],
				[null, 'ConnectionResetError'],
			],
		);
	});

	test('channels report a server that violates the protocol', async (t) => {
		const connections = listen<ConnectionMessage>(t, 'connection');
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('GET', '/');
		await peer.expect('HEADERS', {});
		peer.send.data(0, 'x');
		await assert.rejects(asked, { name: 'ProtocolError' });
		await peer.closed;
		await conn.close();
		assert.equal(connections.at(-1)?.state, 'closed');
		assert.equal(connections.at(-1)?.error?.name, 'ProtocolError');
	});

	test('channels report no error when the server closes an idle connection', async (t) => {
		const connections = listen<ConnectionMessage>(t, 'connection');
		const { conn, peer } = await greet();
		peer.close();
		await peer.closed;
		await new Promise(setImmediate);
		await conn.close();
		assert.deepEqual([connections.at(-1)?.state, connections.at(-1)?.error], ['closed', null]);
	});
});

describe('the logger option', () => {
	test('a logger gets one line for each event of a connection and its requests', async () => {
		const { lines, logger } = createLog();
		const { conn, peer } = await greet({}, { logger });
		const answered = conn.roundTrip('GET', '/a');
		await peer.expect('HEADERS', {});
		peer.send.headers(1, { ':status': '200' }, { endStream: true });
		await answered;
		const controller = new AbortController();
		const given = conn.roundTrip('GET', '/b', { signal: controller.signal });
		await peer.expect('HEADERS', {});
		controller.abort();
		await assert.rejects(given);
		await conn.close();
		assert.deepEqual(lines, [
			'#: open to localhost:443: HTTP/2, h2 by ALPN',
			'# stream 1: GET https://localhost/a',
			'# stream 1: 200',
			'# stream 3: GET https://localhost/b',
			'# stream 3: Stream 3 was cancelled',
			'#: closed',
		]);
	});

	test('a logger gets no warning for a complete response whose request is reset afterwards', async () => {
		const { lines, logger } = createLog();
		const { conn, peer } = await greet({}, { logger });
		const asked = conn.roundTrip('POST', '/', { body: 'content', headers: { expect: '100-continue' } });
		await peer.expect('HEADERS', {});
		peer.send.headers(1, { ':status': '413' }, { endStream: true });
		await asked;
		await peer.expect('RST_STREAM', { streamId: 1 });
		await conn.close();
		assert.deepEqual(lines.slice(1), ['# stream 1: POST https://localhost/', '# stream 1: 413', '#: closed']);
	});

	test('a logger gets a warning for a refused push', async () => {
		const { lines, logger } = createLog();
		const { conn, peer } = await greet({}, { logger, enablePush: true });
		const asked = conn.roundTrip('GET', '/');
		await peer.expect('HEADERS', {});
		const promised = { ':method': 'GET', ':scheme': 'https', ':authority': 'elsewhere.example', ':path': '/' };
		peer.send.pushPromise(1, 2, promised);
		peer.send.pushPromise(1, 4, { ...promised, ':authority': 'localhost', ':method': 'POST' });
		peer.send.headers(1, { ':status': '204' }, { endStream: true });
		await asked;
		await conn.close();
		assert.deepEqual(lines.slice(2), [
			'# stream 2: Promise of stream 2 was refused with PROTOCOL_ERROR: The server is not authoritative for its origin',
			'# stream 4: Promise of stream 4 was refused with PROTOCOL_ERROR: ' +
				'Promised request has the method POST, which is not safe',
			'# stream 1: 204',
			'#: closed',
		]);
	});

	test('a logger gets a warning for a GOAWAY with an error code', async () => {
		const { lines, logger } = createLog();
		const { conn, peer } = await greet({}, { logger });
		peer.send.goaway(0, 11);
		await peer.closed;
		await conn.close();
		assert.deepEqual(lines.slice(1), [
			'#: ConnectionError: Server is going away with ENHANCE_YOUR_CALM (0xb): processing capacity exceeded',
			'#: closed',
		]);
	});
});

test('NODE_DEBUG=hyper writes to standard error, with the connection and stream of each line', async () => {
	const program = fileURLToPath(new URL('../../examples/testing.ts', import.meta.url));
	const env = { ...process.env, NODE_DEBUG: 'http2,hyper' };
	const args = ['--conditions=hyper-wasm-source', '--import', 'tsx', program];
	const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env, timeout: 60_000 });
	assert.equal(stdout, 'All tests passed\n');
	const lines = stderr.trimEnd().split('\n');
	assert.deepEqual(
		lines.filter((line) => !line.startsWith('HYPER ')),
		[],
	);
	assert.ok(lines.some((line) => /^HYPER #1 stream 1: POST https:\/\/localhost\/upload$/.test(line)));
	assert.ok(lines.some((line) => /^HYPER #2 \[ *\d+\.\d{3}\] recv RST_STREAM frame <length=4, /.test(line)));
	assert.ok(lines.some((line) => /^HYPER #2 stream 1: StreamResetError: /.test(line)));
});

describe('onFrame', () => {
	for (const chunkSize of [1, 65_536]) {
		test(`onFrame reports frames in order when the transport reads ${chunkSize} bytes at a time`, async () => {
			const events: FrameEvent[] = [];
			const onFrame = (event: FrameEvent): unknown => events.push(event);
			const { conn, peer } = join({ onFrame }, { chunkSize });
			peer.respondWith(({ body }) => ({ headers: { 'x-n': '1' }, body }));
			for (let i = 0; i < 3; i++) {
				const response = await conn.roundTrip('POST', '/', { body: 'x'.repeat(40_000), headers: { 'x-n': '1' } });
				assert.equal((await response.bytes()).length, 40_000);
			}
			await conn.close();
			const bytes = { sent: 0, received: 0 };
			let sections = 0;
			for (const event of events) {
				assert.notEqual(event.type, 'fault');
				if (event.type !== 'frame') continue;
				if (event.frame.type === FrameType.DATA) bytes[event.direction] += event.frame.length;
				if (event.fields?.some(([name, value]) => name === 'x-n' && value === '1')) sections++;
			}
			assert.deepEqual(bytes, { sent: 120_000, received: 120_000 });
			assert.equal(sections, 6);
			assert.equal(events[0]?.type, 'preface');
			assert.match(formatFrameLine(events.at(-1) as FrameEvent), / GOAWAY /);
		});
	}

	test('onFrame reports a fault when the server does not speak HTTP/2', async () => {
		const events: FrameEvent[] = [];
		const peer = new ScriptedPeer();
		const conn = new HTTP20Connection('localhost', {
			transport: peer.transport,
			onFrame: (event) => events.push(event),
		});
		const asked = conn.roundTrip('GET', '/');
		peer.write(Buffer.from('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'));
		await assert.rejects(asked, { name: 'NegotiationError' });
		await conn.close();
		const received = events.filter(({ direction }) => direction === 'received');
		assert.deepEqual(
			received.map(({ type }) => type),
			['fault'],
		);
	});

	test('an onFrame listener may throw or close the connection without breaking anything', async () => {
		for (const act of [(conn: HTTP20Connection) => void conn.close(), () => assert.fail('on purpose')]) {
			let heard = 0;
			const { conn, peer } = join({
				onFrame: (event) => {
					heard++;
					if (event.direction === 'received') act(conn);
				},
			});
			peer.respondWith(() => ({ status: 204 }));
			const outcome = await conn.roundTrip('GET', '/').then(
				({ status }) => status,
				(error: Error) => error.name,
			);
			assert.ok(outcome === 204 || outcome === 'StreamResetError' || outcome === 'ConnectionError', String(outcome));
			assert.ok(heard > 1);
			await conn.close();
		}
	});
});
