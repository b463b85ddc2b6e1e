// Requests with content: bodies that are read as the windows allow, trailers, and requests built with putRequest and send.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { LocalProtocolError, StreamResetError } from '../../src/index.ts';
import { greet, join, stateOf } from '../support/offline.ts';

const ok = { ':status': '200' };
const { CANCEL, INTERNAL_ERROR } = ErrorCode;

describe('uploads', () => {
	test("a request whose body can be read only once waits for the server's SETTINGS", async () => {
		const { conn, peer } = join();
		const asked = conn.roundTrip('POST', '/once', {
			body: (async function* () {
				yield 'x';
			})(),
		});
		const other = conn.connect().then(() => conn.roundTrip('GET', '/any'));
		while (peer.frames.length === 0) await turn();
		for (let i = 0; i < 5; i++) await turn();
		assert.equal(
			peer.frames.some(({ type }) => type === 'DATA'),
			false,
		);
		await peer.handshake();
		peer.respondWith(({ path, body }) => ({ body: `${path} ${body.length}` }));
		assert.equal(await (await asked).text(), '/once 1');
		assert.equal(await (await other).text(), '/any 0');
		await conn.close();
	});

	test("an upload reads its source only as the server's window allows", async () => {
		const { conn, peer } = await greet({ initialWindowSize: 100_000 });
		let given = 0;
		const body = (async function* () {
			for (; given < 100; given++) yield new Uint8Array(50_000);
		})();
		const asked = conn.roundTrip('POST', '/', { body });
		await peer.receive('DATA');
		for (let i = 0; i < 20; i++) await peer.roundTrip();
		assert.ok(given < 12, `${given} pieces were asked for`);
		peer.send.windowUpdate(0, 6_000_000);
		peer.send.windowUpdate(1, 6_000_000);
		let length = 0;
		for (let end = false; !end; ) {
			const frame = await peer.receive('DATA');
			length += frame.data.length;
			end = frame.endStream;
		}
		assert.equal(length + 16_384, 5_000_000);
		peer.send.headers(1, ok, { endStream: true });
		await asked;
		await conn.close();
	});

	test('an upload whose source fails is reset with INTERNAL_ERROR, and the response rejects with that cause', async () => {
		const { conn, peer } = await greet();
		const fault = new Error('disk on fire');
		const body = (async function* () {
			yield 'begun';
			throw fault;
		})();
		const asked = conn.roundTrip('POST', '/', { body });
		await peer.expect('RST_STREAM', { streamId: 1, errorCode: INTERNAL_ERROR });
		await assert.rejects(asked, (error: Error) => error.cause === fault);
		await conn.close();
	});

	test('an upload whose length differs from its content-length is reset', async () => {
		const { conn, peer } = await greet();
		for (const [declared, chunks] of [
			['5', ['abc']],
			['2', ['ab', 'c']],
		] as const) {
			const body = (async function* () {
				yield* chunks;
			})();
			const asked = conn.roundTrip('POST', '/', { body, headers: { 'content-length': declared } });
			await peer.expect('RST_STREAM', { errorCode: INTERNAL_ERROR });
			await assert.rejects(asked, (error: Error) => error.cause instanceof LocalProtocolError);
		}
		await assert.rejects(conn.roundTrip('POST', '/', { body: 'abc', headers: { 'content-length': '5' } }), TypeError);
		await conn.close();
	});

	test('aborting an upload releases a source that has not produced anything', async () => {
		const { conn, peer } = await greet();
		const controller = new AbortController();
		let onCancel: () => void = () => undefined;
		const cancelled = new Promise<void>((resolve) => (onCancel = resolve));
		const body = new ReadableStream({ cancel: () => onCancel() });
		const asked = conn.roundTrip('POST', '/', { body, signal: controller.signal });
		await peer.receive('HEADERS');
		controller.abort(new Error('enough'));
		await assert.rejects(asked, /enough/);
		await peer.expect('RST_STREAM', { streamId: 1, errorCode: CANCEL });
		await cancelled;
		await conn.close();
	});

	test('aborting a queued upload releases its unread source', async () => {
		const { conn, peer } = await greet({ maxConcurrentStreams: 0 });
		const controller = new AbortController();
		let onCancel: () => void = () => undefined;
		const cancelled = new Promise<void>((resolve) => (onCancel = resolve));
		const body = new ReadableStream({ cancel: () => onCancel() });
		const asked = conn.roundTrip('POST', '/', { body, signal: controller.signal });
		controller.abort(new Error('enough'));
		await assert.rejects(asked, /enough/);
		await cancelled;
		await peer.roundTrip();
		assert.equal(body.locked, true);
		await conn.close();
	});

	test('a request without a body may declare content-length 0 and no other', async () => {
		const { conn, peer } = await greet();
		const headers = { 'content-length': '5' };
		await assert.rejects(conn.roundTrip('GET', '/', { headers }), TypeError);
		const asked = conn.roundTrip('DELETE', '/', { headers: { 'content-length': '0' } });
		await peer.expect('HEADERS', { streamId: 1, fields: { 'content-length': '0' }, endStream: true });
		peer.send.headers(1, ok, { endStream: true });
		await asked;
		await conn.close();
	});

	test('an upload ends with trailers, from a function that is called after the body', async () => {
		const { conn, peer } = await greet();
		let sent = 0;
		const body = (async function* () {
			yield 'abc';
			sent += 3;
		})();
		const asked = conn.roundTrip('POST', '/', { body, trailers: async () => ({ 'X-Count': ` ${sent} ` }) });
		await peer.expect('HEADERS', { endStream: false });
		await peer.expect('DATA', { data: 'abc', endStream: false });
		await peer.expect('HEADERS', { fields: [['x-count', '3']], endStream: true });
		peer.send.headers(1, ok, { endStream: true });
		await asked;
		const fault = new Error('no trailers');
		const failing = conn.roundTrip('GET', '/', {
			trailers: () => {
				throw fault;
			},
		});
		await peer.expect('RST_STREAM', { streamId: 3, errorCode: INTERNAL_ERROR });
		await assert.rejects(failing, (error: Error) => error.cause === fault);
		await conn.close();
	});

	test('an upload continues after a complete response, and stops without an error when the server resets with NO_ERROR', async () => {
		const { conn, peer } = await greet();
		let returnedSource = false;
		const body = (async function* () {
			try {
				for (;;) yield new Uint8Array(10_000);
			} finally {
				returnedSource = true;
			}
		})();
		const asked = conn.roundTrip('POST', '/', { body });
		await peer.receive('DATA');
		peer.send.headers(1, { ':status': '413' });
		peer.send.data(1, 'too large', { endStream: true });
		peer.send.rstStream(1, ErrorCode.NO_ERROR);
		const response = await asked;
		assert.equal(await response.text(), 'too large');
		await peer.roundTrip();
		assert.equal(returnedSource, true);
		assert.equal(conn.streams, 0);
		await conn.close();
	});
});

describe('requests built with putRequest', () => {
	test('putRequest, putHeader, endHeaders and send make one request', async () => {
		const { conn, peer } = await greet();
		conn.putRequest('PUT', '/file');
		conn.putHeader('X-Part', '1');
		const id = await conn.endHeaders({ body: 'one ' });
		await conn.send('two ');
		await conn.send(
			(async function* () {
				yield 'three ';
				yield 'four';
			})(),
		);
		await conn.send('', { final: true }, id);
		await assert.rejects(conn.send('five', {}, id), LocalProtocolError);
		await peer.expect('HEADERS', { fields: { ':path': '/file', 'x-part': '1' }, endStream: false });
		let text = '';
		for (let end = false; !end; ) {
			const frame = await peer.receive('DATA');
			text += new TextDecoder().decode(frame.data);
			end = frame.endStream;
		}
		assert.equal(text, 'one two three four');
		peer.send.headers(id, ok, { endStream: true });
		assert.equal((await conn.getResponse(id)).status, 200);
		await conn.close();
	});

	test('several sends add up to the content-length of a request', async () => {
		const { conn, peer } = await greet();
		const handle = conn.putRequest('PUT', '/');
		conn.putHeader('content-length', '6', handle);
		const id = await conn.endHeaders({}, handle);
		await conn.send(
			(async function* () {
				yield 'abc';
			})(),
			{},
			id,
		);
		await conn.send(
			(async function* () {
				yield 'def';
			})(),
			{ final: true },
			id,
		);
		peer.send.headers(id, ok, { endStream: true });
		assert.equal((await conn.getResponse(id)).status, 200);
		await conn.close();
	});

	test('every send settles, also if several wait together or a reset arrives first', async () => {
		const { conn, peer } = await greet({ initialWindowSize: 0 });
		conn.putRequest('PUT', '/');
		const id = await conn.endHeaders();
		const sends = [conn.send(new Uint8Array(300_000)), conn.send(new Uint8Array(300_000)), conn.send('x')];
		for (const send of sends.slice(0, 2)) assert.equal(await stateOf(send), 'pending');
		peer.send.rstStream(id, CANCEL);
		await Promise.all(sends);
		await assert.rejects(conn.getResponse(id), StreamResetError);
		await assert.rejects(conn.send('late', {}, id), StreamResetError);
		await conn.close();
	});

	test('send settles and its source is released if the source hangs when the stream is reset or the connection lost', async () => {
		for (const end of ['reset', 'lost'] as const) {
			const { conn, peer } = await greet();
			conn.putRequest('PUT', '/');
			const id = await conn.endHeaders();
			let onCancel: () => void = () => undefined;
			const cancelled = new Promise<void>((resolve) => (onCancel = resolve));
			const sending = conn.send(new ReadableStream({ cancel: () => onCancel() }), { final: true });
			assert.equal(await stateOf(sending), 'pending');
			if (end === 'reset') peer.send.rstStream(id, CANCEL);
			else peer.destroy();
			await sending;
			await cancelled;
			await assert.rejects(conn.getResponse(id));
			await conn.close();
		}
	});
});
