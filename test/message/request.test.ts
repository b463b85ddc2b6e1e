import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalProtocolError } from '../../src/base/errors.ts';
import { checkContentLength, openContent, priorityValue, requiredContentType } from '../../src/message/request.ts';

test('the length is that of the body, 0 where a method anticipates content, else nothing', () => {
	assert.equal(openContent('GET', {}).length, null);
	assert.equal(openContent('POST', {}).length, 0);
	assert.equal(openContent('PUT', { body: null }).length, 0);
	assert.equal(openContent('POST', { trailers: { a: 'b' } }).length, null);
	assert.equal(openContent('GET', { body: 'grüß' }).length, 6);
	assert.equal(openContent('POST', { body: new ReadableStream() }).length, null);
	assert.throws(() => openContent('POST', { body: 7 as never }), TypeError);
});

test('only a form brings its content-type, whose boundary nobody else knows', () => {
	const form = new FormData();
	form.append('a', 'b');
	assert.match(requiredContentType(openContent('POST', { body: form })) ?? '', /^multipart\/form-data; ?boundary=/);
	for (const body of ['text', new URLSearchParams('a=b'), new Blob(['x'], { type: 'image/png' }), null]) {
		assert.equal(requiredContentType(openContent('POST', { body })), null);
	}
});

test('a content-length that is not the length of the content is refused', () => {
	const fields = (length: string) => ['a', 'b', 'content-length', length];
	checkContentLength(fields('3'), openContent('POST', { body: 'abc' }));
	assert.throws(() => checkContentLength(fields('4'), openContent('POST', { body: 'abc' })), LocalProtocolError);
	assert.throws(() => checkContentLength(fields('4'), openContent('GET', {})), LocalProtocolError);
	// What only the source knows is checked as it is sent.
	checkContentLength(fields('4'), openContent('POST', { body: new ReadableStream() }));
});

test('a priority is a field, or nothing', () => {
	assert.equal(priorityValue({ urgency: 0, incremental: true }), 'u=0, i');
	assert.equal(priorityValue({ urgency: 7 }), 'u=7');
	assert.equal(priorityValue({ incremental: true }), 'i');
	assert.equal(priorityValue({ incremental: false }), null);
	for (const urgency of [-1, 8, 1.5, Number.NaN]) assert.throws(() => priorityValue({ urgency }), RangeError);
});
