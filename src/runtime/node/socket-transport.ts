// A connected net.Socket or TLSSocket as a Transport. node.ts dials and feeds the Delivery; this is the writing half
// and the life cycle.

import type { Socket } from 'node:net';
import type { Delivery } from '../delivery.ts';
import type { Transport, TransportReceiver } from '../transport.ts';

/** Bytes of written output above which the peer is too slow; four full DATA frames of the default size. */
export const HIGH_WATER_MARK = 65_536;

/** What keeps the process alive. */
type Holder = { ref(): unknown; unref(): unknown };

/** Writes after `end` or `destroy` are dropped: the owner cannot always know of a close in time. */
export class SocketTransport implements Transport {
	readonly alpn: string | null;
	readonly openedAt: { connected: number; secured: number | null };
	readonly #socket: Socket;
	readonly #delivery: Delivery;
	readonly #holder: Holder;
	#output: 'open' | 'full' | 'ended' = 'open';

	/** @param holder the pipe below, where the socket is TLS over one and does not hold the process itself. */
	constructor(
		socket: Socket,
		delivery: Delivery,
		alpn: string | null,
		openedAt: { connected: number; secured: number | null },
		holder: Holder = socket,
	) {
		this.#socket = socket;
		this.#delivery = delivery;
		this.alpn = alpn;
		this.openedAt = openedAt;
		this.#holder = holder;
		socket.on('drain', () => this.#drained());
	}

	start(receiver: TransportReceiver): void {
		this.#delivery.start(receiver);
	}

	write(chunks: readonly Uint8Array[]): boolean {
		const socket = this.#socket;
		if (this.#output === 'ended' || socket.destroyed) return false;
		if (chunks.length === 1) {
			socket.write(chunks[0] as Uint8Array);
		} else {
			socket.cork();
			for (const chunk of chunks) socket.write(chunk);
			socket.uncork();
		}
		// The result of socket.write is no guide: it is false for one large chunk even when the kernel took it whole.
		if (socket.writableLength >= HIGH_WATER_MARK) this.#output = 'full';
		return this.#output === 'open';
	}

	pause(): void {
		this.#delivery.pause();
		this.#socket.pause();
	}

	/** Reading goes on when the Delivery has handed over what it held. */
	resume(): void {
		this.#delivery.resume();
	}

	end(): void {
		if (this.#output === 'ended') return;
		this.#output = 'ended';
		this.#socket.end();
	}

	destroy(error?: Error): void {
		this.#output = 'ended';
		this.#delivery.drop(error ?? null);
		this.#socket.destroy();
	}

	ref(): void {
		this.#holder.ref();
	}

	unref(): void {
		this.#holder.unref();
	}

	#drained(): void {
		if (this.#output !== 'full') return;
		this.#output = 'open';
		this.#delivery.drain();
	}
}
