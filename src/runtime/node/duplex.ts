// A Node stream over a transport, for what knows sockets only: node:http, and TLS over a tunnel. The pipe can be taken
// back from it in mid-stream, for a protocol that follows HTTP/1.1 on the same connection.

import type { Duplex } from 'node:stream';
import { Delivery } from '../delivery.ts';
import type { TransportDuplex } from '../http1.ts';
import type { Transport, TransportReceiver } from '../transport.ts';
import { HIGH_WATER_MARK } from './socket-transport.ts';

/** Starts the transport. The stream closes when the pipe has closed, and an error nobody listens for is no exception. */
export function toDuplex(transport: Transport): TransportDuplex {
	return new Pipe(transport).duplex;
}

type WriteCallback = (error?: Error | null) => void;

class Pipe implements TransportReceiver {
	readonly duplex: TransportDuplex;
	readonly #transport: Transport;
	#heir: Heir | null = null;
	/** The write that waits for `onDrain`. */
	#waiting: WriteCallback | null = null;
	#input: 'open' | 'ended' = 'open';
	#closed = false;

	constructor(transport: Transport) {
		this.#transport = transport;
		const { Duplex } = process.getBuiltinModule('node:stream');
		const duplex = new Duplex({
			allowHalfOpen: true,
			// It would drop the pipe before the last octets have left: the transport closes when both directions are done.
			autoDestroy: false,
			highWaterMark: HIGH_WATER_MARK,
			read: () => {
				if (this.#heir === null) transport.resume();
			},
			write: (chunk: Uint8Array, _encoding, callback) => this.#write([chunk], callback),
			writev: (chunks, callback) =>
				this.#write(
					chunks.map(({ chunk }) => chunk),
					callback,
				),
			final: (callback) => {
				transport.end();
				callback();
			},
			destroy: (error, callback) => {
				if (this.#heir === null && !this.#closed) transport.destroy(error ?? undefined);
				this.#settleWrite(error ?? new Error('The stream was destroyed'));
				callback(error);
			},
		});
		// A pipe may break between two requests, when no one listens.
		duplex.on('error', () => {});
		this.duplex = Object.assign(duplex, socketMethods(duplex, transport), { release: () => this.#release() });
		transport.start(this);
	}

	onBytes(bytes: Uint8Array): void {
		if (this.#heir !== null) this.#heir.onBytes(bytes);
		else if (!this.duplex.push(Buffer.from(bytes))) this.#transport.pause();
	}

	onDrain(): void {
		if (this.#heir !== null) this.#heir.onDrain();
		else this.#settleWrite(null);
	}

	onEnd(): void {
		this.#input = 'ended';
		if (this.#heir !== null) this.#heir.onEnd();
		else this.duplex.push(null);
	}

	onClose(error: Error | null): void {
		this.#closed = true;
		if (this.#heir !== null) {
			this.#heir.onClose(error);
			return;
		}
		const { duplex } = this;
		const destroy = (): unknown => duplex.destroy(error ?? undefined);
		if (this.#input === 'open' || duplex.readableEnded) {
			destroy();
			return;
		}
		// All that the peer had to say was read, and is not lost with the pipe; what is written now goes nowhere.
		duplex.once('end', destroy);
		this.#settleWrite(null);
	}

	#write(chunks: readonly Uint8Array[], callback: WriteCallback): void {
		if (this.#transport.write(chunks) || this.#closed) callback();
		else this.#waiting = callback;
	}

	#settleWrite(error: Error | null): void {
		const callback = this.#waiting;
		this.#waiting = null;
		callback?.(error);
	}

	async #release(): Promise<Transport> {
		const { duplex } = this;
		duplex.pause();
		await flushed(duplex);
		for (const event of ['data', 'readable', 'end']) duplex.removeAllListeners(event);
		const heir = new Heir(this.#transport);
		this.#heir = heir;
		this.#transport.pause();
		const unread: Uint8Array | null = duplex.read();
		if (unread !== null) heir.onBytes(unread);
		if (this.#input === 'ended') heir.onEnd();
		if (this.#closed) heir.onClose(null);
		duplex.destroy();
		return heir;
	}
}

/** Resolves when the transport has taken all that was written to the stream. */
function flushed(duplex: Duplex): Promise<void> {
	return new Promise((resolve, reject) => {
		const settle = (error?: Error | null): void => (error ? reject(error) : resolve());
		if (duplex.destroyed) reject(duplex.errored ?? new Error('Cannot release the pipe: its stream was destroyed'));
		else if (!duplex.writableEnded) duplex.write(new Uint8Array(0), settle);
		else if (duplex.writableFinished) resolve();
		else duplex.once('finish', resolve).once('close', () => reject(new Error('The stream was destroyed')));
	});
}

/** What node:http calls on a socket beyond a stream. Timeouts are no matter of the pipe, nor is tuning it. */
function socketMethods(duplex: Duplex, transport: Transport): object {
	const ignore = (): Duplex => duplex;
	return {
		setTimeout: ignore,
		setNoDelay: ignore,
		setKeepAlive: ignore,
		ref() {
			transport.ref();
			return duplex;
		},
		unref() {
			transport.unref();
			return duplex;
		},
		destroySoon() {
			if (!duplex.writableEnded) duplex.end();
			if (duplex.writableFinished) duplex.destroy();
			else duplex.once('finish', () => duplex.destroy());
		},
	};
}

/** The pipe after a stream: what the stream has read and not given away comes first. */
class Heir implements Transport, TransportReceiver {
	readonly alpn: string | null;
	readonly openedAt?: { connected: number; secured: number | null };
	readonly #transport: Transport;
	readonly #delivery: Delivery;

	constructor(transport: Transport) {
		this.#transport = transport;
		this.#delivery = new Delivery(() => transport.resume());
		this.alpn = transport.alpn;
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

	write(chunks: readonly Uint8Array[]): boolean {
		return this.#transport.write(chunks);
	}

	pause(): void {
		this.#delivery.pause();
		this.#transport.pause();
	}

	/** Reading goes on when the Delivery has handed over what it held. */
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
