// What a session refuses to send: fields that RFC 9113 §8 forbids, and field sections larger than the server allows.

import assert from 'node:assert/strict';
import { scenario } from '../support/session-script.ts';

scenario("fields that exceed the server's SETTINGS_MAX_HEADER_LIST_SIZE are not sent", (s) => {
	s.greet({ maxHeaderListSize: 200 });
	assert.throws(
		() => s.open([':method', 'GET', ':scheme', 'https', ':path', `/${'p'.repeat(100)}`], true),
		/accepts at most 200/,
	);
	assert.equal(s.get(), 1);
});

for (const [what, fields] of [
	['a path with a space', [':method', 'GET', ':scheme', 'https', ':path', '/a b']],
	['a path with LF', [':method', 'GET', ':scheme', 'https', ':path', '/a\nb']],
	['a path without a slash', [':method', 'GET', ':scheme', 'https', ':path', 'a']],
	['user information in :authority', [':method', 'GET', ':scheme', 'https', ':authority', 'u@h', ':path', '/']],
	[
		'content-length twice',
		[':method', 'GET', ':scheme', 'https', ':path', '/', 'content-length', '1', 'content-length', '1'],
	],
	['a method with CR', [':method', 'G\r', ':scheme', 'https', ':path', '/']],
	['an upper-case name', [':method', 'GET', ':scheme', 'https', ':path', '/', 'Accept', 'x']],
	['a value with LF', [':method', 'GET', ':scheme', 'https', ':path', '/', 'a', 'b\nc']],
	['a value with NUL', [':method', 'GET', ':scheme', 'https', ':path', '/', 'a', 'b\0c']],
	['a pseudo-header field after another', [':method', 'GET', ':scheme', 'https', 'a', 'b', ':path', '/']],
	['transfer-encoding', [':method', 'GET', ':scheme', 'https', ':path', '/', 'transfer-encoding', 'chunked']],
	['no :path', [':method', 'GET', ':scheme', 'https']],
	[':method twice', [':method', 'GET', ':method', 'GET', ':scheme', 'https', ':path', '/']],
	[':status', [':method', 'GET', ':scheme', 'https', ':path', '/', ':status', '200']],
	['the method CONNECT and :path', [':method', 'CONNECT', ':authority', 'localhost:1', ':path', '/']],
	['the method CONNECT and :scheme', [':scheme', 'https', ':method', 'CONNECT', ':authority', 'localhost:1']],
	['a character above 0xff', [':method', 'GET', ':scheme', 'https', ':path', '/', 'x', '\u0100']],
] as const) {
	scenario(`a request with ${what} is refused and changes nothing`, (s) => {
		s.greet({ maxConcurrentStreams: 1 });
		assert.throws(() => s.session.openStream(fields, null, true), /Cannot/);
		assert.equal(s.session.freeStreams(100), 1);
		assert.equal(s.get(), 1);
		assert.equal(s.sentOf('HEADERS')[0]?.fields.length, 4);
	});
}

scenario('a CONNECT request is sent with only :method and :authority', (s) => {
	s.greet();
	s.open([':method', 'CONNECT', ':authority', 'localhost:1'], false);
	assert.deepEqual(s.sentOf('HEADERS')[0]?.fields, [
		[':method', 'CONNECT'],
		[':authority', 'localhost:1'],
	]);
});
