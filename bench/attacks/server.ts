// The process of a hostile server: answers each request by the attack whose name is its argument. HTTP/2 is written here
// frame by frame, because no library sends what attacks need.

import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { gzipSync } from 'node:zlib';
import * as FrameFlag from '../../assembly/shared/frame-flag.ts';
import * as FrameType from '../../assembly/shared/frame-type.ts';
import { HEAD_BYTES } from '../../assembly/shared/limit.ts';
import { testCertificates } from '../../test/support/certificates.ts';
import { frameBytes } from '../../test/support/frame-bytes.ts';
import { attacks } from './all.ts';
import type { Answer, Attack, Version } from './attack.ts';

const PREFACE_BYTES = 24;
const CHUNK_END = Buffer.from('\r\n');

const [name, version, secure] = process.argv.slice(2) as [string, Version, string];
const attack = attacks.find((each) => each.name === name) as Attack;
let written = 0;

const onSocket = (socket: net.Socket): void => {
	socket.on('error', () => {});
	if (version === 'HTTP/2') serveHTTP2(socket);
	else serveHTTP11(socket);
};
const { ca, cert, key } = await testCertificates();
const server =
	secure === 'TLS'
		? tls.createServer({ cert, key, ALPNProtocols: [version === 'HTTP/2' ? 'h2' : 'http/1.1'] }, onSocket)
		: net.createServer(onSocket);
await once(server.listen(0, '127.0.0.1'), 'listening');
process.send?.({ port: (server.address() as net.AddressInfo).port, ca });
process.on('message', () => process.send?.({ wire: written }));
process.on('disconnect', () => process.exit());

/** Writes to a socket, and waits while its buffer is full. */
class Output {
	readonly socket: net.Socket;
	gone = false;
	#waiting: (() => void)[] = [];

	constructor(socket: net.Socket) {
		this.socket = socket;
		socket.on('drain', () => this.#wake());
		socket.on('close', () => {
			this.gone = true;
			this.#wake();
		});
	}

	async write(bytes: Uint8Array): Promise<void> {
		if (this.gone) return;
		written += bytes.length;
		if (!this.socket.write(bytes)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
	}

	#wake(): void {
		for (const resolve of this.#waiting.splice(0)) resolve();
	}
}

function serveHTTP11(socket: net.Socket): void {
	const output = new Output(socket);
	let input = '';
	socket.setEncoding('latin1').on('data', (text: string) => {
		written += text.length;
		input += text;
		const end = input.indexOf('\r\n\r\n');
		// The content of an upload is chunked.
		if (end === -1 || (input.startsWith('POST') && !input.endsWith('\r\n0\r\n\r\n'))) return;
		const isFirst = input.startsWith('GET /first ');
		input = '';
		void respond({
			version: 'HTTP/1.1',
			isFirst,
			get gone() {
				return output.gone;
			},
			head: (fields = []) => {
				const lines = fields.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${fields[i + 1]}`] : []));
				return output.write(
					Buffer.from(['HTTP/1.1 200 OK', 'transfer-encoding: chunked', ...lines, '', ''].join('\r\n')),
				);
			},
			piece: (content) => Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content, CHUNK_END]),
			frame: () => {
				throw new Error('HTTP/1.1 has no frames');
			},
			window: async () => {},
			write: (bytes) => output.write(bytes),
			end: () => output.write(Buffer.from('0\r\n\r\n')),
		});
	});
}

function serveHTTP2(socket: net.Socket): void {
	const output = new Output(socket);
	const windows = new Map<number, number>([[0, 65_535]]);
	const initial = { size: 65_535 };
	let wake: (() => void)[] = [];
	let input: Buffer = Buffer.alloc(0);
	let skip = PREFACE_BYTES;
	const open = (streamId: number): void => {
		const frame: Answer['frame'] = (type, flags, payload, id = streamId) => frameBytes(type, flags, id, payload);
		void respond({
			version: 'HTTP/2',
			isFirst: streamId === 1,
			get gone() {
				return output.gone || !windows.has(streamId);
			},
			head: (fields = []) => {
				const literals = fields.map((text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]));
				const lines = literals.flatMap((text, i) => (i % 2 === 0 ? [Buffer.of(0), text] : [text]));
				// 0x88: `:status: 200` of the static table.
				return output.write(
					frame(FrameType.HEADERS, FrameFlag.END_HEADERS, Buffer.concat([Buffer.of(0x88), ...lines])),
				);
			},
			piece: (content, padding) =>
				padding === undefined
					? frame(FrameType.DATA, 0, content)
					: frame(
							FrameType.DATA,
							FrameFlag.PADDED,
							Buffer.concat([Buffer.of(padding), content, Buffer.alloc(padding)]),
						),
			frame,
			window: async (length) => {
				for (;;) {
					const [all, own] = [windows.get(0) ?? 0, windows.get(streamId)];
					if (output.gone || own === undefined) return;
					if (all >= length && own >= length) {
						windows.set(0, all - length);
						windows.set(streamId, own - length);
						return;
					}
					await new Promise<void>((resolve) => wake.push(resolve));
				}
			},
			write: (bytes) => output.write(bytes),
			end: () => output.write(frame(FrameType.DATA, FrameFlag.END_STREAM, new Uint8Array(0))),
		});
	};
	void output.write(frameBytes(FrameType.SETTINGS, 0, 0, new Uint8Array(0)));
	socket.on('close', () => {
		for (const each of wake) each();
	});
	socket.on('data', (bytes: Buffer) => {
		written += bytes.length;
		input = Buffer.concat([input, bytes]);
		if (skip > 0) {
			if (input.length < skip) return;
			input = input.subarray(skip);
			skip = 0;
		}
		while (input.length >= HEAD_BYTES) {
			const length = input.readUIntBE(0, 3);
			if (input.length < HEAD_BYTES + length) break;
			const [type, flags, streamId] = [input[3], input[4] as number, input.readUInt32BE(5)];
			const payload = input.subarray(HEAD_BYTES, HEAD_BYTES + length);
			input = input.subarray(HEAD_BYTES + length);
			if (type === FrameType.SETTINGS && !(flags & FrameFlag.ACK)) {
				for (let at = 0; at < payload.length; at += 6) {
					if (payload.readUInt16BE(at) === 4) initial.size = payload.readUInt32BE(at + 2);
				}
				void output.write(frameBytes(FrameType.SETTINGS, FrameFlag.ACK, 0, new Uint8Array(0)));
			} else if (type === FrameType.HEADERS) {
				windows.set(streamId, initial.size);
				if (flags & FrameFlag.END_STREAM) open(streamId);
			} else if (type === FrameType.WINDOW_UPDATE) {
				const window = windows.get(streamId);
				if (window !== undefined) windows.set(streamId, window + payload.readUInt32BE(0));
			} else if (type === FrameType.DATA) {
				if (flags & FrameFlag.END_STREAM) open(streamId);
				if (length > 0) {
					const increment = Buffer.alloc(4);
					increment.writeUInt32BE(length);
					for (const id of [0, streamId]) void output.write(frameBytes(FrameType.WINDOW_UPDATE, 0, id, increment));
				}
			} else if (type === FrameType.RST_STREAM) windows.delete(streamId);
		}
		const woken = wake;
		wake = [];
		for (const each of woken) each();
	});
}

/** The first request opens the connection, and makes the client load its decoders. */
async function respond(answer: Answer): Promise<void> {
	if (!answer.isFirst) return attack.answer(answer);
	await answer.head(['content-encoding', 'gzip']);
	await answer.write(answer.piece(gzipSync('first')));
	await answer.end();
	written = 0;
}
