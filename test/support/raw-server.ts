// A server of octets: the test reads what a client wrote and answers with whatever it likes.

import { createServer, type Server, type Socket } from 'node:net';
import { listen } from './loopback.ts';

export class RawServer {
	readonly server: Server;
	/** All connections that have come. */
	readonly connections: RawConnection[] = [];
	#waits: ((connection: RawConnection) => void)[] = [];
	#given = 0;
	port = 0;

	private constructor() {
		this.server = createServer({ allowHalfOpen: true }, (socket) => {
			const connection = new RawConnection(socket);
			this.connections.push(connection);
			const wait = this.#waits.shift();
			if (wait === undefined) return;
			this.#given++;
			wait(connection);
		});
	}

	/** On a free loopback port, until the test has ended. */
	static async start(): Promise<RawServer> {
		const server = new RawServer();
		server.port = await listen(server.server);
		return server;
	}

	get origin(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	/** The next connection that was not given yet. */
	accept(): Promise<RawConnection> {
		const connection = this.connections[this.#given];
		if (connection === undefined) return new Promise((resolve) => this.#waits.push(resolve));
		this.#given++;
		return Promise.resolve(connection);
	}
}

export class RawConnection {
	readonly socket: Socket;
	/** What has come and was not taken. */
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

	/** Everything up to `end` and with it, one character for each octet. */
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

	async readOctets(count: number): Promise<string> {
		while (this.#text.length < count) await this.#more(`${count} octets`);
		return this.#take(count);
	}

	/** What comes until the client ends or drops the connection. */
	async readToEnd(): Promise<string> {
		while (!this.#ended) await this.#more('the end');
		return this.#take(this.#text.length);
	}

	/** Lines of a head, joined with CRLF and an empty line behind, and content. */
	answer(lines: readonly string[], content = ''): void {
		this.write(`${lines.join('\r\n')}\r\n\r\n${content}`);
	}

	/** One octet for each character. */
	write(text: string): void {
		this.socket.write(Buffer.from(text, 'latin1'));
	}

	/** An octet at a time, each in a packet of its own. */
	async writeSlowly(text: string): Promise<void> {
		for (const octet of Buffer.from(text, 'latin1')) {
			await new Promise((resolve) => this.socket.write(Buffer.from([octet]), resolve));
			await new Promise((resolve) => setImmediate(resolve));
		}
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
		if (this.#ended) throw new Error(`The client went away before ${what}; it sent ${JSON.stringify(this.#text)}`);
		await new Promise<void>((resolve) => {
			this.#wake = resolve;
		});
	}
}
