// Content codings of every kind of response: HTTP/2, pushed, HTTP/1.1.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ContentDecodingError, type HTTPResponse } from '../../src/index.ts';
import { openHTTP11 } from '../support/http11.ts';
import { greet } from '../support/offline.ts';
import { gather, greetWithPush, promise } from '../support/push.ts';

interface Options {
	decodeContent: boolean;
	limits: { decodedBody: number };
}

/** Resolves with a response whose content is gzip. `options` are those of the connection. */
type Exchange = (t: TestContext, content: Buffer, options: Options) => Promise<HTTPResponse>;

const EXCHANGES: Record<string, Exchange> = {
	'an HTTP/2 response': async (t, content, options) => {
		const { conn, peer } = await greet({}, options);
		t.after(() => conn.close());
		const response = conn.roundTrip('GET', '/');
		await peer.receive('HEADERS');
		peer.send.headers(1, { ':status': '200', 'content-encoding': 'gzip', 'content-length': `${content.length}` });
		peer.send.data(1, content, { endStream: true });
		return response;
	},
	'a pushed response': async (t, content, options) => {
		const { conn, peer } = await greetWithPush(options);
		t.after(() => conn.close());
		const id = await conn.request('GET', '/');
		peer.send.pushPromise(id, 2, promise('/pushed'));
		peer.send.headers(id, { ':status': '200' }, { endStream: true });
		peer.send.headers(2, { ':status': '200', 'content-encoding': 'gzip', 'content-length': `${content.length}` });
		peer.send.data(2, content, { endStream: true });
		await peer.roundTrip();
		const [push] = await gather(conn.getPushes(id));
		assert.ok(push !== undefined);
		return push.getResponse();
	},
	'an HTTP/1.1 response': async (t, content, options) => {
		const { conn, server } = await openHTTP11(t, options);
		const response = conn.roundTrip('GET', '/');
		const connection = await server.accept();
		await connection.readHead();
		const head = ['HTTP/1.1 200 OK', 'Content-Encoding: gzip', `Content-Length: ${content.length}`];
		connection.answer(head, content.toString('latin1'));
		return response;
	},
};

for (const [name, exchange] of Object.entries(EXCHANGES)) {
	test(`limits.decodedBody applies to ${name} when only a read option asks for decoding`, async (t) => {
		const bomb = gzipSync(new Uint8Array(1_000_000));
		const response = await exchange(t, bomb, { decodeContent: false, limits: { decodedBody: 1000 } });
		await assert.rejects(response.read(null, { decodeContent: true }), ContentDecodingError);
	});

	test(`headers of ${name} describe its body`, async (t) => {
		const content = gzipSync('text');
		const asSent = [['gzip'], [`${content.length}`]];
		const coding = ({ headers }: Pick<HTTPResponse, 'headers'>) =>
			['content-encoding', 'content-length'].map((field) => headers.get(field));

		const decoded = await exchange(t, content, { decodeContent: true, limits: { decodedBody: 1000 } });
		assert.deepEqual(coding(decoded), [[], []]);
		assert.deepEqual(coding({ headers: decoded.rawHeaders }), asSent);
		assert.equal(await decoded.text(), 'text');

		const raw = await exchange(t, content, { decodeContent: false, limits: { decodedBody: 1000 } });
		assert.deepEqual(coding(raw), asSent);
		assert.deepEqual(Buffer.from(await raw.bytes()), content);
	});
}
