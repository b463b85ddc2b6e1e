// A TCP server on which the test itself reads and writes the bytes.

import { createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type ByteStreams, ScriptedPeer, type ScriptedPeerOptions } from '../../src/testing.ts';
import { listen } from './loopback.ts';
import './checked-sinks.ts';

export class RawServer {
	readonly server: Server;
	/** All connections so far. */
	readonly connections: RawConnection[] = [];
	#waits: ((connection: RawConnection) => void)[] = [];
	#acceptedCount = 0;
	port = 0;

	private constructor() {
		this.server = createServer({ allowHalfOpen: true }, (socket) => {
			const connection = new RawConnection(socket);
			this.connections.push(connection);
			const wait = this.#waits.shift();
			if (wait === undefined) return;
			this.#acceptedCount++;
			wait(connection);
		});
	}

	/** Listens on a free loopback port until the test ends. */
	static async start(): Promise<RawServer> {
		const server = new RawServer();
		server.port = await listen(server.server);
		return server;
	}

	get origin(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	/** The next connection. */
	accept(): Promise<RawConnection> {
		const connection = this.connections[this.#acceptedCount];
		if (connection === undefined) return new Promise((resolve) => this.#waits.push(resolve));
		this.#acceptedCount++;
		return Promise.resolve(connection);
	}
}

export class RawConnection {
	readonly socket: Socket;
	/** Received but unread text. */
	#text = '';
	#ended = false;
	#wake: (() => void) | null = null;

	constructor(socket: Socket) {
		this.socket = socket;
		socket.setNoDelay(true);
		socket.on('data', (chunk) => {
			this.#text += chunk.toString('latin1');
			this.#wake?.();
		});
		for (const event of ['end', 'close']) {
			socket.on(event, () => {
				this.#ended = true;
				this.#wake?.();
			});
		}
	}

	/** Reads up to and including `end`; one character per byte. */
	async readTo(end: string): Promise<string> {
		for (let from = 0; ; ) {
			const at = this.#text.indexOf(end, from);
			if (at >= 0) return this.#take(at + end.length);
			from = Math.max(0, this.#text.length - end.length + 1);
			await this.#more(`"${end}"`);
		}
	}

	readHead(): Promise<string> {
		return this.readTo('\r\n\r\n');
	}

	async readBytes(count: number): Promise<string> {
		while (this.#text.length < count) await this.#more(`${count} bytes`);
		return this.#take(count);
	}

	/** Reads until the client ends or closes the connection. */
	async readToEnd(): Promise<string> {
		while (!this.#ended) await this.#more('the end');
		return this.#take(this.#text.length);
	}

	/** Writes a head of these lines, and content. */
	answer(lines: readonly string[], content = ''): void {
		this.write(`${lines.join('\r\n')}\r\n\r\n${content}`);
	}

	/** Writes one byte per character. */
	write(text: string): void {
		this.socket.write(Buffer.from(text, 'latin1'));
	}

	/** Writes one byte at a time, each in its own packet. */
	async writeSlowly(text: string): Promise<void> {
		for (const byte of Buffer.from(text, 'latin1')) {
			await new Promise((resolve) => this.socket.write(Buffer.from([byte]), resolve));
			await new Promise((resolve) => setImmediate(resolve));
		}
	}

	/** Continues as an HTTP/2 peer, beginning with the bytes not read here. */
	speakHTTP2(options: ScriptedPeerOptions = {}): ScriptedPeer {
		this.socket.pause();
		this.socket.removeAllListeners('data');
		// Otherwise the readable side would not end until the peer itself ends.
		this.socket.allowHalfOpen = false;
		if (this.#text !== '') this.socket.unshift(Buffer.from(this.#take(this.#text.length), 'latin1'));
		return new ScriptedPeer({ ...options, streams: Duplex.toWeb(this.socket) as unknown as ByteStreams });
	}

	end(): void {
		this.socket.end();
	}

	reset(): void {
		this.socket.resetAndDestroy();
	}

	#take(count: number): string {
		const text = this.#text.slice(0, count);
		this.#text = this.#text.slice(count);
		return text;
	}

	async #more(what: string): Promise<void> {
		if (this.#ended)
			throw new Error(`The client closed the connection before ${what}; it sent ${JSON.stringify(this.#text)}`);
		await new Promise<void>((resolve) => {
			this.#wake = resolve;
		});
	}
}
