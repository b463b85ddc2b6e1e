// What hyper promised about server push: when promises are delivered, what they contain, and how they are declined.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { type HTTP20Push, ProtocolError } from '../../src/index.ts';
import type { ScriptedPeer } from '../../src/testing.ts';
import { greet } from '../support/offline.ts';

const ok = { ':status': '200' };

function promise(peer: ScriptedPeer, promisedStreamId: number, path: string): void {
	peer.send.pushPromise(1, promisedStreamId, [
		[':method', 'GET'],
		[':scheme', 'https'],
		[':authority', 'localhost'],
		[':path', path],
		['accept', 'text/css'],
	]);
}

async function collect(pushes: AsyncIterable<HTTP20Push>): Promise<HTTP20Push[]> {
	const collected: HTTP20Push[] = [];
	for await (const push of pushes) collected.push(push);
	return collected;
}

test('promises are delivered before the head, after it and amid the content', async () => {
	const { conn, peer } = await greet({}, { enablePush: true });
	const id = await conn.request('GET', '/');
	await peer.receive('HEADERS');
	promise(peer, 2, '/before');
	await peer.roundTrip();
	assert.deepEqual(
		(await collect(conn.getPushes(id))).map(({ path }) => path),
		['/before'],
	);
	peer.send.headers(1, ok);
	promise(peer, 4, '/after');
	const rest = collect(conn.getPushes(id, { captureAll: true }));
	const response = await conn.getResponse(id);
	peer.send.data(1, 'content');
	promise(peer, 6, '/amid');
	peer.send.data(1, '', { endStream: true });
	assert.equal(await response.text(), 'content');
	assert.deepEqual(
		(await rest).map(({ path }) => path),
		['/after', '/amid'],
	);
	await conn.close();
});

test('a promised response can be read like any other', async () => {
	const { conn, peer } = await greet({}, { enablePush: true });
	const id = await conn.request('GET', '/');
	await peer.receive('HEADERS');
	promise(peer, 2, '/style.css');
	peer.send.headers(1, ok, { endStream: true });
	peer.send.headers(2, { ...ok, 'content-type': 'text/css' });
	peer.send.data(2, 'body {}', { endStream: true });
	const [push] = await collect(conn.getPushes(id, { captureAll: true }));
	const response = await (push as HTTP20Push).getResponse();
	assert.deepEqual(response.headers.get('content-type'), ['text/css']);
	assert.equal(await response.text(), 'body {}');
	await conn.close();
});

test('the requestHeaders of a push have no pseudo-header fields', async () => {
	const { conn, peer } = await greet({}, { enablePush: true });
	const id = await conn.request('GET', '/');
	await peer.receive('HEADERS');
	promise(peer, 2, '/style.css');
	await peer.roundTrip();
	const [push] = await collect(conn.getPushes(id));
	assert.ok(push !== undefined);
	assert.deepEqual([push.method, push.scheme, push.authority, push.path], ['GET', 'https', 'localhost', '/style.css']);
	assert.deepEqual([...push.requestHeaders], [['accept', 'text/css']]);
	await conn.close();
});

test('cancelling a push resets its stream with CANCEL', async () => {
	const { conn, peer } = await greet({}, { enablePush: true });
	const id = await conn.request('GET', '/');
	await peer.receive('HEADERS');
	promise(peer, 2, '/unwanted');
	await peer.roundTrip();
	const [push] = await collect(conn.getPushes(id));
	await push?.cancel();
	await peer.expect('RST_STREAM', { streamId: 2, errorCode: ErrorCode.CANCEL });
	await conn.close();
});

test('push is announced as off without enablePush, and a promise then ends the connection', async () => {
	const { conn, peer } = await greet();
	assert.equal(peer.remoteSettings.enablePush, false);
	const answer = conn.roundTrip('GET', '/');
	await peer.receive('HEADERS');
	promise(peer, 2, '/unasked');
	await assert.rejects(answer, ProtocolError);
	await peer.expect('GOAWAY', { errorCode: ErrorCode.PROTOCOL_ERROR });
	await conn.close();
});

test('a promise does not change the stream ids of our requests', async () => {
	const { conn, peer } = await greet({}, { enablePush: true });
	await conn.request('GET', '/');
	await peer.receive('HEADERS');
	promise(peer, 2, '/style.css');
	await peer.roundTrip();
	assert.equal(await conn.request('GET', '/next'), 3);
	await conn.close();
});
