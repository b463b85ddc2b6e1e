// What hyper promised about streams: a clean end, one RST_STREAM each, responses in any order, content before its end.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { HTTP20Connection, StreamResetError } from '../../src/index.ts';
import { ScriptedPeer } from '../../src/testing.ts';
import { greet, ScriptedServer } from '../support/offline.ts';

const ok = { ':status': '200' };

describe('the end of a stream', () => {
	test('a response read to its end causes no RST_STREAM and leaves no stream behind', async () => {
		const { conn, peer } = await greet();
		const answer = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		peer.send.data(1, 'all of it', { endStream: true });
		const response = await answer;
		assert.equal(await response.text(), 'all of it');
		await response.close();
		assert.equal(conn.streams, 0);
		await peer.roundTrip();
		assert.equal(
			peer.frames.some((frame) => frame.type === 'RST_STREAM'),
			false,
		);
		await conn.close();
	});

	test('closing a response with frames in flight sends one RST_STREAM', async () => {
		const { conn, peer } = await greet();
		const answer = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		await (await answer).close();
		for (let i = 0; i < 20; i++) peer.send.data(1, 'late');
		peer.send.headers(1, { 'x-late': '1' }, { endStream: true });
		await peer.expect('RST_STREAM', { streamId: 1, errorCode: ErrorCode.CANCEL });
		await peer.roundTrip();
		assert.equal(peer.frames.filter((frame) => frame.type === 'RST_STREAM').length, 1);
		await conn.close();
	});

	test('a second RST_STREAM from the server changes nothing, and other streams continue', async () => {
		const { conn, peer } = await greet();
		const reset = conn.roundTrip('GET', '/reset');
		const other = conn.roundTrip('GET', '/other');
		await peer.receive('HEADERS');
		await peer.receive('HEADERS');
		peer.send.rstStream(1, ErrorCode.INTERNAL_ERROR);
		peer.send.rstStream(1, ErrorCode.CANCEL);
		await assert.rejects(reset, (error) => {
			return error instanceof StreamResetError && error.errorCode === ErrorCode.INTERNAL_ERROR;
		});
		peer.send.headers(3, ok);
		peer.send.data(3, 'still here', { endStream: true });
		assert.equal(await (await other).text(), 'still here');
		await conn.close();
	});
});

describe('the order of reading', () => {
	test('responses can be read in another order than they arrived', async () => {
		const { conn, peer } = await greet();
		const first = await conn.request('GET', '/first');
		const second = await conn.request('GET', '/second');
		for (const streamId of [first, second]) {
			// The second block refers to a table entry that the first has inserted.
			peer.send.headers(streamId, { ...ok, 'x-shared': 'in the table', 'x-id': String(streamId) });
			peer.send.data(streamId, `content of ${streamId}`, { endStream: true });
		}
		for (const streamId of [second, first]) {
			const response = await conn.getResponse(streamId);
			assert.deepEqual(response.headers.get('x-shared'), ['in the table']);
			assert.deepEqual(response.headers.get('x-id'), [String(streamId)]);
			assert.equal(await response.text(), `content of ${streamId}`);
		}
		await conn.close();
	});

	test('content can be read before the response has ended', async () => {
		const { conn, peer } = await greet();
		const answer = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		peer.send.data(1, 'one event');
		const response = await answer;
		for await (const chunk of response) {
			assert.equal(new TextDecoder().decode(chunk), 'one event');
			break;
		}
		await conn.close();
	});
});

test('requests to one origin share a connection', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const answers = ['/a', '/b'].map((path) => conn.roundTrip('GET', path));
	const peer = await server.next();
	peer.respondWith(({ path }) => ({ body: path }));
	for (const answer of answers) assert.match(await (await answer).text(), /^\/[ab]$/);
	assert.equal(await (await conn.roundTrip('GET', '/c')).text(), '/c');
	assert.equal(server.accepted, 1);
	await conn.close();
});

test('a connection over an in-memory transport needs three calls for a response', async () => {
	const peer = new ScriptedPeer();
	peer.respondWith(({ path }) => ({ body: path }));
	const conn = new HTTP20Connection('localhost', { transport: peer.transport });
	await conn.request('GET', '/three');
	assert.equal(await (await conn.getResponse()).text(), '/three');
	await conn.close();
});
