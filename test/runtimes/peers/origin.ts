// The origin: the same answers in both versions of HTTP, from node:http and node:http2. The first segment of a path names
// the answer, and the next one is its argument.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { frameOf } from '../../support/zstd-frames.ts';
import { pattern } from './pattern.ts';
import { records } from './records.ts';

/** What the two servers of Node have in common. */
type Incoming = IncomingMessage & Http2ServerRequest;
type Outgoing = ServerResponse & Http2ServerResponse;

interface Asked {
	readonly request: Incoming;
	readonly response: Outgoing;
	readonly argument: string;
	/** For `records`. */
	readonly key: string | null;
}

/** Larger than a frame, and compressible. */
const TEXT = 'Content that is worth a coding.\n'.repeat(1_000);

const CODERS: Readonly<Record<string, (content: Uint8Array) => Uint8Array>> = {
	gzip: gzipSync,
	deflate: deflateSync,
	br: brotliCompressSync,
	// Blocks that are not compressed: Node 20 has no encoder.
	zstd: (content) => frameOf([0, content.subarray(0, 20_000)], [0, content.subarray(20_000)]),
};

const ANSWERS: Readonly<Record<string, (asked: Asked) => unknown>> = {
	bytes({ response, argument }) {
		response.setHeader('content-length', argument);
		response.end(pattern(Number(argument)));
	},

	/** Without a length. */
	async pieces({ response, argument }) {
		const content = pattern(Number(argument));
		for (let at = 0; at < content.length; at += 9_999) {
			if (response.write(content.subarray(at, at + 9_999))) continue;
			await new Promise((resolve) => response.once('drain', resolve));
		}
		response.end();
	},

	echo({ request, response }) {
		request.pipe(response);
	},

	/** What arrived: the version, method, path, fields, trailers and the length of the content. */
	async request({ request, response }) {
		let length = 0;
		for await (const chunk of request) length += chunk.length;
		const { httpVersion, method, url, headers, trailers } = request;
		response.end(JSON.stringify({ httpVersion, method, url, headers, trailers, length }));
	},

	status({ response, argument }) {
		response.writeHead(Number(argument), { etag: '"1"' });
		response.end();
	},

	early({ response }) {
		response.writeEarlyHints({ link: '</style.css>; rel=preload' });
		response.end('final');
	},

	trailers({ response }) {
		response.setHeader('trailer', 'x-trailer');
		response.write('before the trailers');
		response.addTrailers({ 'x-trailer': 'yes' });
		response.end();
	},

	/** `/coded/gzip,br`; with `?cut`, the first half of it. */
	coded({ request, response, argument }) {
		const codings = argument.split(',');
		let content: Uint8Array = Buffer.from(TEXT);
		for (const coding of codings) content = (CODERS[coding] as (typeof CODERS)[string])(content);
		response.setHeader('content-encoding', codings.join(', '));
		response.end(request.url.includes('?cut') ? content.subarray(0, content.length >> 1) : content);
	},

	/** The number of fields. */
	fields({ response, argument }) {
		for (let i = 0; i < Number(argument); i++) response.setHeader(`x-field-${i}`, `value ${i}`);
		response.end();
	},

	/** Never answers. */
	silence({ key }) {
		records.note(`${key} arrived`, 'yes');
	},

	/** A head and the first bytes, and no more. */
	stall({ response, argument }) {
		response.setHeader('content-length', '1000000');
		response.write(pattern(Number(argument)));
	},

	/** The answer comes before the content is read. */
	refuse({ response }) {
		response.writeHead(403);
		response.end('no');
	},

	reset({ response, argument }) {
		if ('stream' in response) response.stream.close(Number(argument));
		else (response as ServerResponse).destroy();
	},

	push({ response }) {
		const { stream } = response;
		for (const path of ['/style.css', '/script.js']) {
			stream.pushStream({ ':path': path }, (error, pushed) => {
				if (error !== null) return;
				pushed.on('error', () => {});
				pushed.respond({ ':status': 200 });
				pushed.end(`pushed ${path}`);
			});
		}
		response.end('page');
	},

	tls({ request, response }) {
		const socket = (request.stream?.session?.socket ?? request.socket) as TLSSocket;
		const { servername, alpnProtocol } = socket as TLSSocket & { servername: string | false };
		const { subject } = socket.getPeerCertificate();
		const session = socket.isSessionReused();
		const facts = { servername, alpnProtocol, resumed: session, client: subject?.CN ?? null };
		response.end(JSON.stringify({ ...facts, protocol: socket.getProtocol() }));
	},

	/** The client's port, which tells connections apart. */
	connection({ response }) {
		response.end(String(response.socket.remotePort));
	},

	note({ response, argument }) {
		records.note(decodeURIComponent(argument), 'yes');
		response.end();
	},

	async seen({ response, argument }) {
		response.end(await records.seen(decodeURIComponent(argument)));
	},
};

/** Answers that read the content of the request, or leave it. */
const READERS: ReadonlySet<string> = new Set(['echo', 'request', 'refuse']);

/** A listener of node:http and node:http2. */
export function answer(request: unknown, response: unknown): void {
	const asked = { request: request as Incoming, response: response as Outgoing };
	asked.request.on('error', () => {});
	asked.response.on('error', () => {});
	const { pathname, searchParams } = new URL(asked.request.url, 'http://origin');
	const [, name = '', argument = ''] = pathname.split('/');
	const key = searchParams.get('key');
	asked.response.on('close', () => {
		const { stream } = asked.response;
		if (key !== null) records.note(`${key} closed`, stream === undefined ? 'closed' : String(stream.rstCode));
	});
	const found = ANSWERS[name];
	if (found === undefined) {
		asked.response.writeHead(404);
		asked.response.end('no such answer');
		return;
	}
	if (!READERS.has(name)) asked.request.resume();
	Promise.resolve(found({ ...asked, argument, key })).catch(() => asked.response.destroy());
}
