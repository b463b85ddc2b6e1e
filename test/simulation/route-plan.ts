// How a simulated connection reaches its server, and how each dial goes.

import type { SeededRandom } from '../support/seeded-random.ts';

/** `streams`: the caller opens the connection and passes its streams as the option `transport`. */
export type RoutePlan = 'direct' | 'proxy' | 'streams';

/** One dial, in the order of its steps. */
export interface DialPlan {
	lookup: 'found' | 'late' | 'unknown' | 'silent';
	/** What happens at each address of the name. */
	addresses: ('open' | 'slow' | 'refused' | 'silent')[];
	/** What a proxy answers to CONNECT. */
	tunnel: 'open' | 'informational' | 'refused' | 'garbage' | 'closed' | 'silent';
	handshake: 'open' | 'late' | 'refused' | 'closed' | 'silent';
}

/** A dial about which nothing is planned. */
export const OPEN: DialPlan = { lookup: 'found', addresses: ['open'], tunnel: 'open', handshake: 'open' };

/** The proxy, and the field with its credentials. */
export const PROXY = 'http://me:secret@proxy.test:3128';
export const PROXY_FIELD = 'Proxy-Authorization: Basic bWU6c2VjcmV0';

const GOOD = {
	lookup: ['found', 'found', 'late'],
	addresses: [['open'], ['open'], ['silent', 'open'], ['refused', 'open'], ['slow', 'open'], ['slow', 'slow']],
	tunnel: ['open', 'open', 'informational'],
	handshake: ['open', 'open', 'late'],
} as const satisfies Record<keyof DialPlan, readonly unknown[]>;

const BAD = {
	lookup: ['unknown', 'silent'],
	addresses: [['refused'], ['silent'], ['refused', 'silent'], ['silent', 'refused', 'slow', 'refused']],
	tunnel: ['refused', 'garbage', 'closed', 'silent'],
	handshake: ['refused', 'closed', 'silent'],
} as const satisfies Record<keyof DialPlan, readonly unknown[]>;

/** At most one step goes wrong, and none if the life is calm. */
export function planDial(random: SeededRandom, calm: boolean): DialPlan {
	const bad = calm || random.chance(3, 5) ? null : random.pick(['lookup', 'addresses', 'tunnel', 'handshake'] as const);
	const pick = <K extends keyof DialPlan>(step: K): DialPlan[K] =>
		random.pick((step === bad ? BAD : GOOD)[step] as readonly unknown[]) as DialPlan[K];
	return {
		lookup: pick('lookup'),
		addresses: [...pick('addresses')],
		tunnel: pick('tunnel'),
		handshake: pick('handshake'),
	};
}
