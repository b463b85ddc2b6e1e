// ScriptedPeer, against connections and against clients that break the protocol.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { FrameReader } from '../../src/frames.ts';
import { ScriptedPeer } from '../../src/testing/peer.ts';
import { createTransportPair } from '../../src/testing.ts';
import { frameBytes } from '../support/frame-bytes.ts';
import { greet, join, stateOf } from '../support/offline.ts';

const PREFACE = new TextEncoder().encode('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

test('handshake resolves with the settings of the client and consumes its own frames', async () => {
	const { conn, peer } = join({ settings: { initialWindowSize: 12_345 } });
	const connected = conn.connect();
	assert.equal((await peer.handshake({ maxConcurrentStreams: 7 })).initialWindowSize, 12_345);
	await connected;
	assert.equal(conn.remoteSettings.maxConcurrentStreams, 7);
	assert.equal(peer.remoteSettings.enablePush, false);
	assert.equal(await stateOf(peer.receive()), 'pending');
	await conn.close();
});

test('receive with a type keeps the order of other frames', async () => {
	const { conn, peer } = await greet();
	const asked = conn.roundTrip('POST', '/', { body: 'x' });
	await peer.receive('DATA');
	assert.equal((await peer.receive()).type, 'HEADERS');
	peer.send.headers(1, { ':status': '204' }, { endStream: true });
	await asked;
	await conn.close();
});

test('a received frame has the registered name of its type, and UNKNOWN with the number for any other', async () => {
	const [near, far] = createTransportPair();
	const peer = new ScriptedPeer({ streams: far });
	const writer = near.writable.getWriter();
	const none = new Uint8Array();
	const unknown = frameBytes(0xaa, 3, 5, Buffer.from('x'));
	await writer.write(
		Buffer.concat([PREFACE, frameBytes(FrameType.ALTSVC, 0, 1, none), unknown, frameBytes(0x0b, 0, 0, none)]),
	);
	const frame = await peer.expect('UNKNOWN', { frameType: 0xaa, flags: 3, streamId: 5, payload: 'x' });
	assert.equal(frame.frameType, 0xaa);
	const altsvc = await peer.expect('ALTSVC', { streamId: 1, payload: '' });
	assert.deepEqual(
		peer.frames.map((received) => (received.type === 'UNKNOWN' ? received.frameType : received.type)),
		['ALTSVC', 0xaa, 0x0b],
	);
	assert.deepEqual(Object.keys(altsvc).sort(), ['flags', 'length', 'payload', 'streamId', 'type']);
	peer.destroy();
	await peer.closed;
});

test('expect rejects and names the member that differs', async () => {
	const { conn, peer } = await greet();
	const asked = conn.roundTrip('POST', '/a', { body: 'text' });
	await assert.rejects(peer.expect('HEADERS', { fields: { ':path': '/b' } }), /HEADERS whose field :path/);
	await assert.rejects(peer.expect('DATA', { data: 'other' }), /DATA whose data is/);
	peer.send.headers(1, { ':status': '204' }, { endStream: true });
	await asked;
	await conn.close();
});

test('receive rejects when no more frames can arrive', async () => {
	const { conn, peer } = await greet();
	const waiting = peer.receive('HEADERS');
	const closing = conn.close();
	await assert.rejects(waiting, /sent no HEADERS, and no more frames can arrive/);
	await closing;
	await peer.closed;
	await assert.rejects(peer.receive('PING'), /no more frames can arrive/);
});

test('a round trip waits for its own acknowledgement', async () => {
	const { conn, peer } = await greet();
	const own = new Uint8Array(8).fill(7);
	peer.send.ping(own);
	await peer.roundTrip();
	await peer.expect('PING', { ack: true, opaque: own });
	await conn.close();
});

test('the HPACK table of a peer is no larger than 4,096 bytes, whatever the client allows', async () => {
	const [near, far] = createTransportPair();
	const peer = new ScriptedPeer({ streams: far });
	const settings = frameBytes(FrameType.SETTINGS, 0, 0, Uint8Array.of(0, 1, 255, 255, 255, 255));
	await near.writable.getWriter().write(Buffer.concat([PREFACE, settings]));
	await peer.receive('SETTINGS');
	peer.send.headers(1, { ':status': '200' });
	const reader = new FrameReader();
	for await (const bytes of near.readable) {
		const headers = [...reader.read(bytes)].find(({ type }) => type === FrameType.HEADERS);
		if (headers === undefined) continue;
		assert.deepEqual([...(headers as { fragment: Uint8Array }).fragment], [0x88], 'no size update');
		break;
	}
	peer.destroy();
});

test('a peer that has refused its client receives nothing more', async () => {
	const [near, far] = createTransportPair();
	const peer = new ScriptedPeer({ streams: far, autoReply: false });
	const writer = near.writable.getWriter();
	await writer.write(new Uint8Array(24));
	await assert.rejects(peer.receive());
	await writer.write(Buffer.concat([PREFACE, frameBytes(FrameType.PING, 0, 0, new Uint8Array(8))])).catch(() => {});
	await stateOf(peer.closed);
	assert.deepEqual(peer.frames, []);
});

test('without autoReply the peer sends only what the script sends', async () => {
	const { conn, peer } = join({}, { autoReply: false });
	const pong = conn.ping('abcdefgh');
	peer.send.settings();
	await peer.receive('SETTINGS');
	peer.send.settingsAck();
	const ping = await peer.receive('PING');
	assert.equal(await stateOf(pong), 'pending');
	peer.send.ping(ping.opaque, { ack: true });
	assert.ok((await pong) >= 0);
	const closing = conn.close();
	await peer.receive('GOAWAY');
	peer.close();
	await closing;
});

test('automatic replies wait for the first frame of the script', async () => {
	const { conn, peer } = join();
	const connected = conn.connect();
	await peer.receive('SETTINGS');
	assert.equal(await stateOf(peer.receive('SETTINGS')), 'pending');
	peer.send.settings();
	await peer.roundTrip();
	await connected;
	await conn.close();
});

test('a client that sends no preface or a broken frame is refused with a reason', async () => {
	for (const [bytes, words] of [
		[new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'), /connection preface/],
		[Buffer.concat([PREFACE, frameBytes(FrameType.PING, 0, 0, new Uint8Array(7))]), /broke the protocol/],
		[Buffer.concat([PREFACE, frameBytes(FrameType.PUSH_PROMISE, 4, 1, Uint8Array.of(0, 0, 0, 2))]), /PUSH_PROMISE/],
	] as const) {
		const [near, far] = createTransportPair();
		const peer = new ScriptedPeer({ streams: far });
		const writer = near.writable.getWriter();
		await writer.write(bytes);
		await assert.rejects(peer.receive(), words);
		peer.destroy();
		await peer.closed;
	}
});

test('large field blocks continue in CONTINUATION, which a script can also send itself', async () => {
	const { conn, peer } = await greet();
	const asked = [conn.roundTrip('GET', '/1'), conn.roundTrip('GET', '/2')] as const;
	await peer.receive('HEADERS');
	await peer.receive('HEADERS');
	peer.send.headers(1, { ':status': '200', big: 'x'.repeat(40_000) }, { endStream: true });
	peer.send.headers(3, { ':status': '200' }, { endHeaders: false, endStream: true, padding: 4 });
	peer.send.continuation(3, { more: 'x' });
	assert.equal((await asked[0]).headers.get('big')[0]?.length, 40_000);
	assert.deepEqual((await asked[1]).headers.get('more'), ['x']);
	await conn.close();
});

test('frames up to the announced SETTINGS_MAX_FRAME_SIZE are received, and larger ones refused', async () => {
	const { conn, peer } = await greet({ maxFrameSize: 20_000 });
	await conn.request('POST', '/', { body: new Uint8Array(30_000) });
	assert.equal((await peer.receive('DATA')).data.length, 20_000);
	await conn.close();

	const [client, server] = createTransportPair();
	const other = new ScriptedPeer({ streams: server });
	other.send.settings({ maxFrameSize: 20_000 });
	const writer = client.writable.getWriter();
	void writer.write(PREFACE);
	void writer.write(frameBytes(FrameType.DATA, 0, 1, new Uint8Array(20_001)));
	await assert.rejects(other.receive('DATA'), /SETTINGS_MAX_FRAME_SIZE/);
	other.destroy();
});

test('an unknown option of a peer, or one without effect, is a TypeError', () => {
	const [streams] = createTransportPair();
	for (const [options, message] of [
		[{ autoreply: false }, /^TypeError: Unknown option "autoreply" of a ScriptedPeer: did you mean autoReply\?$/],
		[{ transport: streams }, /"transport" of a ScriptedPeer: write streams$/],
		[{ settings: {} }, /"settings" of a ScriptedPeer: write handshake\(settings\)$/],
		[{ streams: {} }, /^TypeError: streams must be a pair of streams \{ readable, writable \}, not an object$/],
		[{ autoReply: null }, /^TypeError: autoReply must be true or false, not null$/],
		[{ chunkSize: 0 }, /^RangeError: chunkSize is 0, but must be an integer of at least 1$/],
		[{ streams, chunkSize: 1 }, /^TypeError: Cannot use chunkSize with streams/],
		[null, /options of a ScriptedPeer must be an object .*, not null$/],
	] as const) {
		assert.throws(() => new ScriptedPeer(options as object), message);
	}
	new ScriptedPeer({ streams, alpn: undefined } as object).destroy();
});

test('a scripted peer refuses to wait for a frame that has no such name, and a handler that is not a function', async () => {
	const peer = new ScriptedPeer();
	await assert.rejects(
		peer.receive('HEADER' as 'HEADERS'),
		/^TypeError: The type of a frame is 'HEADER', but must be 'ALTSVC', 'DATA', /,
	);
	await assert.rejects(peer.expect(1 as unknown as 'HEADERS'), TypeError);
	assert.throws(
		() => peer.respondWith({} as () => object),
		/^TypeError: The handler of requests must be a function, not an object$/,
	);
});
