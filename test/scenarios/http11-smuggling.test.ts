// Responses on HTTP/1.1 whose end two readers could see in different places: they are refused, or read until the connection
// ends. Nothing behind them is taken for the response to a later request (RFC 9112 §6.3, §11.2).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidResponseError } from '../../src/index.ts';
import { openHTTP11 } from '../support/http11.ts';
import type { RawConnection } from '../support/raw-server.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const POISON = `${OK}Content-Length: 6\r\n\r\npoison`;
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n`;

for (const [what, answer] of [
	['a head that ends in CR LF CR', `${OK}Content-Length: 0\r\n\rX: y\r\n\r\n`],
	['a line that ends in CR', `${OK}A: b\rContent-Length: 0\r\n\r\n`],
	['a blank before its first field', `${OK} Content-Length: 0\r\n\r\n`],
	['a blank before a colon', `${OK}Content-Length : 0\r\n\r\n`],
	['20 KB of chunk extensions', `${CHUNKED}\r\n5;a=${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`],
	['a line break in a chunk extension', `${CHUNKED}\r\n5;a\nX\r\nhello\r\n0\r\n\r\n`],
	['a length and a transfer-encoding other than chunked', `${OK}Content-Length: 0\r\nTransfer-Encoding: x\r\n\r\n`],
] as const) {
	test(`an HTTP/1.1 response with ${what} is refused, and nothing behind it is read as a response`, async (t) => {
		const { conn, server } = await openHTTP11(t);
		const asked = conn.roundTrip('GET', '/');
		const peer = await server.accept();
		await peer.readHead();
		peer.write(answer + POISON);
		// The fault may be behind the head.
		const read = asked.then((response) => response.bytes());
		await assert.rejects(read, InvalidResponseError);
		await peer.readToEnd();
		await expectOwnResponse(conn.roundTrip('GET', '/next'), await server.accept());
	});
}

for (const [what, fields] of [
	['a transfer-encoding that only begins with chunked', 'Transfer-Encoding: chunkedchunked'],
	['a transfer-encoding that continues in a folded line', 'Transfer-Encoding: chunked\r\n , identity'],
	[
		'two transfer-encodings, of which chunked is the first',
		'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
	],
] as const) {
	test(`an HTTP/1.1 response with ${what} ends with its connection`, async (t) => {
		const { conn, server } = await openHTTP11(t);
		const asked = conn.roundTrip('GET', '/');
		const peer = await server.accept();
		await peer.readHead();
		const content = `0\r\n\r\n${POISON}`;
		peer.write(`${OK}${fields}\r\n\r\n${content}`);
		peer.end();
		assert.equal(await (await asked).text(), content);
		await expectOwnResponse(conn.roundTrip('GET', '/next'), await server.accept());
	});
}

/** The next request goes to a new connection and gets what is written there. */
async function expectOwnResponse(asked: Promise<{ text(): Promise<string> }>, peer: RawConnection): Promise<void> {
	assert.match(await peer.readHead(), /^GET \/next /);
	peer.write(`${OK}Content-Length: 3\r\n\r\nown`);
	assert.equal(await (await asked).text(), 'own');
}
