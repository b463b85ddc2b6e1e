// What an HTTP/1.1 connection reports about itself.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type {
	ConnectionMessage,
	ErrorMessage,
	RequestMessage,
	ResponseMessage,
	TrailersMessage,
} from '../../src/diagnostics/diagnostics.ts';
import { ConnectionResetError, InvalidResponseError, LocalProtocolError, TimeoutError } from '../../src/index.ts';
import { OK, openHTTP11 } from '../support/http11.ts';

/** The messages published on a channel while the test runs. */
function listenTo<T>(t: TestContext, name: string): T[] {
	const messages: T[] = [];
	const listener = (message: unknown) => messages.push(message as T);
	subscribe(`hyper-wasm:${name}`, listener);
	t.after(() => unsubscribe(`hyper-wasm:${name}`, listener));
	return messages;
}

function recorder() {
	const lines: string[] = [];
	const write = (level: string) => (message: string) => lines.push(`${level} ${message.replace(/^#\d+/, '#n')}`);
	return { lines, logger: { info: write('info'), warn: write('warn'), debug: write('debug') } };
}

test('channels report the states of an HTTP/1.1 connection, its requests, its responses and their trailers', async (t) => {
	const connections = listenTo<ConnectionMessage>(t, 'connection');
	const requests = listenTo<RequestMessage>(t, 'request');
	const responses = listenTo<ResponseMessage>(t, 'response');
	const trailers = listenTo<TrailersMessage>(t, 'trailers');
	const { conn, server, host } = await openHTTP11(t);
	const answer = conn.roundTrip('GET', '/path', { headers: { 'X-A': '1' } });
	const peer = await server.accept();
	await peer.readHead();
	peer.answer(['HTTP/1.1 203 X', 'X-B: 2', 'Transfer-Encoding: chunked'], '0\r\nX-C: 3\r\n\r\n');
	await (await answer).bytes();
	await conn.close();
	await turn();
	assert.deepEqual(
		connections.map(({ state, version, error }) => [state, version, error]),
		[
			['opening', null, null],
			['open', 'HTTP/1.1', null],
			['closed', 'HTTP/1.1', null],
		],
	);
	assert.deepEqual(
		requests.map(({ streamId, method, scheme, authority, path, headers }) => [
			...[streamId, method, scheme, authority, path],
			[...headers.raw()],
		]),
		[
			[
				null,
				'GET',
				'http',
				host,
				'/path',
				[
					['Host', host],
					['X-A', '1'],
				],
			],
		],
	);
	assert.deepEqual(
		responses.map(({ streamId, status, headers }) => [streamId, status, headers.get('x-b')]),
		[[null, 203, ['2']]],
	);
	assert.deepEqual(
		trailers.map((message) => [...message.trailers.raw()]),
		[[['X-C', '3']]],
	);
	assert.equal(
		new Set([...connections, ...requests, ...responses, ...trailers].map((each) => each.connection)).size,
		1,
	);
});

for (const name of ['request', 'response']) {
	test(`the channel of ${name}s needs no subscriber of another one on HTTP/1.1`, async (t) => {
		const messages = listenTo(t, name);
		const { conn, server } = await openHTTP11(t);
		const answer = conn.roundTrip('GET', '/');
		const peer = await server.accept();
		await peer.readHead();
		peer.answer(OK);
		await answer;
		assert.equal(messages.length, 1);
	});
}

test('a logger gets a line for each HTTP/1.1 request and response, and failures as warnings', async (t) => {
	const { lines, logger } = recorder();
	const { conn, server, host } = await openHTTP11(t, { logger });
	const answer = conn.roundTrip('GET', '/1');
	const peer = await server.accept();
	await peer.readHead();
	peer.answer(OK);
	await answer;
	const failed = assert.rejects(conn.roundTrip('POST', '/2'), InvalidResponseError);
	await peer.readHead();
	peer.write('garbage');
	await failed;
	await peer.readToEnd();
	await turn();
	assert.deepEqual(lines.slice(0, 4), [
		`info #n: open to ${host}: HTTP/1.1`,
		`info #n: GET http://${host}/1`,
		'info #n: 200',
		`info #n: POST http://${host}/2`,
	]);
	assert.match(lines[4] as string, /^warn #n: InvalidResponseError: /);
});

test('the error channel reports lost HTTP/1.1 connections and timeouts', async (t) => {
	const errors = listenTo<{ error: Error }>(t, 'error');
	const { conn, server } = await openHTTP11(t, { timeout: { headers: 1500 } });
	const lost = assert.rejects(conn.roundTrip('GET', '/'), ConnectionResetError);
	const peer = await server.accept();
	await peer.readHead();
	peer.reset();
	await lost;
	assert.ok(errors[0]?.error instanceof ConnectionResetError);
	errors.length = 0;
	await assert.rejects(conn.roundTrip('GET', '/'), TimeoutError);
	assert.ok(errors[0]?.error instanceof TimeoutError || errors[1]?.error instanceof TimeoutError);
});

test('an HTTP/1.1 request that is cancelled is reported once, whether it was queued, sent or answered', async (t) => {
	const errors = listenTo<ErrorMessage>(t, 'error');
	const { lines, logger } = recorder();
	const { conn, server } = await openHTTP11(t, { logger });
	const reason = new Error('not needed');
	for (const step of ['queued', 'sent', 'answered']) {
		const controller = new AbortController();
		const first = conn.roundTrip('GET', '/first', step === 'queued' ? {} : { signal: controller.signal });
		const peer = await server.accept();
		await peer.readHead();
		if (step === 'queued') {
			const queued = assert.rejects(conn.roundTrip('GET', '/queued', { signal: controller.signal }), reason);
			controller.abort(reason);
			await queued;
			peer.answer(OK);
			await first;
			await conn.close();
		} else if (step === 'sent') {
			controller.abort(reason);
			await assert.rejects(first, reason);
		} else {
			peer.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
			const response = await first;
			controller.abort(reason);
			await assert.rejects(response.bytes(), reason);
		}
		assert.deepEqual(
			errors.splice(0).map(({ streamId, error }) => [streamId, error.message, error.cause]),
			[[null, 'Request was cancelled', reason]],
			step,
		);
		const reports = lines.splice(0).filter((line) => line.includes('cancelled'));
		assert.deepEqual(reports, ['info #n: Request was cancelled'], step);
	}
});

test('a request that times out in the queue of an HTTP/1.1 connection is reported once', async (t) => {
	const errors = listenTo<ErrorMessage>(t, 'error');
	const { lines, logger } = recorder();
	const { conn, server } = await openHTTP11(t, { logger, timeout: { headers: 1500 } });
	const first = conn.roundTrip('GET', '/first');
	const peer = await server.accept();
	await peer.readHead();
	peer.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
	const response = await first;
	await assert.rejects(conn.roundTrip('GET', '/queued'), TimeoutError);
	peer.write('world');
	await response.bytes();
	assert.deepEqual(
		errors.map(({ streamId, error }) => [streamId, error.name]),
		[[null, 'TimeoutError']],
	);
	const reports = lines.filter((line) => line.startsWith('warn'));
	assert.deepEqual(reports, ['warn #n: TimeoutError: Response did not begin within 1500 ms']);
});

test('close reports each request that it ends once, whether it was queued, waiting to be written, sent or answered', async (t) => {
	const errors = listenTo<ErrorMessage>(t, 'error');
	const requests = listenTo<RequestMessage>(t, 'request');
	const { lines, logger } = recorder();
	const { conn, server } = await openHTTP11(t, { logger });
	for (const step of ['sent', 'answered', 'about to be written'] as const) {
		const first = conn.roundTrip('GET', '/first');
		const peer = await server.accept();
		await peer.readHead();
		const ends: Promise<unknown>[] = [];
		if (step === 'sent') ends.push(first);
		else if (step === 'answered') {
			peer.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
			ends.push((await first).bytes());
		} else {
			peer.answer(OK);
			await first;
			ends.push(conn.roundTrip('POST', '/second'));
		}
		ends.push(conn.roundTrip('GET', '/queued/1'), conn.roundTrip('GET', '/queued/2'));
		await Promise.all([...ends.map((end) => assert.rejects(end, /closed by its owner/)), conn.close()]);
		assert.deepEqual(
			errors.splice(0).map(({ error }) => error.message),
			ends.map(() => 'Connection was closed by its owner'),
			step,
		);
		assert.deepEqual(
			requests.splice(0).map(({ path }) => path),
			['/first'],
		);
	}
	assert.deepEqual(
		lines.filter((line) => line.startsWith('warn')),
		[],
	);
});

test('requests that wait behind too much unread content of an HTTP/1.1 response are reported once', async (t) => {
	const errors = listenTo<ErrorMessage>(t, 'error');
	const { conn, server } = await openHTTP11(t);
	const first = conn.roundTrip('GET', '/first');
	const peer = await server.accept();
	await peer.readHead();
	const length = 17 * 1024 * 1024;
	peer.answer(['HTTP/1.1 200 OK', `Content-Length: ${length}`]);
	await first;
	const queued = ['/1', '/2'].map((path) => assert.rejects(conn.roundTrip('GET', path), LocalProtocolError));
	peer.socket.write(new Uint8Array(length));
	await Promise.all(queued);
	assert.equal(errors.length, 2);
	await conn.close();
});

test('a request that was lost is reported once if no other connection can be opened', async (t) => {
	const errors = listenTo<ErrorMessage>(t, 'error');
	const { conn, server } = await openHTTP11(t);
	const asked = conn.roundTrip('GET', '/', { headers: { expect: '100-continue' }, body: 'x' });
	const peer = await server.accept();
	await peer.readHead();
	server.server.close();
	peer.answer(['HTTP/1.1 417 Expectation Failed', 'Content-Length: 0']);
	const never = assert.rejects(conn.roundTrip('GET', '/never/sent'));
	await assert.rejects(asked, /status 417/);
	await never;
	assert.deepEqual(
		errors.map(({ error }) => error.name),
		['ConnectError', 'ConnectionError'],
	);
});
