// The addresses of a name, in the order in which to try them (RFC 8305 §4). Called by dial.ts.

import type * as DNS from 'node:dns';
import type * as Net from 'node:net';
import { abortable } from '../../base/abort.ts';
import { describe } from '../../base/options.ts';
import type { DialOptions } from '../transport.ts';
import { connectFailure } from './errors.ts';
import { isForbidden } from './permissions.ts';

/** `dns.lookup`, or the caller's own function, which may ignore `all` and give one address, or anything. */
type Lookup = (
	host: string,
	options: DNS.LookupAllOptions,
	callback: (error: unknown, found: unknown) => void,
) => unknown;

/** At least one, each once; the name itself if only the platform may look it up. ConnectError if there is none to try. */
export async function findAddresses(options: DialOptions): Promise<readonly string[]> {
	const { host, localAddress, signal } = options;
	const { isIP } = process.getBuiltinModule('node:net');
	const isName = isIP(host) === 0;
	const found = isName ? await abortable(lookUp(options, isIP), signal) : [host];
	if (found === null) return [host];
	// A socket that is bound to an address reaches only those of its family.
	const families = [isName ? (options.family ?? 0) : 0, isIP(localAddress ?? '')].filter((family) => family !== 0);
	const usable = found.filter((address) => families.every((family) => isIP(address) === family));
	if (usable.length === 0) throw connectFailure(new Error(withoutAddress(found, families[0])), options);
	return alternating([...new Set(usable)], isIP);
}

/** Null if the process may connect to the name, but not look it up. */
async function lookUp(options: DialOptions, isIP: typeof Net.isIP): Promise<readonly string[] | null> {
	const { lookup } = options;
	try {
		const found = await new Promise<unknown>((resolve, reject) => {
			const find = (lookup ?? process.getBuiltinModule('node:dns').lookup) as Lookup;
			const { host, family = 0 } = options;
			const returned = find(host, { family, hints: 0, all: true }, (error, result) => {
				if (lookup === undefined && isForbidden(error)) resolve(null);
				else if (error) reject(error);
				// In an array, because a promise that was passed must not be awaited.
				else resolve([result]);
			});
			// A function of the caller that is async may fail, or give the answer, without calling back.
			Promise.resolve(returned).then((given) => {
				if (isAnswer(given)) reject(new TypeError('lookup must call back, but returned a promise of the answer'));
			}, reject);
		});
		if (found === null) return null;
		const [result] = found as [unknown];
		return (Array.isArray(result) ? Array.from(result, addressOf) : [result]).map((address) => {
			if (typeof address === 'string' && isIP(address) !== 0) return address;
			const what = typeof address === 'string' ? JSON.stringify(address) : describe(address);
			throw new TypeError(`lookup gave ${what}, which is not an address`);
		});
	} catch (error) {
		throw connectFailure(error instanceof Error ? error : new Error(textOf(error)), options);
	}
}

/** What `dns.promises.lookup` gives, for example. */
function isAnswer(given: unknown): boolean {
	return typeof given === 'string' || Array.isArray(given) || addressOf(given) !== given;
}

function addressOf(found: unknown): unknown {
	return typeof found === 'object' && found !== null && 'address' in found ? found.address : found;
}

/** What was thrown instead of an error. */
function textOf(thrown: unknown): string {
	return typeof thrown === 'string' ? thrown : describe(thrown);
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
