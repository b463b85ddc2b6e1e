// A response over a source of our own: which ways of reading there are, and what closes it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import { BodyBuffer } from '../../src/content/body-buffer.ts';
import { HTTPHeaderMap } from '../../src/fields/header-map.ts';
import { HTTP20Response } from '../../src/http20/response.ts';
import type { ResponseSource } from '../../src/message/response.ts';
import { dataEvent, responseEvent } from '../support/http20-fakes.ts';

function createResponse(chunks: readonly string[], trailers: HTTPHeaderMap = new HTTPHeaderMap()) {
	const counts = { abandoned: 0 };
	const body = new BodyBuffer({ onConsumed: () => undefined });
	const source: ResponseSource = {
		...{ id: 7, body, decodeContent: false, decodingLimits: DEFAULT_LIMITS },
		informational: [{ status: 103, headers: new HTTPHeaderMap({ a: 'b' }) }],
		timings: { queued: 1, dialled: null, secured: null, sent: 2, firstByte: 3, end: null },
		readTrailers: () => trailers,
		abandon: () => counts.abandoned++,
	};
	const response = new HTTP20Response(source, responseEvent(['X-A', 'b', 'x-a', 'c, d']));
	for (const chunk of chunks) body.push(dataEvent(chunk));
	return { response, source, body, counts };
}

function createWhole(chunks: readonly string[]): HTTP20Response {
	const { response, body } = createResponse(chunks);
	body.end();
	return response;
}

async function collect(items: AsyncIterable<Uint8Array>): Promise<string[]> {
	const texts: string[] = [];
	for await (const item of items) texts.push(new TextDecoder().decode(item));
	return texts;
}

test('the head is there at once, without pseudo-header fields', () => {
	const { response, source } = createResponse([]);
	assert.deepEqual([response.status, response.version, response.reason, response.streamId], [200, 'HTTP/2', '', 7]);
	assert.deepEqual(
		[...response.headers.raw()],
		[
			['X-A', 'b'],
			['x-a', 'c, d'],
		],
	);
	assert.equal(response.headers, response.headers);
	assert.equal(response.timings, source.timings);
	assert.equal(response.informational, source.informational);
});

test('the whole body is read as bytes, text or JSON', async () => {
	assert.deepEqual(await createWhole(['a', 'b']).bytes(), Uint8Array.of(0x61, 0x62));
	assert.deepEqual(await createWhole(['a', 'b']).read(), Uint8Array.of(0x61, 0x62));
	assert.equal(await createWhole(['gr\u00fc', '\u00df']).text(), 'grüß');
	assert.deepEqual(await createWhole(['{"a"', ':[1]}']).json(), { a: [1] });
	await assert.rejects(createWhole(['{']).json(), SyntaxError);
});

test('an amount is read exactly, and must be one', async () => {
	const response = createWhole(['abc', 'def']);
	assert.deepEqual(await response.read(0), new Uint8Array(0));
	assert.deepEqual(await response.read(4), new TextEncoder().encode('abcd'));
	for (const amount of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
		await assert.rejects(response.read(amount), RangeError);
	}
	assert.deepEqual(await response.read(100), new TextEncoder().encode('ef'));
	assert.deepEqual(await response.read(100), new Uint8Array(0));
});

test('iteration gives what has content, readChunked every frame', async () => {
	assert.deepEqual(await collect(createWhole(['a', '', 'b'])), ['a', 'b']);
	assert.deepEqual(await collect(createWhole(['a', '', 'b']).readChunked()), ['a', '', 'b']);
});

test('leaving a loop closes the response; going through it does not', async () => {
	for (const iterate of [(r: HTTP20Response) => r[Symbol.asyncIterator](), (r: HTTP20Response) => r.readChunked()]) {
		const { response, counts, body } = createResponse(['a', 'b']);
		for await (const chunk of iterate(response)) {
			assert.equal(chunk.length, 1);
			break;
		}
		assert.equal(counts.abandoned, 1);
		body.end();
		await collect(iterate(response));
		assert.equal(counts.abandoned, 1);
	}
});

test('the stream of the platform is one, reads when asked, and closes the response when it is cancelled', async () => {
	const { response, counts, body } = createResponse(['a', 'b']);
	assert.equal(response.body, response.body);
	assert.equal(body.unread, 2);
	const reader = response.body.getReader();
	assert.deepEqual((await reader.read()).value, Uint8Array.of(0x61));
	assert.equal(body.unread, 1);
	await reader.cancel();
	assert.equal(counts.abandoned, 1);
	assert.deepEqual(await collect(createWhole(['a', 'b']).body), ['a', 'b']);
});

test('trailers come with the end of the body, empty when there are none', async () => {
	const { response, body } = createResponse(['a'], new HTTPHeaderMap([['Sum', '1']]));
	const trailers = response.trailers;
	body.end();
	assert.deepEqual([...(await trailers).raw()], [['Sum', '1']]);
	assert.equal((await createWhole([]).trailers).size, 0);
});

test('a failure comes through unchanged, to the trailers too', async () => {
	const { response, body } = createResponse([]);
	const [reason, trailers] = [new Error('cut'), response.trailers];
	body.fail(reason);
	await assert.rejects(trailers, reason);
	await assert.rejects(response.text(), reason);
	await assert.rejects(collect(response), reason);
});

test('close and disposal abandon the stream', async () => {
	const { response, counts } = createResponse([]);
	await response.close();
	await response[Symbol.asyncDispose]();
	assert.equal(counts.abandoned, 2);
});
