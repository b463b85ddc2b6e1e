// The server of the demo: node:http2 behind TLS, with a certificate created at start. It counts the frames in both
// directions, so the demo can report what was on the wire.

import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTLSServer, type TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { FrameCount, Tap } from './wire.ts';

export interface DemoServer {
	port: number;
	/** The CA that signed the server's certificate, in PEM. */
	ca: string;
	seen: Seen;
	close(): Promise<void>;
}

/** What the server has observed. */
export interface Seen {
	connections: number;
	protocol: string | false | null;
	cipher: string;
	mostStreams: number;
	/** The error code with which the client reset the endless response. */
	resetCode: Promise<number>;
	received: FrameCount;
	sent: FrameCount;
}

export async function startServer(): Promise<DemoServer> {
	const { ca, cert, key } = await makeCertificates();
	const endless = new EventEmitter();
	const seen: Seen = {
		connections: 0,
		protocol: null,
		cipher: '',
		mostStreams: 0,
		resetCode: once(endless, 'reset').then(([code]) => code),
		received: new FrameCount({ preface: true }),
		sent: new FrameCount(),
	};
	const http2 = createServer({ settings: { maxConcurrentStreams: 200 } });
	http2.on('session', (session) => watchStreams(session, seen, endless));
	const server = createTLSServer({ cert, key, ALPNProtocols: ['h2'] }, (socket: TLSSocket) => {
		seen.connections++;
		seen.protocol = socket.alpnProtocol;
		seen.cipher = `${socket.getProtocol()}, ${socket.getCipher().standardName}`;
		http2.emit('connection', new Tap(socket, seen.received, seen.sent));
	});
	const sockets = new Set<Socket>();
	server.on('connection', (socket: Socket) => sockets.add(socket));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		port: (server.address() as AddressInfo).port,
		ca,
		seen,
		async close() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

function watchStreams(session: ServerHttp2Session, seen: Seen, endless: EventEmitter): void {
	let open = 0;
	session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
		seen.mostStreams = Math.max(seen.mostStreams, ++open);
		stream.on('error', () => {});
		stream.on('close', () => {
			open--;
			if (headers[':path'] === '/endless') endless.emit('reset', stream.rstCode);
		});
		answer(stream, String(headers[':path']));
	});
}

function answer(stream: ServerHttp2Stream, path: string): void {
	if (path === '/echo') return echo(stream);
	if (path === '/endless') return writeForever(stream);
	stream.respond({ ':status': 200, 'content-type': 'text/plain; charset=utf-8', server: 'node:http2' });
	stream.end(`This is ${path}\n`);
}

/** Sends back the content, and the trailers with the number of bytes added. */
function echo(stream: ServerHttp2Stream): void {
	let trailers: IncomingHttpHeaders = {};
	let length = 0;
	stream.on('trailers', (fields: IncomingHttpHeaders) => {
		trailers = fields;
	});
	stream.on('data', (chunk: Buffer) => {
		length += chunk.length;
	});
	stream.respond({ ':status': 200 }, { waitForTrailers: true });
	stream.on('wantTrailers', () => stream.sendTrailers({ ...trailers, 'x-bytes': String(length) }));
	stream.pipe(stream);
}

function writeForever(stream: ServerHttp2Stream): void {
	stream.respond({ ':status': 200 });
	const write = (): void => {
		while (!stream.destroyed && stream.write(Buffer.alloc(1024)));
	};
	stream.on('drain', write);
	write();
}

/** Creates a CA, and a certificate for localhost that it signs. */
async function makeCertificates(): Promise<{ ca: string; cert: string; key: string }> {
	const options = { keyType: 'ec', algorithm: 'sha256' } as const;
	const ca = await generate([{ name: 'commonName', value: 'hyper-wasm demo CA' }], {
		...options,
		extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
	});
	const leaf = await generate([{ name: 'commonName', value: 'localhost' }], {
		...options,
		ca: { key: ca.private, cert: ca.cert },
		extensions: [
			{ name: 'basicConstraints', cA: false, critical: true },
			{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
		],
	});
	return { ca: ca.cert, cert: leaf.cert, key: leaf.private };
}
