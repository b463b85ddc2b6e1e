// Opens the connections of a simulated life as planned. The library's own code finds and races the addresses; what is
// simulated are the name server, the sockets and what they lead to.

import { abortable } from '../../src/base/abort.ts';
import { findAddresses } from '../../src/runtime/node/addresses.ts';
import { connectFailure } from '../../src/runtime/node/errors.ts';
import { runtime } from '../../src/runtime/node/node.ts';
import { type Attempt, race } from '../../src/runtime/node/race.ts';
import type { DialOptions, Transport } from '../../src/runtime/transport.ts';
import type { ByteStreams } from '../../src/runtime/web/streams.ts';
import { decompress } from './decoders.ts';
import { streamsOf } from './end-streams.ts';
import { Gateway } from './gateway.ts';
import { secureByLine } from './handshake.ts';
import type { Ledger } from './ledger.ts';
import { type End, openPipe } from './network.ts';
import { type DialPlan, OPEN } from './route-plan.ts';
import type { World } from './world.ts';

/** Milliseconds of a slow step: longer than the library waits before it tries the next address. */
const SLOW = 400;

export interface Wire {
	readonly near: End;
	readonly gateway: Gateway;
	/** Whether a fault has hit it. */
	isFaulty: boolean;
}

export class Dials {
	/** All connections that were opened. */
	readonly wires: Wire[] = [];
	readonly #world: World;
	readonly #ledger: Ledger;
	#count = 0;
	#opened = 0;

	constructor(world: World, ledger: Ledger) {
		this.#world = world;
		this.#ledger = ledger;
		const dial = (options: DialOptions): Promise<Transport> => this.#dial(options);
		Object.assign(runtime, world.wrap('runtime', { dial, secure: secureByLine, decompress }));
	}

	/** For the option `transport`. */
	openStreams(): ByteStreams {
		const { secure, server } = this.#ledger.plan;
		const alpn = secure ? (server === 'HTTP/2' ? 'h2' : 'http/1.1') : null;
		return streamsOf(alpn, () => this.#open(OPEN));
	}

	async #dial(options: DialOptions): Promise<Transport> {
		const number = this.#count++;
		const plan = this.#ledger.plan.dials[number] ?? OPEN;
		this.#ledger.dial(number);
		this.#world.note(`dial ${number}: ${plan.lookup} ${plan.addresses}`);
		options.signal?.throwIfAborted();
		const addresses = await findAddresses({ ...options, lookup: this.#world.wrap('lookup', this.#lookup(plan)) });
		const { near } = await this.#connect(plan, addresses, options);
		const transport = this.#world.wrap('transport', near as Transport);
		return options.tls === null ? transport : secureByLine(transport, options);
	}

	/** Calls back as `dns.lookup` does. */
	#lookup({ lookup, addresses }: DialPlan) {
		type Found = { address: string; family: number };
		return (host: string, _options: unknown, callback: (error: Error | null, found?: Found[]) => void): void => {
			const found = addresses.map((_, i) => ({ address: `192.0.2.${i}`, family: 4 }));
			const answer = (): void => {
				if (lookup !== 'unknown') return callback(null, found);
				callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }));
			};
			if (lookup !== 'silent') this.#world.after(lookup === 'late' ? SLOW : 0, answer);
		};
	}

	async #connect(plan: DialPlan, addresses: readonly string[], options: DialOptions): Promise<Wire> {
		const start = (address: string): Connecting => {
			options.onAttempt?.(address);
			return new Connecting(this.#world, plan.addresses[addresses.indexOf(address)] ?? 'open', this.#roundTrip, () =>
				this.#open(plan),
			);
		};
		try {
			return (await race(addresses, start, options.signal)).wire as Wire;
		} catch (error) {
			if (!(error instanceof AggregateError)) throw error;
			throw connectFailure(error, options, addresses);
		}
	}

	get #roundTrip(): number {
		return 2 * this.#ledger.plan.network.latency;
	}

	#open(plan: DialPlan): Wire {
		const { network, seed } = this.#ledger.plan;
		const [near, far] = openPipe(this.#world, network, null, seed + this.#opened++ * 7919);
		const gateway = new Gateway(this.#world, far, this.#ledger, plan);
		far.start(gateway);
		const wire = { near, gateway, isFaulty: false };
		this.wires.push(wire);
		return wire;
	}
}

/** An attempt to connect to one address. */
class Connecting implements Attempt {
	wire: Wire | null = null;
	readonly connected: Promise<void>;
	readonly #canceller: AbortController = new AbortController();

	constructor(world: World, how: DialPlan['addresses'][number], roundTrip: number, open: () => Wire) {
		const connected = new Promise<void>((resolve, reject) => {
			if (how === 'silent') return;
			world.after(roundTrip + (how === 'slow' ? SLOW : 0), () => {
				if (this.#canceller.signal.aborted) return;
				if (how === 'refused')
					return reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
				this.wire = open();
				resolve();
			});
		});
		this.connected = abortable(connected, this.#canceller.signal);
	}

	destroy(): void {
		this.#canceller.abort(new Error('the socket was closed'));
		this.wire?.near.destroy();
	}
}
