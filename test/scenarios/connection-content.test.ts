// Response content that is read slowly, in part or not at all; aborts at each stage; and returning the window of discarded content.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { LocalProtocolError, StreamResetError } from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';
import { greet } from '../support/offline.ts';

const ok = { ':status': '200' };
const { CANCEL } = ErrorCode;

/** Bytes by which the client has raised the connection's window since the handshake. */
function returned(peer: ScriptedPeer): number {
	let sum = 0;
	for (const frame of peer.frames) if (frame.type === 'WINDOW_UPDATE' && frame.streamId === 0) sum += frame.increment;
	return sum;
}

describe('aborting a request', () => {
	const reason = new Error('changed my mind');

	test('a request whose signal was already aborted rejects with the reason itself, and nothing is sent', async () => {
		const { conn, peer } = await greet();
		await assert.rejects(conn.roundTrip('GET', '/', { signal: AbortSignal.abort(reason) }), reason);
		await assert.rejects(conn.request('GET', '/', { signal: AbortSignal.abort(reason) }), reason);
		await peer.roundTrip();
		assert.equal(
			peer.frames.some(({ type }) => type === 'HEADERS'),
			false,
		);
		await conn.close();
	});

	test('aborting a queued request removes it from the queue', async () => {
		const { conn, peer } = await greet({ maxConcurrentStreams: 1 });
		const canceller = new AbortController();
		const running = conn.roundTrip('GET', '/1');
		const waiting = conn.roundTrip('GET', '/2', { signal: canceller.signal });
		const behind = conn.roundTrip('GET', '/3');
		await peer.receive('HEADERS');
		canceller.abort(reason);
		await assert.rejects(waiting, reason);
		peer.send.headers(1, ok, { endStream: true });
		await peer.expect('HEADERS', { streamId: 3, fields: { ':path': '/3' } });
		peer.send.headers(3, ok, { endStream: true });
		await Promise.all([running, behind]);
		await conn.close();
	});

	test("aborting an upload resets the stream and releases the body's source", async () => {
		const { conn, peer } = await greet();
		const canceller = new AbortController();
		let returnedSource = false;
		const body = (async function* () {
			try {
				for (;;) yield new Uint8Array(50_000);
			} finally {
				returnedSource = true;
			}
		})();
		const asked = conn.roundTrip('POST', '/', { body, signal: canceller.signal });
		await peer.receive('DATA');
		canceller.abort(reason);
		await assert.rejects(asked, reason);
		await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
		await turn();
		assert.equal(returnedSource, true);
		await conn.close();
	});

	test("aborting a download rejects the pending read and returns the connection's window", async () => {
		const { conn, peer } = await greet({}, { connectionWindowSize: 65_535, limits: { connectionBuffer: 1 } });
		for (let round = 0; round < 5; round++) {
			const canceller = new AbortController();
			const asked = conn.roundTrip('GET', '/', { signal: canceller.signal });
			const { streamId } = await peer.receive('HEADERS');
			peer.send.headers(streamId, ok);
			for (let i = 0; i < 3; i++) peer.send.data(streamId, new Uint8Array(15_000));
			const response = await asked;
			assert.equal((await response.read(10)).length, 10);
			const rest = response.bytes();
			await peer.roundTrip();
			canceller.abort(reason);
			await assert.rejects(rest, reason);
			await peer.expect('RST_STREAM', { streamId, errorCode: CANCEL });
		}
		await peer.roundTrip();
		assert.ok(returned(peer) > 5 * 45_000 - 65_535);
		await conn.close();
	});

	test("aborting an unread response returns the connection's window", async () => {
		const { conn, peer } = await greet({}, { connectionWindowSize: 65_535, limits: { connectionBuffer: 1 } });
		for (let round = 0; round < 3; round++) {
			const canceller = new AbortController();
			const asked = conn.roundTrip('GET', '/', { signal: canceller.signal });
			const { streamId } = await peer.receive('HEADERS');
			peer.send.headers(streamId, ok);
			peer.send.data(streamId, new Uint8Array(15_000));
			peer.send.data(streamId, new Uint8Array(15_000));
			await asked;
			await peer.roundTrip();
			canceller.abort(reason);
		}
		await peer.roundTrip();
		await peer.roundTrip();
		assert.ok(returned(peer) > 0);
		await conn.close();
	});

	test('an abort after the response has ended changes nothing', async () => {
		const { conn, peer } = await greet();
		const canceller = new AbortController();
		const asked = conn.roundTrip('GET', '/', { signal: canceller.signal });
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		peer.send.data(1, 'all', { endStream: true });
		const response = await asked;
		await peer.roundTrip();
		canceller.abort(reason);
		assert.equal(await response.text(), 'all');
		await conn.close();
	});
});

describe('reading a response', () => {
	test("closing a response early resets its stream and returns the connection's window", async () => {
		const { conn, peer } = await greet({}, { connectionWindowSize: 65_535, limits: { connectionBuffer: 1 } });
		const asked = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		for (let i = 0; i < 3; i++) peer.send.data(1, new Uint8Array(16_384));
		const response = await asked;
		await peer.roundTrip();
		assert.equal(returned(peer), 0);
		await response.close();
		await peer.expect('RST_STREAM', { errorCode: CANCEL });
		assert.ok(returned(peer) >= 49_152);
		await assert.rejects(response.text(), StreamResetError);
		await conn.close();
	});

	test('leaving the iteration over a response early resets its stream', async () => {
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		peer.send.data(1, 'first');
		for await (const piece of await asked) {
			assert.equal(new TextDecoder().decode(piece), 'first');
			break;
		}
		await peer.expect('RST_STREAM', { errorCode: CANCEL });
		await conn.close();
	});

	test('an unread response stops its own stream and no other, up to limits.connectionBuffer', async () => {
		const { conn, peer } = await greet({}, { settings: { initialWindowSize: 70_000 }, connectionWindowSize: 65_535 });
		const unread = conn.roundTrip('GET', '/unread');
		const read = conn.roundTrip('GET', '/read');
		peer.respondWith(({ path }) => ({ body: path.repeat(50_000) }));
		const response = await unread;
		assert.equal((await (await read).bytes()).length, 250_000);
		assert.equal((await response.bytes()).length, 350_000);
		await conn.close();
	});

	test('the content that arrived before a failure can still be read', async () => {
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		peer.send.data(1, 'half');
		peer.send.rstStream(1, CANCEL);
		const response = await asked;
		await peer.roundTrip();
		assert.equal(new TextDecoder().decode(await response.read(4)), 'half');
		await assert.rejects(response.read(1), StreamResetError);
		await conn.close();
	});

	test('readChunked yields each DATA frame as it was sent, including empty ones', async () => {
		const { conn, peer } = await greet({}, {}, { chunkSize: 3 });
		const asked = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		for (const piece of ['one', '', 'three and more']) peer.send.data(1, piece);
		peer.send.data(1, '', { endStream: true });
		const frames: string[] = [];
		for await (const piece of (await asked).readChunked()) frames.push(new TextDecoder().decode(piece));
		assert.deepEqual(frames, ['one', '', 'three and more', '']);
		await conn.close();
	});

	test('a second reader of a response is refused, and no content is lost', async () => {
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		peer.send.data(1, 'abc');
		const response = await asked;
		await peer.roundTrip();
		const first = response.read(5);
		await assert.rejects(response.bytes(), LocalProtocolError);
		await assert.rejects(response.read(1), LocalProtocolError);
		peer.send.data(1, 'def', { endStream: true });
		assert.equal(new TextDecoder().decode(await first), 'abcde');
		assert.equal(await response.text(), 'f');
		await conn.close();
	});

	test('a response of 12,000 frames, each with 5 bytes of content and 255 of padding, does not stall', async () => {
		const { conn, peer } = await greet();
		const asked = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		const response = await asked;
		const all = response.bytes();
		for (let i = 0; i < 12_000; i++) {
			peer.send.data(1, 'five!', { padding: 255, endStream: i === 11_999 });
			if (i % 1000 === 0) await peer.roundTrip();
		}
		assert.equal((await all).length, 60_000);
		await conn.close();
	});
});

test('a read of more bytes than the window completes', async () => {
	const { conn, peer } = await greet({}, { settings: { initialWindowSize: 65_535 } });
	const asked = conn.roundTrip('GET', '/');
	peer.respondWith(() => ({ body: new Uint8Array(300_000) }));
	const response = await asked;
	assert.equal((await response.read(250_000)).length, 250_000);
	assert.equal((await response.read(250_000)).length, 50_000);
	await conn.close();
});

test('a limit of 0 allows any number of fields', async () => {
	const options = { limits: { headerListSize: 0, headerFields: 0 } };
	const { conn, peer } = await greet({}, options);
	const asked = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	const many = Array.from({ length: 1000 }, (_, i): [string, string] => [`x-${i}`, 'v'.repeat(100)]);
	peer.send.headers(1, [[':status', '200'], ...many], { endStream: true });
	assert.equal((await asked).headers.size, 1000);
	await conn.close();
});
