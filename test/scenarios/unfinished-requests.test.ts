// Requests that would never end by themselves: uploads that get no window, content fed by hand that is never finished, and
// responses that are never read while a drain waits for them. Timeouts are short where they must expire, and long where
// they must not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CANCEL } from '../../assembly/shared/error-code.ts';
import { LocalProtocolError, TimeoutError } from '../../src/index.ts';
import { openHTTP11 } from '../support/http11.ts';
import { greet, keepProcessRunning } from '../support/offline.ts';

const ok = { ':status': '200' };
/** Longer than any test runs. */
const LONG = 600_000;
const SHORT = { headers: LONG, body: 50, idle: LONG };

keepProcessRunning();

function isTimeout(phase: string) {
	return (error: unknown) => error instanceof TimeoutError && error.phase === phase;
}

/** A body that never ends. */
async function* hanging(): AsyncGenerator<string> {
	yield 'first';
	await new Promise(() => undefined);
}

for (const [what, body] of [
	['that gets no window', new Uint8Array(1 << 20)],
	['whose source hangs', hanging()],
] as const) {
	test(`an upload ${what} is reset timeout.body after its response was complete, which stays readable`, async () => {
		const { conn, peer } = await greet({}, { timeout: SHORT });
		const asked = conn.roundTrip('POST', '/', { body });
		await peer.receive('DATA');
		peer.send.headers(1, ok);
		peer.send.data(1, 'answer', { endStream: true });
		const response = await asked;
		const closed = conn.close({ drain: true });
		await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
		await closed;
		assert.equal(conn.streams, 0);
		assert.equal(await response.text(), 'answer');
	});
}

test('an upload that progresses after its response was complete is not reset', async () => {
	const { conn, peer } = await greet({}, { timeout: { ...SHORT, body: 1000 } });
	const asked = conn.roundTrip('POST', '/', { body: new Uint8Array(65_535 + 12) });
	await peer.receive('HEADERS');
	peer.send.headers(1, ok, { endStream: true });
	await asked;
	for (let i = 0; i < 12; i++) {
		await new Promise((resolve) => setTimeout(resolve, 150));
		assert.equal(conn.streams, 1);
		peer.send.windowUpdate(1, 1);
		peer.send.windowUpdate(0, 1);
	}
	while (conn.streams > 0) await peer.roundTrip();
	await conn.close();
});

test('content fed by hand that is not finished is reset timeout.body after its response was complete', async () => {
	const { conn, peer } = await greet({}, { timeout: SHORT });
	conn.putRequest('POST', '/');
	const id = await conn.endHeaders();
	await conn.send('one', {}, id);
	await peer.receive('DATA');
	peer.send.headers(1, ok, { endStream: true });
	await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
	await assert.rejects(conn.send('two', {}, id), LocalProtocolError);
	assert.equal((await conn.getResponse(id)).status, 200);
	await conn.close();
});

test('content fed by hand that is not finished ends timeout.headers after the last piece without an answer', async () => {
	const { conn, peer } = await greet({}, { timeout: { headers: 50, body: LONG } });
	conn.putRequest('POST', '/');
	const id = await conn.endHeaders();
	const asked = conn.getResponse(id);
	await assert.rejects(asked, isTimeout('headers'));
	await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
	await assert.rejects(conn.send('late', {}, id), isTimeout('headers'));
	await conn.close();
});

test('content fed by hand that is not finished ends timeout.body after both sides were last active', async () => {
	const { conn, peer } = await greet({}, { timeout: SHORT });
	conn.putRequest('POST', '/');
	const id = await conn.endHeaders();
	peer.send.headers(1, ok);
	const response = await conn.getResponse(id);
	await assert.rejects(response.text(), isTimeout('body'));
	await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
	await conn.close();
});

for (const [what, body] of [
	['unread content', undefined],
	['an upload whose source hangs', hanging()],
] as const) {
	test(`close with drain waits at most timeout.body for a response with ${what}`, async () => {
		const { conn, peer } = await greet({}, { timeout: SHORT });
		const asked = conn.roundTrip('POST', '/', { body });
		await peer.receive('HEADERS');
		peer.send.headers(1, ok);
		peer.send.data(1, 'unread');
		const response = await asked;
		const closed = conn.close({ drain: true });
		await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
		await closed;
		assert.equal(new TextDecoder().decode(await response.read(6)), 'unread');
		await assert.rejects(response.read(1), isTimeout('body'));
	});
}

test('close with drain waits at most timeout.body for a sink that stays paused', async () => {
	const { conn, peer } = await greet({}, { timeout: SHORT });
	const failed = new Promise((resolve) => {
		const control = conn.dispatch({ method: 'GET', path: '/' }, { onHead: () => control.pause(), onError: resolve });
	});
	await peer.receive('HEADERS');
	peer.send.headers(1, ok);
	peer.send.data(1, 'kept');
	await peer.roundTrip();
	await conn.close({ drain: true });
	assert.ok(isTimeout('body')(await failed));
});

test('close with drain waits at most timeout.body for an HTTP/1.1 response with unread content', async (t) => {
	const { conn, server } = await openHTTP11(t, { timeout: SHORT });
	const asked = conn.roundTrip('GET', '/');
	const peer = await server.accept();
	await peer.readHead();
	peer.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
	const response = await asked;
	await conn.close({ drain: true });
	await peer.readToEnd();
	await assert.rejects(response.bytes(), isTimeout('body'));
});

test('an HTTP/1.1 upload to a server that stops reading ends after timeout.headers, and close with drain settles', async (t) => {
	const { conn, server } = await openHTTP11(t, { timeout: { headers: 1500, body: LONG } });
	const asked = conn.roundTrip('POST', '/', { body: new Uint8Array(64 << 20) });
	const failed = assert.rejects(asked, isTimeout('headers'));
	const peer = await server.accept();
	await peer.readHead();
	peer.socket.pause();
	const closed = conn.close({ drain: true });
	await failed;
	await closed;
});

test('an HTTP/1.1 connection whose response was complete before its upload is dropped, and the next request uses another', async (t) => {
	const { conn, server } = await openHTTP11(t, { timeout: { headers: LONG, body: LONG } });
	const asked = conn.roundTrip('POST', '/', { body: hanging() });
	const peer = await server.accept();
	await peer.readHead();
	peer.answer(['HTTP/1.1 200 OK', 'Content-Length: 0']);
	assert.equal((await asked).status, 200);
	await peer.readToEnd();
	const next = conn.roundTrip('GET', '/');
	(await server.accept()).answer(['HTTP/1.1 204 No Content']);
	assert.equal((await next).status, 204);
});
