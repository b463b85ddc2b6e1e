// Bodies that are larger than the caller, the memory or a string allows: each error ends its own response only.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { BodyLimitError, HTTP11Connection, HTTP20Connection, type HTTPResponse } from '../../src/index.ts';
import { serveVersion } from '../support/version-servers.ts';

const LIMIT = 100_000;
const plain = Buffer.alloc(LIMIT + 1, 97);
const coded = gzipSync(plain);
const WHOLE = {
	bytes: (response: HTTPResponse) => response.bytes(),
	text: (response: HTTPResponse) => response.text(),
	json: (response: HTTPResponse) => response.json(),
};
const PIECEWISE = {
	read: async (response: HTTPResponse) => (await response.read()).length,
	iteration: (response: HTTPResponse) => lengthOf(response),
	readChunked: (response: HTTPResponse) => lengthOf(response.readChunked()),
	body: (response: HTTPResponse) => lengthOf(response.body as unknown as AsyncIterable<Uint8Array>),
};

async function lengthOf(pieces: AsyncIterable<Uint8Array>): Promise<number> {
	let length = 0;
	for await (const piece of pieces) length += piece.length;
	return length;
}

for (const [version, Connection] of [
	['HTTP/1.1', HTTP11Connection],
	['HTTP/2', HTTP20Connection],
] as const) {
	test(`limits.body bounds whole reads of ${version} responses, declared or not, decoded or not`, async (t) => {
		const origin = await serveVersion(t, version, (request, response) => {
			const content = request.url?.includes('coded') ? coded : plain;
			if (request.url?.includes('coded')) response.setHeader('content-encoding', 'gzip');
			if (request.url?.includes('declared')) response.setHeader('content-length', content.length);
			if (request.url !== '/slow') return void response.end(content);
			response.write('sl');
			setTimeout(() => response.end('ow'), 200);
		});
		const conn = new Connection(origin, { limits: { body: LIMIT } });
		t.after(() => conn.close());
		const other = version === 'HTTP/2' ? await conn.roundTrip('GET', '/slow') : null;
		for (const path of ['/', '/declared', '/coded', '/coded/declared']) {
			for (const [name, read] of Object.entries(WHOLE)) {
				const response = await conn.roundTrip('GET', path);
				await assert.rejects(read(response), BodyLimitError, `${name} of ${path}`);
			}
			for (const [name, read] of Object.entries(PIECEWISE)) {
				const response = await conn.roundTrip('GET', path);
				assert.equal(await read(response), LIMIT + 1, `${name} of ${path}`);
			}
		}
		if (other !== null) assert.equal(await other.text(), 'slow');
	});

	test(`an ${version} response without content keeps the fields that describe it, whatever length they give`, async (t) => {
		const fields = { 'content-encoding': 'gzip', 'content-length': '1000000000000' };
		const origin = await serveVersion(t, version, ({ method }, response) => {
			response.writeHead(method === 'HEAD' ? 200 : 304, fields);
			response.end();
		});
		const conn = new Connection(origin, { limits: { body: LIMIT } });
		t.after(() => conn.close());
		for (const method of ['HEAD', 'GET']) {
			const response = await conn.roundTrip(method, '/');
			for (const [name, value] of Object.entries(fields)) assert.deepEqual(response.headers.get(name), [value]);
			assert.equal((await response.bytes()).length, 0);
		}
	});

	test(`a body of exactly limits.body bytes can be read whole over ${version}`, async (t) => {
		const origin = await serveVersion(t, version, (_request, response) => void response.end(plain));
		const conn = new Connection(origin, { limits: { body: LIMIT + 1 } });
		t.after(() => conn.close());
		assert.equal((await (await conn.roundTrip('GET', '/')).bytes()).length, LIMIT + 1);
	});

	test(`a body that is longer than a string can be rejects text over ${version}, and only that`, async (t) => {
		const origin = await serveVersion(t, version, (_request, response) => void response.end('short'));
		const conn = new Connection(origin);
		t.after(() => conn.close());
		const response = await conn.roundTrip('GET', '/');
		t.mock.method(TextDecoder.prototype, 'decode', () => {
			throw Object.assign(new Error('Cannot create a string longer than 0x1fffffe8 characters'), {
				code: 'ERR_STRING_TOO_LONG',
			});
		});
		await assert.rejects(response.text(), (error) => error instanceof BodyLimitError && error.cause instanceof Error);
		t.mock.restoreAll();
		assert.equal(await (await conn.roundTrip('GET', '/')).text(), 'short');
	});
}
