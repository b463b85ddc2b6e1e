// Faults around a connection: servers that process nothing, an engine that cannot be created, flow-control managers that
// throw, and closing while requests are running.

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { after, describe, test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { releaseEngine, takeEngine } from '../../src/codec/engine.ts';
import {
	BaseFlowControlManager,
	ConnectionError,
	ConnectionResetError,
	EngineError,
	FlowControlManager,
	HTTP20Connection,
	type HTTP20Response,
	NegotiationError,
	StreamResetError,
} from '../../src/index.ts';
import { greet, join, ScriptedServer } from '../support/offline.ts';

const ok = { ':status': '200' };
/** SETTINGS, then GOAWAY with last stream 0 and NO_ERROR. */
const SETTINGS_AND_GOAWAY = Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 7, ...new Uint8Array(13));

async function* once(): AsyncGenerator<string> {
	yield 'x';
}

/** Starts a server that sends `greeting` on every connection and then ends it. `dials` counts the connections. */
async function serve(greeting: Uint8Array): Promise<{ origin: string; dials: () => number }> {
	let dials = 0;
	const server: Server = createServer((socket) => {
		dials++;
		socket.on('error', () => undefined);
		socket.end(greeting);
		socket.resume();
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	after(() => {
		server.close();
	});
	return { origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`, dials: () => dials };
}

describe('a request that waits for SETTINGS', () => {
	test('a request that waits for SETTINGS rejects when the server closes the connection without sending any', async () => {
		const { origin, dials } = await serve(new Uint8Array(0));
		const conn = new HTTP20Connection(origin);
		await assert.rejects(conn.roundTrip('POST', '/', { body: once() }), ConnectionResetError);
		assert.equal(dials(), 1);
		await conn.close();
	});

	test('a request that waits for SETTINGS rejects when the server speaks HTTP/1.1', async () => {
		const { origin, dials } = await serve(new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n'));
		const conn = new HTTP20Connection(origin);
		await assert.rejects(conn.roundTrip('POST', '/', { body: once() }), NegotiationError);
		assert.equal(dials(), 1);
		await conn.close();
	});

	test('a request rejects as retryable when two connections in a row send GOAWAY before processing any request', async () => {
		const { origin, dials } = await serve(SETTINGS_AND_GOAWAY);
		const conn = new HTTP20Connection(origin);
		await assert.rejects(
			conn.roundTrip('POST', '/', { body: once() }),
			(error: ConnectionError) => error.retryable && error.errorCode === ErrorCode.NO_ERROR,
		);
		assert.equal(dials(), 2);
		await conn.close();
	});
});

describe('the first error', () => {
	for (const lastStreamId of [0, 1]) {
		test(`the error of a response that ends after GOAWAY ${lastStreamId} has the code and the debug text of GOAWAY`, async () => {
			const { conn, peer } = await greet();
			const asked = conn.roundTrip('GET', '/');
			await peer.expect('HEADERS', { streamId: 1 });
			peer.send.headers(1, ok);
			const body = (await asked).bytes();
			peer.send.goaway(lastStreamId, ErrorCode.ENHANCE_YOUR_CALM, 'too many foos\x1b[31m');
			// The later one says less.
			peer.send.goaway(lastStreamId, ErrorCode.NO_ERROR);
			peer.close();
			await assert.rejects(body, (error: ConnectionError) => {
				assert.equal(error.errorCode, ErrorCode.ENHANCE_YOUR_CALM);
				assert.match(error.message, /ENHANCE_YOUR_CALM.*\("too many foos\\x1b\[31m"\)$/);
				return true;
			});
			await conn.close();
		});
	}

	test('a response that ends after an orderly GOAWAY has its code and debug text in its error', async () => {
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('GET', '/');
		await peer.expect('HEADERS', { streamId: 1 });
		peer.send.headers(1, ok);
		const body = (await asked).bytes();
		peer.send.goaway(0x7fffffff, ErrorCode.NO_ERROR, 'restart');
		peer.close();
		await assert.rejects(body, (error: ConnectionError) => {
			assert.match(error.message, /was complete: Server is going away with NO_ERROR.* \("restart"\)$/);
			return error.errorCode === ErrorCode.NO_ERROR;
		});
		await conn.close();
	});

	test('a request that waits for a stream when GOAWAY comes, and for which no other connection opens, rejects with GOAWAY', async () => {
		const { conn, peer } = await greet({ maxConcurrentStreams: 1 });
		const open = conn.roundTrip('GET', '/1');
		await peer.expect('HEADERS', { streamId: 1 });
		const waiting = conn.roundTrip('GET', '/2');
		peer.send.goaway(1, ErrorCode.ENHANCE_YOUR_CALM, 'too many foos');
		await assert.rejects(waiting, (error: ConnectionError) => {
			assert.match(error.message, /^Server is going away with ENHANCE_YOUR_CALM .*\("too many foos"\)$/);
			return error.errorCode === ErrorCode.ENHANCE_YOUR_CALM;
		});
		peer.send.headers(1, ok, { endStream: true });
		assert.equal((await open).status, 200);
		await conn.close();
	});

	test('a request that was refused and cannot be sent again, because there is no other connection, rejects with the refusal', async () => {
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('GET', '/');
		await peer.expect('HEADERS', { streamId: 1 });
		peer.send.rstStream(1, ErrorCode.REFUSED_STREAM);
		peer.send.windowUpdate(0, 0);
		await assert.rejects(asked, (error: StreamResetError) => {
			assert.match(error.message, /^Stream 1 was reset by the server: REFUSED_STREAM/);
			return error instanceof StreamResetError && error.errorCode === ErrorCode.REFUSED_STREAM;
		});
		await conn.close();
	});
});

test('queued requests keep waiting as long as each connection processes some before its GOAWAY', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const dialled = conn.connect();
	const first = await server.next();
	await Promise.all([dialled, first.handshake({ maxConcurrentStreams: 1 })]);
	const answers = Array.from({ length: 5 }, () => conn.roundTrip('GET', '/'));
	let peer = first;
	for (let i = 0; i < 5; i++) {
		if (i > 0) {
			peer = await server.next();
			await peer.handshake({ maxConcurrentStreams: 1 });
		}
		const { streamId } = await peer.receive('HEADERS');
		peer.send.goaway(streamId);
		peer.send.headers(streamId, ok, { endStream: true });
	}
	assert.equal((await Promise.all(answers)).length, 5);
	await conn.close();
});

test('when no engine can be created, the transport is destroyed and waiting requests reject with EngineError', async () => {
	const { conn, peer } = join();
	const { Instance } = WebAssembly;
	const spare = Array.from({ length: 16 }, () => takeEngine(false));
	WebAssembly.Instance = class {
		constructor() {
			throw new RangeError('Out of memory');
		}
	} as unknown as typeof Instance;
	try {
		await assert.rejects(conn.roundTrip('GET', '/'), EngineError);
	} finally {
		WebAssembly.Instance = Instance;
		for (const engine of spare) releaseEngine(engine);
	}
	await peer.closed;
	await conn.close();
});

describe('a flow-control manager that returns an invalid increment', () => {
	class OnArrival extends FlowControlManager {
		override increaseWindowSize(): number {
			return -1;
		}
	}
	/** The connection's window is much larger than those of streams. */
	class OnConsumption extends BaseFlowControlManager {
		increaseWindowSize(frameSize: number): number {
			return this.initialWindowSize > 2_000_000 ? frameSize : -1;
		}
		blocked(): number {
			return 0;
		}
	}
	test("an invalid increment from a connection's flow-control manager ends the connection with INTERNAL_ERROR and is the cause of every request's error", async () => {
		const { conn, peer } = await greet({}, { flowControl: OnArrival });
		const asked = conn.roundTrip('GET', '/');
		const other = assert.rejects(conn.roundTrip('GET', '/'), (error: Error) => error.cause instanceof RangeError);
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		peer.send.data(1, 'some');
		const response = await asked;
		const reading = assert.rejects(
			readOn(response),
			(error: Error) => error instanceof ConnectionError && error.cause instanceof RangeError,
		);
		await Promise.all([other, reading, peer.expect('GOAWAY', { errorCode: ErrorCode.INTERNAL_ERROR })]);
		assert.equal(conn.streams, 0);
		await conn.close();
	});

	class ThrowsOnArrival extends FlowControlManager {
		override onArrival(): void {
			if (this.initialWindowSize < 2_000_000) throw new RangeError('no arrivals');
		}
	}
	class ThrowsOnRoundTrip extends FlowControlManager {
		override onArrival(): void {}
		override onRoundTrip(): void {
			if (this.initialWindowSize < 2_000_000) throw new RangeError('no round trips');
		}
	}
	let made = 0;
	for (const [what, flowControl] of [
		['an invalid increment', OnConsumption],
		['an error thrown as content arrives', ThrowsOnArrival],
		['an error thrown when a PING is answered', ThrowsOnRoundTrip],
		[
			'an error thrown as it is made',
			(size: number) => {
				if (made++ > 0) throw new RangeError('no manager');
				return new FlowControlManager(size);
			},
		],
	] as const) {
		test(`${what} by a stream's flow-control manager resets that stream and no other`, async () => {
			const { conn, peer } = await greet({}, { flowControl });
			const asked = conn.roundTrip('GET', '/');
			const other = conn.roundTrip('GET', '/other');
			await peer.receive('HEADERS');
			peer.send.headers(1, ok);
			peer.send.data(1, 'some');
			const response = await asked;
			const reading = assert.rejects(
				readOn(response),
				(error: Error) => error instanceof StreamResetError && error.cause instanceof RangeError,
			);
			conn.ping().catch(() => undefined);
			await Promise.all([reading, peer.expect('RST_STREAM', { streamId: 1, errorCode: ErrorCode.INTERNAL_ERROR })]);
			peer.send.headers(3, ok, { endStream: true });
			assert.equal((await other).status, 200);
			await conn.close();
		});
	}

	async function readOn(response: HTTP20Response): Promise<void> {
		for (;;) await response.read(1);
	}
});

describe('close with drain', () => {
	test('close with drain lets a request sent with putRequest and send finish', async () => {
		const { conn, peer } = await greet();
		conn.putRequest('POST', '/');
		const id = await conn.endHeaders();
		const closing = conn.close({ drain: true });
		await conn.send('all', { final: true }, id);
		await peer.expect('DATA', { streamId: id, data: 'all', endStream: true });
		peer.send.headers(id, ok, { endStream: true });
		assert.equal((await conn.getResponse(id)).status, 200);
		await closing;
	});

	test('after close with drain, a request that the server did not process is not sent again', async () => {
		const server = await ScriptedServer.listen();
		const conn = new HTTP20Connection(server.origin);
		const asked = conn.roundTrip('GET', '/');
		const peer = await server.next();
		await peer.handshake();
		await peer.receive('HEADERS');
		const closing = conn.close({ drain: true });
		await peer.receive('GOAWAY');
		peer.send.goaway(0);
		await assert.rejects(asked, (error: ConnectionError) => error.retryable);
		await closing;
		assert.equal(server.accepted, 1);
	});
});

test('closing a complete response stops the upload that is still running', async () => {
	const { conn, peer } = await greet();
	let returned = false;
	const body = (async function* () {
		try {
			for (;;) yield new Uint8Array(70_000);
		} finally {
			returned = true;
		}
	})();
	const asked = conn.roundTrip('POST', '/', { body });
	await peer.receive('DATA');
	peer.send.headers(1, ok, { endStream: true });
	await (await asked).close();
	await peer.expect('RST_STREAM', { streamId: 1, errorCode: ErrorCode.CANCEL });
	await peer.roundTrip();
	assert.equal(returned, true);
	assert.equal(conn.streams, 0);
	await conn.close();
});

test('content for a stream that failed in the same read returns its window', async () => {
	const { conn, peer } = await greet({}, { connectionWindowSize: 65_535, limits: { connectionBuffer: 0 } });
	for (let i = 0; i < 8; i++) {
		const fault = new Error('not wanted');
		const asked = conn.roundTrip('GET', '/', {
			onInformational: () => {
				throw fault;
			},
		});
		const rejected = assert.rejects(asked, fault);
		const { streamId } = await peer.receive('HEADERS');
		const writes: Uint8Array[] = [];
		const write = peer.write;
		peer.write = (bytes) => writes.push(bytes);
		peer.send.headers(streamId, { ':status': '103' });
		peer.send.headers(streamId, ok);
		peer.send.data(streamId, new Uint8Array(16_384));
		peer.write = write;
		peer.write(Buffer.concat(writes));
		await rejected;
		await peer.expect('RST_STREAM', { streamId, errorCode: ErrorCode.CANCEL });
		await peer.roundTrip();
	}
	const given = peer.frames.filter((frame) => frame.type === 'WINDOW_UPDATE');
	assert.ok(given.reduce((sum, { increment }) => sum + increment, 0) > 8 * 16_384 - 65_535);
	assert.equal(conn.streams, 0);
	await conn.close();
});
