// HTTP/1.1 responses as servers write them, in one piece and byte by byte.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ConnectionOptions } from '../../src/connection/options.ts';
import { HTTP11Connection } from '../../src/http11/connection.ts';
import {
	ConnectionResetError,
	type HTTP11Response,
	type HyperError,
	InvalidResponseError,
	NegotiationError,
	type RequestOptions,
} from '../../src/index.ts';
import { RawServer } from '../support/raw-server.ts';

const deliveries = ['in one piece', 'byte by byte'] as const;

interface Answered {
	conn: HTTP11Connection;
	server: RawServer;
	response: Promise<HTTP11Response>;
}

/** Sends a request and has the server answer with `text` and then, if `after` says so, end or reset the connection. */
async function answered(
	t: TestContext,
	text: string,
	{
		method = 'GET',
		after = 'stay',
		delivery = 'in one piece',
		request = {},
		options = {},
	}: {
		method?: string;
		after?: 'stay' | 'end' | 'reset';
		delivery?: (typeof deliveries)[number];
		request?: RequestOptions;
		options?: ConnectionOptions;
	} = {},
): Promise<Answered> {
	const server = await RawServer.start();
	const conn = new HTTP11Connection(server.origin, options);
	t.after(() => conn.close());
	const response = conn.roundTrip(method, '/', request);
	response.catch(() => undefined);
	const peer = await server.accept();
	await peer.readHead();
	if (delivery === 'in one piece') peer.write(text);
	else await peer.writeSlowly(text);
	if (after === 'end') peer.end();
	if (after === 'reset') {
		await response.catch(() => undefined);
		peer.reset();
	}
	return { conn, server, response };
}

/** Asserts that the next request is answered on the connection with this number. */
async function assertNextOn({ conn, server }: Answered, number: number): Promise<void> {
	const next = conn.roundTrip('GET', '/next');
	if (number > 1) await server.accept();
	const peer = server.connections[number - 1]!;
	assert.match(await peer.readHead(), /^GET \/next /);
	peer.write('HTTP/1.1 204 No Content\r\n\r\n');
	assert.equal((await next).status, 204);
	assert.equal(server.connections.length, number);
}

for (const delivery of deliveries) {
	describe(`responses that arrive ${delivery}`, () => {
		test(`an HTTP/1.1 response that arrives ${delivery} has its head as the server wrote it`, async (t) => {
			const all = await answered(
				t,
				'HTTP/1.1 200 Sch\xf6n\r\nX-Upper: A\r\nset-cookie: a=1, b\r\nSet-Cookie: c\r\nX-Empty:\r\nX-Bytes:  \xe4 \r\nContent-Length: 0\r\n\r\n',
				{ delivery },
			);
			const response = await all.response;
			assert.deepEqual([response.status, response.reason, response.version], [200, 'Sch\xf6n', 'HTTP/1.1']);
			assert.deepEqual(
				[...response.headers.raw()],
				[
					...[
						['X-Upper', 'A'],
						['set-cookie', 'a=1, b'],
						['Set-Cookie', 'c'],
						['X-Empty', ''],
					],
					...[
						['X-Bytes', '\xe4'],
						['Content-Length', '0'],
					],
				],
			);
			assert.deepEqual(response.headers.get('set-cookie'), ['a=1, b', 'c']);
			assert.equal(response.streamId, null);
			assert.equal((await response.bytes()).length, 0);
			await assertNextOn(all, 1);
		});

		test(`HTTP/1.1 content that arrives ${delivery} ends by its length, its last chunk or the end of the connection`, async (t) => {
			const byLength = await answered(t, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', { delivery });
			assert.equal(await (await byLength.response).text(), 'hello');
			await assertNextOn(byLength, 1);

			const chunked = await answered(
				t,
				'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;a="b;c"\r\nhel\r\n0002\r\nlo\r\n0;x\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n',
				{ delivery },
			);
			assert.equal(await (await chunked.response).text(), 'hello');
			assert.deepEqual(
				[...(await (await chunked.response).trailers).raw()],
				[
					['X-Sum', '1'],
					['x-sum', '2'],
				],
			);
			await assertNextOn(chunked, 1);

			const untilEnd = await answered(t, 'HTTP/1.1 200 OK\r\n\r\nhello', { delivery, after: 'end' });
			assert.equal(await (await untilEnd.response).text(), 'hello');
			await assertNextOn(untilEnd, 2);
		});

		test(`an HTTP/1.1 response to HEAD or with status 204 or 304 that arrives ${delivery} has no content`, async (t) => {
			const head = await answered(t, 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n', { delivery, method: 'HEAD' });
			assert.equal((await (await head.response).bytes()).length, 0);
			await assertNextOn(head, 1);
			for (const status of [204, 304]) {
				const none = await answered(t, `HTTP/1.1 ${status} X\r\nETag: "a"\r\n\r\n`, { delivery });
				assert.equal((await (await none.response).bytes()).length, 0);
				await assertNextOn(none, 1);
			}
		});

		test(`an HTTP/1.1 response that arrives ${delivery} may follow informational responses`, async (t) => {
			const seen: number[] = [];
			const all = await answered(
				t,
				'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
				{ delivery, request: { onInformational: (status) => seen.push(status) } },
			);
			const response = await all.response;
			assert.equal(await response.text(), 'ok');
			assert.deepEqual(seen, [100, 103]);
			assert.deepEqual(
				response.informational.map(({ status, headers }) => [status, headers.get('link')]),
				[
					[100, []],
					[103, ['</a>']],
				],
			);
			await assertNextOn(all, 1);
		});

		test(`an HTTP/1.1 response that arrives ${delivery} closes the connection if the server says so`, async (t) => {
			for (const head of ['HTTP/1.1 200 OK\r\nConnection: Close\r\n', 'HTTP/1.0 200 OK\r\n']) {
				const all = await answered(t, `${head}Content-Length: 2\r\n\r\nok`, { delivery });
				assert.equal(await (await all.response).text(), 'ok');
				await assertNextOn(all, 2);
			}
		});

		test(`an invalid HTTP/1.1 response that arrives ${delivery} rejects the request and closes the connection`, async (t) => {
			for (const text of [
				'garbage\r\n\r\n',
				'SSH-2.0-x\r\n',
				'HTTP/1.1 20x OK\r\n\r\n',
				'HTTP/1.1 000 OK\r\n\r\n',
				'HTTP/3.1 200 OK\r\n\r\n',
				'HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n',
				'HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n',
				'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
				'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
				'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
				'HTTP/1.1 101 Switching Protocols\r\n\r\n',
				'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n',
				'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
			]) {
				const all = await answered(t, text, { delivery });
				await assert.rejects(all.response, InvalidResponseError, text);
				await assertNextOn(all, 2);
			}
		});

		test(`reading HTTP/1.1 content that arrives ${delivery} rejects if it is broken or truncated`, async (t) => {
			const cases: [string, 'end' | 'stay' | 'reset', new (...args: never[]) => HyperError][] = [
				['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell', 'end', ConnectionResetError],
				['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', 'end', ConnectionResetError],
				['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel', 'end', ConnectionResetError],
				['HTTP/1.1 200 OK\r\n\r\nhello', 'reset', ConnectionResetError],
				['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell', 'reset', ConnectionResetError],
				['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', 'stay', InvalidResponseError],
				['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n', 'stay', InvalidResponseError],
			];
			for (const [text, after, type] of cases) {
				const all = await answered(t, text, { delivery, after });
				// The fault may arrive together with the head.
				await assert.rejects(
					all.response.then((response) => response.bytes()),
					type,
					text,
				);
				await assertNextOn(all, 2);
			}
		});

		test(`an HTTP/1.1 head that arrives ${delivery} and is truncated rejects the request`, async (t) => {
			for (const text of ['HTTP/1.1 200 OK\r\nContent', 'HTTP/1.1 100 Continue\r\n\r\n', 'HT']) {
				const all = await answered(t, text, { delivery, after: 'end' });
				await assert.rejects(all.response, ConnectionResetError, text);
				await assertNextOn(all, 2);
			}
		});

		test(`an HTTP/1.1 response that arrives ${delivery} with surplus bytes keeps its content, and the connection is closed`, async (t) => {
			for (const more of ['x', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n']) {
				const all = await answered(t, `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${more}`, { delivery });
				assert.equal(await (await all.response).text(), 'ok');
				await assertNextOn(all, 2);
			}
		});
	});
}

describe('servers that break the rules', () => {
	test('an HTTP/1.1 response with more fields than the limits allow is rejected', async (t) => {
		const many = Array.from({ length: 257 }, (_, i) => `X-${i}: y\r\n`).join('');
		const large = `X: ${'y'.repeat(70_000)}\r\n`;
		for (const fields of [many, large]) {
			const head = await answered(t, `HTTP/1.1 200 OK\r\n${fields}Content-Length: 0\r\n\r\n`);
			await assert.rejects(head.response, InvalidResponseError);
			const informational = await answered(t, `HTTP/1.1 103 X\r\n${fields}\r\nHTTP/1.1 204 X\r\n\r\n`);
			await assert.rejects(informational.response, InvalidResponseError);
			const trailers = await answered(t, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${fields}\r\n`);
			await assert.rejects((await trailers.response.catch(fail)).bytes(), InvalidResponseError);
		}
		const options = { limits: { headerFields: 2 } };
		const two = await answered(t, 'HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 0\r\n\r\n', { options });
		assert.equal((await two.response).headers.size, 2);
		const three = await answered(t, 'HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nContent-Length: 0\r\n\r\n', { options });
		await assert.rejects(three.response, /3 fields, but limits.headerFields is 2/);
	});

	test('a 17th informational response over HTTP/1.1 rejects the request', async (t) => {
		const heads = 'HTTP/1.1 103 X\r\n\r\n'.repeat(17);
		const all = await answered(t, `${heads}HTTP/1.1 204 X\r\n\r\n`);
		await assert.rejects(all.response, /more than 16 1xx/);
		await assertNextOn(all, 2);
	});

	test('an answer in HTTP/2 to an HTTP/1.1 request rejects with an error that names HTTP/2', async (t) => {
		const all = await answered(t, '\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64');
		await assert.rejects(all.response, (error) => error instanceof NegotiationError && /HTTP\/2/.test(error.message));
	});

	test('an HTTP/1.1 connection whose server answers before a request is closed', async (t) => {
		const server = await RawServer.start();
		const conn = new HTTP11Connection(server.origin);
		t.after(() => conn.close());
		await conn.connect();
		const peer = await server.accept();
		peer.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
		await peer.readToEnd();
		await assertNextOn({ conn, server, response: new Promise(() => {}) }, 2);
	});
});

function fail(error: unknown): never {
	throw error;
}
