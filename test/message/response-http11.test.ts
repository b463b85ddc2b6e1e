import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { HTTP11Response, HTTPResponse } from '../../src/index.ts';
import { ResponseHead } from '../../src/message/response.ts';
import { ask } from '../support/http11.ts';

test('an HTTP11Response has its head as the server sent it, and makes its fields once', () => {
	const fields = ['X-A', '1', 'x-a', '2'];
	const response = new HTTP11Response(ask().reader, new ResponseHead('HTTP/1.1', 200, 'Fine', -1, fields));
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

test('an HTTP11Response undoes a content coding whatever the case of its field', async () => {
	const { reader } = ask();
	const head = new ResponseHead('HTTP/1.1', 200, '', -1, ['CONTENT-Encoding', 'GZIP']);
	reader.onHead(head);
	const response = new HTTP11Response(reader, head);
	reader.onContent(gzipSync('hello'), true);
	reader.onEnd();
	assert.equal(await response.text(), 'hello');
});
