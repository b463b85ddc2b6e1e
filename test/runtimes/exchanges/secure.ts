// TLS: who is trusted, what is sent, and what is resumed.

import { HTTP20Connection, HTTPConnection, TLSError, type TLSFailure, type TLSOptions } from 'hyper-wasm';
import type { Peers } from '../peers/peers.ts';
import { type AnyConnection, type Exchange, type Exchanges, failure, local, named, same, textOf } from './support.ts';

/** What the server knows of the connection. */
interface Facts {
	readonly servername: string | false;
	readonly alpnProtocol: string;
	readonly resumed: boolean;
	readonly client: string | null;
	readonly protocol: string;
}

async function factsOf(connection: AnyConnection): Promise<Facts> {
	return JSON.parse(await textOf(connection, '/tls'));
}

function has(expected: Partial<Facts>, optionsOf: (peers: Peers) => TLSOptions, host = 'localhost'): Exchange {
	return async (peers) => {
		await using connection = new HTTPConnection(`https://${host}:${peers.tls}`, { tls: optionsOf(peers) });
		const facts = await factsOf(connection);
		for (const name of Object.keys(expected) as (keyof Facts)[]) same(facts[name], expected[name], name);
	};
}

function rejects(
	expected: TLSFailure | null,
	optionsOf: (peers: Peers) => TLSOptions,
	portOf: (peers: Peers) => number = ({ tls }) => tls,
): Exchange {
	return async (peers) => {
		for (const alpnProtocols of [['h2'], ['http/1.1']]) {
			const options = { alpnProtocols, tls: optionsOf(peers) };
			await using connection = new HTTPConnection(named(portOf(peers)), options);
			const error = await failure(connection.roundTrip('GET', '/early'), TLSError);
			same(error.failure, expected, `the failure of ${error.message}`);
		}
	};
}

export const secure: Exchanges = {
	'a CA of our own': has({ alpnProtocol: 'h2', servername: 'localhost', client: null }, ({ ca }) => ({ ca })),
	'a CA among several': has({ alpnProtocol: 'h2' }, ({ ca, otherCa }) => ({ ca: [otherCa, ca] })),
	'a CA of our own beside those of the system': has({ alpnProtocol: 'h2' }, ({ ca }) => ({ ca, roots: 'all' })),
	'an address in the certificate': has({ servername: false }, ({ ca }) => ({ ca }), '127.0.0.1'),
	'another name than that of the server': has(
		{ servername: 'localhost' },
		({ ca }) => ({ ca, servername: 'localhost' }),
		'127.0.0.1',
	),
	'no verification': has({ alpnProtocol: 'h2' }, () => ({ rejectUnauthorized: false })),
	'TLS 1.3': has({ protocol: 'TLSv1.3' }, ({ ca }) => ({ ca, minVersion: 'TLSv1.3' })),
	'TLS 1.2': has({ protocol: 'TLSv1.2' }, ({ ca }) => ({ ca, maxVersion: 'TLSv1.2' })),

	'a secureContext': async ({ tls, ca }) => {
		const { createSecureContext } = await import('node:tls');
		await using connection = new HTTPConnection(named(tls), { tls: { secureContext: createSecureContext({ ca }) } });
		same((await factsOf(connection)).alpnProtocol, 'h2', 'the protocol');
	},

	'a server that the default roots do not trust': rejects('untrusted', () => ({})),
	'a server of another CA': rejects('untrusted', ({ otherCa }) => ({ ca: otherCa })),
	'a name that is not in the certificate': rejects('unverified', ({ ca }) => ({ ca, servername: 'example.org' })),
	'a server in plaintext': rejects(
		'plaintext',
		({ ca }) => ({ ca }),
		({ http1 }) => http1,
	),
	// In TLS 1.3 the alert names the reason, but follows the handshake: a write of the client may fail before it arrives.
	'a client certificate that is missing': rejects(
		null,
		({ ca }) => ({ ca, maxVersion: 'TLSv1.2' }),
		({ mutual }) => mutual,
	),
	'a key without its passphrase': rejects(
		'passphrase',
		({ ca, clientCert, encryptedClientKey }) => ({ ca, cert: clientCert, key: encryptedClientKey }),
		({ mutual }) => mutual,
	),

	'a client certificate': async ({ mutual, ca, clientCert, clientKey }) => {
		for (const alpnProtocols of [['h2'], ['http/1.1']]) {
			await using connection = new HTTPConnection(named(mutual), {
				alpnProtocols,
				tls: { ca, cert: clientCert, key: clientKey },
			});
			same((await factsOf(connection)).client, 'hyper-wasm test client', 'the name of the client');
		}
	},

	'an encrypted key and its passphrase': async ({ mutual, ca, clientCert, encryptedClientKey }) => {
		await using connection = new HTTPConnection(named(mutual), {
			tls: { ca, cert: clientCert, key: encryptedClientKey, passphrase: 'open sesame' },
		});
		same((await factsOf(connection)).client, 'hyper-wasm test client', 'the name of the client');
	},

	'checkServerIdentity is asked': async ({ tls, ca }) => {
		const asked: string[] = [];
		const checkServerIdentity = (host: string, { subject }: { subject: { CN: string } }): undefined => {
			asked.push(`${host} ${subject.CN}`);
		};
		await using connection = new HTTPConnection(named(tls), { tls: { ca, checkServerIdentity } as TLSOptions });
		await factsOf(connection);
		same(asked, ['localhost localhost'], 'what was asked');
	},

	'checkServerIdentity can refuse': async ({ tls, ca }) => {
		const checkServerIdentity = (): Error => new Error('not this one');
		await using connection = new HTTPConnection(named(tls), { tls: { ca, checkServerIdentity } as TLSOptions });
		const error = await failure(connection.roundTrip('GET', '/tls'), TLSError);
		same(error.message.includes('not this one'), true, `whether the reason is in ${error.message}`);
	},

	'the session is resumed': async ({ tls, ca }) => {
		for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
			await using connection = new HTTPConnection(named(tls), { tls: { ca, maxVersion } });
			const resumed: boolean[] = [];
			for (let i = 0; i < 2; i++) {
				resumed.push((await factsOf(connection)).resumed);
				await connection.close();
			}
			same(resumed, [false, true], `whether the session of ${maxVersion} is resumed`);
		}
	},

	'keylog gets the secrets': async ({ tls, ca }) => {
		const lines: string[] = [];
		const keylog = (line: string | Uint8Array): void => void lines.push(String(line));
		await using connection = new HTTPConnection(named(tls), { tls: { ca, keylog } as TLSOptions });
		await factsOf(connection);
		same(
			lines.some((line) => line.startsWith('CLIENT_TRAFFIC_SECRET_0 ')),
			true,
			`whether the secret is in ${lines}`,
		);
	},

	'plaintext with a server of TLS': async ({ tls }) => {
		await using connection = new HTTP20Connection(local(tls));
		await failure(connection.roundTrip('GET', '/tls'), Error);
	},
};
