// A transport that another protocol takes over in mid-stream: first delivers the bytes that its former user has not read.
// Called by the tunnel through a proxy, and by the stream under node:http.

import { Delivery } from './delivery.ts';
import type { Transport, TransportReceiver } from './transport.ts';

/** Its creator remains the receiver of the transport, and passes on every callback. */
export class ReleasedTransport implements Transport, TransportReceiver {
	readonly alpn: string | null;
	readonly openedAt?: { connected: number; secured: number | null };
	readonly #transport: Transport;
	readonly #delivery: Delivery;

	constructor(transport: Transport, alpn: string | null = transport.alpn) {
		this.#transport = transport;
		this.#delivery = new Delivery(() => transport.resume());
		this.alpn = alpn;
		if (transport.openedAt !== undefined) this.openedAt = transport.openedAt;
	}

	onBytes(bytes: Uint8Array): void {
		if (!this.#delivery.bytes(bytes)) this.#transport.pause();
	}

	onDrain(): void {
		this.#delivery.drain();
	}

	onEnd(): void {
		this.#delivery.end();
	}

	onClose(error: Error | null): void {
		this.#delivery.close(error);
	}

	start(receiver: TransportReceiver): void {
		this.#delivery.start(receiver);
	}

	get hasFailed(): boolean | undefined {
		return this.#transport.hasFailed;
	}

	write(chunks: readonly Uint8Array[]): boolean {
		return this.#transport.write(chunks);
	}

	pause(): void {
		this.#delivery.pause();
		this.#transport.pause();
	}

	/** The Delivery resumes the transport once it has delivered what it holds. */
	resume(): void {
		this.#delivery.resume();
	}

	end(): void {
		this.#transport.end();
	}

	destroy(error?: Error): void {
		this.#delivery.drop(error ?? null);
		this.#transport.destroy(error);
	}

	ref(): void {
		this.#transport.ref();
	}

	unref(): void {
		this.#transport.unref();
	}
}
