// The best that plain JavaScript can do with the platform's socket. Requests are canned bytes, and responses are parsed
// just enough to tell them apart. Each still costs a promise, a list of fields and a copied body, as in a real client.

import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import * as FrameFlag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { check, type ServerConfig, serveWorker } from '../worker.ts';

interface Response {
	status: number;
	fields: [name: string, value: string][];
	body: Uint8Array;
}

interface Waiting {
	resolve(response: Response): void;
	response: Response;
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const headLength = 9;
const maxWindow = 0x7fffffff;
const defaultWindow = 65_535;
const refillAfter = 1 << 28;
const slots = 1 << 12;

// HPACK: `:method GET`, the scheme, and the two fields that the first request has added to the dynamic table.
const blockLength = 4;
const methodGet = 0x82;
const scheme = { http: 0x86, https: 0x87 };
const newest = 0x80 | 62;
const secondNewest = 0x80 | 63;
const status200 = 0x88;
const sizeUpdate = { mask: 0xe0, bits: 0x20 };

const learnt: Response['fields'] = [
	[':status', '200'],
	['server', 'nghttpd'],
	['cache-control', 'max-age=3600'],
	['content-length', '128'],
	['last-modified', 'Thu, 01 Jan 1970 00:00:00 GMT'],
	['date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
];

class CannedConnection {
	readonly #socket: Socket;
	readonly #block: Buffer;
	readonly #waiting: (Waiting | undefined)[] = new Array(slots).fill(undefined);
	#nextId = 1;
	#flushedId = 1;
	#partial: Buffer | null = null;
	#received = 0;

	private constructor(socket: Socket, secure: boolean) {
		this.#socket = socket;
		this.#block = Buffer.from([methodGet, secure ? scheme.https : scheme.http, newest, secondNewest]);
	}

	static async open({ port, ca, path }: ServerConfig): Promise<CannedConnection> {
		let conn: CannedConnection;
		const onread = {
			buffer: Buffer.alloc(65_536),
			callback(length: number, buffer: Uint8Array): boolean {
				conn.#receive(buffer as Buffer, length);
				return true;
			},
		};
		const socket = await new Promise<Socket>((resolve, reject) => {
			const made =
				ca === null
					? connectTcp({ port, host: '127.0.0.1', onread }, () => resolve(made))
					: // Missing in the types of node:tls: `onread`.
						connectTls(
							{ port, host: '127.0.0.1', servername: 'localhost', ca, ALPNProtocols: ['h2'], ...{ onread } },
							() => resolve(made),
						);
			made.once('error', reject);
		});
		socket.setNoDelay(true);
		socket.on('error', (error) => {
			throw error;
		});
		conn = new CannedConnection(socket, ca !== null);
		const increment = Buffer.alloc(4);
		increment.writeUInt32BE(maxWindow - defaultWindow);
		socket.write(
			Buffer.concat([preface, frame(FrameType.SETTINGS, 0, 0, []), frame(FrameType.WINDOW_UPDATE, 0, 0, increment)]),
		);
		const first = [
			methodGet,
			ca === null ? scheme.http : scheme.https,
			...literal(1, 'localhost'),
			...literal(4, path),
		];
		await conn.#wait(frame(FrameType.HEADERS, FrameFlag.END_HEADERS | FrameFlag.END_STREAM, 1, first));
		return conn;
	}

	get(): Promise<Response> {
		const id = this.#nextId;
		// All requests of a turn share one write.
		if (id === this.#flushedId) process.nextTick(() => this.#flush());
		this.#nextId = id + 2;
		return new Promise((resolve) => this.#await(id, resolve));
	}

	#wait(request: Buffer): Promise<Response> {
		this.#socket.write(request);
		this.#nextId += 2;
		this.#flushedId = this.#nextId;
		return new Promise((resolve) => this.#await(1, resolve));
	}

	#await(id: number, resolve: (response: Response) => void): void {
		const slot = (id >>> 1) & (slots - 1);
		check(this.#waiting[slot] === undefined, 'missing, while too many later streams were answered');
		this.#waiting[slot] = { resolve, response: { status: 0, fields: [], body: new Uint8Array(0) } };
	}

	#flush(): void {
		const step = headLength + blockLength;
		const out = Buffer.allocUnsafe(((this.#nextId - this.#flushedId) / 2) * step);
		for (let at = 0; this.#flushedId < this.#nextId; at += step, this.#flushedId += 2) {
			writeHead(out, at, blockLength, FrameType.HEADERS, FrameFlag.END_HEADERS | FrameFlag.END_STREAM, this.#flushedId);
			for (let i = 0; i < blockLength; i++) out[at + headLength + i] = this.#block[i] as number;
		}
		this.#socket.write(out);
	}

	#receive(lent: Buffer, lentLength: number): void {
		let bytes = lent;
		let length = lentLength;
		if (this.#partial !== null) {
			bytes = Buffer.concat([this.#partial, lent.subarray(0, lentLength)]);
			length = bytes.length;
			this.#partial = null;
		}
		let at = 0;
		while (length - at >= headLength) {
			const payloadLength =
				((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
			const end = at + headLength + payloadLength;
			if (end > length) break;
			this.#onFrame(bytes, at, end);
			at = end;
		}
		if (at < length) this.#partial = Buffer.from(bytes.subarray(at, length));
	}

	#onFrame(bytes: Buffer, at: number, end: number): void {
		const type = bytes[at + 3] as number;
		const flags = bytes[at + 4] as number;
		const id =
			((bytes[at + 5] as number) << 24) |
			((bytes[at + 6] as number) << 16) |
			((bytes[at + 7] as number) << 8) |
			(bytes[at + 8] as number);
		const start = at + headLength;
		if (type === FrameType.HEADERS) this.#onHeaders(bytes, start, flags, id);
		else if (type === FrameType.DATA) this.#onData(bytes, start, end, flags, id);
		else if (type === FrameType.SETTINGS && (flags & FrameFlag.ACK) === 0) {
			this.#socket.write(frame(FrameType.SETTINGS, FrameFlag.ACK, 0, []));
		} else if (type === FrameType.GOAWAY || type === FrameType.RST_STREAM) {
			check(false, `frame of type ${type}`);
		}
	}

	#onHeaders(bytes: Buffer, start: number, flags: number, id: number): void {
		const { response } = this.#waiting[(id >>> 1) & (slots - 1)] as Waiting;
		let at = start;
		while (((bytes[at] as number) & sizeUpdate.mask) === sizeUpdate.bits) at++;
		response.status = bytes[at] === status200 ? 200 : 0;
		response.fields = learnt.slice();
		if ((flags & FrameFlag.END_STREAM) !== 0) this.#finish(id);
	}

	#onData(bytes: Buffer, start: number, end: number, flags: number, id: number): void {
		const { response } = this.#waiting[(id >>> 1) & (slots - 1)] as Waiting;
		const piece = Uint8Array.prototype.slice.call(bytes, start, end);
		response.body = response.body.length === 0 ? piece : Buffer.concat([response.body, piece]);
		this.#received += end - start;
		if (this.#received >= refillAfter) {
			const increment = Buffer.alloc(4);
			increment.writeUInt32BE(this.#received);
			this.#received = 0;
			this.#socket.write(frame(FrameType.WINDOW_UPDATE, 0, 0, increment));
		}
		if ((flags & FrameFlag.END_STREAM) !== 0) this.#finish(id);
	}

	#finish(id: number): void {
		const slot = (id >>> 1) & (slots - 1);
		const waiting = this.#waiting[slot] as Waiting;
		this.#waiting[slot] = undefined;
		waiting.resolve(waiting.response);
	}
}

let conn: CannedConnection;
let config: ServerConfig;

serveWorker<ServerConfig>({
	async open(given) {
		config = given;
		conn = await CannedConnection.open(config);
	},

	async run(count) {
		let left = count;
		const loop = async (): Promise<void> => {
			while (left-- > 0) {
				const { status, fields, body } = await conn.get();
				const right = status === 200 && body.length === config.length && fields.length === learnt.length;
				check(right, right ? '' : `${status}, ${body.length} bytes`);
			}
		};
		await Promise.all(Array.from({ length: config.concurrency }, loop));
	},
});

/** A literal with incremental indexing and without Huffman coding; the name is an entry of the static table. */
function literal(nameIndex: number, value: string): number[] {
	return [0x40 | nameIndex, value.length, ...Buffer.from(value)];
}

function frame(type: number, flags: number, id: number, payload: ArrayLike<number>): Buffer {
	const out = Buffer.alloc(headLength + payload.length);
	writeHead(out, 0, payload.length, type, flags, id);
	out.set(payload, headLength);
	return out;
}

function writeHead(out: Buffer, at: number, length: number, type: number, flags: number, id: number): void {
	out[at] = length >>> 16;
	out[at + 1] = length >>> 8;
	out[at + 2] = length;
	out[at + 3] = type;
	out[at + 4] = flags;
	out[at + 5] = id >>> 24;
	out[at + 6] = id >>> 16;
	out[at + 7] = id >>> 8;
	out[at + 8] = id;
}
