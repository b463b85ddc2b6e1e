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
		exchanges: [/ in HTTP\/1\.1( over TLS)?$/, 'a request whose expectation is refused is sent again without it'],
		reason: 'workerd has no HTTP/1.1 client that takes a socket',
		shows: /^LocalProtocolError: Cannot speak HTTP\/1\.1: /,
	},
	{
		runtimes: ['workerd'],
		exchanges: [/ in HTTP\/2 over TLS$/],
		reason: 'sockets of workerd have no ALPN, by which an HTTPConnection finds out that the server speaks HTTP/2',
		shows: /^LocalProtocolError: Cannot speak HTTP\/1\.1: /,
	},
];

/** The first entry that names the cell; null if it must succeed. */
export function noOf(runtime: RuntimeName, exchange: string): No | null {
	const names = (name: string | RegExp): boolean =>
		typeof name === 'string' ? name === exchange : name.test(exchange);
	return noes.find((no) => no.runtimes.includes(runtime) && no.exchanges.some(names)) ?? null;
}
