// Randomly broken answers in pieces of any size: each request ends with a response or a typed error, and the connection
// serves the next request regardless.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { HTTP11Connection } from '../../src/http11/connection.ts';
import { HyperError } from '../../src/index.ts';
import { createMemoryTransports } from '../../src/runtime/memory.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { mutate, Random, seed } from '../support/random.ts';
import { transportsForHTTP1 } from '../support/transport-source.ts';

const LIVES = 400;
const ANSWERS: readonly string[] = [
	'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello',
	'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n',
	'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
	'HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil the end',
	'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n',
	'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nzip',
	'\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64',
];
/** Far longer than any request here takes. */
const DEADLINE = 30_000;

test(`requests on ${LIVES} HTTP/1.1 connections with randomly broken answers end with a response or a typed error`, async () => {
	for (let life = 0; life < LIVES; life++) {
		const random = new Random(life);
		const where = `life ${life}, HYPER_SEED=${seed}`;
		const conn = new HTTP11Connection(
			'http://a',
			{},
			transportsForHTTP1(async () => dial(random)),
		);
		for (let request = 0; request < 4; request++) {
			const timer = setTimeout(() => assert.fail(`nothing came of a request: ${where}`), DEADLINE);
			await exchange(conn, random).catch((error: unknown) =>
				assert.ok(error instanceof HyperError, `${error} in ${where}`),
			);
			clearTimeout(timer);
		}
		await conn.close();
		assert.equal(conn.streams, 0, where);
	}
});

async function exchange(conn: HTTP11Connection, random: Random): Promise<void> {
	const body = random.pick([null, 'content', ['in', 'pieces'].values()]);
	const signal = random.chance(1, 8) ? AbortSignal.abort(new HyperError('TEST', 'aborted')) : undefined;
	const headers = random.chance(1, 8) ? { expect: '100-continue' } : undefined;
	const response = await conn.roundTrip(random.pick(['GET', 'PUT', 'POST']), '/', {
		body,
		headers,
		...(signal && { signal }),
	});
	switch (random.below(4)) {
		case 0:
			return response.close();
		case 1:
			await response.read(3);
			return response.close();
		default:
			await response.bytes();
			await response.trailers;
	}
}

/** A server that answers whatever it reads, then ends or breaks the connection or sends more than it should. */
function dial(random: Random): Transport {
	const [near, far] = createMemoryTransports({ chunkSize: random.pick([1, 7, 65_536]) });
	let answers = 1 + random.below(3);
	const answer = async (): Promise<void> => {
		if (answers-- <= 0) return far.end();
		const whole = Buffer.from(random.pick(ANSWERS), 'latin1');
		const bytes = random.chance(1, 2) ? mutate(whole, random) : whole;
		const half = random.below(bytes.length + 1);
		far.write([bytes.subarray(0, half)]);
		if (random.chance(1, 2)) await turn();
		far.write([bytes.subarray(half)]);
		for (let i = random.below(4); i > 0; i--) await turn();
		if (random.chance(1, 8)) far.destroy(new Error('reset by the test'));
		// Without this, a response that the mutation made longer or that ends with its connection would never end.
		else if (bytes !== whole || !/\r\n(Content-Length|Transfer-Encoding|Link)/.test(`${whole}`)) far.end();
	};
	// One answer after the other: of two that are mixed, the first may have lost what says where it ends.
	let answered = Promise.resolve();
	far.start({
		onBytes: () => {
			answered = answered.then(answer).catch((error: unknown) => assert.fail(`${error}`));
		},
		onDrain: () => {},
		onEnd: () => far.end(),
		onClose: () => {},
	});
	return near;
}
