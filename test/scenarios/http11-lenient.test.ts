// What browsers accept on HTTP/1.1 and RFC 9112 does not: refused by default, accepted with the option `lenient`. A
// connection whose message had to be repaired is not used again, because other readers may see another end of the message.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { HTTPConnection, type HTTPResponse, InvalidResponseError } from '../../src/index.ts';
import { RawServer } from '../support/raw-server.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const LENGTH = 'Content-Length: 5\r\n\r\nhello';

function chunked(content: string): string {
	return `${OK}Transfer-Encoding: chunked\r\n\r\n${content}`;
}

interface Repaired {
	what: string;
	answer: string;
	status?: number;
	/** The fields of the response. */
	fields?: [string, string][];
	/** Whether the server ends the connection. */
	ends?: boolean;
}

const REPAIRED: Repaired[] = [
	{ what: 'lines that end in LF', answer: 'HTTP/1.1 200 OK\nA: b\nContent-Length: 5\n\nhello', fields: [['A', 'b']] },
	{ what: 'one line that ends in LF', answer: `${OK}A: b\n${LENGTH}`, fields: [['A', 'b']] },
	{ what: 'an empty line that ends in LF', answer: `${OK}Content-Length: 5\r\n\nhello` },
	{ what: 'a line without a colon', answer: `${OK}nonsense\r\n folded\r\nA: b\r\n${LENGTH}`, fields: [['A', 'b']] },
	{ what: 'a field without a name', answer: `${OK}: x\r\n${LENGTH}`, fields: [] },
	{ what: 'a field name that is no token', answer: `${OK}a b: x\r\n(c): d\r\n${LENGTH}`, fields: [] },
	{ what: 'blanks before a colon', answer: `${OK}A \t: b\r\nContent-Length : 5\r\n\r\nhello`, fields: [['A', 'b']] },
	{ what: 'a fold before the first field', answer: `${OK} A: b\r\n${LENGTH}`, fields: [] },
	{ what: 'control characters in a value', answer: `${OK}A: b\x01c\x7f\r\n${LENGTH}`, fields: [['A', 'b c']] },
	{ what: 'several blanks in the status line', answer: `HTTP/1.1  404 \t Not Found\r\n${LENGTH}`, status: 404 },
	{ what: 'no blank before the reason', answer: `HTTP/1.1 200OK\r\n${LENGTH}` },
	{ what: 'a status line in lower case', answer: `http/1.1 200 OK\r\n${LENGTH}` },
	{ what: 'an unknown version', answer: `HTTP/1.2 200 OK\r\n${LENGTH}` },
	{ what: 'no version', answer: `HTTP 200 OK\r\n${LENGTH}` },
	{ what: 'the status line of SHOUTcast', answer: `ICY 200 OK\n${LENGTH}` },
	{ what: 'a byte order mark before it', answer: `\xef\xbb\xbf${OK}${LENGTH}` },
	{ what: 'a length that is no number', answer: `${OK}Content-Length: five\r\n\r\nhello`, fields: [], ends: true },
	{ what: 'an unknown coding beside a length', answer: `${OK}Transfer-Encoding: identity\r\n${LENGTH}`, fields: [] },
	{ what: 'an odd informational response before it', answer: `HTTP/1.1 103 Early\nA: b\n\n${OK}${LENGTH}` },
	{ what: 'blanks around chunk sizes', answer: chunked(' 5\t \r\nhello\r\n 0 \r\n\r\n') },
	{ what: 'chunks whose lines end in LF', answer: chunked('2\nhe\n3\r\nllo\n0\n\n') },
	{ what: 'chunk extensions that are none', answer: chunked('5; a\0 ;="\r\nhello\r\n0;\r\n\r\n') },
	{ what: 'a trailer section whose lines end in LF', answer: chunked('5\r\nhello\r\n0\r\nA: b\nno field\n\n') },
	{ what: 'content-length in the trailers', answer: chunked('5\r\nhello\r\n0\r\nContent-Length: 2\r\n\r\n') },
	{
		what: 'a length beside chunked',
		answer: chunked('5\r\nhello\r\n0\r\n\r\n').replace('\r\n', '\r\nContent-Length: 2\r\n'),
		fields: [['Transfer-Encoding', 'chunked']],
	},
];

/** What is refused also with the option. */
const REFUSED: [what: string, answer: string][] = [
	['no status', `HTTP/1.1 OK\r\n${LENGTH}`],
	['a status of four digits', `HTTP/1.1 2000 OK\r\n${LENGTH}`],
	['something that is no head', 'SSH-2.0-OpenSSH_9.2\r\n'],
	['the beginning of something that is no head', '\x16\x03\x01\x02\0\x01\0\x01\xfc'],
	['a NUL in a field', `${OK}A: b\0c\r\n${LENGTH}`],
	['a CR without LF', `${OK}A: b\rContent-Length: 4\r\n${LENGTH}`],
	['two CR before LF', `${OK}A: b\r\r\n${LENGTH}`],
	['different lengths', `${OK}Content-Length: 4\r\n${LENGTH}`],
	['different lengths, one of which is no number', `${OK}Content-Length: 5x\r\n${LENGTH}`],
	['a negative chunk size', chunked('-5\r\nhello\r\n0\r\n\r\n')],
	['a chunk size without digits', chunked(' \r\nhello\r\n0\r\n\r\n')],
	['a chunk size in C', chunked('0x5\r\nhello\r\n0\r\n\r\n')],
	['a blank within a chunk size', chunked('0 5\r\nhello\r\n0\r\n\r\n')],
	['more content than a chunk has', chunked('4\r\nhello\r\n0\r\n\r\n')],
	['an empty line before a chunk size', chunked('2\r\nhe\r\n\r\n3\r\nllo\r\n0\r\n\r\n')],
	['a CR without LF behind a chunk size', chunked('5\rhello\r\n0\r\n\r\n')],
	['a CR without LF behind a chunk', chunked('5\r\nhello\r0\r\n\r\n')],
	['a chunk size that no number holds', chunked('fffffffffffffffff\r\nhello\r\n0\r\n\r\n')],
];

/** Sends a GET, which a server answers with this text. */
async function ask(t: TestContext, answer: string, { lenient = true, slowly = false, ends = false } = {}) {
	const server = await RawServer.start();
	const conn = new HTTPConnection(server.origin, { lenient });
	t.after(() => conn.close());
	const asked = conn.roundTrip('GET', '/');
	asked.catch(() => {});
	const peer = await server.accept();
	await peer.readHead();
	if (slowly) await peer.writeSlowly(answer);
	else peer.write(answer);
	if (ends) peer.end();
	return { asked, conn, peer, server };
}

async function read(asked: Promise<HTTPResponse>): Promise<string> {
	return (await asked).text();
}

for (const { what, answer, status = 200, fields, ends } of REPAIRED) {
	test(`an HTTP/1.1 response with ${what} is refused, but a lenient connection accepts it and closes behind it`, async (t) => {
		for (const slowly of [false, true]) {
			const strict = await ask(t, answer, { lenient: false, slowly, ends });
			await assert.rejects(read(strict.asked), InvalidResponseError);

			const { asked, peer } = await ask(t, answer, { slowly, ends });
			const response = await asked;
			assert.equal(response.status, status);
			assert.equal(await response.text(), 'hello');
			const others = [...response.headers.raw()].filter(([name]) => name !== 'Content-Length');
			if (fields !== undefined) assert.deepEqual(others, fields);
			await peer.readToEnd();
		}
	});
}

for (const [what, answer] of REFUSED) {
	test(`an HTTP/1.1 response with ${what} is refused by a lenient connection too`, async (t) => {
		for (const slowly of [false, true]) {
			const { asked } = await ask(t, answer, { slowly });
			await assert.rejects(read(asked), InvalidResponseError);
		}
	});
}

test('a lenient HTTP/1.1 connection is kept behind a response that needs no repair, or that RFC 9112 wants accepted', async (t) => {
	for (const answer of [
		`${OK}${LENGTH}`,
		`\r\nHTTP/1.1 200\r\n${LENGTH}`,
		`HTTP/1.1 200 \r\nA:b\r\n c\r\nContent-Length: 5\r\n${LENGTH}`,
		`HTTP/1.1 100 Continue\r\n\r\n${OK}${LENGTH}`,
		chunked('5;a="b"\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n'),
	]) {
		const { asked, conn, peer } = await ask(t, answer);
		assert.equal(await read(asked), 'hello');
		const next = conn.roundTrip('GET', '/next');
		assert.match(await peer.readHead(), /^GET \/next /);
		await Promise.all([assert.rejects(next), conn.close()]);
	}
});
