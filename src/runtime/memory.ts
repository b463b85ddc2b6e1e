// Two transports joined in memory, for tests: asynchronous like sockets, and stricter, since every lent buffer is
// spoilt when the callback has returned.

import { Delivery } from './delivery.ts';
import type { Transport, TransportReceiver } from './transport.ts';

export interface TransportPairOptions {
	/** Bytes per `onBytes` at most; 1 gives one byte at a time. Default: as written, up to 64 KiB. */
	chunkSize?: number;
	/** Undelivered bytes above which `write` returns false. Default: 65,536. */
	highWaterMark?: number;
	/** What both ends report as agreed. Default: null, or `h2` for the pair of `hyper-wasm/testing`. */
	alpn?: string | null;
}

const LENT_BYTES = 65_536;

/** Who keeps lent bytes past the callback reads this. */
const SPOILT = 0xdd;

/** What is written to one end arrives at the other, in a later microtask. */
export function createMemoryTransports(options: TransportPairOptions = {}): [Transport, Transport] {
	const { chunkSize = LENT_BYTES, highWaterMark = 65_536, alpn = null } = options;
	if (!(chunkSize >= 1)) throw new RangeError(`chunkSize is ${chunkSize}, must be at least 1`);
	const first = new MemoryTransport(alpn, Math.min(chunkSize, LENT_BYTES), highWaterMark);
	const second = new MemoryTransport(alpn, Math.min(chunkSize, LENT_BYTES), highWaterMark);
	first.peer = second;
	second.peer = first;
	return [first, second];
}

class MemoryTransport implements Transport {
	readonly alpn: string | null;
	peer: MemoryTransport | null = null;
	readonly #delivery: Delivery;
	readonly #lent: Uint8Array;
	readonly #highWaterMark: number;
	/** Written by the peer, not yet delivered here; `null` is its end. */
	#incoming: (Uint8Array | null)[] = [];
	#incomingBytes = 0;
	#pulling = false;
	#input: 'open' | 'ended' = 'open';
	#output: 'open' | 'full' | 'ended' = 'open';

	constructor(alpn: string | null, chunkSize: number, highWaterMark: number) {
		this.alpn = alpn;
		this.#lent = new Uint8Array(chunkSize).fill(SPOILT);
		this.#highWaterMark = highWaterMark;
		this.#delivery = new Delivery(() => this.#pull());
	}

	start(receiver: TransportReceiver): void {
		this.#delivery.start(receiver);
	}

	write(chunks: readonly Uint8Array[]): boolean {
		if (this.#output === 'ended') return false;
		const { peer } = this;
		if (peer === null) {
			this.#lose(reset('EPIPE', 'write to a peer that is gone'));
			return false;
		}
		for (const chunk of chunks) peer.#arrive(chunk);
		if (peer.#incomingBytes >= this.#highWaterMark) this.#output = 'full';
		return this.#output === 'open';
	}

	pause(): void {
		this.#delivery.pause();
	}

	resume(): void {
		this.#delivery.resume();
	}

	end(): void {
		if (this.#output === 'ended') return;
		this.#output = 'ended';
		if (this.peer !== null) this.peer.#arrive(null);
		this.#closeWhenBothEnded();
	}

	/** Without an error the peer gets what was written and then the end, as from a socket; with one, a reset. */
	destroy(error?: Error): void {
		const { peer } = this;
		this.#delivery.drop(error ?? null);
		if (peer !== null) {
			peer.peer = null;
			if (error !== undefined) peer.#lose(reset('ECONNRESET', 'connection reset by the peer', error));
			else if (this.#output !== 'ended') peer.#arrive(null);
		}
		this.#lose(error ?? null);
	}

	ref(): void {}

	unref(): void {}

	#arrive(chunk: Uint8Array | null): void {
		this.#incoming.push(chunk);
		this.#incomingBytes += chunk?.length ?? 0;
		this.#pullSoon();
	}

	#pullSoon(): void {
		if (this.#pulling) return;
		this.#pulling = true;
		queueMicrotask(() => {
			this.#pulling = false;
			this.#pull();
		});
	}

	#pull(): void {
		while (this.#delivery.flowing && this.#incoming.length > 0) {
			const chunk = this.#incoming[0] as Uint8Array | null;
			if (chunk === null) {
				this.#incoming = [];
				this.#input = 'ended';
				this.#delivery.end();
				// Nobody is left to take what fills the pipe.
				if (this.peer === null && this.#output === 'full') this.#lose(reset('EPIPE', 'write to a peer that is gone'));
				else this.#closeWhenBothEnded();
				return;
			}
			const part = chunk.subarray(0, this.#lent.length);
			if (part.length < chunk.length) this.#incoming[0] = chunk.subarray(part.length);
			else this.#incoming.shift();
			this.#incomingBytes -= part.length;
			if (part.length > 0) this.#lend(part);
		}
		if (this.#incomingBytes === 0 && this.peer !== null) this.peer.#drained();
	}

	#lend(part: Uint8Array): void {
		const lent = this.#lent.subarray(0, part.length);
		lent.set(part);
		try {
			this.#delivery.bytes(lent);
		} finally {
			lent.fill(SPOILT);
		}
	}

	#drained(): void {
		if (this.#output !== 'full') return;
		this.#output = 'open';
		this.#delivery.drain();
	}

	#closeWhenBothEnded(): void {
		if (this.#input === 'ended' && this.#output === 'ended') this.#lose(null);
	}

	#lose(error: Error | null): void {
		this.#input = 'ended';
		this.#output = 'ended';
		this.#incoming = [];
		this.#incomingBytes = 0;
		queueMicrotask(() => this.#delivery.close(error));
	}
}

function reset(code: string, message: string, cause?: Error): Error {
	return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code });
}
