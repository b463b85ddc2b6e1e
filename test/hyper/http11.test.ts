// What hyper promised about HTTP/1.1, and got wrong: exact bytes from a server, and their result.

import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { FrameReader, FrameType, FrameWriter } from '../../src/frames.ts';
import { Encoder } from '../../src/hpack.ts';
import { HTTP11Connection, HTTPConnection, HTTPHeaderMap } from '../../src/index.ts';
import { listen } from '../support/loopback.ts';

/** A server that sends the next of these answers after the head of each request; null closes the connection. */
async function serve(
	...answers: (string | Uint8Array | null)[]
): Promise<{ origin: string; heads: string[]; sockets: Socket[] }> {
	const heads: string[] = [];
	const sockets: Socket[] = [];
	const server = createServer((socket) => {
		sockets.push(socket);
		let text = '';
		socket.on('data', (chunk) => {
			text += chunk.toString('latin1');
			for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
				heads.push(text.slice(0, end + 2));
				text = text.slice(end + 4);
				const answer = answers.shift();
				if (answer !== undefined && answer !== null) socket.write(answer);
				if (answers[0] === null) {
					answers.shift();
					socket.end();
				}
			}
		});
	});
	return { origin: `http://127.0.0.1:${await listen(server)}`, heads, sockets };
}

function open<T extends HTTPConnection | HTTP11Connection>(t: TestContext, conn: T): T {
	t.after(() => conn.close());
	return conn;
}

test('HTTP/1.1 content with a length or in chunks arrives in both directions on one connection', async (t) => {
	const { origin, heads, sockets } = await serve(
		'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello',
		'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\nx-sum: 1\r\n\r\n',
	);
	const conn = open(t, new HTTP11Connection(origin));
	assert.equal(await (await conn.roundTrip('POST', '/', { body: 'by length' })).text(), 'hello');
	const chunked = await conn.roundTrip('GET', '/');
	assert.equal(await chunked.text(), 'hello');
	assert.deepEqual((await chunked.trailers).get('x-sum'), ['1']);
	assert.match(heads[0] as string, /^content-length: 9\r\n/im);
	assert.equal(sockets.length, 1);
});

test('a body from a generator is sent in HTTP/1.1 chunks, and an empty piece does not end it', async (t) => {
	const chunks: Buffer[] = [];
	const server = createServer((socket) => {
		socket.on('data', (chunk) => {
			chunks.push(chunk);
			if (Buffer.concat(chunks).includes('\r\n0\r\n\r\n')) socket.end('HTTP/1.1 204 No Content\r\n\r\n');
		});
	});
	const conn = open(t, new HTTP11Connection(`http://127.0.0.1:${await listen(server)}`));
	const response = await conn.roundTrip('POST', '/', { body: ['one', '', 'two'].values() });
	assert.equal(response.status, 204);
	const sent = Buffer.concat(chunks).toString();
	const [head, content] = [sent.slice(0, sent.indexOf('\r\n\r\n')), sent.slice(sent.indexOf('\r\n\r\n') + 4)];
	assert.match(head, /^transfer-encoding: chunked$/im);
	assert.equal(content.replace(/^[\da-f]+\r\n/gm, '').replace(/\r\n/g, ''), 'onetwo');
});

test('HTTP/1.1 responses to HEAD have no content, and others may end with their connection', async (t) => {
	const { origin } = await serve(
		'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n',
		'HTTP/1.1 200 OK\r\n\r\nuntil the end',
		null,
	);
	const conn = open(t, new HTTP11Connection(origin));
	assert.equal((await (await conn.roundTrip('HEAD', '/')).bytes()).length, 0);
	assert.equal(await (await conn.roundTrip('GET', '/')).text(), 'until the end');
});

test('a status line without a reason phrase is accepted', async (t) => {
	const { origin } = await serve(
		'HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n',
		'HTTP/1.1 404\r\ncontent-length: 0\r\n\r\n',
	);
	const conn = open(t, new HTTP11Connection(origin));
	for (const status of [200, 404]) {
		const response = await conn.roundTrip('GET', '/');
		assert.deepEqual([response.status, response.reason], [status, '']);
		await response.bytes();
	}
});

test('a 1xx response is delivered apart from the final response', async (t) => {
	const { origin } = await serve(
		'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
	);
	const response = await open(t, new HTTP11Connection(origin)).roundTrip('GET', '/');
	assert.deepEqual(
		response.informational.map(({ status, headers }) => [status, headers.get('link')]),
		[[103, ['</a>']]],
	);
	assert.equal(await response.text(), 'ok');
});

test('HTTP/1.1 content waits for the 100 response that its Expect field requests', async (t) => {
	let early = 0;
	const server = createServer((socket) => {
		let text = '';
		socket.on('data', (chunk) => {
			text += chunk;
			if (text.endsWith('\r\n\r\n')) {
				// Long enough for content that does not wait to arrive.
				setTimeout(() => {
					early = text.length - text.indexOf('\r\n\r\n') - 4;
					socket.write('HTTP/1.1 100 Continue\r\n\r\n');
				}, 50);
			} else if (text.endsWith('content')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone');
		});
	});
	const conn = open(t, new HTTP11Connection(`http://127.0.0.1:${await listen(server)}`));
	const response = await conn.roundTrip('POST', '/', { body: 'content', headers: { expect: '100-continue' } });
	assert.equal(await response.text(), 'done');
	assert.equal(early, 0);
});

test("a request does not change the caller's header map", async (t) => {
	const { origin, heads } = await serve('HTTP/1.1 204 No Content\r\n\r\n');
	const conn = open(t, new HTTP11Connection(origin));
	const headers = new HTTPHeaderMap([['X-Case', 'Kept']]);
	await conn.roundTrip('GET', '/', { headers });
	assert.deepEqual([...headers.raw()], [['X-Case', 'Kept']]);
	assert.match(heads[0] as string, /^X-Case: Kept\r$/m);
});

test('the request for an upgrade has the fields of RFC 7540', async (t) => {
	const { origin, heads } = await serve('HTTP/1.1 204 No Content\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n');
	const conn = open(t, new HTTPConnection(origin, { h2c: 'upgrade', settings: { initialWindowSize: 1_048_575 } }));
	await conn.roundTrip('GET', '/');
	const head = heads[0] as string;
	assert.match(head, /^Connection: Upgrade, HTTP2-Settings\r$/im);
	assert.match(head, /^Upgrade: h2c\r$/im);
	const payload = Buffer.from(/^HTTP2-Settings: ([\w-]+)\r$/im.exec(head)?.[1] as string, 'base64url');
	const bytes = new FrameWriter().writeRaw(FrameType.SETTINGS, 0, 0, payload);
	const [frame] = [...new FrameReader().read(bytes)];
	assert.ok(frame?.type === FrameType.SETTINGS);
	const settings = new Map(frame.settings);
	assert.equal(settings.get(2), 0);
	assert.equal(settings.get(4), 1_048_575);
});

test('a 101 response is recognized whatever the case of its fields, and the bytes after it are kept', async (t) => {
	const writer = new FrameWriter();
	const fragment = new Encoder().encode([[':status', '200']]);
	const { origin } = await serve(
		Buffer.concat([
			Buffer.from('HTTP/1.1 101 Switching Protocols\r\ncOnNeCtIoN: uPgRaDe\r\nUPGRADE: H2C\r\n\r\n'),
			writer.write({ type: FrameType.SETTINGS, settings: [] }),
			writer.write({ type: FrameType.HEADERS, streamId: 1, fragment }),
			writer.write({ type: FrameType.DATA, streamId: 1, data: Buffer.from('at once'), endStream: true }),
		]),
	);
	const response = await open(t, new HTTPConnection(origin, { h2c: 'upgrade' })).roundTrip('GET', '/');
	assert.equal(response.version, 'HTTP/2');
	assert.equal(await response.text(), 'at once');
});
