import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exchange } from '../../src/http11/exchange.ts';
import { HTTP11Response } from '../../src/http11/response.ts';
import { HTTPResponse } from '../../src/index.ts';
import { createRequest } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';

const exchange = new Exchange(createRequest('GET', '/', parseHost('http://a'), {}), 1);

test('a response has its head, made when asked for and once', () => {
	const response = new HTTP11Response(exchange, { status: 200, reason: 'Fine', fields: ['X-A', '1', 'x-a', '2'] });
	assert.ok(response instanceof HTTPResponse);
	assert.deepEqual(
		[response.status, response.reason, response.version, response.streamId],
		[200, 'Fine', 'HTTP/1.1', null],
	);
	assert.deepEqual(
		[...response.headers.raw()],
		[
			['X-A', '1'],
			['x-a', '2'],
		],
	);
	assert.equal(response.headers, response.headers);
	assert.equal(response.timings.queued, 1);
});

test('a coding is undone whatever the case of its field', async () => {
	const { gzipSync } = await import('node:zlib');
	const decoding = new Exchange(exchange.request, 1, true);
	const response = new HTTP11Response(decoding, { status: 200, reason: '', fields: ['CONTENT-Encoding', 'GZIP'] });
	decoding.onContent(gzipSync('hello'));
	decoding.onEnd([], 2);
	assert.equal(await response.text(), 'hello');
});
