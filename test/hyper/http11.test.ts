// What hyper promised of HTTP/1.1, and where it stumbled: exact octets from a server, and what becomes of them.

import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { FrameReader, FrameType, FrameWriter } from '../../src/frames.ts';
import { Encoder } from '../../src/hpack.ts';
import { HTTP11Connection, HTTPConnection, HTTPHeaderMap } from '../../src/index.ts';
import { listen } from '../support/loopback.ts';

/** A port where every request, known by the empty line behind its head, gets the next of these answers; null hangs up. */
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

test('HTTP/1.1 carries content by length and in chunks, both ways, over one connection', async (t) => {
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

test('a generator goes out in chunks, and an empty piece does not end it', async (t) => {
	const octets: Buffer[] = [];
	const server = createServer((socket) => {
		socket.on('data', (chunk) => {
			octets.push(chunk);
			if (Buffer.concat(octets).includes('\r\n0\r\n\r\n')) socket.end('HTTP/1.1 204 No Content\r\n\r\n');
		});
	});
	const conn = open(t, new HTTP11Connection(`http://127.0.0.1:${await listen(server)}`));
	const response = await conn.roundTrip('POST', '/', { body: ['one', '', 'two'].values() });
	assert.equal(response.status, 204);
	const sent = Buffer.concat(octets).toString();
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

test('a status line without a reason phrase is taken', async (t) => {
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

test('a 1xx is told apart from the response', async (t) => {
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

test('content waits for 100 when Expect asks for it', async (t) => {
	let early = 0;
	const server = createServer((socket) => {
		let text = '';
		socket.on('data', (chunk) => {
			text += chunk;
			if (text.endsWith('\r\n\r\n')) {
				// A moment in which content that does not wait would come.
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

test('the header map of the caller stays as it was', async (t) => {
	const { origin, heads } = await serve('HTTP/1.1 204 No Content\r\n\r\n');
	const conn = open(t, new HTTP11Connection(origin));
	const headers = new HTTPHeaderMap([['X-Case', 'Kept']]);
	await conn.roundTrip('GET', '/', { headers });
	assert.deepEqual([...headers.raw()], [['X-Case', 'Kept']]);
	assert.match(heads[0] as string, /^X-Case: Kept\r$/m);
});

test('the Upgrade is asked for as RFC 7540 has it', async (t) => {
	const { origin, heads } = await serve('HTTP/1.1 204 No Content\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n');
	const conn = open(t, new HTTPConnection(origin, { settings: { initialWindowSize: 1_048_575 } }));
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

test('a 101 is known in any case of its fields, and what comes with it is not lost', async (t) => {
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
	const response = await open(t, new HTTPConnection(origin)).roundTrip('GET', '/');
	assert.equal(response.version, 'HTTP/2');
	assert.equal(await response.text(), 'at once');
});
