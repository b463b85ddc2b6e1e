// A plaintext HTTPConnection with `h2c: 'upgrade'` offers HTTP/2 with its first request (RFC 7540 §3.2): the offer, and what becomes of it until
// HTTP/2 begins. upgrade-adoption.test.ts has what follows.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { resolveOptions } from '../../src/connection/options.ts';
import { FrameWriter } from '../../src/frames.ts';
import { upgradeSettings } from '../../src/http/negotiation.ts';
import {
	ConnectionError,
	ConnectionResetError,
	HTTP11Response,
	InvalidResponseError,
	TimeoutError,
} from '../../src/index.ts';
import { lines, OK, openHTTP11 } from '../support/http11.ts';
import type { RawConnection } from '../support/raw-server.ts';
import { openPlaintext, SWITCH } from '../support/upgrade.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** `:status: 200`, in the static table of HPACK. */
const STATUS_200 = Uint8Array.of(0x88);

const writer = new FrameWriter();

/** A frame as text, one character per byte. */
function frame(...parts: Parameters<FrameWriter['write']>): string {
	return Buffer.from(writer.write(...parts)).toString('latin1');
}

test("an offer to upgrade is sent beside the caller's fields", async (t) => {
	const { conn, server } = await openPlaintext(t);
	const outcome = conn.roundTrip('GET', '/', { headers: { 'X-A': '1' }, body: 'abc' });
	const peer = await server.accept();
	const settings = upgradeSettings(resolveOptions(server.origin, {}, null).session.settings);
	assert.equal(
		await peer.readTo('abc'),
		lines(
			...['GET / HTTP/1.1', `Host: 127.0.0.1:${server.port}`, 'X-A: 1', 'Content-Length: 3'],
			...['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', `HTTP2-Settings: ${settings}`, '', 'abc'],
		),
	);
	peer.answer(['HTTP/1.1 200 OK', 'Content-Length: 2'], 'no');
	const response = await outcome;
	assert.ok(response instanceof HTTP11Response);
	assert.equal(await response.text(), 'no');
	const next = conn.roundTrip('GET', '/');
	assert.doesNotMatch(await peer.readHead(), /upgrade/i);
	peer.answer(OK);
	await next;
	assert.equal(server.connections.length, 1);
});

for (const delivery of ['in one piece', 'byte by byte']) {
	test(`HTTP/2 begins with the bytes that follow a 101 that arrives ${delivery}`, async (t) => {
		const { conn, server } = await openPlaintext(t);
		const seen: number[] = [];
		const onInformational = (status: number) => seen.push(status);
		const outcome = conn.roundTrip('GET', '/', { onInformational });
		const peer = await server.accept();
		await peer.readHead();
		const head = 'HTTP/1.1 103 X\r\n\r\nHTTP/1.1 101 X\r\nCONNECTION: foo, UPGRADE\r\nupgrade: H2C\r\n\r\n';
		const first = [
			frame({ type: FrameType.SETTINGS, settings: [] }),
			frame({ type: FrameType.HEADERS, streamId: 1, fragment: STATUS_200 }),
			frame({ type: FrameType.DATA, streamId: 1, data: Buffer.from('first') }),
		].join('');
		if (delivery === 'in one piece') peer.write(head + first);
		else await peer.writeSlowly(head + first);
		const response = await outcome;
		assert.deepEqual([response.version, response.streamId, seen], ['HTTP/2', 1, [103]]);
		assert.deepEqual(
			response.informational.map(({ status }) => status),
			[103],
		);
		assert.equal(conn.streams, 1);
		assert.equal(await peer.readTo('SM\r\n\r\n'), PREFACE);
		peer.write(frame({ type: FrameType.DATA, streamId: 1, endStream: true, data: Buffer.from(' second') }));
		assert.equal(await response.text(), 'first second');
		assert.deepEqual([conn.streams, server.connections.length], [0, 1]);
	});
}

test('large content in memory is written before HTTP/2 begins after an upgrade', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const size = 8 * 1024 * 1024;
	const outcome = conn.roundTrip('GET', '/', { body: new Uint8Array(size) });
	const lost = assert.rejects(outcome, ConnectionResetError);
	const peer = await server.accept();
	await peer.readHead();
	peer.answer(SWITCH);
	const content = await peer.readBytes(size + PREFACE.length);
	assert.match(content, /^\0+PRI \* HTTP\/2\.0\r\n\r\nSM\r\n\r\n$/);
	assert.equal(content.indexOf('PRI'), size);
	peer.reset();
	await lost;
});

test('a 101 response to another protocol or with missing fields declines the offer, and is invalid without one', async (t) => {
	for (const fields of [
		['Connection: upgrade', 'Upgrade: websocket'],
		['Upgrade: h2c'],
		['Connection: close', 'Upgrade: h2c'],
		['Connection: upgrade'],
	]) {
		const { conn, server } = await openPlaintext(t);
		const failed = assert.rejects(conn.roundTrip('GET', '/'), InvalidResponseError, fields.join());
		for (const isOffered of [true, false]) {
			const peer = await server.accept();
			assert.equal(/upgrade/i.test(await peer.readHead()), isOffered);
			peer.answer(['HTTP/1.1 101 X', ...fields]);
			await peer.readToEnd();
		}
		await failed;
	}
});

test('an abort ends a request that offers an upgrade, and a lost connection ends it once it was sent again', async (t) => {
	const { conn, server } = await openPlaintext(t);
	const canceller = new AbortController();
	const reason = new Error('enough');
	const aborted = assert.rejects(conn.roundTrip('GET', '/', { signal: canceller.signal }), reason);
	await (await server.accept()).readHead();
	canceller.abort(reason);
	await aborted;
	const lost = assert.rejects(conn.roundTrip('GET', '/'), ConnectionResetError);
	const peer = await server.accept();
	assert.match(await peer.readHead(), /\r\nUpgrade: h2c\r\n/);
	peer.reset();
	const again = await server.accept();
	assert.doesNotMatch(await again.readHead(), /upgrade/i);
	again.reset();
	await lost;
});

for (const ending of ['a timeout', 'an abort', 'close', 'a reset'] as const) {
	test(`an upgrade whose server accepts but does not read is ended by ${ending}`, async (t) => {
		const { conn, server } = await openPlaintext(t, ending === 'a timeout' ? { timeout: { headers: 1500 } } : {});
		const canceller = new AbortController();
		const options = { body: new Uint8Array(32 * 1024 * 1024), signal: canceller.signal };
		const outcome = conn.roundTrip('GET', '/', options);
		outcome.catch(() => {});
		const peer = await server.accept();
		await peer.readHead();
		peer.socket.pause();
		peer.answer(SWITCH);
		await new Promise((resolve) => setTimeout(resolve, 50));
		if (ending === 'an abort') canceller.abort(new ConnectionError('enough'));
		if (ending === 'close') await conn.close();
		if (ending === 'a reset') peer.reset();
		const error = {
			'a timeout': TimeoutError,
			'a reset': ConnectionResetError,
			'an abort': /enough/,
			close: /by its owner/,
		};
		await assert.rejects(outcome, error[ending]);
		assert.equal(conn.streams, 0);
		peer.socket.resume();
		await peer.readToEnd();
	});
}

for (const [what, react] of [
	['does not answer', () => undefined],
	['refuses with an error', (peer) => peer.answer(['HTTP/1.1 400 Bad Request', 'Content-Length: 0'])],
	['closes the connection', (peer) => peer.end()],
] as const satisfies [string, (peer: RawConnection) => void][]) {
	test(`close({ drain }) waits for the answer to a request without the offer if the server ${what}`, async (t) => {
		const { conn, server } = await openPlaintext(t);
		const asked = conn.roundTrip('GET', '/', { body: 'x' });
		const peer = await server.accept();
		await peer.readHead();
		let isClosed = false;
		const closed = conn.close({ drain: true }).then(() => {
			isClosed = true;
		});
		react(peer);
		const again = await server.accept();
		assert.doesNotMatch(await again.readTo('x'), /upgrade/i);
		assert.deepEqual([isClosed, conn.state, conn.streams], [false, 'draining', 1]);
		again.answer(['HTTP/1.1 200 OK', 'Content-Length: 2'], 'ok');
		assert.equal(await (await asked).text(), 'ok');
		await closed;
		assert.deepEqual([conn.state, server.connections.length], ['closed', 2]);
		await again.readToEnd();
	});
}

for (const how of ['close', 'an abort', 'a refused dial'] as const) {
	test(`a request that is sent again without the offer during a drain is ended by ${how}`, async (t) => {
		const { conn, server } = await openPlaintext(t);
		const canceller = new AbortController();
		const asked = conn.roundTrip('GET', '/', { signal: canceller.signal });
		const rejected = assert.rejects(
			asked,
			{ close: /by its owner/, 'an abort': /enough/, 'a refused dial': ConnectionResetError }[how],
		);
		const peer = await server.accept();
		await peer.readHead();
		const drained = conn.close({ drain: true });
		// The server keeps its connections, but accepts no more.
		if (how === 'a refused dial') server.server.close();
		peer.end();
		if (how !== 'a refused dial') {
			await (await server.accept()).readHead();
			if (how === 'close') await conn.close();
			else canceller.abort(new Error('enough'));
		}
		await rejected;
		await drained;
		assert.equal(conn.state, 'closed');
	});
}

test('a 101 response to a request that waits for 100 is invalid, and its content is not sent', async (t) => {
	const { conn, server } = await openHTTP11(t);
	const options = { body: 'content', headers: { expect: '100-continue' } };
	const failed = assert.rejects(conn.roundTrip('POST', '/', options), InvalidResponseError);
	const peer = await server.accept();
	await peer.readHead();
	peer.answer(SWITCH);
	await failed;
	assert.equal(await peer.readToEnd(), '');
});
