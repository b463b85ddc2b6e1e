// Proxies given as an option or named by the environment.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseHost } from '../../src/net/origin.ts';
import { type ProxyOptions, parseProxy, proxyFromEnvironment } from '../../src/net/proxy.ts';

describe('parseProxy', () => {
	const endpoints: [url: string, host: string, port: number, secure: boolean][] = [
		['http://proxy.test:3128', 'proxy.test', 3128, false],
		['http://proxy.test', 'proxy.test', 80, false],
		['https://proxy.test/', 'proxy.test', 443, true],
		['https://Proxy.Test:8443', 'proxy.test', 8443, true],
		['http://[::1]:3128', '::1', 3128, false],
		['http://[fe80::1%25eth0]:3128', 'fe80::1%eth0', 3128, false],
		['https://[FE80:0::1%Eth.0]', 'fe80::1%Eth.0', 443, true],
		['http://[::1%lo]/', '::1%lo', 80, false],
	];
	for (const [url, host, port, secure] of endpoints) {
		test(`${url} is ${host}, port ${port}`, () =>
			assert.deepEqual(parseProxy(url), { host, port, secure, tls: {}, fields: [] }));
	}

	test('user name and password become never-indexed credentials in UTF-8', () => {
		const tokens: Record<string, string> = {
			'http://user:password@p.test': 'user:password',
			'http://user@p.test': 'user:',
			'http://:password@p.test': ':password',
			'http://us%40er:p%3Aa%2Fss@p.test': 'us@er:p:a/ss',
			'http://us%25er:p%5B@[fe80::1%25eth0]': 'us%er:p[',
			'http://%E2%82%AC:%C3%BC@p.test': '€:ü',
			'http://ü:€@p.test': 'ü:€',
		};
		for (const [url, credentials] of Object.entries(tokens)) {
			const value = `Basic ${Buffer.from(credentials).toString('base64')}`;
			assert.deepEqual(parseProxy(url).fields, [['Proxy-Authorization', value, { neverIndex: true }]], url);
		}
	});

	test('fields keep their form, and a Proxy-Authorization among them overrides the one of the URL', () => {
		const { fields } = parseProxy({
			url: 'http://user:password@p.test',
			headers: [
				['X-One', '1'],
				['x-one', '2'],
			],
		});
		assert.deepEqual(
			fields.map(([name]) => name),
			['Proxy-Authorization', 'X-One', 'x-one'],
		);
		const own = parseProxy({ url: 'http://a:b@p.test', headers: { 'proxy-authorization': 'Bearer x' } });
		assert.deepEqual(own.fields, [['proxy-authorization', 'Bearer x']]);
	});

	test('a proxy has its own TLS options', () => {
		const tls = { ca: 'pem' };
		assert.equal(parseProxy({ url: 'https://p.test', tls }).tls, tls);
	});

	test('a proxy URL that is not a string is a TypeError that says so', () => {
		assert.throws(
			() => parseProxy({ url: 5 as unknown as string }),
			/^TypeError: The URL of a proxy must be a string, not number$/,
		);
	});

	test('an invalid proxy URL is a TypeError that does not contain the password', () => {
		for (const url of [
			'socks5://user:secret@p.test:1080',
			'ftp://user:secret@p.test',
			'secret:secret@p.test:3128',
			'p.test:3128',
			'http://user:secret@',
			'http://user:secret%ZZ@p.test',
			'http://user:secret@p.test:99999',
			'http://user:secret@p.test:0',
			'http://user:secret@[fe80::1%]',
			'http://user:secret@[fe80::1%25]',
			'http://user:secret@[fe80::1%a%b]',
			'http://user:secret@[fe80::1%a/b]',
			'http://user:secret@[fe80%a]',
			'',
		]) {
			assert.throws(
				() => parseProxy(url),
				(error: Error) => {
					assert.ok(error instanceof TypeError, url);
					assert.match(error.message, /^Cannot (parse|use)/);
					assert.ok(!/secret/.test(`${error.message} ${error.stack} ${String(error.cause)}`), error.message);
					return true;
				},
			);
		}
		assert.throws(() => parseProxy({} as ProxyOptions), TypeError);
		assert.throws(() => parseProxy(1 as unknown as string), TypeError);
		assert.throws(() => parseProxy({ url: 'http://p.test', headers: { 'x y': '1' } }), TypeError);
	});
});

describe('proxyFromEnvironment', () => {
	/** `host:port`, or `https://host:port` for TLS to the proxy. */
	function proxyFor(origin: string, environment: Record<string, string>): string | null {
		const proxy = proxyFromEnvironment(parseHost(origin), { env: (name) => environment[name] });
		return proxy && `${proxy.secure ? 'https://' : ''}${proxy.host}:${proxy.port}`;
	}

	const cases: [name: string, origin: string, environment: Record<string, string>, proxy: string | null][] = [
		['is empty', 'https://a.test', {}, null],
		['has a proxy for this scheme', 'https://a.test', { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://q:2' }, 'p:1'],
		['has a proxy for plaintext', 'http://a.test', { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://q:2' }, 'q:2'],
		['has a proxy for the other scheme only', 'http://a.test', { HTTPS_PROXY: 'http://p:1' }, null],
		['has the variable in both cases', 'http://a.test', { http_proxy: 'http://p:1', HTTP_PROXY: 'http://q:2' }, 'p:1'],
		['has a proxy for all schemes', 'https://a.test', { ALL_PROXY: 'http://p:1' }, 'p:1'],
		['has a proxy for all schemes in lower case', 'http://a.test', { all_proxy: 'http://p:1' }, 'p:1'],
		['has a proxy over TLS', 'https://a.test', { https_proxy: 'https://p:1' }, 'https://p:1'],
		['has a proxy without a scheme', 'https://a.test', { https_proxy: 'p:1' }, 'p:1'],
		['has a link-local proxy', 'https://a.test', { https_proxy: '[fe80::1%eth0]:1' }, 'fe80::1%eth0:1'],
		['excludes this host', 'https://a.test', { https_proxy: 'http://p:1', NO_PROXY: 'b.test,a.test' }, null],
		['excludes a domain', 'https://x.a.test', { https_proxy: 'http://p:1', no_proxy: '.a.test' }, null],
		['excludes another port', 'https://a.test:8443', { https_proxy: 'http://p:1', no_proxy: 'a.test:443' }, 'p:1'],
		['excludes this port', 'https://a.test:8443', { https_proxy: 'http://p:1', no_proxy: 'a.test:8443' }, null],
		['excludes everything', 'https://a.test', { https_proxy: 'http://p:1', NO_PROXY: '*' }, null],
		['excludes an address', 'https://[::1]:8443', { https_proxy: 'http://p:1', NO_PROXY: '[::1]' }, null],
	];
	for (const [name, origin, environment, proxy] of cases) {
		test(`an environment that ${name} names ${proxy ?? 'no proxy'} for ${origin}`, () =>
			assert.equal(proxyFor(origin, environment), proxy));
	}

	test('an environment that names a SOCKS proxy is a TypeError', () => {
		assert.throws(() => proxyFor('https://a.test', { https_proxy: 'socks5://p:1' }), TypeError);
	});

	// https://httpoxy.org: the field `Proxy` of a request becomes HTTP_PROXY in a CGI program.
	describe('in a CGI program', () => {
		const cgi = { REQUEST_METHOD: 'GET', HTTP_PROXY: 'http://evil:1' };

		test('HTTP_PROXY is ignored in a CGI program, where a request can set it', () => {
			assert.equal(proxyFor('http://a.test', cgi), null);
			assert.equal(proxyFor('http://a.test', { ...cgi, ALL_PROXY: 'http://p:1' }), 'p:1');
		});

		test('http_proxy and HTTPS_PROXY count in a CGI program', () => {
			assert.equal(proxyFor('http://a.test', { ...cgi, http_proxy: 'http://p:1' }), 'p:1');
			assert.equal(proxyFor('https://a.test', { ...cgi, HTTPS_PROXY: 'http://p:1' }), 'p:1');
		});

		test('http_proxy is ignored in a CGI program on Windows, where it is the same variable as HTTP_PROXY', () => {
			const env = (name: string): string | undefined => (cgi as Record<string, string>)[name.toUpperCase()];
			assert.equal(proxyFromEnvironment(parseHost('http://a.test'), { env }), null);
		});
	});
});
