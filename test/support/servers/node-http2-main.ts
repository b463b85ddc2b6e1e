// The program that node-http2.ts starts. Its argument is a RecipeContext as JSON.

import { once } from 'node:events';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import {
	constants,
	createSecureServer,
	createServer,
	type Http2Server,
	type IncomingHttpHeaders,
	type ServerHttp2Session,
	type ServerHttp2Stream,
} from 'node:http2';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { RecipeContext } from './recipe.ts';

const { run, root, cert, key, tlsPort, clearPort, options } = JSON.parse(process.argv[2] ?? '') as RecipeContext;
const window = options.windowBits === undefined ? undefined : 2 ** options.windowBits - 1;
const defaultWindow = 65_535;

const settings = {
	...(options.maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams: options.maxConcurrentStreams }),
	...(window === undefined ? {} : { initialWindowSize: window }),
};

/** In MB. With the default of 10 the server refuses streams while it still holds the bodies of reset ones. */
const maxSessionMemory = 100;

serve(createSecureServer({ settings, maxSessionMemory, cert: readFileSync(cert), key: readFileSync(key) }), tlsPort);
serve(createServer({ settings, maxSessionMemory }), clearPort);

function serve(server: Http2Server, port: number): void {
	server.on('session', (session: ServerHttp2Session) => {
		let requests = 0;
		// Ignored: tests may violate the protocol or close the connection.
		session.on('error', () => {});
		if (window !== undefined) session.setLocalWindowSize(Math.max(defaultWindow, window));
		session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
			requests++;
			if (requests === options.goawayAfter) session.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
			stream.on('error', () => {});
			answer(stream, headers).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
		});
	});
	server.listen(port, '127.0.0.1');
}

async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
	const path = String(headers[':path']).split('?', 1)[0] as string;
	const method = headers[':method'];
	if (path === '/echo') return echo(stream);
	if (path === '/discard') return discard(stream);
	if (path.startsWith('/put/')) {
		const file = join(run, 'put', basename(path));
		if (method !== 'PUT') return sendFile(stream, file, method === 'HEAD');
		await pipeline(stream, createWriteStream(file), { end: true });
		return respond(stream, 201, 0);
	}
	return sendFile(stream, join(root, basename(path) || 'index.html'), method === 'HEAD');
}

async function echo(stream: ServerHttp2Stream): Promise<void> {
	let received: IncomingHttpHeaders = {};
	stream.on('trailers', (trailers: IncomingHttpHeaders) => {
		received = trailers;
	});
	stream.respond({ ':status': 200 }, { waitForTrailers: true });
	stream.on('wantTrailers', () => stream.sendTrailers({ ...ownTrailers(), ...received }));
	stream.pipe(stream);
}

async function discard(stream: ServerHttp2Stream): Promise<void> {
	stream.resume();
	await once(stream, 'end');
	respond(stream, 200, 0);
}

async function sendFile(stream: ServerHttp2Stream, file: string, headOnly: boolean): Promise<void> {
	stream.resume();
	const found = await stat(file).catch(() => null);
	if (!found?.isFile()) return respond(stream, 404, 0);
	if (headOnly || found.size === 0) return respond(stream, 200, found.size);
	stream.respond({ ':status': 200, 'content-length': found.size }, { waitForTrailers: options.trailers ?? false });
	if (options.trailers) stream.on('wantTrailers', () => stream.sendTrailers(ownTrailers()));
	createReadStream(file).pipe(stream);
}

function respond(stream: ServerHttp2Stream, status: number, contentLength: number): void {
	stream.respond({ ':status': status, 'content-length': contentLength }, { endStream: true });
}

function ownTrailers(): Record<string, string> {
	return options.trailers ? { 'x-trailer': 'yes' } : {};
}
