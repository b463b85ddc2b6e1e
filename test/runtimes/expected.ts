// What runtimes cannot do. Every cell of the matrix that no entry names must succeed. An entry is a property of the runtime,
// never a fault of ours; `shows` is how the cell must fail.

import type { RuntimeName } from './runtimes.ts';

export interface No {
	readonly runtimes: readonly RuntimeName[];
	/** The names of exchanges, or what they match. */
	readonly exchanges: readonly (string | RegExp)[];
	/** One sentence. */
	readonly reason: string;
	/** What the error must match. */
	readonly shows: RegExp;
}

export const noes: readonly No[] = [
	{
		runtimes: ['Deno'],
		exchanges: ['the session is resumed'],
		reason: 'node:tls of Deno ignores its option `session`: faults.test.ts has a program that shows it',
		shows: /is resumed is \[false,false\], not \[false,true\]/,
	},
	{
		runtimes: ['Deno'],
		exchanges: ['keylog gets the secrets'],
		reason: 'node:tls of Deno emits no `keylog`: faults.test.ts has a program that shows it',
		shows: /whether the secret is in {2}is false/,
	},
	{
		runtimes: ['workerd'],
		exchanges: [
			...['a CA among several', 'a CA of our own beside those of the system', 'no verification', 'TLS 1.3', 'TLS 1.2'],
			...['a secureContext', 'a server of another CA', 'a key without its passphrase', 'a client certificate'],
			...[
				'a client certificate that is missing',
				'an encrypted key and its passphrase',
				'checkServerIdentity is asked',
				'checkServerIdentity can refuse',
			],
			...['the session is resumed', 'keylog gets the secrets'],
		],
		reason: 'workerd takes its TLS settings from its own configuration, and sockets have no options for them',
		shows: /TypeError: Cannot use tls\.\w+: workerd takes TLS settings from its own configuration/,
	},
	{
		runtimes: ['workerd'],
		exchanges: ['HTTP/2 over a Unix socket', 'a name with two addresses, of which one works', 'a local address'],
		reason: 'sockets of workerd have no such option',
		shows: /^TypeError: Cannot use \w+: sockets of workerd have no such option/,
	},
	{
		runtimes: ['workerd'],
		exchanges: [/^HTTP\/2 over TLS through a proxy/],
		reason: 'workerd starts TLS only on sockets that it has connected itself, not in a tunnel',
		shows: /^LocalProtocolError: Cannot start TLS inside a tunnel/,
	},
	{
		runtimes: ['workerd'],
		exchanges: ['a name that is not in the certificate', 'a server in plaintext'],
		reason: 'workerd does not tell a failed handshake from a failed connection',
		shows: /ConnectError: Cannot connect to .*\(or the TLS handshake failed: the log of workerd says why\)/,
	},
	{
		runtimes: ['workerd'],
		exchanges: ['a refused port is named as such'],
		reason: 'workerd does not tell why a connection failed',
		shows: /: proxy request failed, cannot connect to the specified address/,
	},
	{
		runtimes: ['workerd'],
		exchanges: ['HTTP20Connection over TLS'],
		reason: 'sockets of workerd have no ALPN, which HTTP/2 needs unless forceProtocol is set',
		shows: /^NegotiationError: .*the server agreed on no protocol by ALPN/,
	},
	{
		runtimes: ['workerd'],
		exchanges: [
			...[
				'HTTPConnection chooses HTTP/2 over TLS',
				'a connection that was closed opens again',
				/ in HTTP\/2 over TLS$/,
			],
			...['a CA of our own', 'an address in the certificate', 'another name than that of the server'],
			'a server that the default roots do not trust',
		],
		reason: 'sockets of workerd have no ALPN, by which an HTTPConnection finds out that the server speaks HTTP/2',
		shows: /LocalProtocolError: Cannot speak HTTP\/1\.1: /,
	},
	{
		runtimes: ['workerd'],
		exchanges: [
			...[/HTTP\/1\.1/, /HTTP11/, /h2c/, 'the answer of a proxy to an absolute-form is a response'],
			...['a request whose expectation is refused is sent again without it', 'content that ends with the connection'],
			...['a folded field and equal lengths', 'lines of LF are read leniently', 'lines of LF are refused otherwise'],
			...['a response in packets of one byte', 'chunks with extensions and trailers'],
		],
		reason: 'workerd has no HTTP/1.1 client that takes a socket',
		shows: /LocalProtocolError: Cannot speak HTTP\/1\.1: /,
	},
];

/** The first entry that names the cell; null if it must succeed. */
export function noOf(runtime: RuntimeName, exchange: string): No | null {
	const names = (name: string | RegExp): boolean =>
		typeof name === 'string' ? name === exchange : name.test(exchange);
	return noes.find((no) => no.runtimes.includes(runtime) && no.exchanges.some(names)) ?? null;
}
