// Responses of HTTP/1.1 as servers write them, whole and an octet at a time.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ConnectionOptions } from '../../src/connection/options.ts';
import { HTTP11Connection } from '../../src/http11/connection.ts';
import type { HTTP11Response } from '../../src/http11/response.ts';
import {
	ConnectionResetError,
	type HyperError,
	InvalidResponseError,
	NegotiationError,
	type RequestOptions,
} from '../../src/index.ts';
import { RawServer } from '../support/raw-server.ts';

const deliveries = ['whole', 'an octet at a time'] as const;

interface Answered {
	conn: HTTP11Connection;
	server: RawServer;
	response: Promise<HTTP11Response>;
}

/** Asks, and has the server answer with these octets and, if `after` says so, end. */
async function answered(
	t: TestContext,
	octets: string,
	{
		method = 'GET',
		after = 'stay',
		delivery = 'whole',
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
	if (delivery === 'whole') peer.write(octets);
	else await peer.writeSlowly(octets);
	if (after === 'end') peer.end();
	if (after === 'reset') {
		await response.catch(() => undefined);
		peer.reset();
	}
	return { conn, server, response };
}

/** The next request gets its answer on the connection with this number. */
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
	describe(`a response that comes ${delivery}`, () => {
		test('has its head as the server wrote it', async (t) => {
			const all = await answered(
				t,
				'HTTP/1.1 200 Sch\xf6n\r\nX-Upper: A\r\nset-cookie: a=1, b\r\nSet-Cookie: c\r\nX-Empty:\r\nX-Octets:  \xe4 \r\nContent-Length: 0\r\n\r\n',
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
						['X-Octets', '\xe4'],
						['Content-Length', '0'],
					],
				],
			);
			assert.deepEqual(response.headers.get('set-cookie'), ['a=1, b', 'c']);
			assert.equal(response.streamId, null);
			assert.equal((await response.bytes()).length, 0);
			await assertNextOn(all, 1);
		});

		test('has content by length, in chunks with extensions and trailers, or until the connection ends', async (t) => {
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

		test('has no content after HEAD, nor with 204 and 304', async (t) => {
			const head = await answered(t, 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n', { delivery, method: 'HEAD' });
			assert.equal((await (await head.response).bytes()).length, 0);
			await assertNextOn(head, 1);
			for (const status of [204, 304]) {
				const none = await answered(t, `HTTP/1.1 ${status} X\r\nETag: "a"\r\n\r\n`, { delivery });
				assert.equal((await (await none.response).bytes()).length, 0);
				await assertNextOn(none, 1);
			}
		});

		test('may come after others of the class 1xx', async (t) => {
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

		test('ends the connection where the server says so', async (t) => {
			for (const head of ['HTTP/1.1 200 OK\r\nConnection: Close\r\n', 'HTTP/1.0 200 OK\r\n']) {
				const all = await answered(t, `${head}Content-Length: 2\r\n\r\nok`, { delivery });
				assert.equal(await (await all.response).text(), 'ok');
				await assertNextOn(all, 2);
			}
		});

		test('is no response when its octets are none', async (t) => {
			for (const octets of [
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
				const all = await answered(t, octets, { delivery });
				await assert.rejects(all.response, InvalidResponseError, octets);
				await assertNextOn(all, 2);
			}
		});

		test('whose content is broken or cut off rejects what reads it', async (t) => {
			const cases: [string, 'end' | 'stay' | 'reset', new (...args: never[]) => HyperError][] = [
				['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell', 'end', ConnectionResetError],
				['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', 'end', ConnectionResetError],
				['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel', 'end', ConnectionResetError],
				['HTTP/1.1 200 OK\r\n\r\nhello', 'reset', ConnectionResetError],
				['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell', 'reset', ConnectionResetError],
				['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', 'stay', InvalidResponseError],
				['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n', 'stay', InvalidResponseError],
			];
			for (const [octets, after, type] of cases) {
				const all = await answered(t, octets, { delivery, after });
				// What is wrong may come with the head.
				await assert.rejects(
					all.response.then((response) => response.bytes()),
					type,
					octets,
				);
				await assertNextOn(all, 2);
			}
		});

		test('that is cut off in its head is none', async (t) => {
			for (const octets of ['HTTP/1.1 200 OK\r\nContent', 'HTTP/1.1 100 Continue\r\n\r\n', 'HT']) {
				const all = await answered(t, octets, { delivery, after: 'end' });
				await assert.rejects(all.response, ConnectionResetError, octets);
				await assertNextOn(all, 2);
			}
		});

		test('keeps its content when more comes than was asked for, and the connection is not used again', async (t) => {
			for (const more of ['x', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n']) {
				const all = await answered(t, `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${more}`, { delivery });
				assert.equal(await (await all.response).text(), 'ok');
				await assertNextOn(all, 2);
			}
		});
	});
}

describe('what a server may not do', () => {
	test('is to send more fields than the limits allow', async (t) => {
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
		await assert.rejects(three.response, /3 fields, where the limit is 2/);
	});

	test('is to send informational responses without end', async (t) => {
		const octets = 'HTTP/1.1 103 X\r\n\r\n'.repeat(17);
		const all = await answered(t, `${octets}HTTP/1.1 204 X\r\n\r\n`);
		await assert.rejects(all.response, /more than 16 1xx/);
		await assertNextOn(all, 2);
	});

	test('is to speak HTTP/2 unasked, which the error says', async (t) => {
		const all = await answered(t, '\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64');
		await assert.rejects(all.response, (error) => error instanceof NegotiationError && /HTTP\/2/.test(error.message));
	});

	test('is to answer before it is asked: the connection is dropped', async (t) => {
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
