// Requests that a server has not processed are sent again once, on another stream or connection. RFC 9113 §8.7.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { ConnectionError, HTTP20Connection, StreamResetError } from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';
import { greet, ScriptedServer } from '../support/offline.ts';
import { startUnseenCloseServer } from '../support/unseen-close.ts';

const ok = { ':status': '200' };
const { REFUSED_STREAM, ENHANCE_YOUR_CALM, PROTOCOL_ERROR } = ErrorCode;

async function heads(peer: ScriptedPeer, count: number): Promise<string[]> {
	const paths: string[] = [];
	for (let i = 0; i < count; i++) {
		const head = await peer.receive('HEADERS');
		paths.push(head.fields.find(([name]) => name === ':path')?.[1] ?? '');
	}
	return paths;
}

describe('REFUSED_STREAM', () => {
	test('a request refused with REFUSED_STREAM is sent again on a new stream', async () => {
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('POST', '/', { body: 'again' });
		await peer.expect('DATA', { streamId: 1, data: 'again' });
		peer.send.rstStream(1, REFUSED_STREAM);
		await peer.expect('DATA', { streamId: 3, data: 'again' });
		peer.send.headers(3, ok, { endStream: true });
		assert.equal((await asked).streamId, 3);
		await conn.close();
	});

	test('a request refused a second time rejects as retryable', async () => {
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('GET', '/');
		for (const streamId of [1, 3]) {
			await peer.expect('HEADERS', { streamId });
			peer.send.rstStream(streamId, REFUSED_STREAM);
		}
		await assert.rejects(asked, (error: StreamResetError) => error.errorCode === REFUSED_STREAM && error.retryable);
		await peer.roundTrip();
		assert.equal(peer.frames.filter(({ type }) => type === 'HEADERS').length, 2);
		await conn.close();
	});

	test('before the SETTINGS of a new connection, no more requests are sent than the connection before it allowed', async () => {
		const server = await ScriptedServer.listen();
		const conn = new HTTP20Connection(server.origin);
		const answers = Array.from({ length: 5 }, (_, i) => conn.roundTrip('GET', `/${i}`));
		const first = await server.next();
		await first.handshake({ maxConcurrentStreams: 2 });
		assert.deepEqual(await heads(first, 5), ['/0', '/1', '/2', '/3', '/4']);
		for (const streamId of [5, 7, 9]) first.send.rstStream(streamId, REFUSED_STREAM);
		first.send.goaway(0);
		const second = await server.next();
		await second.handshake({ maxConcurrentStreams: 5 });
		await second.roundTrip();
		assert.deepEqual(
			second.frames.map(({ type }) => type),
			[
				...['SETTINGS', 'WINDOW_UPDATE', 'HEADERS', 'HEADERS'],
				...['SETTINGS', 'HEADERS', 'HEADERS', 'HEADERS', 'PING'],
			],
		);
		assert.deepEqual(await heads(second, 5), ['/0', '/1', '/2', '/3', '/4']);
		for (const streamId of [11, 13, 15, 17, 19]) second.send.headers(streamId, ok, { endStream: true });
		await Promise.all(answers);
		await conn.close();
	});

	test('a refused request whose body can be read only once rejects', async () => {
		const { conn, peer } = await greet();
		let returned = false;
		const body = (async function* () {
			try {
				for (;;) yield new Uint8Array(100_000);
			} finally {
				returned = true;
			}
		})();
		const asked = conn.roundTrip('POST', '/', { body });
		await peer.receive('DATA');
		peer.send.rstStream(1, REFUSED_STREAM);
		await assert.rejects(asked, StreamResetError);
		await peer.roundTrip();
		assert.equal(returned, true, 'the source is let go');
		await conn.close();
	});

	test('after REFUSED_STREAM during an upload the whole body is sent again on a new stream', async () => {
		const { conn, peer } = await greet();
		const parts = Array.from({ length: 10 }, () => new Uint8Array(100_000));
		const asked = conn.roundTrip('POST', '/', { body: parts });
		await peer.receive('DATA');
		peer.send.rstStream(1, REFUSED_STREAM);
		await peer.expect('HEADERS', { streamId: 1 });
		await peer.expect('HEADERS', { streamId: 3 });
		peer.send.windowUpdate(0, 2_000_000);
		peer.send.windowUpdate(3, 2_000_000);
		let length = 0;
		for (;;) {
			const frame = await peer.receive('DATA');
			if (frame.streamId === 3) length += frame.data.length;
			if (frame.endStream) break;
		}
		assert.equal(length, 1_000_000);
		peer.send.headers(3, ok, { endStream: true });
		await asked;
		await conn.close();
	});

	test('refused requests go back into the queue in order, before later requests', async () => {
		const { conn, peer } = await greet({ maxConcurrentStreams: 4 });
		const answers = Array.from({ length: 8 }, (_, i) => conn.roundTrip('GET', `/${i}`));
		assert.deepEqual(await heads(peer, 4), ['/0', '/1', '/2', '/3']);
		peer.send.settings({ maxConcurrentStreams: 1 });
		for (const streamId of [5, 3, 7]) peer.send.rstStream(streamId, REFUSED_STREAM);
		await peer.roundTrip();
		const paths: string[] = [];
		peer.send.headers(1, ok, { endStream: true });
		for (let i = 1; i < 8; i++) {
			const { streamId, fields } = await peer.receive('HEADERS');
			paths.push(fields.find(([name]) => name === ':path')?.[1] ?? '');
			peer.send.headers(streamId, ok, { endStream: true });
		}
		assert.deepEqual(paths, ['/1', '/2', '/3', '/4', '/5', '/6', '/7']);
		await Promise.all(answers);
		await conn.close();
	});

	test('trailers of the first attempt that fail after REFUSED_STREAM do not fail the second attempt', async () => {
		const { conn, peer } = await greet();
		let release: (error: Error) => void = () => undefined;
		const held = new Promise<never>((_, reject) => (release = reject));
		let calls = 0;
		const trailers = () => (++calls === 1 ? held : { again: '1' });
		const asked = conn.roundTrip('POST', '/', { trailers });
		await peer.expect('HEADERS', { streamId: 1 });
		peer.send.rstStream(1, REFUSED_STREAM);
		await peer.expect('HEADERS', { streamId: 3, fields: { ':path': '/' } });
		release(new Error('first'));
		await peer.expect('HEADERS', { streamId: 3, fields: { again: '1' }, endStream: true });
		await peer.roundTrip();
		peer.send.headers(3, ok, { endStream: true });
		assert.equal((await asked).status, 200);
		await conn.close();
	});

	test('REFUSED_STREAM after the head makes the response incomplete', async () => {
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		peer.send.rstStream(1, REFUSED_STREAM);
		await assert.rejects((await asked).text(), StreamResetError);
		await conn.close();
	});
});

test('a request reset with PROTOCOL_ERROR is not sent again', async () => {
	const { conn, peer } = await greet();
	const asked = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	peer.send.rstStream(1, PROTOCOL_ERROR);
	await assert.rejects(asked, (error: StreamResetError) => error.errorCode === PROTOCOL_ERROR && !error.retryable);
	await peer.roundTrip();
	assert.equal(peer.frames.filter(({ type }) => type === 'HEADERS').length, 1);
	await conn.close();
});

describe('GOAWAY', () => {
	test('after GOAWAY with last stream 0, all 40 requests succeed on a new connection, in order', async () => {
		const server = await ScriptedServer.listen();
		const conn = new HTTP20Connection(server.origin);
		const answers = Array.from({ length: 40 }, (_, i) => conn.roundTrip('GET', `/${i}`));
		const first = await server.next();
		await first.handshake();
		await heads(first, 40);
		first.send.goaway(0);
		first.close();
		const second = await server.next();
		const paths: string[] = [];
		second.respondWith(({ path, streamId }) => {
			paths.push(path);
			return { headers: { id: String(streamId) } };
		});
		const responses = await Promise.all(answers);
		assert.deepEqual(
			responses.map(({ streamId }) => streamId),
			Array.from({ length: 40 }, (_, i) => 81 + 2 * i),
		);
		assert.deepEqual(
			paths,
			Array.from({ length: 40 }, (_, i) => `/${i}`),
		);
		assert.equal(server.accepted, 2);
		await conn.close();
	});

	test('after a graceful GOAWAY running requests finish, and new requests go to a new connection', async () => {
		const server = await ScriptedServer.listen();
		const conn = new HTTP20Connection(server.origin);
		const old = [conn.roundTrip('GET', '/1'), conn.roundTrip('GET', '/2')] as const;
		const first = await server.next();
		await first.handshake();
		await heads(first, 2);
		first.send.goaway(0x7fffffff);
		await first.roundTrip();
		const fresh = conn.roundTrip('GET', '/3');
		const second = await server.next();
		second.respondWith(() => ({ status: 204 }));
		assert.equal((await fresh).status, 204);
		first.send.goaway(1);
		first.send.headers(1, ok);
		first.send.data(1, 'body', { endStream: true });
		assert.equal(await (await old[0]).text(), 'body');
		assert.equal((await old[1]).status, 204);
		await first.closed;
		assert.equal(server.accepted, 2);
		await conn.close();
	});

	test('a request rejects after two connections in a row were ended by GOAWAY', async () => {
		const server = await ScriptedServer.listen();
		const conn = new HTTP20Connection(server.origin);
		const asked = conn.roundTrip('GET', '/');
		for (let i = 0; i < 2; i++) {
			const peer = await server.next();
			await peer.handshake();
			await heads(peer, 1);
			peer.send.goaway(0, ENHANCE_YOUR_CALM);
			peer.close();
		}
		await assert.rejects(asked, (error: ConnectionError) => error.errorCode === ENHANCE_YOUR_CALM && error.retryable);
		assert.equal(server.accepted, 2);
		await conn.close();
	});

	test('after GOAWAY on an idle connection the next request opens a new one, also if it has a body', async () => {
		const server = await ScriptedServer.listen();
		const conn = new HTTP20Connection(server.origin);
		for (const body of [null, 'text']) {
			const asked = conn.roundTrip('POST', '/', { body });
			const peer = await server.next();
			peer.respondWith((request) => ({ body: request.body }));
			assert.equal(await (await asked).text(), body ?? '');
			peer.send.goaway(0x7fffffff);
			await peer.closed;
		}
		assert.equal(server.accepted, 2);
		await conn.close();
	});

	test('GOAWAY rejects a request as retryable if its body can be read only once and is too large to keep', async () => {
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('POST', '/', {
			body: (async function* () {
				for (;;) yield new Uint8Array(70_000);
			})(),
		});
		await peer.receive('DATA');
		peer.send.goaway(0);
		await assert.rejects(asked, (error: ConnectionError) => error instanceof ConnectionError && error.retryable);
		await conn.close();
	});

	test('after GOAWAY the client closes the connection once its last stream has ended', async () => {
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.goaway(1);
		peer.send.headers(1, ok, { endStream: true });
		await asked;
		await peer.closed;
		await conn.close();
	});
});

test('waiting requests reject with the error of the next dial if it fails', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const asked = conn.roundTrip('GET', '/');
	const peer = await server.next();
	await peer.handshake();
	await heads(peer, 1);
	server.close();
	peer.send.goaway(0);
	await assert.rejects(asked, ConnectionError);
	await conn.close();
});

test('a request that was written is not sent again when the connection is lost', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const asked = conn.roundTrip('POST', '/', { body: 'x' });
	const peer = await server.next();
	await peer.handshake();
	await peer.receive('DATA');
	peer.destroy(new Error('cut'));
	await assert.rejects(asked, (error: ConnectionError) => error.code === 'HYPER_CONNECTION_RESET' && !error.retryable);
	assert.equal(server.accepted, 1);
	await conn.close();
});

test('a request goes to a new connection if the server closed the idle one and nobody has read it yet', async () => {
	for (const how of ['FIN', 'RST', 'GOAWAY'] as const) {
		await using server = await startUnseenCloseServer('h2');
		for (const method of ['POST', 'GET', 'PUT', 'PATCH']) {
			const conn = new HTTP20Connection(server.origin);
			const ask = async () => (await conn.roundTrip(method, '/', method === 'GET' ? {} : { body: 'x' })).text();
			const before = Number((await ask()).split(' ').at(-1));
			await conn.ping();
			server.closeUnseen(how);
			assert.equal(await ask(), `${method} on connection ${before + 1}`);
			await conn.close();
		}
	}
});

test('a POST on HTTP/2 that cannot be written, because the connection has been reset, is sent again', async () => {
	await using server = await startUnseenCloseServer('h2');
	for (const body of ['x', new Blob(['x'.repeat(300_000)])]) {
		const conn = new HTTP20Connection(server.origin);
		const before = Number((await (await conn.roundTrip('GET', '/')).text()).split(' ').at(-1));
		await conn.ping();
		// Called when the request is about to be written.
		const reset = () => {
			unsubscribe('hyper-wasm:request', reset);
			server.closeUnseen('RST');
		};
		subscribe('hyper-wasm:request', reset);
		const response = await conn.roundTrip('POST', '/', { body });
		assert.equal(await response.text(), `POST on connection ${before + 1}`);
		await conn.close();
	}
});

test('content that can be read once is not lost to a connection that the server closed unnoticed', async () => {
	await using server = await startUnseenCloseServer('h2');
	const conn = new HTTP20Connection(server.origin);
	await (await conn.roundTrip('GET', '/')).text();
	await conn.ping();
	server.closeUnseen('FIN');
	const handle = conn.putRequest('POST', '/');
	await conn.endHeaders({}, handle);
	await conn.send('by hand', { final: true });
	assert.equal(await (await conn.getResponse()).text(), 'POST on connection 2');
	await conn.close();
});

test('an idempotent request whose reused connection breaks before the response is sent again once', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const first = conn.roundTrip('GET', '/');
	const peer = await server.next();
	await peer.handshake();
	await peer.expect('HEADERS', { streamId: 1 });
	peer.send.headers(1, ok, { endStream: true });
	await first;
	const put = conn.roundTrip('PUT', '/', { body: 'x' });
	await peer.expect('HEADERS', { streamId: 3 });
	peer.destroy(new Error('cut'));
	const second = await server.next();
	await second.handshake();
	await second.expect('HEADERS', { streamId: 5 });
	second.destroy(new Error('cut'));
	await assert.rejects(put, (error: ConnectionError) => error.code === 'HYPER_CONNECTION_RESET');
	assert.equal(server.accepted, 2);
	await conn.close();
});

test('an error is not retryable if the server may have acted on an earlier attempt of the request', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const first = conn.roundTrip('GET', '/1');
	const before = await server.next();
	await before.handshake();
	before.send.headers(1, ok, { endStream: true });
	await first;
	const asked = conn.roundTrip('GET', '/2');
	await before.expect('HEADERS', { streamId: 1 });
	await before.expect('HEADERS', { streamId: 3 });
	before.destroy();
	const after = await server.next();
	await after.handshake();
	const { streamId } = await after.receive('HEADERS');
	after.send.rstStream(streamId, REFUSED_STREAM);
	await assert.rejects(asked, (error: ConnectionError) => error instanceof ConnectionError && !error.retryable);
	await conn.close();
});
