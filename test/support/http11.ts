// An HTTP/1.1 connection to a RawServer.

import type { TestContext } from 'node:test';
import type { ConnectionOptions } from '../../src/connection/options.ts';
import { HTTP11Connection } from '../../src/http11/connection.ts';
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
