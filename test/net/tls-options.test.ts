import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TLS_NAMES, tlsOption } from '../../src/net/tls-options.ts';

test('the option tls accepts every option of tls.connect, even unknown ones', () => {
	for (const tls of [
		{},
		{ ca: ['pem'], cert: 'pem', key: 'pem', passphrase: 'secret', servername: 'a', rejectUnauthorized: false },
		{
			ciphers: 'x',
			sigalgs: 'y',
			ecdhCurve: 'z',
			secureContext: {},
			checkServerIdentity: () => undefined,
			session: '',
		},
		{ roots: 'all', minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', keylog: () => undefined, alpnProtocols: ['h2'] },
		{ ALPNCallback: () => 'h2', handshakeTimeout: 5, somethingNew: true },
	]) {
		tlsOption(tls, 'tls');
	}
});

test('the option tls rejects misspelt names and names of other libraries, with advice', () => {
	for (const [name, advice] of [
		['rejectUnauthorised', 'did you mean tls.rejectUnauthorized?'],
		['rejectUnauthorize', 'did you mean tls.rejectUnauthorized?'],
		['passPhrase', 'did you mean tls.passphrase?'],
		['cipher', 'did you mean tls.ciphers?'],
		['ALPNProtocols', 'write alpnProtocols'],
		['serverName', 'write servername'],
		['insecure', 'write rejectUnauthorized: false'],
		['password', 'write passphrase'],
		['caFile', 'read the file, and write ca: its text'],
		['port', 'it belongs to the connection, next to tls'],
		['socket', 'write transport next to tls'],
	]) {
		assert.throws(
			() => tlsOption({ [name as string]: 1 }, 'tls'),
			new TypeError(`Unknown option "${name}" of tls: ${advice}`),
		);
	}
});

test('no known TLS name counts as a misspelling of another', () => {
	for (const name of TLS_NAMES) tlsOption({ [name]: undefined }, 'tls');
});
