// Counts the frames that pass through a socket, with one FrameReader per direction.

import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { FrameReader, type FrameReaderOptions, FrameType } from 'hyper-wasm/frames';

const NAMES = new Map(Object.entries(FrameType).map(([name, type]): [number, string] => [type, name]));

/** Counts the frames of one direction. */
export class FrameCount {
	/** The error that stopped the reader, or null. */
	fault: unknown = null;
	readonly #reader: FrameReader;
	readonly #counts = new Map<string, number>();
	#bytes = 0;

	constructor(options: FrameReaderOptions = {}) {
		this.#reader = new FrameReader(options);
	}

	read(bytes: Uint8Array): void {
		this.#bytes += bytes.length;
		if (this.fault !== null) return;
		try {
			for (const frame of this.#reader.read(bytes)) {
				const name = NAMES.get(frame.type) ?? `type ${frame.type}`;
				this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
			}
		} catch (error) {
			this.fault = error;
		}
	}

	/** `1,234 bytes: 12 HEADERS, 34 DATA` */
	describe(): string {
		const counts = [...this.#counts].map(([name, count]) => `${count} ${name}`);
		return `${this.#bytes.toLocaleString('en')} bytes: ${counts.join(', ')}`;
	}
}

/** A socket whose data is counted on its way. */
export class Tap extends Duplex {
	readonly #socket: TLSSocket;
	readonly #sent: FrameCount;

	constructor(socket: TLSSocket, received: FrameCount, sent: FrameCount) {
		super();
		this.#socket = socket;
		this.#sent = sent;
		socket.on('data', (chunk: Buffer) => {
			received.read(chunk);
			if (!this.push(chunk)) socket.pause();
		});
		socket.on('end', () => this.push(null));
		socket.on('error', (error) => this.destroy(error));
		socket.on('close', () => this.destroy());
	}

	override _read(): void {
		this.#socket.resume();
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
		this.#sent.read(chunk);
		this.#socket.write(chunk, done);
	}

	override _final(done: () => void): void {
		this.#socket.end(done);
	}

	override _destroy(error: Error | null, done: (error: Error | null) => void): void {
		this.#socket.destroy();
		done(error);
	}
}
