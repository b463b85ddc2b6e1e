// What a client must accept in the head of a response on HTTP/1.1, and content before a fault (RFC 9112 §5.2, §6, §7.1).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidResponseError } from '../../src/index.ts';
import { openHTTP11 } from '../support/http11.ts';

for (const [what, fields, isKept] of [
	['a folded field', 'Content-Security-Policy: default-src *;\r\n img-src *\r\nContent-Length: 5', true],
	['equal lengths in two lines', 'Content-Length: 5\r\nContent-Length: 5', true],
	['equal lengths in a list', 'Content-Length: 5, 5', true],
	['a folded length', 'Content-Length:\r\n 5', false],
] as const) {
	test(`a response with ${what} is accepted, and its connection is ${isKept ? 'kept' : 'closed'}`, async (t) => {
		for (const isSlow of [false, true]) {
			const { conn, server } = await openHTTP11(t);
			const asked = conn.roundTrip('GET', '/');
			const peer = await server.accept();
			await peer.readHead();
			const text = `HTTP/1.1 200 OK\r\n${fields}\r\n\r\nhello`;
			if (isSlow) await peer.writeSlowly(text);
			else peer.write(text);
			const response = await asked;
			assert.equal(await response.text(), 'hello');
			assert.deepEqual(response.headers.get('content-length'), ['5']);
			if (fields.includes('Policy'))
				assert.match(response.headers.get('content-security-policy').join(), /^default-src \*; +img-src \*$/);
			if (!isKept) await peer.readToEnd();
			const next = conn.roundTrip('GET', '/next');
			await (isKept ? peer : await server.accept()).readHead();
			await Promise.all([assert.rejects(next), conn.close()]);
		}
	});
}

test('a folded trailer on HTTP/1.1 is one field, and its connection is kept', async (t) => {
	for (const isSlow of [false, true]) {
		const { conn, server } = await openHTTP11(t);
		const asked = conn.roundTrip('GET', '/');
		const peer = await server.accept();
		await peer.readHead();
		const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\tc\r\nD: e\r\n\r\n';
		if (isSlow) await peer.writeSlowly(text);
		else peer.write(text);
		const response = await asked;
		assert.equal(await response.text(), 'hello');
		const trailers = await response.trailers;
		assert.match(trailers.get('a').join(), /^b[ \t]+c$/);
		assert.deepEqual(trailers.get('d'), ['e']);
		const next = conn.roundTrip('GET', '/next');
		await peer.readHead();
		await Promise.all([assert.rejects(next), conn.close()]);
	}
});

for (const [coding, isKept] of [
	['chunked \t', false],
	['gzip;q=1, chunked,', false],
	['chunked', true],
] as const) {
	test(`a response with the transfer-encoding ${JSON.stringify(coding)} is chunked`, async (t) => {
		const { conn, server } = await openHTTP11(t);
		const asked = conn.roundTrip('GET', '/');
		const peer = await server.accept();
		await peer.readHead();
		peer.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`);
		assert.equal(await (await asked).text(), 'hello');
		if (!isKept) await peer.readToEnd();
	});
}

test('a chunked response in HTTP/1.0 closes the connection, even if the server wants to keep it', async (t) => {
	const { conn, server } = await openHTTP11(t);
	const asked = conn.roundTrip('GET', '/');
	const peer = await server.accept();
	await peer.readHead();
	peer.write('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n');
	assert.equal(await (await asked).text(), 'hello');
	await peer.readToEnd();
});

test('content that arrives in one piece with a broken chunk is delivered before the error', async (t) => {
	const { conn, server } = await openHTTP11(t);
	const asked = conn.roundTrip('GET', '/');
	const peer = await server.accept();
	await peer.readHead();
	peer.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n');
	let text = '';
	const read = async (): Promise<void> => {
		for await (const bytes of await asked) text += Buffer.from(bytes).toString();
	};
	await assert.rejects(read(), InvalidResponseError);
	assert.equal(text, 'hello');
});
