// Two transports joined in memory, for tests. They are asynchronous like sockets, and stricter: a lent buffer is
// overwritten as soon as the callback returns.

import { checkOptions, integer, nullOr, type OptionSet, optionSet, string } from '../base/options.ts';
import { Delivery } from './delivery.ts';
import { HIGH_WATER_MARK, READ_BUFFER_BYTES, type Transport, type TransportReceiver } from './transport.ts';

export interface TransportPairOptions {
	/** The most bytes per `onBytes`. Default: as written, up to 64 KiB. */
	chunkSize?: number;
	/** Undelivered bytes above which `write` returns false. Default: 65,536. */
	highWaterMark?: number;
	/** The ALPN protocol that both ends report. Default: null, or `h2` for the pair of `hyper-wasm/testing`. */
	alpn?: string | null;
}

export const TRANSPORT_PAIR: OptionSet = optionSet(
	'createTransportPair',
	{ chunkSize: integer(1), highWaterMark: integer(0), alpn: nullOr(string) },
	{ ALPNProtocol: 'write alpn', alpnProtocol: 'write alpn', alpnProtocols: 'write alpn: the negotiated protocol' },
);

/** What a receiver sees that keeps lent bytes beyond the callback. */
const OVERWRITTEN = 0xdd;

/** What is written to one end arrives at the other in a later microtask. */
export function createMemoryTransports(
	options: TransportPairOptions = {},
	defaultALPN: string | null = null,
): [Transport, Transport] {
	checkOptions(options, TRANSPORT_PAIR);
	const { chunkSize = READ_BUFFER_BYTES, highWaterMark = HIGH_WATER_MARK, alpn = defaultALPN } = options;
	const first = new MemoryTransport(alpn, Math.min(chunkSize, READ_BUFFER_BYTES), highWaterMark);
	const second = new MemoryTransport(alpn, Math.min(chunkSize, READ_BUFFER_BYTES), highWaterMark);
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
	/** Written by the peer and not delivered yet; null is the end. */
	#incoming: (Uint8Array | null)[] = [];
	#incomingBytes = 0;
	#isPullScheduled = false;
	#input: 'open' | 'ended' = 'open';
	/** open <--> full, and either --> ended. */
	#output: 'open' | 'full' | 'ended' = 'open';

	constructor(alpn: string | null, chunkSize: number, highWaterMark: number) {
		this.alpn = alpn;
		this.#lent = new Uint8Array(chunkSize).fill(OVERWRITTEN);
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
			this.#close(systemError('EPIPE', 'the peer has closed the connection'));
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

	/** Like a socket: without an error the peer gets what was written and then the end; with an error, a reset. */
	destroy(error?: Error): void {
		const { peer } = this;
		this.#delivery.drop(error ?? null);
		if (peer !== null) {
			peer.peer = null;
			if (error !== undefined) peer.#close(systemError('ECONNRESET', 'the peer reset the connection', error));
			else if (this.#output !== 'ended') peer.#arrive(null);
		}
		this.#close(error ?? null);
	}

	ref(): void {}

	unref(): void {}

	#arrive(chunk: Uint8Array | null): void {
		this.#incoming.push(chunk);
		this.#incomingBytes += chunk?.length ?? 0;
		this.#schedulePull();
	}

	#schedulePull(): void {
		if (this.#isPullScheduled) return;
		this.#isPullScheduled = true;
		queueMicrotask(() => {
			this.#isPullScheduled = false;
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
				// The pipe would never drain.
				if (this.peer === null && this.#output === 'full') {
					this.#close(systemError('EPIPE', 'the peer has closed the connection'));
				} else this.#closeWhenBothEnded();
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
			lent.fill(OVERWRITTEN);
		}
	}

	#drained(): void {
		if (this.#output !== 'full') return;
		this.#output = 'open';
		this.#delivery.drain();
	}

	#closeWhenBothEnded(): void {
		if (this.#input === 'ended' && this.#output === 'ended') this.#close(null);
	}

	#close(error: Error | null): void {
		this.#input = 'ended';
		this.#output = 'ended';
		this.#incoming = [];
		this.#incomingBytes = 0;
		queueMicrotask(() => this.#delivery.close(error));
	}
}

function systemError(code: string, message: string, cause?: Error): Error {
	return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code });
}
