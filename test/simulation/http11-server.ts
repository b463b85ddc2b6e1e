// The HTTP/1.1 server of a simulated life: one request after the other, in plain text (RFC 9112). It may switch to HTTP/2.

import { encodedContent, piecesOf } from './content.ts';
import type { AnswerPlan } from './exchange-plan.ts';
import { HTTP20Server, type Upgraded } from './http20-server.ts';
import type { Arrival, Ledger } from './ledger.ts';
import type { End } from './network.ts';
import type { World } from './world.ts';

interface Head {
	text: string;
	method: string;
	path: string;
	fields: Map<string, string>;
}

/** Milliseconds for which a closing server still reads. */
const LINGER = 1000;

export class HTTP11Server {
	/** The server of the connection once it has switched. */
	http20: HTTP20Server | null = null;
	readonly #world: World;
	readonly #end: End;
	readonly #ledger: Ledger;
	#unread = Buffer.alloc(0);
	#served = 0;
	#isOver = false;
	#hasEnded = false;
	#wake: () => void = () => undefined;

	constructor(world: World, end: End, ledger: Ledger) {
		this.#world = world;
		this.#end = end;
		this.#ledger = ledger;
		void this.#serve();
	}

	receive(bytes: Uint8Array): void {
		if (this.http20 !== null) return this.http20.receive(bytes);
		this.#unread = Buffer.concat([this.#unread, bytes]);
		this.#wake();
	}

	receiveEnd(): void {
		if (this.http20 !== null) return this.http20.receiveEnd();
		this.#hasEnded = true;
		this.#wake();
	}

	closed(): void {
		this.http20?.closed();
		this.#isOver = true;
		this.#wake();
	}

	async #serve(): Promise<void> {
		for (;;) {
			const head = await this.#readHead();
			if (head === null) return this.#end.end();
			if (head.method === 'PRI' && this.#ledger.plan.server === 'HTTP/2') return this.#switch(head.text, null);
			const arrival = this.#ledger.arrive('HTTP/1.1', head.method, this.#pathOf(head));
			if (arrival === null) return this.#end.cut();
			this.#world.note(`server gets ${head.method} ${head.path}`);
			arrival.isActedOn = true;
			arrival.isReused = this.#served++ > 0;
			if (this.#switches(head, arrival)) return;
			const { answer } = arrival.exchange;
			const reading = this.#readContent(head, arrival, answer.readPause);
			if (answer.delay > 0) await this.#world.sleep(answer.delay);
			if (answer.behaviour === 'failExpectation' && head.fields.has('expect')) {
				this.#decline(arrival, '417 No');
				if (!(await reading)) return;
				continue;
			}
			if (head.fields.has('expect') && answer.informational > 0) this.#write('HTTP/1.1 100 Continue\r\n\r\n');
			if (answer.readsFirst && !(await reading)) return;
			if (!(await this.#answer(arrival, head))) return;
			if (willClose(answer)) {
				// Closing at once could reset the connection before the client has read the response.
				this.#end.end();
				await Promise.race([reading, this.#world.sleep(LINGER)]);
				return this.#end.destroy();
			}
			if (!(await reading)) return;
		}
	}

	/** A proxy that forwards gets the whole URL (RFC 9112 §3.2.2), an origin does not. */
	#pathOf({ path }: Head): string {
		const { route, secure } = this.#ledger.plan;
		const origin = route === 'proxy' && !secure ? 'http://a.test' : '';
		return path.startsWith(`${origin}/`) ? path.slice(origin.length) : `the target ${path}`;
	}

	/** Null if the connection has ended before a request. */
	async #readHead(): Promise<Head | null> {
		const { serverIdle } = this.#ledger.plan;
		let cancelIdle = (): void => undefined;
		if (serverIdle > 0 && this.#unread.length === 0) {
			cancelIdle = this.#world.after(serverIdle, () => {
				this.#world.note('server closes the idle connection');
				if (this.#ledger.plan.seed % 2 === 0) this.#write('HTTP/1.1 408 Too late\r\nContent-Length: 0\r\n\r\n');
				this.#end.destroy();
			});
		}
		try {
			for (;;) {
				const end = this.#unread.indexOf('\r\n\r\n');
				if (end >= 0) {
					const text = this.#unread.subarray(0, end + 4).toString('latin1');
					const lines = text.slice(0, end).split('\r\n');
					this.#unread = this.#unread.subarray(end + 4);
					const [method = '', path = ''] = (lines.shift() ?? '').split(' ');
					return { text, method, path, fields: fieldsOf(lines) };
				}
				if (this.#isOver || this.#hasEnded) return null;
				await this.#more();
				if (this.#unread.length > 0) cancelIdle();
			}
		} finally {
			cancelIdle();
		}
	}

	/** Returns false if the connection ends first. */
	async #readContent({ fields }: Head, arrival: Arrival, pause: number): Promise<boolean> {
		if (fields.get('transfer-encoding') === 'chunked') return this.#readChunks(arrival, pause);
		let left = Number(fields.get('content-length') ?? 0);
		while (left > 0) {
			const bytes = await this.#take(left, pause);
			if (bytes === null) return false;
			left -= bytes.length;
			this.#ledger.receive(arrival, bytes);
		}
		this.#ledger.complete(arrival, null);
		return true;
	}

	async #readChunks(arrival: Arrival, pause: number): Promise<boolean> {
		for (;;) {
			const line = await this.#readLine();
			if (line === null) return false;
			let left = Number.parseInt(line, 16);
			if (left === 0) break;
			while (left > 0) {
				const bytes = await this.#take(left, pause);
				if (bytes === null) return false;
				left -= bytes.length;
				this.#ledger.receive(arrival, bytes);
			}
			if ((await this.#readLine()) === null) return false;
		}
		const lines: string[] = [];
		for (;;) {
			const line = await this.#readLine();
			if (line === null) return false;
			if (line === '') break;
			lines.push(line);
		}
		this.#ledger.complete(arrival, fieldsOf(lines));
		return true;
	}

	async #readLine(): Promise<string | null> {
		for (;;) {
			const end = this.#unread.indexOf('\r\n');
			if (end >= 0) {
				const line = this.#unread.subarray(0, end).toString('latin1');
				this.#unread = this.#unread.subarray(end + 2);
				return line;
			}
			if (this.#isOver || this.#hasEnded) return null;
			await this.#more();
		}
	}

	/** At most `most` bytes; null if the connection ends first. */
	async #take(most: number, pause: number): Promise<Uint8Array | null> {
		if (pause > 0) {
			this.#end.pause();
			await this.#world.sleep(pause);
			this.#end.resume();
		}
		while (this.#unread.length === 0) {
			if (this.#isOver || this.#hasEnded) return null;
			await this.#more();
		}
		const bytes = this.#unread.subarray(0, most);
		this.#unread = this.#unread.subarray(bytes.length);
		return bytes;
	}

	#more(): Promise<void> {
		return new Promise((resolve) => {
			this.#wake = resolve;
		});
	}

	/** Accepts an offer of HTTP/2 if the server speaks it (RFC 7540 §3.2). */
	#switches(head: Head, arrival: Arrival): boolean {
		const settings = head.fields.get('http2-settings');
		const { answer } = arrival.exchange;
		if (settings === undefined || this.#ledger.plan.server !== 'HTTP/2' || answer.behaviour === 'requireHTTP11')
			return false;
		this.#write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
		void this.#readContent(head, arrival, 0).then((isWhole) => {
			if (isWhole) this.#switch('', { arrival, settings: Buffer.from(settings, 'base64url') });
		});
		return true;
	}

	/** Speaks HTTP/2 from now on, beginning with what was read of it. */
	#switch(read: string, upgraded: Upgraded | null): void {
		this.http20 = new HTTP20Server(this.#world, this.#end, this.#ledger, upgraded);
		this.http20.receive(Buffer.concat([Buffer.from(read), this.#unread]));
		this.#unread = Buffer.alloc(0);
		if (this.#isOver) this.http20.closed();
	}

	/** Returns whether the connection can carry another request. */
	async #answer(arrival: Arrival, { method }: Head): Promise<boolean> {
		const { id, answer } = arrival.exchange;
		const { behaviour } = answer;
		if (behaviour === 'never') return false;
		if (behaviour === 'reset') return this.#stop(() => this.#end.cut());
		if (behaviour === 'refuse' || behaviour === 'refuseOnce') return this.#stop(() => this.#end.destroy());
		for (let i = 0; i < answer.informational; i++) this.#write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
		if (behaviour === 'garbage') {
			this.#write(GARBAGE[id % GARBAGE.length] as string);
			return false;
		}
		const isFirst = this.#ledger.arrivals(id).length === 1;
		if (isFirst && behaviour === 'misdirect') return this.#decline(arrival, '421 Misdirected Request');
		if (isFirst && behaviour === 'timeOut') return this.#decline(arrival, '408 Too slow');
		return this.#sendResponse(id, method, answer);
	}

	/** Answers without having acted on the request. */
	#decline(arrival: Arrival, status: string): true {
		arrival.isActedOn = false;
		const closes = willClose(arrival.exchange.answer) ? 'Connection: close\r\n' : '';
		this.#write(`HTTP/1.1 ${status}\r\n${closes}Content-Length: 0\r\n\r\n`);
		return true;
	}

	async #sendResponse(id: number, method: string, answer: AnswerPlan): Promise<boolean> {
		const { behaviour, status, framing, coding } = answer;
		const { noise } = this.#ledger.plan;
		const content = encodedContent(id, answer);
		const isEmpty = method === 'HEAD' || status === 204 || status === 304;
		const lines = [`HTTP/1.1 ${status} Planned`, `X-Id: ${id}`];
		if (coding !== null) lines.push(`Content-Encoding: ${coding}`);
		if (willClose(answer)) lines.push('Connection: close');
		if (status !== 204 && framing === 'length') {
			lines.push(`Content-Length: ${behaviour === 'wrongLength' ? content.length + 5 : content.length}`);
		}
		if (status !== 204 && framing === 'chunked') lines.push('Transfer-Encoding: chunked');
		this.#write(`${lines.join('\r\n')}\r\n\r\n`);
		if (isEmpty) return true;
		const pieces = piecesOf(content, answer.pieces);
		if (['stall', 'cut', 'fin', 'resetLate'].includes(behaviour)) pieces.length = pieces.length >> 1;
		for (const piece of pieces) {
			if (framing === 'chunked') this.#write(`${piece.length.toString(16)}${noise ? ';a="b"' : ''}\r\n`);
			this.#end.write([piece]);
			if (framing === 'chunked') this.#write('\r\n');
			if (answer.pause > 0) await this.#world.sleep(answer.pause);
			if (this.#isOver) return false;
		}
		if (behaviour === 'stall') return false;
		if (behaviour === 'cut' || behaviour === 'resetLate') return this.#stop(() => this.#end.cut());
		if (behaviour === 'fin' || (behaviour === 'wrongLength' && framing === 'length'))
			return this.#stop(() => this.#end.destroy());
		if (framing === 'chunked') this.#write(answer.trailers ? '0\r\nX-Sum: 1\r\n\r\n' : '0\r\n\r\n');
		return true;
	}

	#stop(how: () => void): false {
		how();
		return false;
	}

	#write(text: string): void {
		this.#end.write([Buffer.from(text, 'latin1')]);
	}
}

/** Whether the connection ends with the answer. */
function willClose({ closes, behaviour, framing }: AnswerPlan): boolean {
	return closes || behaviour === 'goaway' || framing === 'close';
}

const GARBAGE: readonly string[] = [
	'HTP/1.1 200 OK\r\n\r\n',
	'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
	'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk\r\n',
	'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
	'\0\0\0\0\0\0\0\0\0\0\0',
	'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcmore than was said',
];

function fieldsOf(lines: readonly string[]): Map<string, string> {
	return new Map(
		lines.map((line) => {
			const colon = line.indexOf(':');
			return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
		}),
	);
}
