// The arguments of the command line: every form that is documented, and a clear message for every other.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HELP, parseArguments, type RequestCommand, UsageError } from '../../src/cli/arguments.ts';

type Expected = Partial<Omit<RequestCommand, 'headers'>> & { headers?: [string, string][] };

const DEFAULTS = { method: 'GET', path: '/', headers: [], h2: false, caFile: null, insecure: false, outputFile: null };

const FORMS: [args: string, expected: Expected][] = [
	['https://example.com/', { origin: 'https://example.com' }],
	['https://example.com', { origin: 'https://example.com', path: '/' }],
	['example.com', { origin: 'https://example.com' }],
	['localhost:8443/a', { origin: 'https://localhost:8443', path: '/a' }],
	['localhost', { origin: 'https://localhost' }],
	['HTTPS://Example.COM:443/', { origin: 'https://example.com' }],
	['https://a.example/b?c=d&c=e#f', { origin: 'https://a.example', path: '/b?c=d&c=e' }],
	['a.example?q', { origin: 'https://a.example', path: '/?q' }],
	['a.example/%41%2f?%20', { origin: 'https://a.example', path: '/%41%2f?%20' }],
	['a.example/\u00fc', { origin: 'https://a.example', path: '/%C3%BC' }],
	['https://[::1]:8443/x', { origin: 'https://[::1]:8443', path: '/x' }],
	['[2001:db8::1]/x', { origin: 'https://[2001:db8::1]', path: '/x' }],
	['https://b\u00fccher.example/', { origin: 'https://xn--bcher-kva.example' }],
	['--h2 http://127.0.0.1:8080/x', { origin: 'http://127.0.0.1:8080', path: '/x', h2: true }],
	['--h2 http://a.example', { origin: 'http://a.example', h2: true }],
	['--h2 http://a.example:443', { origin: 'http://a.example:443', h2: true }],
	['--h2 https://a.example', { origin: 'https://a.example', h2: true }],
	['GET a.example', { origin: 'https://a.example' }],
	['head a.example', { method: 'HEAD', origin: 'https://a.example' }],
	['Delete a.example', { method: 'DELETE', origin: 'https://a.example' }],
	['PROPFIND a.example', { method: 'PROPFIND', origin: 'https://a.example' }],
	['M-SEARCH a.example', { method: 'M-SEARCH', origin: 'https://a.example' }],
	['localhost X-A:1', { origin: 'https://localhost', headers: [['X-A', '1']] }],
	['localhost:8443 X-A:1', { origin: 'https://localhost:8443', headers: [['X-A', '1']] }],
	[
		'POST a.example X-A:1 x-a:2',
		{
			method: 'POST',
			origin: 'https://a.example',
			headers: [
				['X-A', '1'],
				['x-a', '2'],
			],
		},
	],
	['a.example Empty:', { origin: 'https://a.example', headers: [['Empty', '']] }],
	['a.example Time:12:30', { origin: 'https://a.example', headers: [['Time', '12:30']] }],
	['a.example Query:a=b==c@d', { origin: 'https://a.example', headers: [['Query', 'a=b==c@d']] }],
	['a.example Name:\u00fc', { origin: 'https://a.example', headers: [['Name', '\u00c3\u00bc']] }],
	['--cacert ca.pem a.example', { origin: 'https://a.example', caFile: 'ca.pem' }],
	['a.example --cacert=ca.pem', { origin: 'https://a.example', caFile: 'ca.pem' }],
	['--insecure a.example', { origin: 'https://a.example', insecure: true }],
	['-o file a.example', { origin: 'https://a.example', outputFile: 'file' }],
	['-ofile a.example', { origin: 'https://a.example', outputFile: 'file' }],
	['--output file a.example', { origin: 'https://a.example', outputFile: 'file' }],
	['-o - a.example', { origin: 'https://a.example', outputFile: null }],
];

const FAULTS: [args: string, message: RegExp][] = [
	['', /^there is no URL$/],
	['--h2', /^there is no URL$/],
	['GET', /^there is no URL after GET$/],
	['delete', /^there is no URL after delete$/],
	['connect a.example', /^CONNECT opens a tunnel/],
	['http://a.example/', /^http:\/\/a\.example\/ needs --h2.*prior knowledge.*HTTP\/1\.1.*h2c/],
	['ftp://a.example/', /^ftp:\/\/a\.example\/: the scheme must be http or https, not ftp$/],
	['https://', /^https:\/\/ is not a URL$/],
	['https://[::1/', /^https:\/\/\[::1\/ is not a URL$/],
	['a.example:99999', /^a\.example:99999 is not a URL$/],
	['a.example:0', /^a\.example:0: port 0/],
	['https://user:secret@a.example/', /^a\.example has user information before it/],
	['a.example name=value', /^"name=value" is not an item: only header fields, Name:value/],
	['a.example name==value', /^"name==value" is not an item/],
	['a.example name:=1', /^"name:=1" is not an item/],
	['a.example name@file', /^"name@file" is not an item/],
	['a.example name=@file', /^"name=@file" is not an item/],
	['a.example :authority:b', /^":authority:b" is not an item/],
	['a.example b\u00fc:1', /^"b\u00fc:1" is not an item/],
	['--wrong a.example', /^Unknown option '--wrong'$/],
	['--cacert', /^Option '--cacert <value>' argument missing$/],
	['--h2=yes a.example', /^Option '--h2' does not take an argument$/],
];

function split(args: string): string[] {
	return args === '' ? [] : args.split(' ');
}

describe('arguments', () => {
	for (const [args, expected] of FORMS) {
		test(args, () => {
			const { headers, ...command } = parseArguments(split(args)) as RequestCommand;
			const found = { ...command, headers: [...headers.raw()] };
			assert.deepEqual(found, { kind: 'request', ...DEFAULTS, ...expected });
		});
	}

	for (const [args, message] of FAULTS) {
		test(`not understood: ${args || 'nothing'}`, () => {
			assert.throws(
				() => parseArguments(split(args)),
				(error: unknown) => error instanceof UsageError && message.test(error.message),
			);
		});
	}

	test('a field value with a line break is refused', () => {
		assert.throws(() => parseArguments(['a.example', 'a:b\r\nc:d']), UsageError);
	});

	test('--help and --version win over what else is there', () => {
		assert.deepEqual(parseArguments(['--help', 'a.example', 'a=b']), { kind: 'help' });
		assert.deepEqual(parseArguments(['-h']), { kind: 'help' });
		assert.deepEqual(parseArguments(['--version', 'http://a.example']), { kind: 'version' });
	});

	test('the help names every option, in at most 80 columns', () => {
		for (const option of ['--h2', '--cacert', '--insecure', '-o, --output', '--help', '--version']) {
			assert.ok(HELP.includes(option), option);
		}
		assert.deepEqual(
			HELP.split('\n').filter((line) => line.length > 80),
			[],
		);
	});
});
