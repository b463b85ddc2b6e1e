// The line that describes a failure to the user, with advice on command-line options instead of API options.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseArguments, type RequestCommand } from '../../src/cli/arguments.ts';
import { FileError } from '../../src/cli/errors.ts';
import { describeFailure } from '../../src/cli/failure.ts';
import {
	ConnectError,
	ContentDecodingError,
	InvalidResponseError,
	NegotiationError,
	ProxyError,
	TimeoutError,
	TLSError,
} from '../../src/index.ts';

const required = { status: 407, reason: 'Proxy Authentication Required', headers: [] };

const LINES: [error: unknown, args: string, line: string][] = [
	[new NegotiationError('a spoke x', 'x'), '--h2c=prior-knowledge', 'a spoke x; omit --h2c to use HTTP/1.1'],
	[new NegotiationError('a spoke x', 'x'), '--h2', 'a spoke x; omit --h2 to negotiate the version'],
	[
		new NegotiationError('a spoke x; `forceProtocol` helps', 'x'),
		'',
		'a spoke x; use --h2 for HTTP/2 without negotiation',
	],
	[
		new TLSError('Cannot verify the certificate of a:1: why; `tls: { ca }` adds a trusted CA', {
			failure: 'untrusted',
		}),
		'',
		'Cannot verify the certificate of a:1: why; use --cacert FILE to trust another CA, or --insecure to accept any certificate',
	],
	[
		new TLSError('Cannot verify the certificate of a:1: expired', { failure: 'unverified' }),
		'',
		'Cannot verify the certificate of a:1: expired; use --insecure to accept any certificate',
	],
	[
		new TLSError('The peer wants a client certificate; `tls: { cert, key }` gives one', {
			failure: 'client-certificate',
		}),
		'',
		'The peer wants a client certificate; provide one with --cert FILE and --key FILE',
	],
	[
		new TLSError('The key cannot be decrypted; `tls: { passphrase }` is wrong or missing', { failure: 'passphrase' }),
		'--cert c',
		'The key cannot be decrypted; check --pass PHRASE',
	],
	[
		new TLSError('Cannot start TLS with a:1: the server seems to speak plaintext; `secure: false` connects', {
			failure: 'plaintext',
		}),
		'',
		'Cannot start TLS with a:1: the server seems to speak plaintext; use http:// to connect without TLS',
	],
	[new TLSError('Cannot read the key'), '', 'Cannot read the key'],
	[
		new ProxyError('Cannot open a tunnel', required),
		'',
		'Cannot open a tunnel; use --proxy http://USER:PASSWORD@HOST:PORT to give credentials',
	],
	[new ProxyError('Cannot open a tunnel', { ...required, status: 403 }), '--proxy p', 'Cannot open a tunnel'],
	[new ProxyError('Cannot open a tunnel', null), '--proxy p', 'Cannot open a tunnel'],
	[
		new ProxyError('Cannot reach p', null),
		'',
		"Cannot reach p; the proxy is set in the environment; use NO_PROXY='*' to connect directly or --proxy URL to use another",
	],
	[
		new ProxyError('Cannot trust p', null, { cause: new TLSError('unknown CA', { failure: 'untrusted' }) }),
		'--proxy https://p',
		'Cannot trust p; set NODE_EXTRA_CA_CERTS=FILE in the environment to trust another CA for the proxy',
	],
	[new TimeoutError('connect', 'Too slow'), '', 'Too slow; use --timeout SECONDS to wait longer'],
	[new TimeoutError('headers', 'Too slow'), '-o f', 'Too slow; use --timeout SECONDS to wait longer'],
	[
		new TimeoutError('body', 'Too slow'),
		'-o f',
		'Too slow; use --timeout SECONDS to wait longer or --continue to resume',
	],
	[new TimeoutError('body', 'Too slow'), '', 'Too slow; use --timeout SECONDS to wait longer'],
	[new InvalidResponseError('No status line'), '', 'No status line; use --h2 for HTTP/2 without negotiation'],
	[new InvalidResponseError('No status line'), '--http1.1', 'No status line'],
	[new ContentDecodingError('Bad gzip'), '', 'Bad gzip; add Accept-Encoding:identity to get an unencoded body'],
	[new ConnectError('Cannot connect\n  to a'), '', 'Cannot connect to a'],
	[new FileError('read', 'a', new Error('ENOENT')), '', 'cannot read a: ENOENT'],
	[new RangeError('no'), '', 'no'],
	['text', '', 'text'],
	[new ConnectError('the server said \x1b[2J\x07'), '', 'the server said \\x1b[2J\\x07'],
];

describe('failure', () => {
	for (const [error, args, line] of LINES) {
		test(`${kindOf(error)} with the arguments "${args}" is shown as: ${line}`, () => {
			const command = parseArguments(['a.example', ...args.split(' ').filter(Boolean)]) as RequestCommand;
			assert.equal(describeFailure(error, command), line);
		});
	}
});

/** Names an error by what its description depends on. */
function kindOf(error: unknown): string {
	if (error instanceof TimeoutError) return `a TimeoutError of the phase ${error.phase}`;
	if (error instanceof ProxyError) return `a ProxyError with ${error.response?.status ?? 'no response'}`;
	return error instanceof Error ? error.name : typeof error;
}
