// The line that a person reads: what failed, and only advice that the command line can follow.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseArguments, type RequestCommand } from '../../src/cli/arguments.ts';
import { describeFailure } from '../../src/cli/failure.ts';
import { ConnectError, NegotiationError, TLSError } from '../../src/index.ts';

function describeFor(error: unknown, ...args: string[]): string {
	return describeFailure(error, parseArguments(args) as RequestCommand);
}

describe('failure', () => {
	test('a server without HTTP/2 is named with what it chose', () => {
		const chose = new NegotiationError('x; use HTTP11Connection', 'http/1.1');
		assert.match(describeFor(chose, 'a.example'), /^https:\/\/a\.example chose http\/1\.1 by ALPN,.*--h2/);
		const silent = new NegotiationError('x; use HTTP11Connection', null);
		assert.match(describeFor(silent, 'a.example'), /^https:\/\/a\.example agreed on no protocol by ALPN,.*--h2/);
	});

	test('a server of HTTP/1.1 met with prior knowledge gets no advice to use --h2', () => {
		const error = new NegotiationError('Server answers in HTTP/1.1: use HTTP11Connection', null);
		assert.equal(
			describeFor(error, '--h2', 'http://a.example'),
			'http://a.example answers in HTTP/1.1, which is not there yet',
		);
	});

	test('advice on options of the API becomes advice on options of the program', () => {
		const untrusted = new TLSError('Cannot verify the certificate of a:1: why; `tls: { ca }` trusts another CA');
		assert.equal(
			describeFor(untrusted, 'a.example'),
			'Cannot verify the certificate of a:1: why; --cacert FILE trusts another CA, --insecure accepts any certificate',
		);
		const plain = new TLSError(
			'Cannot start TLS with a:1: the port seems to speak plaintext; `secure: false` connects',
		);
		assert.equal(
			describeFor(plain, 'a.example'),
			'Cannot start TLS with a:1: the port seems to speak plaintext; http:// with --h2 connects without TLS',
		);
	});

	test('other errors are their message, in one line', () => {
		assert.equal(describeFor(new ConnectError('Cannot connect\n  to a'), 'a.example'), 'Cannot connect to a');
		assert.equal(describeFor(new RangeError('no'), 'a.example'), 'no');
		assert.equal(describeFor('text', 'a.example'), 'text');
	});
});
