// How the servers of a soak answer, in both versions of HTTP: the path is /BEHAVIOUR/LENGTH/ID. Called by servers.ts.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { contentOf, piecesOf } from '../simulation/content.ts';

export const GOOD = ['ok', 'ok', 'ok', 'slow', 'pieces', 'trailers', 'echo', 'echo', 'early'] as const;
/** `deaf`: the request is not read. */
export const BAD = ['never', 'stall', 'deaf', 'cut', 'reset', 'leave'] as const;
export type Behaviour = (typeof GOOD | typeof BAD)[number];

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

export function answer(request: Request, response: Response): void {
	const [, behaviour, length, id] = (request.url ?? '').split('/');
	// Whatever the client does to the exchange.
	request.on('error', () => undefined);
	response.on('error', () => undefined);
	void run(
		behaviour as Behaviour,
		Number(id),
		contentOf(Number(id), Number(length)),
		request,
		response as ServerResponse,
	);
}

async function run(
	behaviour: Behaviour,
	id: number,
	content: Uint8Array,
	request: Request,
	response: ServerResponse,
): Promise<void> {
	if (behaviour === 'deaf' || behaviour === 'never') return;
	if (behaviour === 'reset') return reset(request);
	if (behaviour === 'echo') return void respond(response, Buffer.from(JSON.stringify(await readAll(request, id))));
	request.resume();
	if (behaviour === 'ok' || behaviour === 'early') return respond(response, content);
	const half = content.subarray(0, content.length >> 1);
	switch (behaviour) {
		case 'slow':
		case 'pieces':
			response.writeHead(200);
			for (const piece of piecesOf(content, 5)) {
				if (response.destroyed) return;
				response.write(piece);
				if (behaviour === 'slow') await sleep(2);
			}
			response.end();
			return;
		case 'trailers':
			response.writeHead(200, { Trailer: 'x-length' });
			response.write(content);
			response.addTrailers({ 'x-length': String(content.length) });
			response.end();
			return;
		case 'leave':
			if ('stream' in request) request.stream.session?.close();
			else response.setHeader('Connection', 'close');
			return respond(response, content);
		case 'stall':
		case 'cut':
			response.writeHead(200, { 'Content-Length': content.length + 1 });
			response.write(half);
			if (behaviour === 'cut') destroy(request);
	}
}

function respond(response: ServerResponse, content: Uint8Array): void {
	response.writeHead(200, { 'Content-Length': content.length });
	response.end(content);
}

/** What has arrived of an upload. */
export interface Received {
	length: number;
	isRight: boolean;
}

async function readAll(request: Request, id: number): Promise<Received> {
	const received = { length: 0, isRight: true };
	try {
		for await (const piece of request as AsyncIterable<Buffer>) {
			const end = received.length + piece.length;
			received.isRight &&= piece.equals(contentOf(id, end).subarray(received.length));
			received.length = end;
		}
	} catch {
		// The client has aborted the request, so nothing is answered.
	}
	return received;
}

function reset(request: Request): void {
	if ('stream' in request) request.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
	else if ('encrypted' in request.socket) request.socket.destroy();
	else request.socket.resetAndDestroy();
}

function destroy(request: Request): void {
	if ('stream' in request) request.stream.session?.destroy();
	else request.socket.destroy();
}
