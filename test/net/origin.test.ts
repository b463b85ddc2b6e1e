// The `host` argument: every documented form, and a clear error for every other one.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseHost } from '../../src/net/origin.ts';

type OriginOptions = NonNullable<Parameters<typeof parseHost>[1]>;

const FORMS: [host: string, options: OriginOptions, origin: string, host: string, port: number][] = [
	['example.com', {}, 'https://example.com', 'example.com', 443],
	['example.com:443', {}, 'https://example.com', 'example.com', 443],
	['example.com:8443', {}, 'https://example.com:8443', 'example.com', 8443],
	['example.com:80', {}, 'http://example.com', 'example.com', 80],
	['example.com', { port: 80 }, 'http://example.com', 'example.com', 80],
	['example.com', { port: 80, secure: true }, 'https://example.com:80', 'example.com', 80],
	['example.com', { port: 8080 }, 'https://example.com:8080', 'example.com', 8080],
	['example.com', { secure: false }, 'http://example.com', 'example.com', 80],
	['example.com', { port: 443, secure: false }, 'http://example.com:443', 'example.com', 443],
	['example.com:8080', { port: 8080, secure: false }, 'http://example.com:8080', 'example.com', 8080],
	['http://example.com', {}, 'http://example.com', 'example.com', 80],
	['http://example.com:443', {}, 'http://example.com:443', 'example.com', 443],
	['https://example.com:80', {}, 'https://example.com:80', 'example.com', 80],
	['HTTPS://Example.COM', { port: 8443 }, 'https://example.com:8443', 'example.com', 8443],
	['https://example.com', { secure: true }, 'https://example.com', 'example.com', 443],
	['127.0.0.1:3000', {}, 'https://127.0.0.1:3000', '127.0.0.1', 3000],
	['[::1]', {}, 'https://[::1]', '::1', 443],
	['[2001:DB8:0::1]:8080', {}, 'https://[2001:db8::1]:8080', '2001:db8::1', 8080],
	['http://[::1]:80', {}, 'http://[::1]', '::1', 80],
	['::1', {}, 'https://[::1]', '::1', 443],
	['2001:db8::5:80', { port: 81 }, 'https://[2001:db8::5:80]:81', '2001:db8::5:80', 81],
	['[fe80::1%25eth0]', {}, 'https://[fe80::1]', 'fe80::1%eth0', 443],
	['http://[FE80:0::1%25en1.2-a_b~]:8080', {}, 'http://[fe80::1]:8080', 'fe80::1%en1.2-a_b~', 8080],
	['http://[fe80::1%eth0]', {}, 'http://[fe80::1]', 'fe80::1%eth0', 80],
	['fe80::1%5', { port: 8080, secure: false }, 'http://[fe80::1]:8080', 'fe80::1%5', 8080],
	['b\u00fccher.example:8443', {}, 'https://xn--bcher-kva.example:8443', 'xn--bcher-kva.example', 8443],
	['my_service', {}, 'https://my_service', 'my_service', 443],
];

for (const [text, options, origin, host, port] of FORMS) {
	test(`the host ${text} with ${JSON.stringify(options)} has the origin ${origin}`, () => {
		const parsed = parseHost(text, options);
		assert.equal(`${parsed.scheme}://${parsed.authority}`, origin);
		assert.deepEqual(parsed, { ...parsed, host, port, secure: parsed.scheme === 'https' });
	});
}

describe('malformed hosts', () => {
	const FAULTS: [host: string, message: RegExp][] = [
		['', /empty/],
		['https://', /empty/],
		['ftp://example.com', /scheme must be http or https, not ftp/],
		['example.com/', /path/],
		['https://example.com/a', /path/],
		['example.com\\a', /path/],
		['example.com?a', /query/],
		['https://example.com#a', /fragment/],
		['me:secret@example.com', /user information/],
		['exa mple.com', /white space/],
		['exam\nple.com', /white space or control/],
		['example.com\u0001', /control/],
		['example.com:', /"" is not a port/],
		['example.com:http', /"http" is not a port/],
		['example.com:-1', /"-1" is not a port/],
		['example.com:0', /"0" is not a port/],
		['example.com:65536', /"65536" is not a port/],
		[':443', /no name/],
		['[::1', /not closed/],
		['[::1]443', /"443" follows the closing bracket/],
		['[example.com]', /not an IPv6 address/],
		['1:2:3', /not an IPv6 address/],
		['https://::1', /needs brackets/],
		['[fe80::1%]', /"" is not the zone/],
		['[fe80::1%25a%b]', /"a%b" is not the zone/],
		['a%00b', /not a host name/],
		['1.2.3.256', /not a host name/],
	];
	for (const [host, message] of FAULTS) {
		test(`the host ${JSON.stringify(host)} is a TypeError`, () =>
			assert.throws(() => parseHost(host), { name: 'TypeError', message }));
	}

	test('the error for a malformed host does not repeat a password', () => {
		for (const host of [
			'https://user:secret@example.com',
			'user:secret@example.com/a',
			'ftp://user:se@cret@example.com',
		]) {
			assert.throws(
				() => parseHost(host),
				({ message }: Error) => !/user:|secret|cret@/.test(message) && message.includes('...@example.com'),
			);
		}
	});

	test('a host that is not a string is a TypeError', () => {
		assert.throws(() => parseHost(undefined as unknown as string), /^TypeError: Host must be a string, not undefined$/);
		assert.throws(() => parseHost(new URL('https://example.com') as unknown as string), TypeError);
	});
});

describe('contradictory options', () => {
	const FAULTS: [host: string, options: OriginOptions, message: RegExp][] = [
		['example.com:1', { port: 2 }, /"example.com:1" contradicts the option port: 2/],
		['http://example.com', { secure: true }, /contradicts the option secure: true/],
		['https://example.com', { secure: false }, /contradicts the option secure: false/],
	];
	for (const [host, options, message] of FAULTS) {
		test(`the host ${host} with ${JSON.stringify(options)} is a TypeError`, () => {
			assert.throws(() => parseHost(host, options), { name: 'TypeError', message });
		});
	}
});
