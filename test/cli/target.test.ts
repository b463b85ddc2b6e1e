// Parsing URLs of the command line: defaults, what is kept, and what is an error.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UsageError } from '../../src/cli/errors.ts';
import { appendQuery, parseTarget, targetOf } from '../../src/cli/target.ts';

const FORMS: [text: string, origin: string, path: string, credentials?: string][] = [
	['https://example.com/', 'https://example.com', '/'],
	['example.com', 'https://example.com', '/'],
	['http://example.com', 'http://example.com', '/'],
	['example.com:80', 'https://example.com:80', '/'],
	['http://example.com:443', 'http://example.com:443', '/'],
	['HTTPS://Example.COM:443/', 'https://example.com', '/'],
	['localhost', 'https://localhost', '/'],
	['localhost:8443/a', 'https://localhost:8443', '/a'],
	[':', 'https://localhost', '/'],
	[':8080', 'https://localhost:8080', '/'],
	[':8080/path?q', 'https://localhost:8080', '/path?q'],
	[':/path', 'https://localhost', '/path'],
	['://example.com/a', 'https://example.com', '/a'],
	['https://a.example/b?c=d&c=e#f', 'https://a.example', '/b?c=d&c=e'],
	['a.example?q', 'https://a.example', '/?q'],
	['a.example/%41%2f?%20', 'https://a.example', '/%41%2f?%20'],
	['a.example/\u00fc', 'https://a.example', '/%C3%BC'],
	['https://[::1]:8443/x', 'https://[::1]:8443', '/x'],
	['http://[fe80::1%25eth0]:8080/x', 'http://[fe80::1%25eth0]:8080', '/x'],
	['[FE80:0::1%en1]', 'https://[fe80::1%25en1]', '/'],
	['https://me:x@[fe80::1%25eth0]/%255]', 'https://[fe80::1%25eth0]', '/%255]', 'me:x'],
	['https://a.example/[::1%25eth0]', 'https://a.example', '/[::1%25eth0]'],
	['[2001:db8::1]/x', 'https://[2001:db8::1]', '/x'],
	['https://b\u00fccher.example/', 'https://xn--bcher-kva.example', '/'],
	['https://user:pass@a.example/', 'https://a.example', '/', 'user:pass'],
	['us%40er:p%3A%C3%BC@a.example', 'https://a.example', '/', 'us@er:p:\u00fc'],
	['user@a.example', 'https://a.example', '/', 'user:'],
];

const FAULTS: [text: string, message: RegExp][] = [
	['ftp://a.example/', /^ftp:\/\/a\.example\/ is not an http or https URL$/],
	['https://', /^https:\/\/ is not a URL$/],
	['https://[::1/', /^https:\/\/\[::1\/ is not a URL$/],
	['::1', /^::1 is not a URL$/],
	['http://[fe80::1%]/', /^http:\/\/\[fe80::1%\]\/ is not a URL$/],
	[':port/', /^:port\/ is not a URL$/],
	['a.example:99999', /^a\.example:99999 is not a URL$/],
	['a.example:0', /^a\.example:0: cannot connect to port 0$/],
	['%ff:x@a.example', /^the user information before a\.example is not/],
];

describe('target', () => {
	for (const [text, origin, path, credentials = null] of FORMS) {
		test(`the URL ${text} is parsed`, () => {
			assert.deepEqual(parseTarget(text), { origin, path, credentials });
		});
	}

	for (const [text, message] of FAULTS) {
		test(`the URL ${text} is a usage error`, () => {
			assert.throws(
				() => parseTarget(text),
				(error: unknown) => error instanceof UsageError && message.test(error.message),
			);
		});
	}

	test('targetOf drops the fragment and credentials of a URL', () => {
		const target = targetOf(new URL('http://a:b@c.example:80/d?e#f'));
		assert.deepEqual(target, { origin: 'http://c.example', path: '/d?e' });
	});

	test('a query is appended to the query that a path already has', () => {
		assert.equal(appendQuery('/a', ''), '/a');
		assert.equal(appendQuery('/a?b', ''), '/a?b');
		assert.equal(appendQuery('/a', 'c=d'), '/a?c=d');
		assert.equal(appendQuery('/a?', 'c=d'), '/a?c=d');
		assert.equal(appendQuery('/a?b', 'c=d'), '/a?b&c=d');
		assert.equal(appendQuery('/a?b&', 'c=d'), '/a?b&c=d');
	});
});
