// ScriptedPeer against connections, and against a client that is wrong.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { ScriptedPeer } from '../../src/testing/peer.ts';
import { createTransportPair } from '../../src/testing.ts';
import { frameBytes } from '../support/frame-bytes.ts';
import { greet, join, stateOf } from '../support/offline.ts';

const PREFACE = new TextEncoder().encode('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

test('handshake gives the settings of the client, and leaves nothing of itself to be received', async () => {
	const { conn, peer } = join({ settings: { initialWindowSize: 12_345 } });
	const connected = conn.connect();
	assert.equal((await peer.handshake({ maxConcurrentStreams: 7 })).initialWindowSize, 12_345);
	await connected;
	assert.equal(conn.remoteSettings.maxConcurrentStreams, 7);
	assert.equal(peer.remoteSettings.enablePush, false);
	assert.equal(await stateOf(peer.receive()), 'pending');
	await conn.close();
});

test('receive by type leaves other frames in their order', async () => {
	const { conn, peer } = await greet();
	const asked = conn.roundTrip('POST', '/', { body: 'x' });
	await peer.receive('DATA');
	assert.equal((await peer.receive()).type, FrameType.HEADERS);
	peer.send.headers(1, { ':status': '204' }, { endStream: true });
	await asked;
	await conn.close();
});

test('expect rejects with the member that differs', async () => {
	const { conn, peer } = await greet();
	const asked = conn.roundTrip('POST', '/a', { body: 'text' });
	await assert.rejects(peer.expect('HEADERS', { fields: { ':path': '/b' } }), /HEADERS whose field :path/);
	await assert.rejects(peer.expect('DATA', { data: 'other' }), /DATA whose data is/);
	peer.send.headers(1, { ':status': '204' }, { endStream: true });
	await asked;
	await conn.close();
});

test('receive rejects when no frame can come any more', async () => {
	const { conn, peer } = await greet();
	const waiting = peer.receive('HEADERS');
	const closing = conn.close();
	await assert.rejects(waiting, /sends no HEADERS any more/);
	await closing;
	await peer.closed;
	await assert.rejects(peer.receive('PING'), /any more/);
});

test('without autoReply nothing is sent but by the script', async () => {
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

test('what the peer says by itself comes after the first frame of the script', async () => {
	const { conn, peer } = join();
	const connected = conn.connect();
	await peer.receive('SETTINGS');
	assert.equal(await stateOf(peer.receive('SETTINGS')), 'pending');
	peer.send.settings();
	await peer.roundTrip();
	await connected;
	await conn.close();
});

test('a client without the preface, or with a broken frame, is refused in words', async () => {
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

test('big field blocks go on in CONTINUATION, and CONTINUATION can be sent by hand', async () => {
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

test('frames as large as the peer has announced are received, larger ones are refused', async () => {
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

test('options that do not exist, or have no effect, are TypeErrors', () => {
	const [streams] = createTransportPair();
	for (const [options, message] of [
		[{ autoreply: false }, /^TypeError: Unknown option "autoreply" of a ScriptedPeer: did you mean autoReply\?$/],
		[{ transport: streams }, /"transport" of a ScriptedPeer: write streams$/],
		[{ settings: {} }, /"settings" of a ScriptedPeer: write handshake\(settings\)$/],
		[{ streams: {} }, /^TypeError: streams must be a pair of streams \{ readable, writable \}, not an object$/],
		[{ autoReply: null }, /^TypeError: autoReply must be true or false, not null$/],
		[{ chunkSize: 0 }, /^RangeError: chunkSize is 0, must be an integer from 1$/],
		[{ streams, chunkSize: 1 }, /^TypeError: Cannot use chunkSize with streams/],
		[null, /options of a ScriptedPeer must be an object .*, not null$/],
	] as const) {
		assert.throws(() => new ScriptedPeer(options as object), message);
	}
	new ScriptedPeer({ streams, alpn: undefined } as object).destroy();
});
