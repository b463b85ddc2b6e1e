// Server push as its caller sees it: which promises getPushes yields, in which order, and what they contain.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ErrorCode from '../../assembly/shared/error-code.ts';
import { LocalProtocolError, StreamResetError } from '../../src/index.ts';
import { greet, keepProcessRunning, stateOf } from '../support/offline.ts';
import { collect, gather, greetWithPush, promise, resets } from '../support/push.ts';

const ok = { ':status': '200' };
const { CANCEL, REFUSED_STREAM } = ErrorCode;

keepProcessRunning();

test('push is off unless the option enablePush is true', async () => {
	const { conn, peer } = await greet();
	assert.equal(peer.remoteSettings.enablePush, false);
	const id = await conn.request('GET', '/');
	assert.throws(() => conn.getPushes(id), LocalProtocolError);
	assert.throws(() => conn.getPushes(), LocalProtocolError);
	await conn.close();
	const pushing = await greetWithPush();
	assert.equal(pushing.peer.remoteSettings.enablePush, true);
	await pushing.conn.close();
});

test('a push has the promised request and a response with content, trailers and timings', async () => {
	const { conn, peer } = await greetWithPush();
	const id = await conn.request('GET', '/');
	peer.send.pushPromise(id, 2, promise('/style.css', { accept: 'text/css' }));
	peer.send.headers(id, ok, { endStream: true });
	peer.send.headers(2, { ':status': '103', link: '</a>' });
	peer.send.headers(2, { ...ok, 'content-type': 'text/css' });
	peer.send.data(2, 'p {}');
	peer.send.headers(2, { 'x-sum': '1' }, { endStream: true });
	await peer.roundTrip();
	const [push] = await gather(conn.getPushes(id));
	assert.ok(push !== undefined);
	assert.deepEqual(
		[push.method, push.scheme, push.authority, push.path, push.streamId],
		['GET', 'https', 'localhost', '/style.css', 2],
	);
	assert.deepEqual([...push.requestHeaders.raw()], [['accept', 'text/css']]);
	const response = await push.getResponse();
	assert.equal(await push.getResponse(), response);
	assert.deepEqual([response.status, response.version, response.streamId], [200, 'HTTP/2', 2]);
	assert.deepEqual(
		response.informational.map(({ status }) => status),
		[103],
	);
	assert.deepEqual(response.headers.get('content-type'), ['text/css']);
	assert.equal(await response.text(), 'p {}');
	assert.deepEqual((await response.trailers).get('x-sum'), ['1']);
	const { queued, sent, firstByte, end } = response.timings;
	assert.equal(sent, null);
	assert.ok(queued <= (firstByte ?? 0) && (firstByte ?? 0) <= (end ?? 0));
	await conn.close();
});

test('getPushes yields each promise once, whether it arrives before the head, amid the content or near the end', async () => {
	const { conn, peer } = await greetWithPush();
	const id = await conn.request('GET', '/');
	peer.send.pushPromise(id, 2, promise('/before'));
	await peer.roundTrip();
	assert.deepEqual(await collect(conn.getPushes(id)), ['/before']);
	assert.deepEqual(await collect(conn.getPushes(id)), []);
	peer.send.headers(id, ok);
	peer.send.pushPromise(id, 4, promise('/after'));
	const response = await conn.getResponse(id);
	peer.send.data(id, 'half');
	peer.send.pushPromise(id, 6, promise('/within'));
	peer.send.pushPromise(id, 8, promise('/late'));
	peer.send.data(id, 'rest', { endStream: true });
	await peer.roundTrip();
	const some = conn.getPushes(id);
	assert.equal((await some.next()).value?.path, '/after');
	assert.equal(await response.text(), 'halfrest');
	assert.deepEqual(await collect(conn.getPushes(id)), ['/within', '/late']);
	assert.deepEqual(await collect(some), []);
	await conn.close();
});

test('captureAll yields promises until the response has ended, even if iteration began before the first one', async () => {
	const { conn, peer } = await greetWithPush();
	const id = await conn.request('GET', '/');
	const all = collect(conn.getPushes(id, { captureAll: true }));
	assert.equal(await stateOf(all), 'pending');
	peer.send.pushPromise(id, 2, promise('/1'));
	peer.send.headers(id, ok);
	await peer.roundTrip();
	assert.equal(await stateOf(all), 'pending');
	peer.send.pushPromise(id, 4, promise('/2'));
	peer.send.data(id, 'end', { endStream: true });
	assert.deepEqual(await all, ['/1', '/2']);
	await conn.close();
});

test('captureAll ends when its request is reset, aborted, closed or lost', async () => {
	for (const end of ['reset', 'aborted', 'closed', 'lost'] as const) {
		const { conn, peer } = await greetWithPush();
		const controller = new AbortController();
		const id = await conn.request('GET', '/', { signal: controller.signal });
		await peer.receive('HEADERS');
		const all = collect(conn.getPushes(id, { captureAll: true }));
		if (end === 'reset') peer.send.rstStream(id, CANCEL);
		else if (end === 'aborted') controller.abort();
		else if (end === 'closed') await conn.close();
		else peer.destroy(new Error('cut'));
		assert.deepEqual(await all, [], end);
		await conn.close();
	}
});

test('getPushes without a stream id uses the oldest request without a taken response, then the one taken last', async () => {
	const { conn, peer } = await greetWithPush();
	assert.throws(() => conn.getPushes(), LocalProtocolError);
	const ids = [await conn.request('GET', '/1'), await conn.request('GET', '/2')];
	for (const id of ids) {
		peer.send.pushPromise(id, id * 2, promise(`/of-${id}`));
		peer.send.headers(id, ok, { endStream: true });
	}
	await peer.roundTrip();
	assert.deepEqual(await collect(conn.getPushes()), ['/of-1']);
	await conn.getResponse();
	await conn.getResponse();
	assert.deepEqual(await collect(conn.getPushes()), ['/of-3']);
	assert.deepEqual(await collect(conn.getPushes(1)), []);
	for (const id of [2, 5, 7]) assert.throws(() => conn.getPushes(id), LocalProtocolError);
	const asked = conn.roundTrip('GET', '/3');
	const all = collect(conn.getPushes(undefined, { captureAll: true }));
	for (let i = 0; i < 3; i++) await peer.receive('HEADERS');
	peer.send.pushPromise(5, 20, promise('/of-5'));
	peer.send.headers(5, ok, { endStream: true });
	await asked;
	assert.deepEqual(await all, ['/of-5']);
	await conn.close();
});

test("captureAll buffers the response's content up to 16 MiB and rejects beyond", async () => {
	const { conn, peer } = await greetWithPush({ settings: { initialWindowSize: 100_000 } });
	const [id, large] = [await conn.request('GET', '/1'), await conn.request('GET', '/2')];
	const all = collect(conn.getPushes(id, { captureAll: true }));
	peer.send.headers(id, ok);
	for (let i = 0; i < 3; i++) {
		for (let left = 100_000; left > 0; left -= 10_000) peer.send.data(id, new Uint8Array(10_000));
		await peer.expect('WINDOW_UPDATE', { streamId: id });
	}
	peer.send.pushPromise(id, 2, promise('/late'));
	peer.send.data(id, '', { endStream: true });
	assert.deepEqual(await all, ['/late']);
	assert.equal((await (await conn.getResponse(id)).bytes()).length, 300_000);

	const tooLong = assert.rejects(collect(conn.getPushes(large, { captureAll: true })), LocalProtocolError);
	peer.send.headers(large, ok);
	for (let left = 17 << 20; left > 0; left -= 16_384) {
		peer.send.data(large, new Uint8Array(16_384));
		if (left % (4 * 16_384) === 0) await peer.roundTrip();
	}
	await tooLong;
	await conn.close();
});

test('cancel resets a promised stream with CANCEL, before and after its response begins', async () => {
	const { conn, peer } = await greetWithPush();
	const id = await conn.request('GET', '/');
	for (const promised of [2, 4]) peer.send.pushPromise(id, promised, promise(`/${promised}`));
	peer.send.headers(4, ok);
	peer.send.data(4, 'begun');
	await peer.roundTrip();
	const [first, second] = await gather(conn.getPushes(id));
	await first?.cancel();
	await assert.rejects(first?.getResponse() as Promise<unknown>, LocalProtocolError);
	const response = await second?.getResponse();
	await second?.cancel();
	await assert.rejects(response?.text() as Promise<unknown>, StreamResetError);
	assert.deepEqual(await resets(peer), [`2 ${CANCEL}`, `4 ${CANCEL}`]);
	peer.send.headers(2, ok);
	peer.send.data(2, 'crossed', { endStream: true });
	await peer.roundTrip();
	assert.equal(conn.streams, 1);
	await conn.close();
});

test('a pushed response that the server resets rejects, and is not requested again', async () => {
	const { conn, peer } = await greetWithPush();
	const id = await conn.request('GET', '/');
	peer.send.pushPromise(id, 2, promise('/'));
	await peer.roundTrip();
	const [push] = await gather(conn.getPushes(id));
	const response = push?.getResponse() as Promise<unknown>;
	peer.send.rstStream(2, REFUSED_STREAM);
	await assert.rejects(response, { name: 'StreamResetError', streamId: 2, errorCode: REFUSED_STREAM });
	await peer.roundTrip();
	assert.equal(peer.frames.filter(({ type }) => type === 'HEADERS').length, 1);
	await conn.close();
});
