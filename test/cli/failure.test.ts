// The line that a person reads: what failed, and only advice that the command line can follow.

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
	[new NegotiationError('a spoke x', 'x'), '--h2', 'a spoke x; without --h2 the server decides'],
	[new NegotiationError('a spoke x; `forceProtocol` helps', 'x'), '', 'a spoke x; --h2 speaks HTTP/2 without asking'],
	[
		new TLSError('Cannot verify the certificate of a:1: why; `tls: { ca }` trusts another CA'),
		'',
		'Cannot verify the certificate of a:1: why; --cacert FILE trusts another CA, --insecure accepts any certificate',
	],
	[
		new TLSError('Cannot verify the certificate of a:1: expired'),
		'',
		'Cannot verify the certificate of a:1: expired; --insecure accepts any certificate',
	],
	[
		new TLSError('The peer wants a client certificate; `tls: { cert, key }` gives one'),
		'',
		'The peer wants a client certificate; --cert FILE and --key FILE give one',
	],
	[
		new TLSError('The key cannot be decrypted; `tls: { passphrase }` is wrong or missing'),
		'--cert c',
		'The key cannot be decrypted; --pass PHRASE is wrong or missing',
	],
	[
		new TLSError('Cannot start TLS with a:1: the port seems to speak plaintext; `secure: false` connects'),
		'',
		'Cannot start TLS with a:1: the port seems to speak plaintext; http:// connects without TLS',
	],
	[new TLSError('Cannot read the key'), '', 'Cannot read the key'],
	[
		new ProxyError('Cannot open a tunnel', required),
		'',
		'Cannot open a tunnel; --proxy http://USER:PASSWORD@HOST:PORT gives credentials',
	],
	[new ProxyError('Cannot open a tunnel', { ...required, status: 403 }), '--proxy p', 'Cannot open a tunnel'],
	[new ProxyError('Cannot open a tunnel', null), '--proxy p', 'Cannot open a tunnel'],
	[
		new ProxyError('Cannot reach p', null),
		'',
		"Cannot reach p; the environment names this proxy: NO_PROXY='*' goes without, --proxy URL names another",
	],
	[
		new ProxyError('Cannot trust p', null, { cause: new TLSError('unknown CA; `tls: { ca }` trusts another CA') }),
		'--proxy https://p',
		'Cannot trust p; NODE_EXTRA_CA_CERTS=FILE in the environment trusts another CA for a proxy',
	],
	[new TimeoutError('connect', 'Too slow'), '', 'Too slow; --timeout SECONDS sets how long to wait'],
	[new TimeoutError('headers', 'Too slow'), '-o f', 'Too slow; --timeout SECONDS sets how long to wait'],
	[
		new TimeoutError('body', 'Too slow'),
		'-o f',
		'Too slow; --timeout SECONDS sets how long to wait, --continue gets the rest',
	],
	[new TimeoutError('body', 'Too slow'), '', 'Too slow; --timeout SECONDS sets how long to wait'],
	[new InvalidResponseError('No status line'), '', 'No status line; --h2 speaks HTTP/2 without asking'],
	[new InvalidResponseError('No status line'), '--http1.1', 'No status line'],
	[new ContentDecodingError('Bad gzip'), '', 'Bad gzip; Accept-Encoding:identity asks for no coding'],
	[new ConnectError('Cannot connect\n  to a'), '', 'Cannot connect to a'],
	[new FileError('read', 'a', new Error('ENOENT')), '', 'cannot read a: ENOENT'],
	[new RangeError('no'), '', 'no'],
	['text', '', 'text'],
	[new ConnectError('the server said \x1b[2J\x07'), '', 'the server said \\x1b[2J\\x07'],
];

describe('failure', () => {
	for (const [error, args, line] of LINES) {
		test(line, () => {
			const command = parseArguments(['a.example', ...args.split(' ').filter(Boolean)]) as RequestCommand;
			assert.equal(describeFailure(error, command), line);
		});
	}
});
