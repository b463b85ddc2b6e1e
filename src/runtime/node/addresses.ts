// The addresses of a name, in the order in which to try them (RFC 8305 §4). Called by dial.ts.

import type * as DNS from 'node:dns';
import { abortable } from '../../base/abort.ts';
import type { DialOptions } from '../transport.ts';
import { connectFailure } from './errors.ts';
import { isForbidden } from './permissions.ts';

/** `dns.lookup`, or the caller's own function, which may ignore `all` and give one address. */
type Lookup = (
	host: string,
	options: DNS.LookupAllOptions,
	callback: (error: Error | null, found: string | readonly DNS.LookupAddress[]) => void,
) => void;

/** At least one, each once; the name itself if only the platform may look it up. ConnectError if there is none to try. */
export async function findAddresses(options: DialOptions): Promise<readonly string[]> {
	const { host, localAddress, signal } = options;
	const { isIP } = process.getBuiltinModule('node:net');
	const isName = isIP(host) === 0;
	const found = isName ? await abortable(lookUp(options), signal) : [host];
	if (found === null) return [host];
	for (const address of found) {
		if (isIP(address) !== 0) continue;
		throw connectFailure(new Error(`lookup gave ${JSON.stringify(address)}, which is not an address`), options);
	}
	// A socket that is bound to an address reaches only those of its family.
	const families = [isName ? (options.family ?? 0) : 0, isIP(localAddress ?? '')].filter((family) => family !== 0);
	const usable = found.filter((address) => families.every((family) => isIP(address) === family));
	if (usable.length === 0) throw connectFailure(new Error(withoutAddress(found, families[0])), options);
	return alternating([...new Set(usable)], isIP);
}

/** Null if the process may connect to the name, but not look it up. */
function lookUp({ host, family = 0, lookup, ...rest }: DialOptions): Promise<readonly string[] | null> {
	return new Promise<readonly string[] | null>((resolve, reject) => {
		const find = (lookup ?? process.getBuiltinModule('node:dns').lookup) as Lookup;
		find(host, { family, hints: 0, all: true }, (error, found) => {
			if (lookup === undefined && isForbidden(error)) resolve(null);
			else if (error) reject(error);
			else resolve(Array.isArray(found) ? found.map(({ address }) => address) : [found as string]);
		});
	}).catch((error) => {
		throw connectFailure(error instanceof Error ? error : new Error(String(error)), { host, ...rest });
	});
}

function withoutAddress(found: readonly string[], family: number | undefined): string {
	return found.length === 0 ? 'the name has no address' : `no IPv${family} address among ${found.join(', ')}`;
}

/** The families in turn, beginning with that of the first address. */
function alternating(addresses: readonly string[], isIP: (address: string) => number): string[] {
	const isFirst = (address: string): boolean => isIP(address) === isIP(addresses[0] as string);
	const first = addresses.filter(isFirst);
	const second = addresses.filter((address) => !isFirst(address));
	const rest = first.length > second.length ? first.slice(second.length) : second.slice(first.length);
	return [...first.slice(0, second.length).flatMap((address, i) => [address, second[i] as string]), ...rest];
}
