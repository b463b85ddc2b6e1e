// HTTP/2 on a connection that began as HTTP/1.1 (RFC 7540 §3.2): the request that offered the upgrade is stream 1 and has
// been sent whole. The upgrade itself is tested in http11-upgrade.test.ts.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CANCEL, NO_ERROR, PROTOCOL_ERROR, REFUSED_STREAM } from '../../assembly/shared/error-code.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { FrameWriter } from '../../src/frames.ts';
import { type HTTPConnection, type HTTPResponse, LocalProtocolError, StreamResetError } from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';
import { stateOf } from '../support/offline.ts';
import type { RawServer } from '../support/raw-server.ts';
import { agree, openPlaintext, SWITCH } from '../support/upgrade.ts';

const ok = { ':status': '200' };

test('after an upgrade the response arrives on stream 1, our preface and SETTINGS are sent, and the next stream id is 3', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const id = conn.request('GET', '/');
	const peer = await agree(server);
	assert.equal(await id, 1);
	assert.deepEqual([conn.streams, conn.version, conn.state], [1, 'HTTP/2', 'open']);
	await peer.handshake();
	peer.send.headers(1, ok);
	peer.send.data(1, 'upgraded', { endStream: true });
	const response = await conn.getResponse(1);
	assert.deepEqual([response.version, response.streamId, await response.text()], ['HTTP/2', 1, 'upgraded']);
	const next = conn.roundTrip('GET', '/next');
	await peer.expect('HEADERS', { streamId: 3, fields: { ':scheme': 'http', ':path': '/next' } });
	peer.send.headers(3, ok, { endStream: true });
	assert.equal((await next).status, 200);
	assert.deepEqual([conn.streams, server.connections.length], [0, 1]);
	const ends = peer.frames.filter(({ type }) => type === 'RST_STREAM' || type === 'GOAWAY');
	assert.equal(ends.length, 0);
});

test('a response that arrives together with the 101 is kept for getResponse', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const id = conn.request('HEAD', '/');
	const connection = await server.accept();
	await connection.readHead();
	const writer = new FrameWriter();
	const frames = [
		writer.write({ type: FrameType.SETTINGS, settings: [] }),
		// `:status: 200`, in the static table of HPACK.
		writer.write({ type: FrameType.HEADERS, streamId: 1, endStream: true, fragment: Uint8Array.of(0x88) }),
	];
	connection.answer(SWITCH, Buffer.concat(frames).toString('latin1'));
	const peer = connection.speakHTTP2();
	assert.equal(await id, 1);
	await peer.receive('SETTINGS');
	await peer.roundTrip();
	assert.equal((await conn.getResponse()).status, 200);
	await assert.rejects(conn.getResponse(1), LocalProtocolError);
});

test('the method of the upgraded request determines whether its response has content', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const asked = conn.roundTrip('HEAD', '/');
	const peer = await agree(server);
	await peer.handshake();
	peer.send.headers(1, { ...ok, 'content-length': '5' }, { endStream: true });
	const response = await asked;
	assert.deepEqual([response.streamId, response.headers.get('content-length')], [1, ['5']]);
	assert.equal((await response.bytes()).length, 0);
});

test('stream 1 of an upgraded connection can have pushes', async (t) => {
	const { conn, server } = await openPlaintext(t, { enablePush: true });
	const id = conn.request('GET', '/');
	const peer = await agree(server);
	const all = conn.getPushes(await id, { captureAll: true });
	await peer.handshake();
	const authority = `127.0.0.1:${server.port}`;
	peer.send.pushPromise(1, 2, { ':method': 'GET', ':scheme': 'http', ':authority': authority, ':path': '/a' });
	peer.send.headers(2, ok, { endStream: true });
	peer.send.headers(1, ok, { endStream: true });
	const pushed: [string, number][] = [];
	for await (const push of all) pushed.push([push.path, (await push.getResponse()).status]);
	assert.deepEqual(pushed, [['/a', 200]]);
});

test('send rejects on stream 1 of an upgraded connection, and no DATA is sent on it', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const id = conn.request('GET', '/', { body: 'sent already' });
	const peer = await agree(server, 'sent already');
	assert.equal(await id, 1);
	await peer.handshake();
	await assert.rejects(conn.send('more', {}, 1), LocalProtocolError);
	peer.send.headers(1, ok, { endStream: true });
	await conn.getResponse(1);
	const sent = peer.frames.filter(({ type }) => type === 'DATA' || type === 'HEADERS');
	assert.equal(sent.length, 0);
});

for (const refusal of ['REFUSED_STREAM', 'GOAWAY'] as const) {
	test(`an upgraded request refused by ${refusal} is sent again with its content`, async (t) => {
		const { conn, server } = await openPlaintext(t);
		const asked = conn.roundTrip('GET', '/', { body: 'again' });
		const peer = await agree(server, 'again');
		await peer.handshake();
		if (refusal === 'GOAWAY') peer.send.goaway(0, NO_ERROR);
		else peer.send.rstStream(1, REFUSED_STREAM);
		// What the server speaks is known now, so the next connection is HTTP/2 from its first byte.
		const next = refusal === 'GOAWAY' ? (await server.accept()).speakHTTP2() : peer;
		if (next !== peer) await next.handshake();
		const { streamId } = await next.receive('HEADERS');
		await next.expect('DATA', { data: 'again', endStream: true });
		assert.equal(streamId, 3);
		next.send.headers(streamId, ok, { endStream: true });
		assert.equal((await asked).status, 200);
		assert.equal(server.connections.length, refusal === 'GOAWAY' ? 2 : 1);
	});
}

test('a request of an upgraded connection whose content cannot be read again rejects when it is refused', async (t) => {
	const { conn, server } = await openPlaintext(t);
	// More than is kept of a body that can be read once.
	async function* once(): AsyncGenerator<Uint8Array> {
		for (let i = 0; i < 3; i++) yield new Uint8Array(30_000);
	}
	const first = conn.roundTrip('GET', '/');
	const peer = await agree(server);
	await peer.handshake();
	peer.send.headers(1, ok, { endStream: true });
	await first;
	const asked = conn.roundTrip('POST', '/', { body: once() });
	const { streamId } = await peer.receive('HEADERS');
	for (let length = 0; length < 65_535; ) length += (await peer.receive('DATA')).data.length;
	peer.send.rstStream(streamId, REFUSED_STREAM);
	await assert.rejects(asked, (error: StreamResetError) => error instanceof StreamResetError && error.retryable);
	assert.equal(server.connections.length, 1);
});

test('a signal aborts stream 1 of an upgraded connection', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const controller = new AbortController();
	const reason = new Error('enough');
	const id = conn.request('GET', '/', { signal: controller.signal });
	const peer = await agree(server);
	await peer.handshake();
	assert.equal(await id, 1);
	controller.abort(reason);
	await assert.rejects(conn.getResponse(1), reason);
	await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
});

test('requests that wait for the answer to an upgrade are sent on the upgraded connection', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const [first, second, third] = ['/1', '/2', '/3'].map((path) => conn.roundTrip('GET', path));
	const peer = await agree(server);
	await peer.handshake();
	for (const id of [3, 5]) await peer.expect('HEADERS', { streamId: id });
	for (const id of [5, 3, 1]) peer.send.headers(id, { ':status': String(200 + id) }, { endStream: true });
	const statuses = (await Promise.all([first, second, third])).map((response) => response?.status);
	assert.deepEqual(statuses, [201, 203, 205]);
	assert.equal(server.connections.length, 1);
});

test('a frame for a stream beyond 1 breaks an upgraded connection that has opened no other', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const asked = conn.roundTrip('GET', '/');
	const rejected = assert.rejects(asked, { name: 'ProtocolError', errorCode: PROTOCOL_ERROR });
	const peer = await agree(server);
	await peer.handshake();
	peer.send.headers(3, ok);
	await rejected;
	await peer.expect('GOAWAY', { errorCode: PROTOCOL_ERROR });
});

test('close({ drain }) during an upgrade waits for the response on stream 1', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const asked = conn.roundTrip('GET', '/');
	const connection = await server.accept();
	await connection.readHead();
	let isClosed = false;
	const closed = conn.close({ drain: true }).then(() => {
		isClosed = true;
	});
	connection.answer(SWITCH);
	const peer = connection.speakHTTP2();
	await peer.handshake();
	await peer.receive('GOAWAY');
	assert.equal(isClosed, false);
	peer.send.headers(1, ok, { endStream: true });
	assert.equal((await asked).status, 200);
	await closed;
	assert.equal(conn.state, 'closed');
});

test('a close that drains while the tracer of an upgraded connection is loaded waits for the response on stream 1', async (t) => {
	let closed: Promise<void> | null = null;
	const info = (text: string): void => {
		if (text.endsWith(': HTTP/2')) closed = conn.close({ drain: true });
	};
	const { conn, server } = await openPlaintext(t, {
		logger: { debug() {}, info, warn() {} },
		onFrame: () => undefined,
	});
	const asked = conn.roundTrip('GET', '/');
	const peer = await agree(server);
	await peer.handshake();
	await peer.roundTrip();
	assert.equal(await stateOf(closed as unknown as Promise<void>), 'pending');
	peer.send.headers(1, ok, { endStream: true });
	assert.equal((await asked).status, 200);
	await closed;
	assert.equal(conn.state, 'closed');
});

test('an upgrade that close({ drain }) waits for decides nothing for the next request, which offers HTTP/2 again', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const first = conn.roundTrip('GET', '/1');
	const connection = await server.accept();
	await connection.readHead();
	const closed = conn.close({ drain: true });
	connection.answer(SWITCH);
	const old = connection.speakHTTP2();
	await old.handshake();
	await old.receive('GOAWAY');
	assert.equal(conn.version, null);
	const second = conn.roundTrip('GET', '/2');
	const peer = await agree(server);
	await peer.handshake();
	peer.send.headers(1, ok, { endStream: true });
	assert.equal((await second).streamId, 1);
	assert.equal(conn.version, 'HTTP/2');
	old.send.headers(1, ok, { endStream: true });
	assert.equal((await first).status, 200);
	await closed;
	const third = conn.roundTrip('GET', '/3');
	await peer.expect('HEADERS', { streamId: 3, fields: { ':path': '/3' } });
	peer.send.headers(3, ok, { endStream: true });
	assert.equal((await third).status, 200);
});

test('an upgrade that a draining connection completes late does not change the stream ids of the next one', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const first = conn.roundTrip('GET', '/1');
	const connection = await server.accept();
	await connection.readHead();
	const closed = conn.close({ drain: true });
	const second = conn.roundTrip('GET', '/2');
	const peer = await agree(server);
	await peer.handshake();
	peer.send.headers(1, ok, { endStream: true });
	await second;
	const third = conn.roundTrip('GET', '/3');
	await peer.expect('HEADERS', { streamId: 3 });
	peer.send.headers(3, ok, { endStream: true });
	await third;
	connection.answer(SWITCH);
	const old = connection.speakHTTP2();
	await old.handshake();
	await old.receive('GOAWAY');
	peer.send.goaway(3, NO_ERROR);
	await peer.roundTrip();
	const fourth = conn.roundTrip('GET', '/4');
	const last = (await server.accept()).speakHTTP2();
	await last.handshake();
	await last.expect('HEADERS', { streamId: 5 });
	last.send.headers(5, ok, { endStream: true });
	assert.equal((await fourth).status, 200);
	old.send.headers(1, ok, { endStream: true });
	assert.equal((await first).status, 200);
	await closed;
});

/** More microtasks than the switch from the 101 to HTTP/2 takes. */
const STEPS = 40;

interface Switching {
	readonly conn: HTTPConnection;
	readonly server: RawServer;
	readonly peer: ScriptedPeer;
	/** The response on stream 1. */
	readonly first: Promise<HTTPResponse>;
	/** Aborts its request. */
	readonly controller: AbortController;
	/** Resolves at this step of the switch. */
	readonly reached: Promise<void>;
}

/** Runs a test at each step of the switch to HTTP/2. */
async function atEachStep(t: TestContext, run: (switching: Switching) => Promise<void>): Promise<void> {
	for (let step = 0; step < STEPS; step++) {
		// With a tracer, which may have to be loaded, the switch takes longer.
		const { conn, server } = await openPlaintext(t, { onFrame: () => undefined });
		const { promise: reached, resolve } = createGate();
		// The 103 arrives in one piece with the 101; the count begins with it.
		const onInformational = async (): Promise<void> => {
			for (let i = 0; i < step; i++) await null;
			resolve();
		};
		const controller = new AbortController();
		const first = conn.roundTrip('GET', '/1', { signal: controller.signal, onInformational });
		const connection = await server.accept();
		await connection.readHead();
		connection.write(`HTTP/1.1 103 Early Hints\r\n\r\n${SWITCH.join('\r\n')}\r\n\r\n`);
		const peer = connection.speakHTTP2();
		await run({ conn, server, peer, first, controller, reached });
		await conn.close();
	}
}

function createGate(): { promise: Promise<void>; resolve: () => void } {
	let resolve = (): void => undefined;
	const promise = new Promise<void>((settle) => {
		resolve = settle;
	});
	return { promise, resolve };
}

test('an abort at any step of the switch to HTTP/2 resets stream 1, and the connection takes the next request', async (t) => {
	await atEachStep(t, async ({ conn, server, peer, first, controller, reached }) => {
		const reason = new Error('enough');
		const failed = assert.rejects(first, reason);
		await reached;
		controller.abort(reason);
		await failed;
		assert.equal(conn.streams, 0);
		const second = conn.roundTrip('GET', '/2');
		await peer.handshake();
		await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
		const head = peer.frames.find((frame) => frame.type === 'HEADERS') ?? (await peer.receive('HEADERS'));
		assert.equal(head.streamId, 3);
		peer.send.headers(3, ok, { endStream: true });
		assert.equal((await second).status, 200);
		assert.deepEqual([conn.streams, server.connections.length], [0, 1]);
	});
});

test('a request that is made at any step of the switch to HTTP/2 is sent on the upgraded connection', async (t) => {
	await atEachStep(t, async ({ conn, server, peer, first, reached }) => {
		await reached;
		const second = conn.roundTrip('GET', '/2');
		await peer.handshake();
		await peer.expect('HEADERS', { streamId: 3, fields: { ':path': '/2' } });
		for (const id of [1, 3]) peer.send.headers(id, ok, { endStream: true });
		assert.deepEqual([(await first).status, (await second).status], [200, 200]);
		assert.equal(server.connections.length, 1);
	});
});

test('close at any step of the switch to HTTP/2 rejects the request and ends the connection', async (t) => {
	await atEachStep(t, async ({ conn, server, peer, first, reached }) => {
		const failed = assert.rejects(first, /by its owner/);
		peer.send.settings();
		await reached;
		await conn.close();
		await failed;
		await peer.closed;
		assert.deepEqual([conn.state, conn.streams, server.connections.length], ['closed', 0, 1]);
	});
});

test('close({ drain }) at any step of the switch to HTTP/2 waits for the response on stream 1', async (t) => {
	await atEachStep(t, async ({ conn, server, peer, first, reached }) => {
		await reached;
		const closed = conn.close({ drain: true });
		await peer.handshake();
		await peer.roundTrip();
		assert.deepEqual([conn.state, await stateOf(closed)], ['draining', 'pending']);
		peer.send.headers(1, ok, { endStream: true });
		assert.equal((await first).status, 200);
		await closed;
		await peer.closed;
		assert.deepEqual([conn.state, conn.streams, server.connections.length], ['closed', 0, 1]);
	});
});
