// A Node stream over a transport, for code that works on sockets only: node:http, and TLS over a tunnel. The transport can
// be taken back mid-stream, for a protocol that follows HTTP/1.1 on the same connection.

import type { Duplex } from 'node:stream';
import type { TransportDuplex } from '../http1.ts';
import { ReleasedTransport } from '../released-transport.ts';
import { HIGH_WATER_MARK, type Transport, type TransportReceiver } from '../transport.ts';

/** Starts the transport. The stream closes once the transport has closed; its errors need no listener. */
export function toDuplex(transport: Transport, filter: Filter = (bytes) => bytes): TransportDuplex {
	return new TransportStream(transport, filter).duplex;
}

type Filter = (bytes: Uint8Array) => Uint8Array;

type WriteCallback = (error?: Error | null) => void;

/**
 * What the transport has reported:
 *
 *     open --- onEnd ---> ended --- onClose ---> closed
 *       '----- onClose ---> broken
 */
type TransportState = 'open' | 'ended' | 'closed' | 'broken';

class TransportStream implements TransportReceiver {
	readonly duplex: TransportDuplex;
	readonly #transport: Transport;
	readonly #filter: Filter;
	#state: TransportState = 'open';
	/** Whether the transport is paused until the stream is read. */
	#isFull = false;
	/** Takes over all callbacks after `release`. */
	#released: ReleasedTransport | null = null;
	/** Whether the owner wants no bytes, whatever the stream reads. */
	#isHeld = false;
	/** The callback of the write that waits for `onDrain`. */
	#pendingWrite: WriteCallback | null = null;

	constructor(transport: Transport, filter: Filter) {
		this.#transport = transport;
		this.#filter = filter;
		const { Duplex } = process.getBuiltinModule('node:stream');
		const duplex = new Duplex({
			allowHalfOpen: true,
			// Otherwise the stream would destroy the transport before the last bytes are sent. The transport closes itself when
			// both directions have ended.
			autoDestroy: false,
			highWaterMark: HIGH_WATER_MARK,
			read: () => {
				if (!this.#isFull || this.#isHeld || this.#released !== null) return;
				this.#isFull = false;
				transport.resume();
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
				if (this.#released === null && !this.#isClosed) transport.destroy(error ?? undefined);
				this.#settleWrite(error ?? new Error('The stream was destroyed'));
				callback(error);
			},
		});
		// The transport may fail between two requests, when there is no other listener.
		duplex.on('error', () => {});
		this.duplex = Object.assign(duplex, socketMethods(duplex, transport), {
			hasSent: false,
			hold: (on: boolean) => this.#hold(on),
			release: () => this.#release(),
		});
		transport.start(this);
	}

	onBytes(bytes: Uint8Array): void {
		if (this.#released !== null) return this.#released.onBytes(bytes);
		let passed: Uint8Array;
		try {
			passed = this.#filter(bytes);
		} catch (error) {
			// Thrown on, it would be an uncaught exception of the socket.
			this.duplex.destroy(error as Error);
			return;
		}
		if (passed.length === 0 || this.duplex.push(Buffer.from(passed))) return;
		this.#isFull = true;
		this.#transport.pause();
	}

	onDrain(): void {
		if (this.#released !== null) this.#released.onDrain();
		else this.#settleWrite(null);
	}

	onEnd(): void {
		this.#state = 'ended';
		if (this.#released !== null) this.#released.onEnd();
		else this.duplex.push(null);
	}

	onClose(error: Error | null): void {
		this.#state = this.#state === 'ended' ? 'closed' : 'broken';
		if (this.#released !== null) {
			this.#released.onClose(error);
			return;
		}
		const { duplex } = this;
		const destroy = (): unknown => duplex.destroy(error ?? undefined);
		if (this.#state === 'broken' || duplex.readableEnded) {
			destroy();
			return;
		}
		// The peer's last bytes can still be read; writes are discarded from now on.
		duplex.once('end', destroy);
		this.#settleWrite(null);
	}

	get #isClosed(): boolean {
		return this.#state === 'closed' || this.#state === 'broken';
	}

	#write(chunks: readonly Uint8Array[], callback: WriteCallback): void {
		let hasRoom: boolean;
		try {
			hasRoom = this.#transport.write(chunks);
		} catch (error) {
			this.duplex.hasSent = true;
			return callback(error as Error);
		}
		if (this.#transport.hasFailed !== true) this.duplex.hasSent = true;
		if (hasRoom || this.#isClosed) callback();
		else this.#pendingWrite = callback;
	}

	#settleWrite(error: Error | null): void {
		const callback = this.#pendingWrite;
		this.#pendingWrite = null;
		callback?.(error);
	}

	#hold(on: boolean): void {
		if (this.#isHeld === on) return;
		this.#isHeld = on;
		this.#isFull = false;
		if (on) this.#transport.pause();
		else if (this.#released === null) this.#transport.resume();
	}

	async #release(): Promise<Transport> {
		const { duplex } = this;
		duplex.pause();
		await flushed(duplex);
		for (const event of ['data', 'readable', 'end']) duplex.removeAllListeners(event);
		const released = new ReleasedTransport(this.#transport);
		this.#released = released;
		this.#transport.pause();
		// Node 26 reads a chunk at a time, older ones all at once.
		for (let unread = duplex.read(); unread !== null; unread = duplex.read()) released.onBytes(unread);
		if (this.#state === 'ended' || this.#state === 'closed') released.onEnd();
		if (this.#isClosed) released.onClose(null);
		duplex.destroy();
		return released;
	}
}

/** Resolves once the transport has accepted everything that was written to the stream. */
function flushed(duplex: Duplex): Promise<void> {
	return new Promise((resolve, reject) => {
		const settle = (error?: Error | null): void => (error ? reject(error) : resolve());
		if (duplex.destroyed) reject(duplex.errored ?? new Error('Cannot release the transport: its stream was destroyed'));
		else if (!duplex.writableEnded) duplex.write(new Uint8Array(0), settle);
		else if (duplex.writableFinished) resolve();
		else duplex.once('finish', resolve).once('close', () => reject(new Error('The stream was destroyed')));
	});
}

/** The methods of a socket that node:http calls. Timeouts and socket options do not apply to a transport. */
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
