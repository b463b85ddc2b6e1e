// Promises that are refused or dropped: for a foreign origin, too many, never taken, or too late.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import type { HTTP20Push } from '../../src/http20/push.ts';
import { HTTP20Connection, LocalProtocolError, StreamResetError } from '../../src/index.ts';
import { keepProcessRunning, ScriptedServer, stateOf } from '../support/offline.ts';
import { collect, gather, greetWithPush, promise, resets } from '../support/push.ts';

const ok = { ':status': '200' };
const { CANCEL, NO_ERROR, PROTOCOL_ERROR, REFUSED_STREAM } = ErrorCode;

keepProcessRunning();

test("a promise for another origin than the request's is refused, and its HPACK table entries are kept", async () => {
	const { conn, peer } = await greetWithPush();
	const id = await conn.request('GET', '/');
	const foreign = [
		promise('/', { ':authority': 'example.com', 'x-new': 'entry' }),
		promise('/', { ':authority': 'localhost:8443' }),
		promise('/', { ':scheme': 'http' }),
		promise('/', { ':authority': 'user@localhost' }),
		promise('/', { ':authority': '[' }),
	];
	for (const [i, fields] of foreign.entries()) peer.send.pushPromise(id, 2 + i * 2, fields);
	for (const authority of ['localhost:443', 'LOCALHOST']) {
		peer.send.pushPromise(
			id,
			authority === 'LOCALHOST' ? 14 : 12,
			promise(`/${authority}`, { ':authority': authority }),
		);
	}
	peer.send.headers(id, { ...ok, 'x-new': 'entry' }, { endStream: true });
	assert.deepEqual((await conn.getResponse()).headers.get('x-new'), ['entry']);
	assert.deepEqual(
		await resets(peer),
		foreign.map((_, i) => `${2 + i * 2} ${PROTOCOL_ERROR}`),
	);
	assert.deepEqual(await collect(conn.getPushes(id)), ['/localhost:443', '/LOCALHOST']);
	await conn.close();
});

test('a request with a host field may be promised that host and no other', async () => {
	const { conn, peer } = await greetWithPush();
	const id = await conn.request('GET', '/', { headers: { host: 'virtual.test' } });
	peer.send.pushPromise(id, 2, promise('/a', { ':authority': 'virtual.test' }));
	peer.send.pushPromise(id, 4, promise('/b'));
	peer.send.headers(id, ok, { endStream: true });
	await peer.roundTrip();
	assert.deepEqual(await collect(conn.getPushes(id)), ['/a']);
	assert.deepEqual(await resets(peer), [`4 ${PROTOCOL_ERROR}`]);
	await conn.close();
});

test('a promise may have a host that means the same as :authority', async () => {
	const { conn, peer } = await greetWithPush();
	const id = await conn.request('GET', '/');
	for (const [i, host] of ['localhost', 'LOCALHOST', 'localhost:443'].entries()) {
		peer.send.pushPromise(id, 2 + i * 2, promise(`/${i}`, { host }));
	}
	peer.send.headers(id, ok, { endStream: true });
	await peer.roundTrip();
	assert.deepEqual(await resets(peer), []);
	assert.deepEqual(await collect(conn.getPushes(id)), ['/0', '/1', '/2']);
	await conn.close();
});

test('promises beyond limits.promisedStreams are refused until some are taken', async () => {
	const { conn, peer } = await greetWithPush({ limits: { promisedStreams: 2 } });
	const id = await conn.request('GET', '/');
	// Complete ones count as well until getPushes has returned them.
	for (const promised of [2, 4, 6]) {
		peer.send.pushPromise(id, promised, promise(`/${promised}`));
		if (promised < 6) peer.send.headers(promised, ok, { endStream: true });
	}
	assert.deepEqual(await resets(peer), [`6 ${REFUSED_STREAM}`]);
	assert.deepEqual(await collect(conn.getPushes(id)), ['/2', '/4']);
	peer.send.pushPromise(id, 8, promise('/8'));
	await peer.roundTrip();
	assert.deepEqual(await collect(conn.getPushes(id)), ['/8']);
	await conn.close();
});

// RFC 9113 §5.1.2
test('pushed responses beyond our SETTINGS_MAX_CONCURRENT_STREAMS are refused, promises are not', async () => {
	const { conn, peer } = await greetWithPush({ settings: { maxConcurrentStreams: 1 } });
	const id = await conn.request('GET', '/');
	for (const promised of [2, 4, 6]) peer.send.pushPromise(id, promised, promise(`/${promised}`));
	for (const promised of [2, 4]) peer.send.headers(promised, ok);
	assert.deepEqual(await resets(peer), [`4 ${REFUSED_STREAM}`]);
	peer.send.data(2, '', { endStream: true });
	peer.send.headers(6, ok, { endStream: true });
	assert.deepEqual(await resets(peer), [`4 ${REFUSED_STREAM}`]);
	await conn.close();
});

test('untaken promises of ended requests are cancelled in favour of newer ones', async () => {
	const { conn, peer } = await greetWithPush({ limits: { promisedStreams: 2 } });
	const first = await conn.request('GET', '/1');
	for (const promised of [2, 4]) {
		peer.send.pushPromise(first, promised, promise(`/${promised}`));
		peer.send.headers(promised, ok, { endStream: promised === 4 });
	}
	peer.send.headers(first, ok, { endStream: true });
	const second = await conn.request('GET', '/2');
	peer.send.pushPromise(second, 6, promise('/6'));
	peer.send.headers(second, ok, { endStream: true });
	assert.deepEqual(await resets(peer), [`2 ${CANCEL}`]);
	assert.deepEqual(await collect(conn.getPushes(first)), []);
	assert.deepEqual(await collect(conn.getPushes(second)), ['/6']);
	await conn.close();
});

test('untaken pushed content is held back by its window and cancelled beyond limits.connectionBuffer', async () => {
	const { conn, peer } = await greetWithPush({
		settings: { initialWindowSize: 40_000 },
		limits: { connectionBuffer: 100_000 },
	});
	const id = await conn.request('GET', '/');
	const piece = new Uint8Array(10_000);
	for (const promised of [2, 4]) {
		peer.send.pushPromise(id, promised, promise(`/${promised}`));
		peer.send.headers(promised, ok);
		for (let i = 0; i < 4 && (promised === 2 || i < 1); i++) peer.send.data(promised, piece);
	}
	assert.deepEqual(await resets(peer), []);
	assert.deepEqual(
		peer.frames.filter((frame) => frame.type === 'WINDOW_UPDATE' && frame.streamId !== 0),
		[],
	);
	peer.send.data(4, piece);
	assert.deepEqual(await resets(peer), [`4 ${CANCEL}`]);
	const [whole, given] = await gather(conn.getPushes(id));
	await assert.rejects(
		(given as HTTP20Push).getResponse().then((response) => response.text()),
		StreamResetError,
	);
	const response = await (whole as HTTP20Push).getResponse();
	assert.equal((await response.read(40_000)).length, 40_000);
	await peer.expect('WINDOW_UPDATE', { streamId: 2 });
	await conn.close();
});

test('a promise that arrives after our GOAWAY is decoded and refused', async () => {
	const { conn, peer } = await greetWithPush();
	const asked = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	const closing = conn.close({ drain: true });
	await peer.receive('GOAWAY');
	peer.send.pushPromise(1, 2, promise('/', { 'x-new': 'entry' }));
	peer.send.headers(1, { ...ok, 'x-new': 'entry' });
	assert.deepEqual((await asked).headers.get('x-new'), ['entry']);
	assert.deepEqual(await resets(peer), [`2 ${REFUSED_STREAM}`]);
	peer.send.data(1, '', { endStream: true });
	await closing;
});

test('a drain waits for pushes that are being read and cancels untaken promises', async () => {
	const { conn, peer } = await greetWithPush();
	const id = await conn.request('GET', '/');
	for (const promised of [2, 4]) {
		peer.send.pushPromise(id, promised, promise(`/${promised}`));
		peer.send.headers(promised, ok);
	}
	await peer.roundTrip();
	const push = (await conn.getPushes(id).next()).value as HTTP20Push;
	const content = (await push.getResponse()).text();
	const closing = conn.close({ drain: true });
	peer.send.headers(id, ok, { endStream: true });
	assert.equal((await conn.getResponse(id)).status, 200);
	await peer.roundTrip();
	assert.equal(await stateOf(closing), 'pending');
	peer.send.data(2, 'read', { endStream: true });
	assert.equal(await content, 'read');
	await closing;
	assert.deepEqual(
		peer.frames.flatMap((frame) => (frame.type === 'RST_STREAM' ? [frame.streamId] : [])),
		[4],
	);
});

test('close rejects pushed responses and clears the promises of the old connection', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin, { enablePush: true });
	const authority = server.origin.slice('http://'.length);
	const own = { ':scheme': 'http', ':authority': authority };
	const opened = conn.request('GET', '/');
	const peer = await server.next();
	await peer.handshake();
	const id = await opened;
	for (const promised of [2, 4]) peer.send.pushPromise(id, promised, promise(`/${promised}`, own));
	await peer.roundTrip();
	const push = (await conn.getPushes(id).next()).value as HTTP20Push;
	const response = push.getResponse();
	const closing = conn.close();
	await assert.rejects(response, StreamResetError);
	await closing;
	assert.throws(() => conn.getPushes(), LocalProtocolError);
	const again = conn.request('GET', '/');
	const next = await server.next();
	await next.handshake();
	assert.equal(await again, 1);
	assert.deepEqual(await collect(conn.getPushes(1)), []);
	next.send.goaway(1, NO_ERROR);
	await conn.close();
});

test('a promise in the same read as the abort of its request is cancelled', async () => {
	const { conn, peer } = await greetWithPush();
	const controller = new AbortController();
	const asked = conn.roundTrip('GET', '/', {
		signal: controller.signal,
		onInformational: () => controller.abort(new Error('enough')),
	});
	await peer.receive('HEADERS');
	const writes: Uint8Array[] = [];
	const { write } = peer;
	peer.write = (bytes) => writes.push(bytes);
	peer.send.headers(1, { ':status': '103' });
	peer.send.pushPromise(1, 2, promise('/'));
	peer.write = write;
	peer.write(Buffer.concat(writes));
	await assert.rejects(asked, /enough/);
	assert.deepEqual(await resets(peer), [`1 ${CANCEL}`, `2 ${CANCEL}`]);
	assert.equal(conn.streams, 0);
	await conn.close();
});

test('untaken promises do not prevent the idle timeout', async () => {
	const { conn, peer } = await greetWithPush({ timeout: { idle: 20 } });
	const asked = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	peer.send.pushPromise(1, 2, promise('/'));
	peer.send.headers(1, ok, { endStream: true });
	await asked;
	await turn();
	await peer.expect('GOAWAY', { errorCode: NO_ERROR });
	await peer.closed;
	assert.equal(conn.streams, 0);
});
