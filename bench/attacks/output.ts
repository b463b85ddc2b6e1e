// The sending side of a hostile server's socket.

import type net from 'node:net';

/** Writes to a socket, and waits while its buffer is full. */
export class Output {
	/** The peer has closed the connection. */
	gone = false;
	readonly #socket: net.Socket;
	#waiting: (() => void)[] = [];

	constructor(socket: net.Socket) {
		this.#socket = socket;
		socket.on('error', () => {});
		socket.on('drain', () => this.#wake());
		socket.on('close', () => {
			this.gone = true;
			this.#wake();
		});
	}

	async write(bytes: Uint8Array): Promise<void> {
		if (this.gone || this.#socket.write(bytes)) return;
		await new Promise<void>((resolve) => this.#waiting.push(resolve));
	}

	#wake(): void {
		for (const resolve of this.#waiting.splice(0)) resolve();
	}
}
