// What hyper promised about errors, and what its users missed: names of error codes, and errors that affect only what failed.

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

test('the error of a GOAWAY has the name, number and meaning of its code and the debug data', async () => {
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
	// The request is not sent again, because this connection speaks only HTTP/2.
	const peer = await server.next();
	await peer.handshake();
	await peer.receive('HEADERS');
	peer.send.goaway(0, ErrorCode.HTTP_1_1_REQUIRED, 'speak slowly');
	await rejected;
	await conn.close();
});

test('an unknown error code is shown as its number', () => {
	assert.equal(errorCodeName(100), '0x64');
	assert.equal(describeErrorCode(100), 'error code 100 (0x64)');
});

test('the error of a reset stream has its code and initiator, and the connection stays open', async () => {
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

test('a dropped connection rejects open requests with a typed error, and the next request opens another connection', async () => {
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

test('requests that were open when a connection ends after a GOAWAY reject with its code', async () => {
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
