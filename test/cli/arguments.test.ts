// Parsing the arguments of the command line: every documented form, and a clear message for invalid ones.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseArguments, type RequestCommand, type TLSArguments } from '../../src/cli/arguments.ts';
import { UsageError } from '../../src/cli/errors.ts';

type Expected = Partial<Omit<RequestCommand, 'headers' | 'withheld' | 'tls' | 'show'>> & {
	headers?: [string, string][];
	withheld?: string[];
	tls?: Partial<TLSArguments>;
	show?: Partial<RequestCommand['show']>;
};

const TLS: TLSArguments = { insecure: false, caFile: null, certFile: null, keyFile: null, passphrase: null };

const SHOW = { requestHeads: false, responseHeads: false, log: false, frames: false };

const DEFAULTS = {
	kind: 'request',
	method: 'GET',
	origin: 'https://a.example',
	path: '/',
	headers: [],
	withheld: [],
	content: { kind: 'none' },
	protocol: null,
	h2c: null,
	proxy: null,
	timeout: null,
	follow: false,
	checkStatus: false,
	outputFile: null,
	resume: false,
};

const NAME_VALUE: RequestCommand['content'] = { kind: 'json', data: [{ name: 'name', text: 'value' }] };

const FORMS: [args: string, expected: Expected][] = [
	// METHOD, URL and items.
	['a.example', {}],
	['https://a.example/b?c', { path: '/b?c' }],
	['http://a.example', { origin: 'http://a.example' }],
	['GET a.example', {}],
	['head a.example', { method: 'HEAD' }],
	['Delete a.example', { method: 'DELETE' }],
	['PROPFIND a.example', { method: 'PROPFIND' }],
	['M-SEARCH a.example', { method: 'M-SEARCH' }],
	['LOCALHOST', { origin: 'https://localhost' }],
	['localhost X-A:1', { origin: 'https://localhost', headers: [['X-A', '1']] }],
	['localhost:8443 X-A:1', { origin: 'https://localhost:8443', headers: [['X-A', '1']] }],
	['https://a.example/b?c=d e==f', { path: '/b?c=d&e=f' }],
	['a.example Accept:', { withheld: ['accept'] }],
	['a.example :authority:b.example', { headers: [[':authority', 'b.example']] }],
	['a.example name=value', { method: 'POST', content: NAME_VALUE }],
	['GET a.example name=value', { content: NAME_VALUE }],
	['put a.example name=value', { method: 'PUT', content: NAME_VALUE }],
	['a.example n:=1', { method: 'POST', content: { kind: 'json', data: [{ name: 'n', json: '1' }] } }],
	['a.example q==1 X-A:1', { path: '/?q=1', headers: [['X-A', '1']] }],
	['a.example -- -name=value', { method: 'POST', content: { kind: 'json', data: [{ name: '-name', text: 'value' }] } }],
	['a.example @-', { method: 'POST', content: { kind: 'file', upload: { file: '-', type: null }, form: false } }],
	[
		'--form a.example name=value',
		{ method: 'POST', content: { kind: 'form', data: [{ name: 'name', text: 'value' }] } },
	],
	[
		'-f a.example f@g;type=a/b',
		{ method: 'POST', content: { kind: 'form', data: [{ name: 'f', upload: { file: 'g', type: 'a/b' } }] } },
	],
	['-f a.example', {}],
	// Credentials.
	['-a user:pass a.example', { headers: [['authorization', 'Basic dXNlcjpwYXNz']] }],
	['--auth=user: a.example', { headers: [['authorization', 'Basic dXNlcjo=']] }],
	['-a \u00fc:a:b a.example', { headers: [['authorization', 'Basic w7w6YTpi']] }],
	['user:pass@a.example', { headers: [['authorization', 'Basic dXNlcjpwYXNz']] }],
	['a:b@a.example -a user:pass', { headers: [['authorization', 'Basic dXNlcjpwYXNz']] }],
	['a:b@a.example Authorization:x', { headers: [['Authorization', 'x']] }],
	['a.example Authorization:x -a user:pass', { headers: [['authorization', 'Basic dXNlcjpwYXNz']] }],
	// Protocol, TLS, proxy, time.
	['--h2 a.example', { protocol: 'h2' }],
	['--h2c=upgrade http://a.example', { origin: 'http://a.example', h2c: 'upgrade' }],
	['--h2c http://a.example', { origin: 'http://a.example', h2c: 'upgrade' }],
	['http://a.example --h2c', { origin: 'http://a.example', h2c: 'upgrade' }],
	['--h2c upgrade http://a.example', { origin: 'http://a.example', h2c: 'upgrade' }],
	['--h2c prior-knowledge http://a.example', { origin: 'http://a.example', h2c: 'prior-knowledge' }],
	['--http1.1 a.example', { protocol: 'http/1.1' }],
	['--insecure a.example', { tls: { insecure: true } }],
	['a.example --cacert=ca.pem', { tls: { caFile: 'ca.pem' } }],
	['--cert c.pem a.example', { tls: { certFile: 'c.pem' } }],
	['--cert c.pem --key k.pem --pass p a.example', { tls: { certFile: 'c.pem', keyFile: 'k.pem', passphrase: 'p' } }],
	['--proxy http://p.example:3128 a.example', { proxy: 'http://p.example:3128/' }],
	['--proxy p.example:3128 a.example', { proxy: 'http://p.example:3128/' }],
	['--proxy [fe80::1%eth0]:3128 a.example', { proxy: 'http://[fe80::1%eth0]:3128' }],
	['--proxy http://u:p@[fe80::1%25eth0] a.example', { proxy: 'http://u:p@[fe80::1%25eth0]' }],
	['--proxy https://u:p@p.example a.example', { proxy: 'https://u:p@p.example/' }],
	['--timeout 5 a.example', { timeout: 5000 }],
	['--timeout 0.25 a.example', { timeout: 250 }],
	['--timeout .5 a.example', { timeout: 500 }],
	['--timeout 0 a.example', { timeout: 0 }],
	// What is done with the response.
	['--follow a.example', { follow: true }],
	['-F a.example', { follow: true }],
	['--check-status a.example', { checkStatus: true }],
	['-o file a.example', { outputFile: 'file' }],
	['-ofile a.example', { outputFile: 'file' }],
	['--output file a.example', { outputFile: 'file' }],
	['-o - a.example', {}],
	['-c -o file a.example', { outputFile: 'file', resume: true }],
	['a.example --output=file --continue', { outputFile: 'file', resume: true }],
	['--headers a.example', { show: { responseHeads: true } }],
	['--verbose a.example', { show: { requestHeads: true, responseHeads: true } }],
	['-v --headers a.example', { show: { requestHeads: true, responseHeads: true } }],
	['--debug a.example', { show: { log: true } }],
	['--trace a.example', { show: { frames: true } }],
];

const FAULTS: [args: string, message: RegExp][] = [
	['', /^no URL given$/],
	['--h2', /^no URL given$/],
	['GET', /^no URL given after GET$/],
	['delete', /^no URL given after delete$/],
	['connect a.example', /^CONNECT is not supported/],
	['ftp://a.example/', /^ftp:\/\/a\.example\/ is not an http or https URL$/],
	['a.example what', /^"what" is not a request item/],
	['a.example f@g', /^f@file needs --form; @file sends/],
	['-f a.example f@g content-type:a/b', /^a form with files sets its own content-type/],
	['-f a.example f@g content-type:', /^a form with files sets its own content-type/],
	['-a user a.example', /^--auth takes USER:PASSWORD/],
	['--h2 --http1.1 a.example', /^--h2 and --http1\.1 cannot be combined$/],
	['--h2 --h2c=upgrade a.example', /^--h2c and --h2 cannot be combined$/],
	['--http1.1 --h2c=upgrade a.example', /^--h2c and --http1\.1 cannot be combined$/],
	['--h2c', /^no URL given$/],
	['--h2c= a.example', /^--h2c takes upgrade or prior-knowledge, not $/],
	['--h2c=yes a.example', /^--h2c takes upgrade or prior-knowledge, not yes$/],
	[
		'--http2 a.example',
		/^Unknown option '--http2': write --h2c=upgrade for http:\/\/; https:\/\/ chooses HTTP\/2 by itself$/,
	],
	['--http2-prior-knowledge a.example', /: write --h2c=prior-knowledge$/],
	['--proxy socks5://p a.example', /^--proxy takes an http or https URL, not socks5$/],
	['--proxy http://u:secret@[ a.example', /^--proxy takes http\(s\):/],
	['--proxy [fe80::1%a%b] a.example', /^--proxy takes http\(s\):/],
	['--timeout soon a.example', /^--timeout takes at most 2000000 seconds, not soon$/],
	['--timeout=-1 a.example', /^--timeout takes at most/],
	['--timeout 1e3 a.example', /^--timeout takes at most/],
	['--timeout 2000001 a.example', /^--timeout takes at most/],
	['-c a.example', /^--continue needs --output FILE$/],
	['-c -o - a.example', /^--continue needs --output FILE$/],
	['-c -o f POST a.example', /^--continue needs a GET request without data$/],
	['-c -o f GET a.example a=b', /^--continue needs a GET request without data$/],
	['--key k a.example', /^--key needs --cert$/],
	['--pass p a.example', /^--pass needs --cert$/],
	['--wrong a.example', /^Unknown option '--wrong': --help shows all$/],
	['--folow a.example', /^Unknown option '--folow': did you mean --follow\?$/],
	['--http11 a.example', /^Unknown option '--http11': did you mean --http1\.1\?$/],
	['--location a.example', /^Unknown option '--location': write --follow$/],
	['-k a.example', /^Unknown option '-k': write --insecure$/],
	['-X POST a.example', /^Unknown option '-X': write the method before the URL$/],
	['--max-tme=3 a.example', /^Unknown option '--max-tme': write --timeout SECONDS$/],
	['-y a.example', /^Unknown option '-y': --help shows all$/],
	['--cacert', /^Option '--cacert <value>' argument missing$/],
	[
		'--timeout -1 a.example',
		/^Option '--timeout' argument is ambiguous: write a value that begins with a hyphen as '--timeout=-XYZ'$/,
	],
	['--h2=yes a.example', /^Option '--h2' does not take an argument$/],
];

function split(args: string): string[] {
	return args === '' ? [] : args.split(' ');
}

describe('arguments', () => {
	for (const [args, expected] of FORMS) {
		test(`hyper ${args} is parsed`, () => {
			const { headers, withheld, ...command } = parseArguments(split(args)) as RequestCommand;
			const fields = Array.from(headers.raw(), ([name, value]) => [name, value]);
			assert.deepEqual(
				{ ...command, headers: fields, withheld: [...withheld] },
				{ ...DEFAULTS, ...expected, tls: { ...TLS, ...expected.tls }, show: { ...SHOW, ...expected.show } },
			);
		});
	}

	for (const [args, message] of FAULTS) {
		test(`hyper ${args} is a usage error`, () => {
			assert.throws(
				() => parseArguments(split(args)),
				(error: unknown) => error instanceof UsageError && message.test(error.message),
			);
		});
	}

	test('credentials are never indexed, and an invalid --proxy is not quoted in the error', () => {
		const { headers } = parseArguments(['-a', 'user:pass', 'a.example']) as RequestCommand;
		assert.deepEqual([...headers.raw()][0]?.[2], { neverIndex: true });
		assert.throws(
			() => parseArguments(['--proxy', 'http://u:secret@[', 'a.example']),
			(error: unknown) => error instanceof UsageError && !error.message.includes('secret'),
		);
	});

	test('--help and --version take precedence over all other arguments', () => {
		assert.deepEqual(parseArguments(['--help', 'a.example', 'a=b']), { kind: 'help' });
		assert.deepEqual(parseArguments(['-h']), { kind: 'help' });
		assert.deepEqual(parseArguments(['--version', 'ftp://a.example']), { kind: 'version' });
	});
});
