// respondWith: it collects requests and sends responses as the client's windows allow.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INTERNAL_ERROR } from '../../assembly/shared/error-code.ts';
import type { StreamResetError } from '../../src/index.ts';
import { greet, join } from '../support/offline.ts';

test('a handler gets the complete request, and the client the complete response', async () => {
	const { conn, peer } = join();
	peer.respondWith(async ({ streamId, method, path, authority, headers, body, trailers }) => ({
		status: 201,
		headers: { 'X-Seen': [method, path, authority, headers.get('x-own')[0], String(streamId)].join(' ') },
		body: `${new TextDecoder().decode(body)} ${trailers.get('sum')[0]}`,
		trailers: { Done: 'yes' },
	}));
	const response = await conn.roundTrip('PUT', '/p', {
		body: ['a', 'b'],
		headers: { 'x-own': '1' },
		trailers: { sum: '2' },
	});
	assert.equal(response.status, 201);
	assert.deepEqual(response.headers.get('x-seen'), ['PUT /p localhost 1 1']);
	assert.equal(await response.text(), 'ab 2');
	assert.deepEqual((await response.trailers).get('done'), ['yes']);
	await conn.close();
});

test('a large response waits for the windows of the stream and of the connection', async () => {
	const { conn, peer } = join({ settings: { initialWindowSize: 10_000 }, connectionWindowSize: 65_535 });
	peer.respondWith(({ path }) => ({ body: path.repeat(100_000) }));
	const responses = await Promise.all(['/a', '/b', '/c'].map((path) => conn.roundTrip('GET', path)));
	const lengths = await Promise.all(responses.map(async (response) => (await response.bytes()).length));
	assert.deepEqual(lengths, [200_000, 200_000, 200_000]);
	await conn.close();
});

test('the window that an upload uses is returned', async () => {
	const { conn, peer } = join();
	peer.respondWith(({ body }) => ({ body: String(body.length) }));
	assert.equal(await (await conn.roundTrip('POST', '/', { body: new Uint8Array(1_000_000) })).text(), '1000000');
	await conn.close();
});

test('a handler that throws resets its stream, and the next request is answered', async () => {
	const { conn, peer } = join();
	peer.respondWith(({ path }) => {
		if (path === '/bad') throw new Error('no');
		return {};
	});
	await assert.rejects(conn.roundTrip('GET', '/bad'), (error: StreamResetError) => error.errorCode === INTERNAL_ERROR);
	assert.equal((await conn.roundTrip('GET', '/good')).status, 200);
	await conn.close();
});

test('requests from before respondWith are answered, unless the client resets them', async () => {
	const { conn, peer } = await greet();
	const canceller = new AbortController();
	const doomed = conn.roundTrip('GET', '/doomed', { signal: canceller.signal });
	const kept = conn.roundTrip('GET', '/kept');
	await peer.roundTrip();
	let release = (): void => undefined;
	const wait = new Promise<void>((resolve) => (release = resolve));
	peer.respondWith(async () => {
		await wait;
		return { body: 'late' };
	});
	canceller.abort();
	await assert.rejects(doomed);
	release();
	assert.equal(await (await kept).text(), 'late');
	assert.equal(conn.streams, 0);
	await conn.close();
});

test('a responder keeps the window that the client granted before respondWith', async () => {
	const { conn, peer } = await greet();
	peer.respondWith(() => ({ body: new Uint8Array(300_000) }));
	assert.equal((await (await conn.roundTrip('GET', '/')).bytes()).length, 300_000);
	await conn.close();
});

test('a response with an unknown member resets its stream', async () => {
	const { conn, peer } = join();
	peer.respondWith(() => ({ statusCode: 404 }) as object);
	await assert.rejects(conn.roundTrip('GET', '/'), (error: StreamResetError) => error.errorCode === INTERNAL_ERROR);
	await conn.close();
});
