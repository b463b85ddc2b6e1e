// The HTTP/1.1 half of an upgrade to HTTP/2: a request that offers it (RFC 7540 §3.2).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HTTP11Response } from '../../src/http11/response.ts';
import { isUpgraded, type UpgradeOutcome } from '../../src/http11/upgrade.ts';
import { ConnectionError, ConnectionResetError, InvalidResponseError, TimeoutError } from '../../src/index.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { lines, OK, openHTTP11 } from '../support/http11.ts';

const SETTINGS = 'AAMAAABkAAQAoAAA';

/** What a transport receives until it is closed. */
function readAll(transport: Transport): Promise<string> {
	return new Promise((resolve, reject) => {
		let text = '';
		transport.start({
			onBytes: (bytes) => {
				text += Buffer.from(bytes).toString('latin1');
			},
			onDrain: () => {},
			onEnd: () => transport.end(),
			onClose: (error) => (error === null ? resolve(text) : reject(error)),
		});
	});
}

function transportOf(outcome: UpgradeOutcome): Transport {
	assert.ok(isUpgraded(outcome));
	assert.equal(outcome.upgraded, 'h2c');
	return outcome.transport;
}

test("an offer to upgrade is sent beside the caller's fields", async (t) => {
	const { conn, server, host } = await openHTTP11(t);
	const outcome = conn.offerUpgrade('POST', '/', { headers: { 'X-A': '1' }, body: 'abc' }, SETTINGS);
	const peer = await server.accept();
	assert.equal(
		await peer.readTo('abc'),
		lines(
			...['POST / HTTP/1.1', `Host: ${host}`, 'X-A: 1', 'Content-Length: 3'],
			...['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', `HTTP2-Settings: ${SETTINGS}`, '', 'abc'],
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
	test(`the upgraded transport begins with what follows a 101 that arrives ${delivery}`, async (t) => {
		const { conn, server } = await openHTTP11(t);
		const seen: number[] = [];
		const onInformational = (status: number) => seen.push(status);
		const outcome = conn.offerUpgrade('GET', '/', { onInformational }, SETTINGS);
		const peer = await server.accept();
		await peer.readHead();
		const head = 'HTTP/1.1 103 X\r\n\r\nHTTP/1.1 101 X\r\nCONNECTION: foo, UPGRADE\r\nupgrade: H2C\r\n\r\nfirst';
		if (delivery === 'in one piece') peer.write(head);
		else await peer.writeSlowly(head);
		const upgraded = await outcome;
		const transport = transportOf(upgraded);
		assert.deepEqual(seen, [103]);
		assert.ok(isUpgraded(upgraded));
		assert.deepEqual(
			upgraded.informational.map(({ status }) => status),
			[103],
		);
		assert.equal(conn.streams, 0);
		transport.write([Buffer.from('from the client')]);
		await peer.readTo('from the client');
		peer.write(' second');
		peer.end();
		assert.equal(await readAll(transport), 'first second');
		// The transport is the caller's now, so the next request opens another connection.
		const next = conn.roundTrip('GET', '/');
		(await server.accept()).answer(OK);
		await next;
	});
}

test('large content in memory is written before HTTP/2 begins after an upgrade', async (t) => {
	const { conn, server } = await openHTTP11(t);
	const size = 8 * 1024 * 1024;
	const outcome = conn.offerUpgrade('POST', '/', { body: new Uint8Array(size) }, SETTINGS);
	const peer = await server.accept();
	await peer.readHead();
	peer.answer(['HTTP/1.1 101 X', 'Connection: upgrade', 'Upgrade: h2c']);
	const content = peer.readBytes(size + 3);
	const transport = transportOf(await outcome);
	transport.write([Buffer.from('PRI')]);
	assert.match(await content, /^\0+PRI$/);
	transport.start({ onBytes: () => {}, onDrain: () => {}, onEnd: () => {}, onClose: () => {} });
	transport.destroy();
});

test('a 101 response to another protocol or with missing fields is invalid', async (t) => {
	for (const fields of [
		['Connection: upgrade', 'Upgrade: websocket'],
		['Upgrade: h2c'],
		['Connection: close', 'Upgrade: h2c'],
		['Connection: upgrade'],
	]) {
		const { conn, server } = await openHTTP11(t);
		const failed = assert.rejects(conn.offerUpgrade('GET', '/', {}, SETTINGS), InvalidResponseError, fields.join());
		const peer = await server.accept();
		await peer.readHead();
		peer.answer(['HTTP/1.1 101 X', ...fields]);
		await failed;
		await peer.readToEnd();
	}
});

test('an abort or a lost connection ends a request that offers an upgrade', async (t) => {
	const { conn, server } = await openHTTP11(t);
	const canceller = new AbortController();
	const reason = new Error('enough');
	const aborted = assert.rejects(conn.offerUpgrade('GET', '/', { signal: canceller.signal }, SETTINGS), reason);
	await (await server.accept()).readHead();
	canceller.abort(reason);
	await aborted;
	const lost = assert.rejects(conn.offerUpgrade('GET', '/', {}, SETTINGS), ConnectionResetError);
	const peer = await server.accept();
	await peer.readHead();
	peer.reset();
	await lost;
});

for (const ending of ['a timeout', 'an abort', 'close', 'a reset'] as const) {
	test(`an upgrade whose server accepts but does not read is ended by ${ending}`, async (t) => {
		const { conn, server } = await openHTTP11(t, ending === 'a timeout' ? { timeout: { headers: 200 } } : {});
		const canceller = new AbortController();
		const options = { body: new Uint8Array(32 * 1024 * 1024), signal: canceller.signal };
		const outcome = conn.offerUpgrade('POST', '/', options, SETTINGS);
		outcome.catch(() => {});
		const peer = await server.accept();
		await peer.readHead();
		peer.socket.pause();
		peer.answer(['HTTP/1.1 101 X', 'Connection: upgrade', 'Upgrade: h2c']);
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

test('a 101 response before the end of the request is invalid', async (t) => {
	const { conn, server } = await openHTTP11(t);
	const options = { body: 'content', headers: { expect: '100-continue' } };
	const failed = assert.rejects(conn.offerUpgrade('POST', '/', options, SETTINGS), InvalidResponseError);
	const peer = await server.accept();
	await peer.readHead();
	peer.answer(['HTTP/1.1 101 X', 'Connection: upgrade', 'Upgrade: h2c']);
	await failed;
	assert.equal(await peer.readToEnd(), '');
});
