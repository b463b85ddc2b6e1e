// What hyper promised of errors, and what its users missed: names for codes, and errors that stay where they belong.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import {
	ConnectionError,
	ConnectionResetError,
	describeErrorCode,
	errorCodeName,
	HTTP20Connection,
	StreamResetError,
} from '../../src/index.ts';
import { greet, ScriptedServer } from '../support/offline.ts';

test('a GOAWAY is told with the name of its code, its number, what it means and what the server adds', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const answer = conn.roundTrip('GET', '/');
	const rejected = assert.rejects(answer, (error) => {
		assert.ok(error instanceof ConnectionError);
		assert.equal(error.errorCode, ErrorCode.HTTP_1_1_REQUIRED);
		assert.match(error.message, /HTTP_1_1_REQUIRED \(0xd\): use HTTP\/1\.1 for the request/);
		assert.match(error.message, /speak slowly/);
		return true;
	});
	// The request is not processed, and so it is sent again: the second GOAWAY is the last.
	for (let i = 0; i < 2; i++) {
		const peer = await server.next();
		await peer.handshake();
		await peer.receive('HEADERS');
		peer.send.goaway(0, ErrorCode.HTTP_1_1_REQUIRED, 'speak slowly');
	}
	await rejected;
	await conn.close();
});

test('a code that nobody knows is told as its number', () => {
	assert.equal(errorCodeName(100), '0x64');
	assert.equal(describeErrorCode(100), 'error code 100 (0x64)');
});

test('a stream that is reset tells its code and who sent it, and the connection goes on', async () => {
	const { conn, peer } = await greet();
	const reset = conn.roundTrip('GET', '/reset');
	await peer.receive('HEADERS');
	peer.send.rstStream(1, ErrorCode.ENHANCE_YOUR_CALM);
	await assert.rejects(reset, (error) => {
		assert.ok(error instanceof StreamResetError);
		assert.deepEqual([error.streamId, error.errorCode, error.initiator], [1, ErrorCode.ENHANCE_YOUR_CALM, 'remote']);
		return true;
	});
	const next = conn.roundTrip('GET', '/next');
	peer.send.headers((await peer.receive('HEADERS')).streamId, { ':status': '204' }, { endStream: true });
	assert.equal((await next).status, 204);
	await conn.close();
});

test('a connection that the server drops is a typed error for what was open, and the next request connects anew', async () => {
	const server = await ScriptedServer.listen();
	const conn = new HTTP20Connection(server.origin);
	const lost = conn.roundTrip('GET', '/');
	const peer = await server.next();
	await peer.handshake();
	await peer.receive('HEADERS');
	peer.destroy(new Error('gone'));
	await assert.rejects(lost, ConnectionError);
	const again = conn.roundTrip('GET', '/');
	(await server.next()).respondWith(() => ({ status: 204 }));
	assert.equal((await again).status, 204);
	await conn.close();
});

test('a connection that ends after a GOAWAY with a code tells that code to what was still open', async () => {
	for (const resets of [false, true]) {
		const { conn, peer } = await greet();
		const answer = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.goaway(1, ErrorCode.ENHANCE_YOUR_CALM);
		await peer.roundTrip();
		if (resets) peer.destroy(new Error('reset'));
		else peer.close();
		await assert.rejects(answer, (error) => {
			assert.ok(error instanceof ConnectionResetError && error.cause instanceof ConnectionError);
			assert.equal(error.cause.errorCode, ErrorCode.ENHANCE_YOUR_CALM);
			assert.match(error.message, /ENHANCE_YOUR_CALM/);
			return true;
		});
		await conn.close();
	}
});
