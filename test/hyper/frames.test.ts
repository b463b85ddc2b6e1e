// What hyper promised about frames: sizes that the server sets, PING, frames without content, frames in small pieces.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { FrameReader, FrameWriter } from '../../src/frames.ts';
import { ProtocolError } from '../../src/index.ts';
import { greet } from '../support/offline.ts';

const ok = { ':status': '200' };

describe('frame sizes', () => {
	test('after a raised SETTINGS_MAX_FRAME_SIZE is acknowledged, larger frames are sent', async () => {
		const { conn, peer } = await greet({ maxFrameSize: 65_536, initialWindowSize: 1_000_000 });
		peer.send.windowUpdate(0, 1_000_000);
		await peer.roundTrip();
		assert.equal(conn.remoteSettings.maxFrameSize, 65_536);
		await conn.request('POST', '/', { body: new Uint8Array(100_000) });
		await peer.roundTrip();
		const lengths = peer.frames.flatMap((frame) => (frame.type === 'DATA' ? [frame.data.length] : []));
		assert.deepEqual(lengths, [65_536, 34_464]);
		await conn.close();
	});

	test('a SETTINGS_MAX_FRAME_SIZE of 1,024 or 2^26 ends the connection with PROTOCOL_ERROR, unacknowledged', async () => {
		for (const maxFrameSize of [1024, 2 ** 26]) {
			const { conn, peer } = await greet();
			const answer = conn.roundTrip('GET', '/');
			await peer.receive('HEADERS');
			peer.send.settings([[5, maxFrameSize]]);
			await assert.rejects(answer, (error) => {
				return error instanceof ProtocolError && error.errorCode === ErrorCode.PROTOCOL_ERROR;
			});
			await peer.expect('GOAWAY', { errorCode: ErrorCode.PROTOCOL_ERROR });
			assert.equal(peer.frames.filter((frame) => frame.type === 'SETTINGS' && frame.ack).length, 1);
			await conn.close();
		}
	});

	test('content and fields are split into frames of the size that the server allows', async () => {
		const { conn, peer } = await greet({ initialWindowSize: 1_000_000 });
		const headers = { 'x-long': '~'.repeat(40_000) };
		await conn.request('POST', '/', { body: new Uint8Array(60_000), headers });
		// The peer refuses frames above 16,384 bytes, the initial SETTINGS_MAX_FRAME_SIZE.
		assert.equal((await peer.receive('HEADERS')).fields.at(-2)?.[1].length, 40_000);
		let length = 0;
		while (length < 60_000) length += (await peer.receive('DATA')).data.length;
		assert.equal(length, 60_000);
		await conn.close();
	});

	test('a frame of 16,384 bytes that arrives byte by byte is read whole', async () => {
		const { conn, peer } = await greet({}, {}, { chunkSize: 1 });
		const answer = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		const content = Uint8Array.from({ length: 16_384 }, (_, i) => i);
		peer.send.headers(1, ok);
		peer.send.data(1, content, { endStream: true });
		assert.deepEqual(await (await answer).bytes(), content);
		await conn.close();
	});

	test('a frame read by FrameReader has the length of its payload, padding included', () => {
		const bytes = new FrameWriter().write({
			type: FrameType.DATA,
			streamId: 1,
			data: new Uint8Array(10),
			padding: 5,
		});
		const [frame] = [...new FrameReader().read(bytes)];
		assert.equal(frame?.length, 16);
	});
});

describe('PING', () => {
	test('a PING from the server amid a response is acknowledged with the same 8 bytes', async () => {
		const { conn, peer } = await greet();
		const answer = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		peer.send.data(1, 'before, ');
		const opaque = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
		peer.send.ping(opaque);
		peer.send.data(1, 'after', { endStream: true });
		await peer.expect('PING', { ack: true, opaque });
		assert.equal(await (await answer).text(), 'before, after');
		await conn.close();
	});

	test('an acknowledgement of PING is not acknowledged', async () => {
		const { conn, peer } = await greet();
		peer.send.ping(new Uint8Array(8), { ack: true });
		await peer.roundTrip();
		// The one frame is the acknowledgement of the test's own round trip.
		assert.equal(peer.frames.filter((frame) => frame.type === 'PING').length, 1);
		await conn.close();
	});
});

test('an empty DATA frame causes no WINDOW_UPDATE', async () => {
	const { conn, peer } = await greet();
	const answer = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	const before = peer.frames.length;
	peer.send.headers(1, ok);
	for (let i = 0; i < 50; i++) peer.send.data(1, '');
	peer.send.data(1, '', { endStream: true });
	assert.equal((await (await answer).bytes()).length, 0);
	await peer.roundTrip();
	const sent = peer.frames.slice(before).filter((frame) => frame.type === 'WINDOW_UPDATE');
	assert.deepEqual(sent, []);
	await conn.close();
});
