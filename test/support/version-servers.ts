// Servers of one HTTP version each that give the same answers: `METHOD PATH CONTENT`, and the request's x-name field.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
	createServer as createHTTP2Server,
	createSecureServer,
	type Http2ServerRequest,
	type Http2ServerResponse,
} from 'node:http2';
import { createServer as createServerTLS } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import { type ByteStreams, ScriptedPeer } from '../../src/testing.ts';
import { testCertificates } from './certificates.ts';
import './checked-sinks.ts';

type Answer = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => void;

/** A request on a stream after the first. */
export interface SeenRequest {
	scheme: string;
	authority: string;
	path: string;
}

/** A TLS server that selects `alpn`. The HTTP/2 one also accepts HTTP/1.1. */
export async function serveTLS(t: TestContext, alpn: 'h2' | 'http/1.1'): Promise<{ origin: string; ca: string }> {
	const { ca, cert, key } = await testCertificates();
	const options = { allowHTTP1: true, cert, key };
	const server = alpn === 'h2' ? createSecureServer(options, answer as Answer) : createServerTLS(options, answer);
	return { origin: `https://localhost:${await listen(t, server)}`, ca };
}

/** A plaintext HTTP/1.1 server that declines every Upgrade. `closed` resolves once its first connection has closed. */
export async function serveHTTP1(t: TestContext): Promise<{ origin: string; closed: Promise<void> }> {
	const server = createServer(answer as Answer);
	const closed = new Promise<void>((resolve) => {
		server.once('connection', (socket: Socket) => socket.once('close', () => resolve()));
	});
	return { origin: `http://127.0.0.1:${await listen(t, server)}`, closed };
}

/** A plaintext HTTP/1.1 server that accepts the Upgrade to h2c, with unusual case in the fields of its 101. */
export async function serveH2C(t: TestContext): Promise<{ origin: string; requests: SeenRequest[] }> {
	const requests: SeenRequest[] = [];
	const server = createServer((_request, response) => response.writeHead(500).end('there was no Upgrade'));
	server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
		void upgrade(request, socket, head, requests);
	});
	return { origin: `http://127.0.0.1:${await listen(t, server)}`, requests };
}

async function upgrade(request: IncomingMessage, socket: Socket, head: Buffer, requests: SeenRequest[]): Promise<void> {
	socket.on('error', () => undefined);
	const length = Number(request.headers['content-length'] ?? 0);
	let content = head;
	while (content.length < length) content = Buffer.concat([content, await nextChunk(socket)]);
	socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: UPGRADE\r\nUpgrade: H2C\r\n\r\n');
	if (content.length > length) socket.unshift(content.subarray(length));

	const peer = new ScriptedPeer({ streams: Duplex.toWeb(socket) as unknown as ByteStreams });
	peer.send.settings();
	respond(peer, 1, `${request.method} ${request.url} ${content.subarray(0, length)}`, request.headers['x-name']);
	for (;;) {
		const frame = await peer.receive().catch(() => null);
		if (frame === null) return;
		if (frame.type !== 'HEADERS') continue;
		const fields = Object.fromEntries(frame.fields.map(([name, value]) => [name, value]));
		let body = '';
		for (let ended = frame.endStream; !ended; ) {
			const { data, endStream } = await peer.receive('DATA');
			body += Buffer.from(data).toString();
			ended = endStream;
		}
		const { ':method': method, ':scheme': scheme = '', ':authority': authority = '', ':path': path = '' } = fields;
		requests.push({ scheme, authority, path });
		respond(peer, frame.streamId, `${method} ${path} ${body}`, fields['x-name']);
	}
}

function respond(peer: ScriptedPeer, streamId: number, text: string, name: string | string[] | undefined): void {
	peer.send.headers(streamId, { ':status': '200', 'x-name': String(name ?? '') });
	peer.send.data(streamId, text, { endStream: true });
}

function nextChunk(socket: Socket): Promise<Buffer> {
	return new Promise((resolve) =>
		socket.once('data', (chunk: Buffer) => {
			socket.pause();
			resolve(chunk);
		}),
	);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
	let content = '';
	for await (const chunk of request) content += chunk;
	response.setHeader('x-name', request.headers['x-name'] ?? '');
	response.end(`${request.method} ${request.url} ${content}`);
}

async function listen(t: TestContext, server: Server): Promise<number> {
	const sockets = new Set<Socket>();
	server.on('connection', (socket: Socket) => {
		sockets.add(socket);
		socket.on('error', () => undefined);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.after(() => {
		server.close();
		for (const socket of sockets) socket.destroy();
	});
	return (server.address() as AddressInfo).port;
}

/** A plaintext server of one version, HTTP/2 with prior knowledge. Resolves with its origin. */
export async function serveVersion(
	t: TestContext,
	version: 'HTTP/1.1' | 'HTTP/2',
	answerWith: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
	const server = version === 'HTTP/2' ? createHTTP2Server(answerWith as never) : createServer(answerWith);
	return `http://127.0.0.1:${await listen(t, server)}`;
}
