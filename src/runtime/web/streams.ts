// A pair of WHATWG streams as a Transport: the sockets of workerd, and the option `transport` of users. A Node Duplex
// becomes such a pair with `Duplex.toWeb`.
import { joinBytes } from '../../base/bytes.ts';
import { describe } from '../../base/options.ts';
import { Delivery } from '../delivery.ts';
import { HIGH_WATER_MARK, READ_BUFFER_BYTES, type Transport, type TransportReceiver } from '../transport.ts';

/** A connected byte pipe made of WHATWG streams. `alpn` is the protocol that TLS below it negotiated. */
export interface ByteStreams {
	readable: ReadableStream<Uint8Array>;
	writable: WritableStream<Uint8Array>;
	alpn?: string | null;
}

/** Locks both streams at once; reading begins with `start`. */
export function transportFromStreams(pair: ByteStreams, openedAt?: Transport['openedAt']): Transport {
	return new StreamsTransport(pair, openedAt);
}

/** The bytes of a read are valid until the next read. */
interface ByteReader {
	read(): Promise<{ done: boolean; value?: Uint8Array }>;
	cancel(reason?: unknown): Promise<void>;
}

class StreamsTransport implements Transport {
	readonly alpn: string | null;
	readonly openedAt?: { connected: number; secured: number | null };
	readonly #delivery: Delivery;
	readonly #reader: ByteReader;
	readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
	/** unread --> open --> ended. */
	#input: 'unread' | 'open' | 'ended' = 'unread';
	/** open <--> full, and either --> ending --> ended. */
	#output: 'open' | 'full' | 'ending' | 'ended' = 'open';
	#wake: (() => void) | null = null;
	/** Counted here: `desiredSize` counts chunks unless the stream has a byte strategy, and `Duplex.toWeb` allows 16,384. */
	#queuedBytes = 0;

	constructor(pair: ByteStreams, openedAt: Transport['openedAt']) {
		this.alpn = pair.alpn ?? null;
		if (openedAt !== undefined) this.openedAt = openedAt;
		this.#reader = openReader(pair.readable);
		this.#writer = pair.writable.getWriter();
		// Errors of the writer are reported by its writes and by the reader.
		this.#writer.closed.catch(() => {});
		this.#delivery = new Delivery(() => this.#continueReading());
	}

	start(receiver: TransportReceiver): void {
		this.#delivery.start(receiver);
	}

	write(chunks: readonly Uint8Array[]): boolean {
		if (this.#output === 'ending' || this.#output === 'ended') return false;
		if (chunks.length === 0) return this.#output === 'open';
		// A write to a stream costs several promises, so a copy is cheaper than a second write.
		const bytes = joinBytes(chunks);
		this.#queuedBytes += bytes.length;
		if (this.#queuedBytes >= HIGH_WATER_MARK) this.#output = 'full';
		this.#writer.write(bytes).then(
			() => this.#written(bytes.length),
			(error) => this.#fail(error),
		);
		return this.#output === 'open';
	}

	pause(): void {
		this.#delivery.pause();
	}

	resume(): void {
		this.#delivery.resume();
	}

	end(): void {
		if (this.#output === 'ending' || this.#output === 'ended') return;
		this.#output = 'ending';
		this.#writer.close().then(
			() => {
				this.#output = 'ended';
				this.#closeWhenBothEnded();
			},
			(error) => this.#fail(error),
		);
	}

	destroy(error?: Error): void {
		this.#delivery.drop(error ?? null);
		this.#release(error);
		queueMicrotask(() => this.#delivery.close(error ?? null));
	}

	/** Streams cannot keep a process running. */
	ref(): void {}

	unref(): void {}

	#continueReading(): void {
		if (this.#input === 'unread') {
			this.#input = 'open';
			void this.#pump();
			return;
		}
		this.#wake?.();
		this.#wake = null;
	}

	async #pump(): Promise<void> {
		while (this.#input === 'open') {
			let bytes: Uint8Array;
			try {
				const { done, value } = await this.#reader.read();
				if (done) break;
				bytes = bytesOf(value);
			} catch (error) {
				this.#fail(error);
				return;
			}
			if (!this.#delivery.bytes(bytes) && this.#input === 'open')
				await new Promise<void>((resolve) => (this.#wake = resolve));
		}
		if (this.#input !== 'open') return;
		this.#input = 'ended';
		this.#delivery.end();
		this.#closeWhenBothEnded();
	}

	#written(length: number): void {
		this.#queuedBytes -= length;
		if (this.#output !== 'full' || this.#queuedBytes > 0) return;
		this.#output = 'open';
		this.#delivery.drain();
	}

	#closeWhenBothEnded(): void {
		if (this.#input === 'ended' && this.#output === 'ended') this.#delivery.close(null);
	}

	/** An error of one direction closes the whole pipe. */
	#fail(reason: unknown): void {
		const error =
			reason instanceof Error ? reason : new Error(`The stream failed: ${String(reason)}`, { cause: reason });
		this.#release(error);
		this.#delivery.close(error);
	}

	/** Both calls fail if the stream has already failed, which `close` reports. */
	#release(reason: unknown): void {
		this.#input = 'ended';
		this.#output = 'ended';
		this.#wake?.();
		this.#wake = null;
		ignoreFailure(() => this.#reader.cancel(reason));
		ignoreFailure(() => this.#writer.abort(reason));
	}
}

/** A stream of the caller may give anything. */
function bytesOf(item: unknown): Uint8Array {
	if (item instanceof Uint8Array) return item;
	if (ArrayBuffer.isView(item)) return new Uint8Array(item.buffer, item.byteOffset, item.byteLength);
	throw new TypeError(`The readable stream gave ${describe(item)} instead of bytes`);
}

async function ignoreFailure(action: () => Promise<void>): Promise<void> {
	try {
		await action();
	} catch {
		// Nothing is left to do.
	}
}

/** Reads into one reused buffer if the stream supports BYOB reads. */
function openReader(readable: ReadableStream<Uint8Array>): ByteReader {
	let reader: ReadableStreamBYOBReader;
	try {
		reader = readable.getReader({ mode: 'byob' });
	} catch (error) {
		if (readable.locked) throw error;
		return readable.getReader() as ByteReader;
	}
	let buffer = new ArrayBuffer(READ_BUFFER_BYTES);
	return {
		async read() {
			const { done, value } = await reader.read(new Uint8Array(buffer));
			if (value !== undefined) buffer = value.buffer as ArrayBuffer;
			return { done, value };
		},
		cancel: (reason) => reader.cancel(reason),
	};
}
