// The network of a simulated life: byte pipes whose bytes arrive late, split and in order, until a fault ends that.
// They behave like sockets, and are stricter: a lent buffer is overwritten as soon as the callback returns.

import { Delivery } from '../../src/runtime/delivery.ts';
import {
	HIGH_WATER_MARK,
	READ_BUFFER_BYTES,
	type Transport,
	type TransportReceiver,
} from '../../src/runtime/transport.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import type { World } from './world.ts';

export interface NetworkPlan {
	/** Milliseconds that every byte takes, and up to how many more. */
	latency: number;
	jitter: number;
	/** In how many parts each write may arrive. */
	parts: number;
}

const OVERWRITTEN = 0xdd;

/** The two ends of a connection: the client's and the server's. */
export function openPipe(world: World, plan: NetworkPlan, alpn: string | null, seed: number): [near: End, far: End] {
	const shared = { isSilent: false, stalledUntil: 0 };
	const near = new End(world, plan, alpn, new SeededRandom(seed, 2), shared);
	const far = new End(world, plan, alpn, new SeededRandom(seed, 3), shared);
	near.peer = far;
	far.peer = near;
	return [near, far];
}

/** What both directions of a connection share. */
interface Medium {
	/** From now on nothing arrives any more. */
	isSilent: boolean;
	/** Nothing arrives before this time. */
	stalledUntil: number;
}

export class End implements Transport {
	readonly alpn: string | null;
	readonly openedAt: { connected: number; secured: number | null };
	/** Set by `openPipe`. */
	peer: End = this;
	/** Whether `onClose` was called or is about to be. */
	isClosed = false;
	readonly #world: World;
	readonly #plan: NetworkPlan;
	readonly #random: SeededRandom;
	readonly #medium: Medium;
	readonly #delivery = new Delivery(() => this.#pull());
	/** What has arrived and is not delivered; null is the end. */
	#incoming: (Uint8Array | null)[] = [];
	/** Bytes on their way to this end, and those in `#incoming`. */
	#unread = 0;
	#lastArrival = 0;
	/** What this end has sent and has not arrived yet. */
	readonly #inFlight: (() => void)[] = [];
	#input: 'open' | 'ended' = 'open';
	#output: 'open' | 'full' | 'ended' = 'open';

	constructor(world: World, plan: NetworkPlan, alpn: string | null, random: SeededRandom, medium: Medium) {
		this.#world = world;
		this.#plan = plan;
		this.alpn = alpn;
		this.#random = random;
		this.#medium = medium;
		this.openedAt = { connected: world.now, secured: alpn === null ? null : world.now };
	}

	start(receiver: TransportReceiver): void {
		this.#delivery.start(receiver);
	}

	write(chunks: readonly Uint8Array[]): boolean {
		if (this.#output === 'ended' || this.isClosed) return false;
		const peer = this.peer;
		for (const chunk of chunks) {
			for (const part of this.#split(chunk)) {
				peer.#unread += part.length;
				this.#send(() => peer.#arrive(part));
			}
		}
		if (peer.#unread >= HIGH_WATER_MARK) this.#output = 'full';
		return this.#output === 'open';
	}

	pause(): void {
		this.#delivery.pause();
	}

	resume(): void {
		this.#delivery.resume();
	}

	end(): void {
		if (this.#output === 'ended' || this.isClosed) return;
		this.#output = 'ended';
		const peer = this.peer;
		this.#send(() => peer.#arrive(null));
		this.#closeWhenBothEnded();
	}

	/** The peer gets what was written and then the end, or with an error a reset. */
	destroy(error?: Error): void {
		if (this.isClosed) return;
		const peer = this.peer;
		const hadEnded = this.#output === 'ended';
		this.#delivery.drop(error ?? null);
		this.#close(error ?? null);
		if (error !== undefined) this.#send(() => peer.#close(systemError('ECONNRESET')));
		else if (!hadEnded) this.#send(() => peer.#arrive(null));
	}

	ref(): void {}

	unref(): void {}

	/** A router on the way forgets the connection and resets both ends. */
	cut(): void {
		this.#close(systemError('ECONNRESET'));
		this.peer.#close(systemError('ECONNRESET'));
	}

	/** Nothing arrives at either end any more, and neither learns why. */
	silence(): void {
		this.#medium.isSilent = true;
	}

	/** Nothing arrives at either end for a time. */
	stall(milliseconds: number): void {
		this.#medium.stalledUntil = Math.max(this.#medium.stalledUntil, this.#world.now + milliseconds);
	}

	/** The first parts are short, so that frame heads and lines are cut too. */
	*#split(chunk: Uint8Array): Generator<Uint8Array> {
		let at = 0;
		for (let parts = this.#random.below(this.#plan.parts); parts > 0 && at < chunk.length; parts--) {
			const length = 1 + this.#random.below(this.#random.pick([2, 15, 2000]));
			yield chunk.subarray(at, at + length);
			at += length;
		}
		for (; at < chunk.length; at += READ_BUFFER_BYTES) yield chunk.subarray(at, at + READ_BUFFER_BYTES);
	}

	#send(arrive: () => void): void {
		const { latency, jitter } = this.#plan;
		const usual = this.#world.now + latency + (jitter === 0 ? 0 : this.#random.below(jitter * 10) / 10);
		this.#lastArrival = Math.max(this.#lastArrival, usual);
		this.#inFlight.push(arrive);
		this.#world.at(this.#lastArrival, this.#deliver);
	}

	/** Whatever was sent first arrives first, even if a stall has delayed it. */
	readonly #deliver = (): void => {
		const { isSilent, stalledUntil } = this.#medium;
		if (isSilent) return;
		if (stalledUntil > this.#world.now) this.#world.at(stalledUntil, this.#deliver);
		else this.#inFlight.shift()?.();
	};

	#arrive(bytes: Uint8Array | null): void {
		if (this.isClosed) {
			// The sender gets a reset, as from a closed socket.
			if (bytes !== null) this.#send(() => this.peer.#close(systemError('ECONNRESET')));
			return;
		}
		this.#incoming.push(bytes);
		this.#pull();
	}

	#pull(): void {
		const before = this.#unread;
		while (this.#delivery.flowing && this.#incoming.length > 0) {
			const bytes = this.#incoming.shift() as Uint8Array | null;
			if (bytes === null) {
				this.#input = 'ended';
				this.#delivery.end();
				this.#closeWhenBothEnded();
				return;
			}
			this.#unread -= bytes.length;
			this.#lend(bytes);
		}
		if (before > this.#unread && this.#unread < HIGH_WATER_MARK) this.#send(() => this.peer.#drained());
	}

	#lend(bytes: Uint8Array): void {
		const lent = new Uint8Array(bytes);
		try {
			this.#delivery.bytes(lent);
		} finally {
			lent.fill(OVERWRITTEN);
		}
	}

	#drained(): void {
		if (this.#output !== 'full' || this.isClosed) return;
		this.#output = 'open';
		this.#delivery.drain();
	}

	#closeWhenBothEnded(): void {
		if (this.#input === 'ended' && this.#output === 'ended') this.#close(null);
	}

	#close(error: Error | null): void {
		if (this.isClosed) return;
		this.isClosed = true;
		this.#input = 'ended';
		this.#output = 'ended';
		this.#incoming = [];
		queueMicrotask(() => this.#delivery.close(error));
	}
}

function systemError(code: string): Error {
	return Object.assign(new Error(`read ${code}`), { code });
}
