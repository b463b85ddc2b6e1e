// HTTP/1.1 connections to a RawServer, and requests as a connection makes them, for tests of what carries them.

import type { TestContext } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/base/limits.ts';
import type { ConnectionOptions } from '../../src/connection/options.ts';
import { PendingRequest } from '../../src/connection/pending-request.ts';
import { HTTP11Connection } from '../../src/http11/connection.ts';
import { BufferedResponse } from '../../src/message/buffered-response.ts';
import { createRequest, type OutgoingRequest, type RequestOptions } from '../../src/message/request.ts';
import { parseHost } from '../../src/net/origin.ts';
import { RawServer } from './raw-server.ts';

/** The head of a response without content. */
export const OK: readonly string[] = ['HTTP/1.1 200 OK', 'Content-Length: 0'];

export interface Opened {
	conn: HTTP11Connection;
	server: RawServer;
	/** The value of the client's Host field. */
	host: string;
}

/** Starts a server and a connection that close with the test. */
export async function openHTTP11(t: TestContext, options: ConnectionOptions = {}): Promise<Opened> {
	const server = await RawServer.start();
	const conn = new HTTP11Connection(server.origin, options);
	t.after(() => conn.close());
	return { conn, server, host: `127.0.0.1:${server.port}` };
}

/** Joins lines with CRLF. */
export function lines(...text: string[]): string {
	return text.join('\r\n');
}

const ORIGIN = parseHost('http://a');

/** A request, and the reader that holds its response. */
export interface Asked {
	pending: PendingRequest;
	reader: BufferedResponse;
}

/** A request to `http://a`, made at time 1. */
export function ask(method = 'GET', options: RequestOptions = {}, path = '/'): Asked {
	return askFor(createRequest(method, path, ORIGIN, options));
}

/** A pending request for one that is already made, at time 1. */
export function askFor(request: OutgoingRequest): Asked {
	const reader = new BufferedResponse(true, DEFAULT_LIMITS);
	return { pending: new PendingRequest(request, 1, reader, reader), reader };
}
