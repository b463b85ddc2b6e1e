// A connected net.Socket or TLSSocket as a Transport: the writing half and the life cycle. dial.ts opens the socket and
// feeds the Delivery.

import type { OnReadOpts, Socket } from 'node:net';
import type { Delivery } from '../delivery.ts';
import { HIGH_WATER_MARK, READ_BUFFER_BYTES, type Transport, type TransportReceiver } from '../transport.ts';

/** The object that keeps the process running. */
type Holder = { ref(): unknown; unref(): unknown };

/** The `onread` option of a socket. Some runtimes call back with a buffer of their own, so use only the argument. */
export function readInto(delivery: Delivery): OnReadOpts {
	return {
		buffer: new Uint8Array(READ_BUFFER_BYTES),
		callback: (length, buffer) => delivery.bytes(length === buffer.length ? buffer : buffer.subarray(0, length)),
	};
}

/** Ignores writes after `end` or `destroy`, because the owner may not know of a close yet. */
export class SocketTransport implements Transport {
	readonly alpn: string | null;
	readonly openedAt: { connected: number; secured: number | null };
	hasFailed = false;
	readonly #socket: Socket;
	readonly #delivery: Delivery;
	readonly #holder: Holder;
	#output: 'open' | 'full' | 'ended' = 'open';

	/** @param holder the transport below a TLS socket, which does not keep the process running itself. */
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
		if (this.#output === 'ended' || socket.destroyed) {
			this.hasFailed = true;
			return false;
		}
		if (chunks.length === 1) {
			socket.write(chunks[0] as Uint8Array);
		} else {
			socket.cork();
			for (const chunk of chunks) socket.write(chunk);
			socket.uncork();
		}
		// Node tries to write at once, and keeps the error (ECONNRESET, EPIPE) that it gets if the kernel takes no byte.
		if (socket.errored) this.hasFailed = true;
		// Not the result of socket.write: that is false for a large chunk even if the kernel took all of it.
		if (socket.writableLength >= HIGH_WATER_MARK) this.#output = 'full';
		return this.#output === 'open';
	}

	pause(): void {
		this.#delivery.pause();
		this.#socket.pause();
	}

	/** The Delivery resumes the socket once it has delivered what it holds. */
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
