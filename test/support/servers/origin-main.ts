// The program that origin.ts starts: the origin behind servers that are proxies or cannot answer one of the paths below
// themselves. It serves HTTP/1.1 on one port and HTTP/2 by prior knowledge on another. Its argument is an OriginContext as
// JSON.

import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createServer2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import type { OriginContext } from './origin.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

const { root, http1Port, http2Port } = JSON.parse(process.argv[2] ?? '') as OriginContext;

const answers: Readonly<Record<string, Answer>> = {
	'/echo': echo,
	'/discard': discard,
	'/trailers': trailers,
	'/request-trailers': requestTrailers,
	'/early': early,
	'/gzip': gzip,
	'/204': noContent,
	'/push': push,
};

createServer(receive).listen(http1Port, '127.0.0.1');
createServer2((request: Http2ServerRequest, response: Http2ServerResponse) => {
	// The classes of node:http2 have every method of node:http that is used here.
	receive(request as unknown as IncomingMessage, response as unknown as ServerResponse);
})
	// Ignored: stopping a proxy breaks its connections.
	.on('sessionError', () => {})
	.listen(http2Port, '127.0.0.1');

function receive(request: IncomingMessage, response: ServerResponse): void {
	const path = pathOf(request);
	Promise.resolve((answers[path] ?? sendDocument)(request, response)).catch(() => response.destroy());
}

/** Reads all content before it sends any: HAProxy 2.6 stalls if a response overtakes its request. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
	const content = await readAll(request);
	response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'application/octet-stream' });
	response.write(content);
	response.addTrailers(textOf(request.trailers));
	response.end();
}

async function discard(request: IncomingMessage, response: ServerResponse): Promise<void> {
	request.resume();
	await once(request, 'end');
	response.writeHead(200, { 'content-length': 0 }).end();
}

function trailers(_: IncomingMessage, response: ServerResponse): void {
	response.writeHead(200, { trailer: 'x-trailer' });
	response.write('before the trailers');
	response.addTrailers({ 'x-trailer': 'yes' });
	response.end();
}

/** Returns the trailers of the request as content, for proxies that forward trailers in one direction only. */
async function requestTrailers(request: IncomingMessage, response: ServerResponse): Promise<void> {
	request.resume();
	await once(request, 'end');
	const content = JSON.stringify(request.trailers);
	response.writeHead(200, { 'content-type': 'application/json', 'content-length': content.length }).end(content);
}

function early(_: IncomingMessage, response: ServerResponse): void {
	response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
	response.writeHead(200, { 'content-length': 5 }).end('final');
}

async function gzip(request: IncomingMessage, response: ServerResponse): Promise<void> {
	if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return sendDocument(request, response);
	const content = gzipSync(await readFile(join(root, 'gzip')));
	response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': content.length }).end(content);
}

function noContent(_: IncomingMessage, response: ServerResponse): void {
	response.writeHead(204).end();
}

/** Proxies turn the link into a push. */
function push(request: IncomingMessage, response: ServerResponse): Promise<void> {
	response.setHeader('link', '</style.css>; rel=preload; as=style');
	response.setHeader('content-type', 'text/html');
	return sendDocument(request, response);
}

async function sendDocument(request: IncomingMessage, response: ServerResponse): Promise<void> {
	request.resume();
	const file = join(root, basename(pathOf(request)) || 'index.html');
	const found = await stat(file).catch(() => null);
	if (!found?.isFile()) return void response.writeHead(404, { 'content-length': 0 }).end();
	const etag = `"${found.size.toString(16)}-${found.mtimeMs.toString(16)}"`;
	response.setHeader('etag', etag);
	response.setHeader('last-modified', found.mtime.toUTCString());
	if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
	response.writeHead(200, { 'content-length': found.size });
	if (request.method === 'HEAD' || found.size === 0) return void response.end();
	await pipeline(createReadStream(file), response);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}

function pathOf(request: IncomingMessage): string {
	return (request.url ?? '/').split('?', 1)[0] as string;
}

function textOf(trailers: NodeJS.Dict<string>): Record<string, string> {
	return Object.fromEntries(Object.entries(trailers).map(([name, value]) => [name, value ?? '']));
}
